import { AppError } from "../../lib/errors.ts";
import { randomHex } from "../../lib/ids.ts";
import type { ContractViolation } from "../../model/finding.ts";
import type { Flow, PlannedStep } from "../../model/flow.ts";
import type { FlowResult } from "../../model/integration-report.ts";
import type { ServiceMap } from "../../model/service-map.ts";
import { CannotArrange, newSession, type TestSystem } from "../session/session.ts";
import { newTraceId } from "../trace.ts";
import { generateFlows } from "./generate.ts";
import { runEffect } from "./run-effect.ts";
import { type FlowOptions, type FlowRun, operationFor, stepRow } from "./run-state.ts";
import { runRequest } from "./run-step.ts";
import { noteBefore } from "./sight.ts";
import { stepsIn, Unresolved } from "./template.ts";
import { verifyTrace } from "./verify-trace.ts";

export interface FlowsResult {
  /** What ran, as data that can be kept and handed back. */
  planned: Flow[];
  flows: FlowResult[];
  violations: ContractViolation[];
  /** Relations between services that no flow exercises, each with the reason. */
  uncovered: string[];
}

export interface FlowsRequest extends Partial<FlowOptions> {
  /** Flows to run instead of those that the contracts give. */
  flows?: readonly Flow[] | undefined;
  /** For what depends on what. */
  service_map?: Pick<ServiceMap, "services"> | undefined;
  /** Time for all flows; what is not reached is skipped. 0 for no limit. */
  max_seconds?: number;
  onProgress?: (message: string, done: number, total: number) => void;
}

/**
 * Run flows across services through the gateway: those given, or all that the contracts give. Each step is checked for
 * status, schema and the data passed along; each effect of an event is waited for within the event timeout. A failure is
 * blamed on one service. Without flows the one result is skipped. Errors: INVALID_INPUT for flows that fit no contract,
 * and the signal's reason when aborted.
 */
export async function runFlows(system: TestSystem, request: FlowsRequest = {}): Promise<FlowsResult> {
  const generated = request.flows === undefined ? generateFlows(system, request.service_map) : null;
  const planned = [...(request.flows ?? generated?.flows ?? [])];
  mustFit(system, planned);
  const uncovered = generated?.uncovered ?? [];
  if (planned.length === 0) return { planned, flows: [nothing(uncovered)], violations: [], uncovered };
  const deadline = request.max_seconds ? Date.now() + request.max_seconds * 1000 : Number.POSITIVE_INFINITY;
  const flows: FlowResult[] = [];
  const violations: ContractViolation[] = [];
  for (const [index, flow] of planned.entries()) {
    system.signal.throwIfAborted();
    request.onProgress?.(flow.name, index, planned.length);
    if (Date.now() > deadline) {
      flows.push({ ...emptyResult(flow), reason: "Not reached within the time for all flows." });
      continue;
    }
    const options = { readLog: request.readLog ?? null, event_secret: request.event_secret ?? null };
    const run = await runFlow(system, flow, options);
    flows.push(resultOf(run));
    violations.push(...run.violations.filter((found) => !violations.some((known) => isSame(known, found))));
  }
  return { planned, flows, violations, uncovered };
}

function isSame(a: ContractViolation, b: ContractViolation): boolean {
  return a.code === b.code && a.service === b.service && a.endpoint === b.endpoint && a.clause === b.clause;
}

function nothing(uncovered: readonly string[]): FlowResult {
  const reason = ["The contracts name no call, no reference and no event between services that run.", ...uncovered];
  return {
    name: "across services",
    trace_id: "",
    services: [],
    steps: [],
    traced_services: [],
    verdict: "skipped",
    reason: reason.join(" "),
  };
}

function emptyResult({ name, services }: Flow): FlowResult {
  return { name, trace_id: "", services, steps: [], traced_services: [], verdict: "skipped", reason: "" };
}

/** Run one flow. What a step needs of a step that failed is skipped. */
export async function runFlow(system: TestSystem, flow: Flow, options: FlowOptions): Promise<FlowRun> {
  const run = newRun(system, flow, options);
  for (const step of flow.steps) await runStep(run, step);
  await verifyTrace(run);
  return run;
}

export function newRun(system: TestSystem, flow: Flow, options: FlowOptions): FlowRun {
  return {
    system,
    flow,
    options,
    session: newSession(system),
    values: new Map(),
    sent: new Map(),
    before: new Map(),
    seen: new Map(),
    trace_id: newTraceId(),
    logged: new Map(),
    traced: new Set(),
    steps: [],
    violations: [],
    unique: randomHex(4),
  };
}

/** Run the next step of a flow and add its row. */
export async function runStep(run: FlowRun, step: PlannedStep): Promise<void> {
  run.system.signal.throwIfAborted();
  const operation = operationFor(run.system, step);
  const reason = run.system.unavailable.get(step.service);
  const missing = [...stepsIn([step.request, step.expect]), ...(step.cause === undefined ? [] : [step.cause])].find(
    (id) => !run.values.has(id),
  );
  const skip = (why: string) => void run.steps.push(stepRow(step, operation, "skipped", why));
  if (reason !== undefined) return skip(`Not reached: ${reason}.`);
  if (missing !== undefined) return skip(`Not reached: step ${missing} did not succeed.`);
  if (operation === undefined) return skip("Not seen: no operation of its contract shows the effect.");
  try {
    if (step.event !== undefined) await runEffect(run, step, operation);
    else {
      await noteBefore(run, step.id);
      await runRequest(run, step, operation);
    }
  } catch (cause) {
    if (!(cause instanceof CannotArrange || cause instanceof Unresolved)) throw cause;
    skip(`Not reached: ${cause.message}.`);
  }
}

function resultOf(run: FlowRun): FlowResult {
  const { flow, steps, trace_id } = run;
  const failed = steps.find(({ verdict }) => verdict === "failed");
  const skipped = steps.find(({ verdict }) => verdict === "skipped");
  const base = { ...emptyResult(flow), trace_id, steps, traced_services: [...run.traced] };
  if (failed !== undefined) return { ...base, verdict: "failed", reason: failed.reason };
  if (skipped !== undefined) return { ...base, verdict: "skipped", reason: skipped.reason };
  return { ...base, verdict: "passed" };
}

/** Flows that were kept, edited or written by hand must fit the contracts. Errors: INVALID_INPUT. */
function mustFit(system: TestSystem, flows: readonly Flow[]): void {
  for (const { name, steps } of flows) {
    const known = new Set<string>();
    const refuse = (step: PlannedStep, why: string): never => {
      throw new AppError("INVALID_INPUT", `Step ${step.id} of the flow "${name}" ${why}.`, {
        remedy: "Correct the flow, or leave the file out to run the flows that the contracts give.",
      });
    };
    for (const step of steps) {
      if (known.has(step.id)) refuse(step, "has the id of an earlier step");
      if (!(step.event !== undefined && step.operation === "") && operationFor(system, step) === undefined)
        refuse(step, `names ${step.operation} of ${step.service}, which is in no contract`);
      if (step.event !== undefined && (step.cause === undefined || !known.has(step.cause)))
        refuse(step, "waits for an event and names no earlier step as its cause");
      const unknown = stepsIn([step.request, step.expect]).find((id) => !known.has(id));
      if (unknown !== undefined) refuse(step, `refers to ${unknown}, which is no earlier step`);
      known.add(step.id);
    }
  }
}
