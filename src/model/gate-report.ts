import { z } from "zod";
import { ContractViolation, Finding, QualityLevel, ScanViolation } from "./finding.ts";

export { LAYERS, QualityLevel } from "./finding.ts";

/** `skipped` means it could not run or was not asked for; it never counts as passed. */
export const GateVerdict = z.enum(["passed", "failed", "partial", "skipped"]);
export type GateVerdict = z.infer<typeof GateVerdict>;

/** The result of one layer (specification 3.1 LayerResult). */
export const LayerResult = z.object({
  layer: QualityLevel,
  verdict: GateVerdict,
  /** Why it was skipped, or what decided; one sentence. */
  reason: z.string(),
  violations: z.array(ScanViolation),
  contract_violations: z.array(ContractViolation),
  total_checks: z.number().int(),
  passed_checks: z.number().int(),
  duration_seconds: z.number(),
});
export type LayerResult = z.infer<typeof LayerResult>;

/** The gate over all layers (specification 3.1 QualityGateReport). */
export const QualityGateReport = z.object({
  pipeline_id: z.string().nullable(),
  attempt: z.number().int(),
  generated_at: z.string(),
  layers: z.partialRecord(QualityLevel, LayerResult),
  overall_verdict: GateVerdict,
  fix_attempts: z.number().int(),
  max_fix_attempts: z.number().int(),
  total_violations: z.number().int(),
  blocking_violations: z.number().int(),
  /** Services that failed layer 1 and were left out of the later layers. */
  excluded_services: z.array(z.string()),
  /** What must be fixed before the gate passes, each with its owner. */
  blocking: z.array(Finding),
});
export type QualityGateReport = z.infer<typeof QualityGateReport>;
