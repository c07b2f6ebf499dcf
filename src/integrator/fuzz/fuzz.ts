import { randomInt } from "node:crypto";
import { connect } from "node:net";
import { AppError, messageOf } from "../../lib/errors.ts";
import { mapPool } from "../../lib/pool.ts";
import { FUZZ_CHECKS, FUZZ_PHASES, type FuzzReport } from "../../model/fuzz-report.ts";
import { concludeRefusals } from "./check/refusals.ts";
import { selectOperations } from "./filter.ts";
import type { Phase } from "./generate/case.ts";
import { loadHooks } from "./hooks.ts";
import { type Client, createClient } from "./http/client.ts";
import { createCredentials } from "./http/credentials.ts";
import { logIn } from "./login.ts";
import { checkAccess, checkMethods } from "./phases/access.ts";
import { coverOperation } from "./phases/coverage.ts";
import { tryExamples } from "./phases/examples.ts";
import { checkOwnership } from "./phases/ownership.ts";
import { tryNegative, tryPositive } from "./phases/random.ts";
import { liveThrough } from "./phases/stateful.ts";
import { type ReplayRequest, replayWith } from "./replay.ts";
import type { FuzzRequest } from "./request.ts";
import { type FuzzRun, newRun } from "./run.ts";
import { readSpec } from "./spec/read-spec.ts";
import { type OperationState, openStates } from "./state.ts";

export { harOf } from "./report/har.ts";
export { fuzzJunit } from "./report/junit.ts";
export { fuzzText } from "./report/text.ts";
export { runSchemathesis } from "./schemathesis/run.ts";

const CLEANUP_MS = 10_000;

/**
 * Test a running service against its OpenAPI contract with examples, boundaries, random values and whole lives of
 * resources. Sends to `url` only and follows no redirect. When the signal is aborted or time is up, what was found so far
 * is the report. Errors: CONTRACT_INVALID, INVALID_INPUT, NOT_FOUND, REMOTE_UNAVAILABLE when nothing listens there.
 */
export async function fuzz(request: FuzzRequest): Promise<FuzzReport> {
  const begin = performance.now();
  const run = await prepare(request);
  const tested = selectOperations(run.spec.operations, request.include ?? []);
  let states: OperationState[] = [];
  try {
    await logIn(run.run, run.renewable);
    states = await testAll(run.run, tested, request.onProgress ?? (() => {}));
  } finally {
    run.end();
  }
  const cleaned = request.cleanup === false ? { cleaned_up: 0, left_behind: 0 } : await cleanUp(request, run.run);
  const violations = run.run.findings.all().sort((a, b) => order(a.severity) - order(b.severity));
  const report: FuzzReport = {
    url: run.client.base,
    seed: run.run.options.seed,
    backend: "builtin",
    violations,
    requests: run.client.sent(),
    duration_ms: Math.round(performance.now() - begin),
    first_violation_ms: run.run.findings.first_ms(),
    operations: tested.map(({ name, operation }) => ({
      method: operation.method,
      path: operation.path,
      requests: run.run.counts.get(name) ?? 0,
      violations: violations.filter(({ method, path }) => method === operation.method && path === operation.path)
        .length,
      skipped: skipReason(run.run, name, states),
    })),
    ...cleaned,
    interrupted: request.signal.aborted,
    notes: [...run.run.notes],
  };
  return report;
}

/** Test again what an earlier report found; see `replayWith`. */
export function replay(request: ReplayRequest): Promise<FuzzReport> {
  return replayWith(fuzz, request);
}

function order(severity: string): number {
  return ["critical", "high", "error", "warning", "info"].indexOf(severity);
}

function skipReason(run: FuzzRun, name: string, states: readonly OperationState[]): string {
  const own = states.filter(({ operation }) => operation.name === name);
  if (own.length === 0) return (run.counts.get(name) ?? 0) === 0 ? "not reached before the run ended" : "";
  if (own.some(({ accepted }) => accepted)) return "";
  const reason = own.map(({ scene }) => scene.reason()).find((text) => text !== "");
  return reason === undefined ? "" : `no valid request could be arranged: ${reason}`;
}

