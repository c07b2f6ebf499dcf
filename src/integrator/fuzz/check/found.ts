import type { FuzzCheckName } from "../../../model/fuzz-report.ts";
import type { IntegrationCodeName } from "../../codes.ts";
import type { Case } from "../generate/case.ts";
import type { Wire, WireOutcome } from "../http/client.ts";

/** A case, what was sent for it, and what came back. */
export interface Exchange {
  case: Case;
  wire: Wire;
  /** Whether the tester's credentials went with it. */
  authenticated: boolean;
  outcome: WireOutcome;
  /** The body as JSON; undefined when it is none. */
  json: unknown;
}

/** Something wrong with one exchange. */
export interface Found {
  code: IntegrationCodeName;
  check: FuzzCheckName;
  message: string;
  expected: string;
  actual: string;
  clause: string;
  /** Findings of one operation and code with the same cause are one. */
  cause: string;
}

export function statusOf({ outcome }: Exchange): number {
  return outcome.kind === "answer" ? outcome.status : 0;
}

export function succeeded(exchange: Exchange): boolean {
  const status = statusOf(exchange);
  return status >= 200 && status < 300;
}

/** Status and the first words of a body, for messages. */
export function describeExchange({ outcome }: Exchange): string {
  if (outcome.kind === "failure") return outcome.message;
  const start = outcome.body.subarray(0, 400).toString("utf8").replace(/\s+/g, " ").slice(0, 200);
  return start === "" ? `status ${outcome.status}` : `status ${outcome.status}: ${start}`;
}
