import { z } from "zod";
import { ScanViolation, Severity, SuppressedViolation } from "./finding.ts";

/** The answer of a scan over one folder. */
export const ScanReport = z.object({
  root: z.string(),
  /** Names of the services that were given, or found by their manifests. */
  services: z.array(z.string()),
  /** Files read by at least one rule. */
  files_scanned: z.number().int(),
  /** Files passed over, by reason (binary, too large, generated, …). */
  files_skipped: z.record(z.string(), z.number().int()),
  rules_run: z.array(z.string()),
  violations: z.array(ScanViolation),
  counts: z.record(Severity, z.number().int()),
  /** Findings silenced by a comment in the code. */
  suppressed: z.number().int(),
  suppressed_findings: z.array(SuppressedViolation),
  /** Findings that the baseline knows: counted, not among `violations`. */
  known_findings: z.array(ScanViolation),
  /** Entries of the baseline that were not found any more; 0 without one, and when only changed files were judged. */
  baseline_gone: z.number().int(),
  /** How many of the scanned files changed since the git commit asked about; null when all files were judged. */
  changed_files: z.number().int().nullable(),
  /** Files that could not be parsed, which rules that need a syntax tree did not see; files and folders that could not be read. */
  unparsed: z.array(z.string()),
  duration_ms: z.number(),
});
export type ScanReport = z.infer<typeof ScanReport>;
