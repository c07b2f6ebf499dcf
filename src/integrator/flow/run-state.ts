import type { ContractViolation } from "../../model/finding.ts";
import type { Flow, PlannedStep } from "../../model/flow.ts";
import type { FlowStep } from "../../model/integration-report.ts";
import { routePrefix } from "../../model/service-map.ts";
import type { Operation } from "../operation.ts";
import type { Outcome, PreparedRequest, Session, TestSystem } from "../session/session.ts";
import { describeOutcome, statusOf } from "../session/session.ts";
import { curlLine } from "../violation.ts";
import type { StepValue } from "./template.ts";
import type { ReadLog } from "./traces.ts";

export interface FlowOptions {
  /** What services log; null when it cannot be read. */
  readLog: ReadLog | null;
  /** What signs events on the webhook bus; null when it is not known. */
  event_secret: string | null;
}

/** One flow while it runs. */
export interface FlowRun {
  system: TestSystem;
  flow: Flow;
  options: FlowOptions;
  session: Session;
  /** What passed, by step id. */
  values: Map<string, StepValue>;
  /** Requests that steps sent, by step id. */
  sent: Map<string, { operation: Operation; request: PreparedRequest }>;
  /** Items that were there before the cause, for waiting steps that expect a new one, by their id. */
  before: Map<string, Set<string>>;
  /** Waiting steps that saw their effect (true) or not, by id. */
  seen: Map<string, boolean>;
  /** Of the one request that the logs are searched for. */
  trace_id: string;
  /** Length of each service's log before that request. */
  logged: Map<string, number>;
  /** Services whose logs have the trace id. */
  traced: Set<string>;
  steps: FlowStep[];
  violations: ContractViolation[];
  unique: string;
}

export function operationFor(system: TestSystem, { service, operation }: PlannedStep): Operation | undefined {
  return system.operations.find((one) => one.service === service && one.id === operation);
}

/** A row of the report. */
export function stepRow(
  step: PlannedStep,
  operation: Operation | undefined,
  verdict: FlowStep["verdict"],
  reason: string,
  made?: { request: PreparedRequest; outcome: Outcome },
): FlowStep {
  const what = step.event === undefined ? (operation?.id ?? step.operation) : `${step.event} has its effect`;
  const row: FlowStep = {
    service: step.service,
    description: what,
    method: operation?.method ?? "",
    url: made === undefined ? "" : routePrefix(step.service) + made.request.path,
    status: made === undefined ? null : statusOf(made.outcome),
    verdict,
    reason,
    step: step.id,
  };
  if (verdict !== "failed" || made === undefined) return row;
  const { status, body } = step.expect;
  const values = [...Object.entries(body), ...Object.entries(step.expect.item ?? {})];
  return {
    ...row,
    request: curlLine(step.service, made.request),
    response: describeOutcome(made.outcome),
    expected: [`status ${status.join(" or ")}`, ...values.map(([name, value]) => `${name} = ${String(value)}`)].join(
      ", ",
    ),
  };
}
