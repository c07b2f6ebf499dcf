import { violationOf } from "../violation.ts";
import { eventually } from "./eventually.ts";
import { type FlowRun, operationFor, stepRow } from "./run-state.ts";
import { tracedStep } from "./run-step.ts";
import { logsTraces, textSince } from "./traces.ts";

/** How long a log line may take from being written to being read. */
const LOG_TIMEOUT_MS = 3000;

/**
 * The trace of the request that crosses services has to be in the log of every service on its way: its own, those it
 * calls, those that its events reached. Only where logs can be read.
 */
export async function verifyTrace(run: FlowRun): Promise<void> {
  const { system, trace_id } = run;
  const { readLog } = run.options;
  const id = tracedStep(run);
  const step = run.flow.steps.find((one) => one.id === id);
  const operation = step && operationFor(system, step);
  const sent = run.sent.get(id ?? "");
  if (readLog === null || step === undefined || operation === undefined || sent === undefined) return;
  if (!run.values.has(step.id) || step.expect.status.every((status) => !status.startsWith("2"))) return;
  const called = operation.calls.map(({ service }) => service);
  const reached = run.flow.steps.filter((one) => one.cause === id && run.seen.get(one.id) !== false);
  const peers = [step.service, ...called, ...reached.map(({ service }) => service)];
  for (const name of new Set(peers)) {
    if (!system.health.has(name) || system.unavailable.has(name)) continue;
    const inLog = async () => (await textSince(readLog, name, run.logged.get(name) ?? 0)).includes(trace_id);
    if (await eventually(inLog, LOG_TIMEOUT_MS, system.signal)) {
      run.traced.add(name);
      continue;
    }
    const own = name === step.service || !(await logsTraces(system, readLog, name));
    const message = own
      ? `${name} writes no trace id of the requests it serves to its log.`
      : `${step.service} does not hand its trace on to ${name}.`;
    const expected = `trace_id ${trace_id} in the log of ${name}`;
    const clause = operation.pointer;
    const found = violationOf(
      { code: "FLOW-002", message, expected, actual: "not in the log", clause },
      operation,
      sent.request,
    );
    run.violations.push({ ...found, service: own ? name : step.service });
    run.steps.push({ ...stepRow(step, operation, "failed", message), service: name, description: "trace id" });
  }
}
