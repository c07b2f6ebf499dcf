import { z } from "zod";
import { ScanViolation, Severity } from "./finding.ts";

/** The answer of a scan over one folder. */
export const ScanReport = z.object({
  root: z.string(),
  /** Files read by at least one rule. */
  files_scanned: z.number().int(),
  /** Files passed over, by reason (binary, too large, generated, …). */
  files_skipped: z.record(z.string(), z.number().int()),
  rules_run: z.array(z.string()),
  violations: z.array(ScanViolation),
  counts: z.record(Severity, z.number().int()),
  /** Findings silenced by a comment in the code. */
  suppressed: z.number().int(),
  /** Files that could not be parsed: rules that need a syntax tree did not see them. */
  unparsed: z.array(z.string()),
  duration_ms: z.number(),
});
export type ScanReport = z.infer<typeof ScanReport>;
