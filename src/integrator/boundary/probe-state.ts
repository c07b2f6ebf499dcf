import type { BoundaryCheck } from "../../model/boundary.ts";
import type { ContractViolation } from "../../model/finding.ts";
import type { PlannedStep } from "../../model/flow.ts";
import type { FlowRun } from "../flow/run-state.ts";
import type { Operation } from "../operation.ts";
import type { Outcome, PreparedRequest } from "../session/session.ts";
import type { Variant } from "./variants.ts";

/** What one operation writes, and where that can be read. */
export interface Probe {
  run: FlowRun;
  operation: Operation;
  target: PlannedStep;
  /** Steps that showed the effect of an event when nothing special was sent. */
  working: Set<string>;
  checks: BoundaryCheck[];
  violations: ContractViolation[];
}

/** What was sent, exactly, and what came back. */
export interface Written {
  variant: Variant;
  step: PlannedStep;
  request: PreparedRequest;
  sent: unknown;
  outcome: Extract<Outcome, { kind: "answer" }>;
}
