import type { ContractViolation } from "../../model/finding.ts";
import type { OperationCheck } from "../../model/integration-report.ts";
import type { Operation } from "../operation.ts";
import { itemsOf } from "../session/answer.ts";
import { arrange, make } from "../session/arrange.ts";
import { isMakeable } from "../session/candidates.ts";
import { doubtOfRequest, isSigned, SIGNED_TOKEN } from "../session/doubt.ts";
import {
  CannotArrange,
  call,
  describeOutcome,
  isSuccess,
  type Outcome,
  type PreparedRequest,
  type Session,
  statusOf,
} from "../session/session.ts";
import { type Problem, violationOf } from "../violation.ts";
import { judge } from "./verdict.ts";

export interface CheckResult {
  checks: OperationCheck[];
  violations: ContractViolation[];
}

/**
 * Check one operation with one valid request; one that the contract secures also without a token. What cannot be
 * arranged in a valid way is skipped with the reason.
 */
export async function checkOperation(session: Session, operation: Operation): Promise<CheckResult> {
  try {
    if (operation.action === "list") await fillList(session, operation);
    const open = operation.secured ? await checkWithoutToken(session, operation) : undefined;
    // An unprotected operation may have done its work already: what it needs is made anew.
    const own = await checkWithToken(session, operation, open?.failed === false ? open.request : undefined);
    const results = open === undefined ? [own] : [own, open.result];
    return {
      checks: results.flatMap(({ checks }) => checks),
      violations: results.flatMap(({ violations }) => violations),
    };
  } catch (cause) {
    if (!(cause instanceof CannotArrange)) throw cause;
    return { checks: [checkRow(operation, null, "skipped", `Not checked: ${cause.message}.`)], violations: [] };
  }
}

/** An empty list proves nothing of its items. */
async function fillList(session: Session, { entity, service }: Operation): Promise<void> {
  if (entity === null) return;
  const wanted = { entity, service };
  if (!isMakeable(session.system, wanted)) return;
  try {
    await make(session, wanted);
  } catch (cause) {
    if (!(cause instanceof CannotArrange)) throw cause;
  }
}

async function checkWithoutToken(
  session: Session,
  operation: Operation,
): Promise<{ failed: boolean; request: PreparedRequest; result: CheckResult }> {
  const request = await arrange(session, operation);
  const anonymous = { ...request, token: null };
  const outcome = await call(session, operation, anonymous);
  const status = statusOf(outcome);
  const problems =
    outcome.kind !== "answer"
      ? judge(operation, outcome)
      : status === 401 || status === 403
        ? []
        : [unprotected(operation, outcome)];
  return {
    failed: problems.length > 0,
    request,
    result: resultOf(operation, anonymous, outcome, problems, { suffix: " without token" }),
  };
}

function unprotected({ pointer }: Operation, outcome: Outcome): Problem {
  return {
    code: "AUTH-001",
    message: `Without a token it answered ${describeOutcome(outcome).split(":")[0]}.`,
    expected: "status 401 or 403",
    actual: describeOutcome(outcome),
    clause: `${pointer}/security`,
  };
}

async function checkWithToken(
  session: Session,
  operation: Operation,
  prepared: PreparedRequest | undefined,
): Promise<CheckResult> {
  let request = prepared ?? (await arrange(session, operation));
  let outcome = await call(session, operation, request);
  if (statusOf(outcome) === 409 && operation.action !== "transition") {
    // The example's values may be taken; made-up ones are not.
    request = await arrange(session, operation, { examples: false });
    outcome = await call(session, operation, request);
  }
  const doubt = doubtOf(operation, outcome) || doubtOfRequest(session, request, outcome);
  if (doubt !== "") return { checks: [checkRow(operation, outcome, "skipped", doubt)], violations: [] };
  const remark = isSigned(session, request) ? SIGNED_TOKEN : "";
  return resultOf(operation, request, outcome, judge(operation, outcome), { remark });
}

/** Why an outcome says nothing about the operation, though it is no success; "" when it does. */
function doubtOf(operation: Operation, outcome: Outcome): string {
  if (isSuccess(outcome)) {
    const empty = operation.action === "list" && itemsOf(outcome.json)?.length === 0;
    return empty ? "It answered with an empty list, which shows nothing of its items." : "";
  }
  const status = statusOf(outcome);
  if (status === null || status < 400 || status >= 500) return "";
  if (!operation.responses.some((response) => response.status === String(status) || response.status === "4XX"))
    return "";
  if (status === 403) return "It answered 403: what a caller must be allowed is not in the contract.";
  const unknownStart =
    operation.action === "custom" || (operation.action === "transition" && operation.transition === null);
  return unknownStart ? `It answered ${status}, as documented: what must be so before is not in the contract.` : "";
}

function resultOf(
  operation: Operation,
  request: PreparedRequest,
  outcome: Outcome,
  problems: Problem[],
  { suffix = "", remark = "" },
): CheckResult {
  const reason = problems.map(({ message }) => message).join(" ") || remark;
  const verdict = problems.length === 0 ? "passed" : "failed";
  const check = checkRow(operation, outcome, verdict, reason);
  return {
    checks: [{ ...check, operation_id: check.operation_id + suffix }],
    violations: problems.map((problem) => violationOf(problem, operation, request)),
  };
}

/** One row of the report. */
export function checkRow(
  operation: Operation,
  outcome: Outcome | null,
  verdict: OperationCheck["verdict"],
  reason: string,
): OperationCheck {
  const { service, id, method, path } = operation;
  const status = outcome === null ? null : statusOf(outcome);
  const duration = outcome === null ? 0 : outcome.kind === "answer" ? outcome.answer.duration_ms : outcome.duration_ms;
  return { service, operation_id: id, method, path, verdict, status, reason, duration_ms: duration };
}
