import { type Outcome, type PreparedRequest, type Session, statusOf } from "./session.ts";

/** How a report marks a check that was made with a token of the tester's own. */
export const SIGNED_TOKEN = "Called with a token signed for this test: the contracts offer no way to one.";

/** Why a refusal may be the request's own fault, which says nothing about the service; "" when it is not. */
export function doubtOfRequest(session: Session, request: PreparedRequest, outcome: Outcome): string {
  const status = statusOf(outcome);
  if (outcome.kind !== "answer" || status === null || status < 400 || status >= 500) return "";
  if ((status === 401 || status === 403) && isSigned(session, request))
    return `It answered ${status} to a token signed for this test; the contracts offer no way to one.`;
  if (request.assumed.length > 0) return `It answered ${status}, and this was made up: ${request.assumed.join(", ")}.`;
  return "";
}

/** Whether a request carries a token that was signed for the test. */
export function isSigned({ signed }: Session, { token }: PreparedRequest): boolean {
  return token !== null && signed.has(token);
}