async function prepare(request: FuzzRequest) {
  const url = checkedUrl(request.url);
  const spec = readSpec(request.document, request.surroundings?.service);
  const kept = selectOperations(spec.operations, [], request.exclude ?? []);
  const hooks = request.hooks_file === undefined ? {} : await loadHooks(request.hooks_file);
  await mustListen(url);
  const ending = new AbortController();
  const signal = AbortSignal.any([request.signal, ending.signal]);
  const concurrency = request.concurrency ?? 8;
  const timeout_ms = request.timeout_ms ?? 10_000;
  const client: Client = createClient({ base: url.href, concurrency, timeout_ms, rate: request.rate ?? 0, signal });
  const credentials = createCredentials(spec, request.credentials);
  const renewable: { renew: (() => Promise<boolean>) | null; oauth2: string | undefined } = {
    renew: null,
    oauth2: request.credentials.oauth2,
  };
  const run = newRun({
    spec: { ...spec, operations: kept },
    options: {
      seed: request.seed ?? randomInt(2 ** 31),
      max_examples: request.max_examples ?? 50,
      concurrency,
      timeout_ms,
      max_response_ms: request.max_response_ms ?? null,
      checks: new Set(request.checks?.length ? request.checks : FUZZ_CHECKS),
      phases: new Set(request.phases?.length ? request.phases : FUZZ_PHASES),
    },
    client,
    credentials,
    hooks,
    surroundings: request.surroundings,
    signal,
    onExchange: request.onExchange ?? (() => {}),
    renew: () => renewable.renew?.() ?? Promise.resolve(false),
    stop: (reason) => {
      run.notes.add(reason);
      ending.abort();
    },
  });
  const limit = request.max_seconds ?? 0;
  const timer =
    limit > 0 ? setTimeout(() => run.stop(`The time limit of ${limit} s was reached.`), limit * 1000) : undefined;
  const end = () => {
    clearTimeout(timer);
    client.close();
  };
  return { run, spec: run.spec, client, renewable, end };
}

/** Breadth first: every operation has been tried before any is tried thoroughly, so that an early end shows most. */
async function testAll(
  run: FuzzRun,
  tested: ReturnType<typeof selectOperations>,
  progress: NonNullable<FuzzRequest["onProgress"]>,
): Promise<OperationState[]> {
  const { phases, concurrency } = run.options;
  const pool = async <Item>(
    label: string,
    items: readonly Item[],
    nameOf: (item: Item) => string,
    work: (item: Item) => Promise<unknown>,
  ) => {
    let done = 0;
    await mapPool(items, concurrency, async (item) => {
      if (run.signal.aborted) return;
      await guardedWork(run, nameOf(item), () => work(item));
      done += 1;
      progress(label, done, items.length);
    });
  };
  const states: OperationState[] = [];
  await pool(
    "Asking every operation once",
    tested,
    ({ name }) => name,
    async (operation) => {
      states.push(...(await openStates(run, operation, phases.has("examples") ? "examples" : "coverage")));
    },
  );
  const index = new Map(tested.map((operation, at) => [operation, at]));
  states.sort((a, b) => (index.get(a.operation) ?? 0) - (index.get(b.operation) ?? 0));
  const each = (label: string, phase: Phase, work: (state: OperationState) => Promise<unknown>) =>
    phases.has(phase) ? pool(label, states, ({ operation }) => operation.name, work) : undefined;
  await each("Trying the contract's examples", "examples", tryExamples);
  if (phases.has("stateful")) {
    const creates = tested.filter(
      ({ operation }) =>
        operation.method === "POST" && (operation.action === "create" || operation.action === "register"),
    );
    await pool(
      "Creating, reading, changing, deleting",
      creates,
      ({ name }) => name,
      (create) => liveThrough(run, create),
    );
    await guardedWork(run, "ownership", () => checkOwnership(run, tested));
  }
  await each("Checking access", "coverage", checkAccess);
  if (phases.has("coverage")) await guardedWork(run, "methods", () => checkMethods(run, states));
  await each("Trying every boundary", "coverage", coverOperation);
  await each("Trying random valid data", "positive", tryPositive);
  await each("Trying random invalid data", "negative", tryNegative);
  concludeRefusals(run, states);
  return states;
}

/** A part that fails for a reason of ours is told, and the others go on. */
async function guardedWork(run: FuzzRun, name: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    if (run.signal.aborted) return;
    if (cause instanceof AppError) throw cause;
    run.notes.add(`${name} was not fully tested: ${messageOf(cause)}`);
  }
}

async function cleanUp(request: FuzzRequest, run: FuzzRun): Promise<{ cleaned_up: number; left_behind: number }> {
  const until = AbortSignal.timeout(CLEANUP_MS);
  const client = createClient({
    base: run.client.base,
    concurrency: 8,
    timeout_ms: 2000,
    rate: request.rate ?? 0,
    signal: until,
  });
  try {
    return await run.cleanup.run(client, (operation, wire) => run.credentials.attach(operation, wire).wire, until);
  } finally {
    client.close();
  }
}

function checkedUrl(text: string): URL {
  const refuse = (why: string) =>
    new AppError("INVALID_INPUT", `${text} is no address of a service: ${why}.`, {
      remedy: "Give its base address, e.g. http://localhost:8080.",
    });
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refuse("it is no URL");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") throw refuse("only http and https are spoken");
  if (url.username !== "" || url.password !== "") throw refuse("credentials do not belong in it, use --basic");
  url.search = "";
  url.hash = "";
  return url;
}

/** A service that is not there is no finding. Errors: REMOTE_UNAVAILABLE. */
function mustListen(url: URL): Promise<void> {
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ""), port, timeout: 5000 });
    const fail = (why: string) => {
      socket.destroy();
      reject(
        new AppError("REMOTE_UNAVAILABLE", `Nothing answers at ${url.origin}: ${why}.`, {
          remedy: "Start the service, and check the address and port.",
        }),
      );
    };
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("timeout", () => fail("no connection within 5 s"));
    socket.once("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
  });
}
