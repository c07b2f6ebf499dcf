import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";
import { sendSteps } from "../../../src/integrator/tracing/send-steps.ts";
import { openTracing, type Tracing } from "../../../src/integrator/tracing/tracing.ts";
import type { TraceReport } from "../../../src/model/trace-report.ts";

const folder = new URL("../../fixtures/tracing/", import.meta.url);
const children: ChildProcess[] = [];
const opened: Tracing[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
  await Promise.all(
    children.splice(0).map(async (child) => {
      const gone = child.exitCode === null ? once(child, "exit") : undefined;
      child.kill("SIGKILL");
      await gone;
    }),
  );
});

/** Tracing that is closed after the test. */
export async function tracing(): Promise<Tracing> {
  const made = await openTracing();
  opened.push(made);
  return made;
}

export interface Running {
  url: string;
  log(): string;
}

/** Start a service of the fixtures: `service.mjs` with Node, or `service.py` with the given Python. */
export async function startService(
  name: string,
  faults: string,
  env: Record<string, string>,
  python?: string,
): Promise<Running> {
  const file = fileURLToPath(new URL(python === undefined ? "service.mjs" : "service.py", folder));
  const child = spawn(python ?? process.execPath, [file, name, faults], {
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let log = "";
  child.stdout.on("data", (chunk) => {
    log += chunk;
  });
  for await (const line of createInterface({ input: child.stderr })) {
    const port = /^listening (\d+)/.exec(line)?.[1];
    if (port !== undefined) return { url: `http://127.0.0.1:${port}`, log: () => log };
  }
  throw new Error(`${name} did not start`);
}

export const order = { sku: "A-100", note: "gift wrap, please", amount: 12.5 };

/** A request to the first of services that call one another in turn, traced; faults by service. */
export async function traced(
  faults: Record<string, string>,
  options: { tapped?: boolean; logs?: boolean; follow?: string[]; read?: boolean } = {},
): Promise<TraceReport> {
  const { tapped = true, logs = true, follow = [] } = options;
  const watch = await tracing();
  const names = Object.keys(faults);
  const services = new Map<string, Running>();
  let next: { name: string; url: string } | undefined;
  for (const name of [...names].reverse()) {
    const target = next === undefined ? undefined : tapped ? await watch.between(name, next.name, next.url) : next.url;
    const env = { ...watch.environment(name), ...(target === undefined ? {} : { NEXT_URL: target }) };
    const service = await startService(name, faults[name] ?? "", env);
    services.set(name, service);
    next = { name, url: service.url };
  }
  const { signal } = new AbortController();
  const first = names[0] ?? "";
  const { trace_id } = await sendSteps(
    services.get(first)?.url ?? "",
    [{ service: first, method: "POST", path: "/things", headers: {}, body: order }],
    { record: watch.record, timeout_ms: 10_000, signal },
  );
  const readLog = async (name: string) => services.get(name)?.log() ?? "";
  return watch.report({
    ...{ trace_id, services: logs ? names : [], readLog, follow: new Set(follow), signal },
    ...{ quiet_ms: 700 },
  });
}
