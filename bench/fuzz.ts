// The fuzzer beside Schemathesis on the services with known faults: `npx tsx bench/fuzz.ts [minutes] [examples]`.
// SCHEMATHESIS names the program (4.x); `none` leaves it out. Both get the same service in a process of its own, the same
// seed and number of examples. A sample of the services' faults is taken that is spread evenly and ends within `minutes`
// (6; 0 takes all, which takes hours beside Schemathesis). Figures are ratios, because the machine decides the rest.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fuzz, runSchemathesis } from "../src/integrator/fuzz/fuzz.ts";
import type { FuzzReport } from "../src/model/fuzz-report.ts";

interface Fault {
  name: string;
  operation: string;
  codes: string[];
}

const command = process.env.SCHEMATHESIS ?? "schemathesis";
const [minutes = 6, examples = 30] = process.argv.slice(2).map(Number);
const deadline = minutes === 0 ? Number.POSITIVE_INFINITY : Date.now() + minutes * 60_000;
const folder = join(import.meta.dirname, "..", "test", "fixtures", "fuzz");
const server = join(folder, "server.mjs");
await import(pathToFileURL(server).href);
const { SERVICES }: { SERVICES: Record<string, { spec: Record<string, unknown>; faults: Fault[] }> } = await import(
  pathToFileURL(join(folder, "services.mjs")).href
);

async function withService<Result>(
  name: string,
  faults: string,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const child = spawn(process.execPath, [server, name, faults], { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise<string>((resolve) =>
    child.stdout.once("data", (chunk) => resolve(String(chunk).trim())),
  );
  try {
    return await work(url);
  } finally {
    child.kill();
  }
}

interface Tally {
  found: number;
  falseAlarms: number;
  requests: number;
  ms: number;
  /** Faults that were there to be found. */
  faults: number;
}

const nothing = { found: 0, falseAlarms: 0, requests: 0, ms: 0, faults: 0 };
const tallies: Record<"builtin" | "schemathesis", Tally> = { builtin: { ...nothing }, schemathesis: { ...nothing } };
const firsts: { builtin: number; schemathesis: number }[] = [];

function note(who: "builtin" | "schemathesis", report: FuzzReport, faults: readonly Fault[]): void {
  const tally = tallies[who];
  tally.faults += faults.length;
  const has = ({ codes, operation }: Fault) => {
    const own = report.violations.filter(({ method, path }) => `${method} ${path}` === operation);
    // Whatever the other calls it: something wrong on the right operation counts for both.
    return who === "schemathesis" ? own.length > 0 : own.some(({ code }) => codes.includes(code));
  };
  const found = faults.filter(has);
  tally.found += found.length;
  const guilty = new Set(faults.map(({ operation }) => operation));
  const strayed = report.violations.filter(({ method, path }) => !guilty.has(`${method} ${path}`));
  tally.falseAlarms += faults.length === 0 ? report.violations.length : 0;
  tally.requests += report.requests;
  tally.ms += report.duration_ms;
  const missed = faults.filter((one) => !found.includes(one)).map(({ name }) => name);
  console.log(
    `  ${who}: ${found.length}/${faults.length}${missed.length > 0 ? `, not ${missed.join(" ")}` : ""}; elsewhere ${strayed.length}; ${report.requests} requests, ${report.duration_ms} ms`,
  );
}

/** One fault an operation, so that neither tool has to tell two of them apart; what hides others stands alone. */
function packsOf(faults: readonly Fault[]): Fault[][] {
  const alone = ({ codes, operation }: Fault) =>
    operation === "POST /login" || codes.some((code) => /^(INT|STATE|AUTH)/.test(code));
  const entity = ({ operation }: Fault) => operation.split("/")[1];
  const packs: Fault[][] = [];
  for (const fault of faults) {
    const pack = alone(fault)
      ? undefined
      : packs.find((one) => one.every((other) => !alone(other) && entity(other) !== entity(fault)));
    if (pack === undefined) packs.push([fault]);
    else pack.push(fault);
  }
  return packs;
}

interface Case {
  service: string;
  spec: Record<string, unknown>;
  pack: Fault[];
}

/** Every service without a fault first, then packs spread evenly over all services: any beginning is a fair sample. */
function casesOf(): Case[] {
  const services = Object.entries(SERVICES);
  const right = services.map(([service, { spec }]) => ({ service, spec, pack: [] }));
  const packs = services.flatMap(([service, { spec, faults }]) =>
    packsOf(faults).map((pack) => ({ service, spec, pack })),
  );
  // A step that has no divisor in common with the number of packs meets each of them once.
  const coprime = (step: number): number => (commonDivisor(step, packs.length) === 1 ? step : coprime(step + 1));
  const step = coprime(Math.round(packs.length * 0.382));
  return [
    ...right,
    ...packs.map((_, index) => packs[(index * step) % packs.length]).filter((one) => one !== undefined),
  ];
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

let peer = command !== "none";
let longest = 0;
let ran = 0;
const cpu = process.cpuUsage();
const cases = casesOf();
for (const { service, spec, pack } of cases) {
  const begin = Date.now();
  if (begin + longest > deadline) break;
  ran += 1;
  const names = pack.map((one) => one.name).join(",");
  console.log(`${service} ${names || "(right)"}`);
  const hangs = pack.some(({ codes }) => codes.some((code) => code === "INT-004" || code === "INT-005"));
  const shared = {
    document: spec,
    credentials: { headers: {}, api_keys: [] },
    seed: 1,
    max_examples: examples,
    timeout_ms: hangs ? 1000 : 10_000,
    signal: new AbortController().signal,
  };
  const ours = await withService(service, names, (url) => fuzz({ ...shared, url }));
  note("builtin", ours, pack);
  if (peer) {
    try {
      const theirs = await withService(service, names, (url) => runSchemathesis({ ...shared, url, command }));
      note("schemathesis", theirs, pack);
      if (ours.first_violation_ms !== null && theirs.first_violation_ms !== null && pack.length > 0)
        firsts.push({ builtin: ours.first_violation_ms, schemathesis: theirs.first_violation_ms });
    } catch (cause) {
      peer = false;
      console.log(`  schemathesis is left out: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  longest = Math.max(longest, Date.now() - begin);
}

const rate = ({ requests, ms }: Tally) => requests / (ms / 1000);
const { builtin, schemathesis } = tallies;
const { user, system } = process.cpuUsage(cpu);
const told = (who: string, tally: Tally) =>
  console.log(
    `${who}: ${tally.found} of ${tally.faults} faults, ${tally.falseAlarms} false alarms, ${tally.requests} requests, ${Math.round(rate(tally))} a second`,
  );
console.log(`\n${ran} of ${cases.length} cases, ${examples} examples`);
told("builtin", builtin);
console.log(`  ${((user + system) / 1000 / builtin.requests).toFixed(2)} ms of processor time a request`);
if (peer) {
  told("schemathesis", schemathesis);
  const quotients = firsts.map((one) => one.schemathesis / Math.max(1, one.builtin)).sort((a, b) => a - b);
  const middle = quotients[Math.floor(quotients.length / 2)] ?? 0;
  console.log(
    `ratios: faults ${(builtin.found / Math.max(1, schemathesis.found)).toFixed(2)}, requests a second ${(rate(builtin) / rate(schemathesis)).toFixed(1)}, time to the first violation 1/${middle.toFixed(1)} (median of ${quotients.length})`,
  );
}
