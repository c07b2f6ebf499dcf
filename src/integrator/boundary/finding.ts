import type { ContractViolation } from "../../model/finding.ts";
import type { IntegrationCodeName } from "../codes.ts";
import type { Operation } from "../operation.ts";
import type { PreparedRequest } from "../session/session.ts";
import { type Problem, violationOf } from "../violation.ts";
import type { Topic } from "./variants.ts";

/** What it is called when a value of a topic does not get through. */
export const TOPIC_CODE: Record<Topic, IntegrationCodeName> = {
  number: "BOUNDARY-012",
  time: "BOUNDARY-013",
  text: "BOUNDARY-016",
  empty: "BOUNDARY-014",
  enum: "BOUNDARY-015",
  value: "BOUNDARY-011",
};

/** A violation, and which places of the body it is about. */
export interface Finding {
  violation: ContractViolation;
  /** Comparable names of the damaged properties. */
  keys: string[];
}

/** A problem as a finding against the service that is at fault; the request is the one that wrote the value. */
export function found(
  { service, ...problem }: Problem & { service: string },
  operation: Operation,
  request: PreparedRequest,
  keys: string[] = [],
): Finding {
  return { violation: { ...violationOf(problem, operation, request), service }, keys };
}
