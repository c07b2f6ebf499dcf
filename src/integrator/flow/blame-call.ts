import type { ContractViolation } from "../../model/finding.ts";
import { judge } from "../contract-check/verdict.ts";
import { at, isRecord } from "../document.ts";
import { isParameter, pathSegments } from "../infer.ts";
import { endpointOf, type Operation } from "../operation.ts";
import { ownToken } from "../session/arrange.ts";
import {
  CannotArrange,
  call,
  describeOutcome,
  isSuccess,
  type Outcome,
  type PreparedRequest,
} from "../session/session.ts";
import { violationOf } from "../violation.ts";
import type { FlowRun } from "./run-state.ts";

/**
 * Whose fault a refusal is: what the operation asks of another service according to `x-calls` is asked directly, with the
 * same id. When that fails too, the other service is to blame; null when it answers well, or there is nothing to ask.
 */
export async function blameForRefusal(
  run: FlowRun,
  operation: Operation,
  request: PreparedRequest,
  outcome: Outcome,
): Promise<ContractViolation | null> {
  const body: unknown = request.body === null ? null : JSON.parse(request.body);
  for (const made of operation.calls) {
    const called = run.system.operations.find(
      ({ service, id }) => service === made.service && id === made.operation_id,
    );
    const value = made.property === undefined || !isRecord(body) ? undefined : at(body, made.property);
    const parameters = called === undefined ? [] : pathSegments(called.path).filter(isParameter);
    if (called === undefined || called.method !== "GET" || value === undefined || parameters.length !== 1) continue;
    const path = called.path.replace(parameters[0] ?? "", () => encodeURIComponent(String(value)));
    const asked: PreparedRequest = { method: "GET", path, headers: {}, body: null, token: null, assumed: [] };
    try {
      if (called.secured) asked.token = await ownToken(run.session, called);
    } catch (cause) {
      if (!(cause instanceof CannotArrange)) throw cause;
      continue;
    }
    const direct = await call(run.session, called, asked);
    const [fault] = isSuccess(direct) ? judge(called, direct) : [];
    if (isSuccess(direct) && fault === undefined) continue;
    const actual = fault?.message ?? describeOutcome(direct);
    const message = `${endpointOf(operation)} of ${operation.service} failed (${describeOutcome(outcome).split(":")[0]}) because ${called.service} does not answer for ${made.property} ${JSON.stringify(value)}, which an earlier step was given.`;
    const expected = "success, as for the id it gave itself";
    return violationOf(
      { code: "FLOW-001", message, expected, actual, clause: `${called.pointer}/responses` },
      called,
      asked,
    );
  }
  return null;
}
