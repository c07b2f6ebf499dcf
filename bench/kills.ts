// kill -9 of drivers and of builders at random moments, over and over: `npm run build && npx tsx bench/kills.ts [kills] [seed]`.
// Pipelines are built by a program that writes down when it begins and when it is done. What has to hold after each of them:
// it is complete, what was recorded is still there, nothing was built again once its end was recorded, no process is left.
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { builderRuns } from "../src/pipeline/ledger.ts";
import {
  CLI,
  childrenOf,
  driverOf,
  inStore,
  makeWorkspace,
  removeWorkspace,
  SHOP_PRD,
  status,
} from "../test/e2e/support.ts";

const [kills = 100, seed = 1] = process.argv.slice(2).map(Number);
let state = seed;
/** A small generator (Lehmer), so that a run can be repeated as far as the machine allows. */
const random = () => {
  state = (state * 48_271) % 0x7fff_ffff;
  return state / 0x7fff_ffff;
};
const light = { integration: { runtime: "process", fuzz: { enabled: false } } };
const workspace = makeWorkspace();
const ledger = join(workspace, "ledger.txt");
writeFileSync(ledger, "");
writeFileSync(join(workspace, "scaffold.yaml"), stringify(light));
const model = await status(workspace, ["run", SHOP_PRD, "--auto-approve", "--config", "scaffold.yaml"]);
writeFileSync(
  join(workspace, "build.mjs"),
  `import { appendFileSync, cpSync } from "node:fs";
const [service, folder] = process.argv.slice(2);
const note = (what) => appendFileSync(${JSON.stringify(ledger)}, what + " " + service + "\\n");
note("begins");
await new Promise((resolve) => setTimeout(resolve, 500 + 2500 * Math.random()));
const from = ${JSON.stringify(model.output_dir)} + "/" + service;
cpSync(from, folder, { recursive: true, filter: (path) => !/node_modules|contracts.[a-z]+.json$/.test(path.slice(from.length)) });
note("done");
`,
);
const command = { run: [process.execPath, join(workspace, "build.mjs"), "{service}", "{output_dir}"], paid: false };
writeFileSync(
  join(workspace, "kill.yaml"),
  stringify({ ...light, architect: { auto_approve: true }, builder: { backend: "command", command } }),
);

let killed = 0;
let drivers = 0;
let pipelines = 0;
let unheard = 0;
const faults: string[] = [];
try {
  while (killed < kills) {
    pipelines += 1;
    await onePipeline();
    console.log(
      `${pipelines} pipelines, ${killed} kills (${drivers} of drivers), ${unheard} built again unheard, ${faults.length} faults`,
    );
  }
} finally {
  await removeWorkspace(workspace);
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;

async function onePipeline(): Promise<void> {
  writeFileSync(ledger, "");
  const { pipeline_id: id } = await status(workspace, ["init", SHOP_PRD, "--config", "kill.yaml"]);
  const recorded = new Map<string, string>();
  for (let round = 0; round < 40; round += 1) {
    const going = start(["resume", id]);
    if (killed < kills && round < 12) await killSomething(id);
    await going;
    keep(id, recorded);
    const { status: run, state: at, reason } = await status(workspace, ["status", id]);
    if (at === "complete") return judge(id, recorded);
    if (at === "failed") return void faults.push(`${id} failed: ${reason}`);
    if (run === "running") await sleep(500);
  }
  faults.push(`${id} is not complete after 40 resumes`);
}

function start(args: string[]): Promise<void> {
  const child = spawn(process.execPath, [CLI, ...args, "--workspace", workspace], { stdio: "ignore" });
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

/** A service or a test that is killed is a finding; a builder that is killed is tried again. */
function isBuilder(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("build.mjs");
  } catch {
    return false;
  }
}

/** A driver, or a builder that it started. */
async function killSomething(id: string): Promise<void> {
  await sleep(400 + 9000 * random());
  const driver = driverOf(workspace, id);
  const children = childrenOf(id).filter((pid) => isBuilder(pid));
  const isDriver = random() < 0.6 || children.length === 0;
  const victim = isDriver ? driver : children[Math.floor(random() * children.length)];
  if (victim === undefined) return;
  try {
    process.kill(victim, "SIGKILL");
    killed += 1;
    if (isDriver) drivers += 1;
  } catch {
    // it has ended meanwhile
  }
}

/** Results, once recorded, stay as they are. */
function keep(id: string, recorded: Map<string, string>): void {
  for (const run of inStore(workspace, (db) => builderRuns(db, id))) {
    if (run.result === null) continue;
    const key = `${run.service} ${run.attempt}`;
    const text = JSON.stringify(run.claim);
    if ((recorded.get(key) ?? text) !== text) faults.push(`${id}: the result of ${key} is another one`);
    recorded.set(key, text);
  }
}

function judge(id: string, recorded: Map<string, string>): void {
  const runs = inStore(workspace, (db) => builderRuns(db, id));
  for (const key of recorded.keys())
    if (!runs.some((run) => `${run.service} ${run.attempt}` === key))
      faults.push(`${id}: the result of ${key} is gone`);
  const services = new Set(runs.map(({ service }) => service));
  if (services.size !== 3) faults.push(`${id}: ${services.size} services were built`);
  const left = childrenOf(id);
  if (left.length > 0) faults.push(`${id}: ${left.length} processes are left`);
  if (existsSync(`${model.output_dir}/../${id}.work`)) faults.push(`${id}: builders' folders are left`);
  const lines = readFileSync(ledger, "utf8").split("\n");
  for (const service of services) {
    const done = lines.filter((line) => line === `done ${service}`).length;
    const attempts = runs.filter((run) => run.service === service).length;
    // Once more only where it was done and its driver died before it could hear of it.
    unheard += Math.max(0, done - attempts);
    if (done > attempts + 1) faults.push(`${id}: ${service} was built ${done} times in ${attempts} attempts`);
  }
}
