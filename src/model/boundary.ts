import { z } from "zod";
import { ContractViolation } from "./finding.ts";

export const BOUNDARY_TOPICS = ["contract", "number", "time", "text", "empty", "enum", "value", "page"] as const;

/** One look at what crosses a boundary between services: two contracts compared, or a value sent and read again. */
export const BoundaryCheck = z.object({
  /** `contract` compares two contracts; the others send values through running services. */
  topic: z.enum(BOUNDARY_TOPICS),
  /** Services whose data it is, the one it comes from first. */
  services: z.array(z.string()),
  /** What was looked at, in words. */
  subject: z.string(),
  verdict: z.enum(["passed", "failed", "skipped"]),
  /** What is wrong, or why it was skipped; "" when it passed. */
  reason: z.string(),
});
export type BoundaryCheck = z.infer<typeof BoundaryCheck>;

export const BoundaryResult = z.object({ checks: z.array(BoundaryCheck), violations: z.array(ContractViolation) });
export type BoundaryResult = z.infer<typeof BoundaryResult>;
