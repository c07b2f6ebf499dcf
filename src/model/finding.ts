import { z } from "zod";

/** From harmless to worst. A finding blocks when it is at or above `quality_gate.blocking_severity`. */
export const SEVERITIES = ["info", "warning", "error", "high", "critical"] as const;
export const Severity = z.enum(SEVERITIES);
export type Severity = z.infer<typeof Severity>;

/** Whether `severity` is at or above `threshold`. */
export function atLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(threshold);
}

export const ScanCategory = z.enum([
  "security",
  "cors",
  "logging",
  "trace",
  "secrets",
  "docker",
  "health",
  "adversarial",
  "suppression",
]);
export type ScanCategory = z.infer<typeof ScanCategory>;

/** A finding in source code (specification 3.1 ScanViolation). */
export const ScanViolation = z.object({
  code: z.string(),
  severity: Severity,
  category: ScanCategory,
  service: z.string(),
  /** Relative to the scanned folder, with "/". */
  file_path: z.string(),
  /** From 1; 0 when it concerns the file or service as a whole. */
  line: z.number().int(),
  column: z.number().int(),
  /** One sentence: what is wrong. */
  message: z.string(),
  /** One sentence: what to do. */
  fix: z.string(),
  /** Stable identity that survives moving the line. */
  fingerprint: z.string(),
});
export type ScanViolation = z.infer<typeof ScanViolation>;

/** A finding in source code that a comment in the code silences. */
export const SuppressedViolation = ScanViolation.extend({
  suppression: z.object({
    /** Line of the comment, from 1. */
    line: z.number().int(),
    /** Why, in the words of the comment; "" when it gives none. */
    reason: z.string(),
  }),
});
export type SuppressedViolation = z.infer<typeof SuppressedViolation>;

/** A finding at run time against a contract (specification 3.1 ContractViolation), blamed on one service. */
export const ContractViolation = z.object({
  code: z.string(),
  severity: Severity,
  service: z.string(),
  /** `METHOD /path` of the contract, or the event's name. */
  endpoint: z.string(),
  message: z.string(),
  expected: z.string().default(""),
  actual: z.string().default(""),
  file_path: z.string().default(""),
  /** JSON pointer of the contract's clause; "" when there is none. */
  clause: z.string().default(""),
  /** A shell line that shows it again; "" when there is none. */
  reproduce: z.string().default(""),
});
export type ContractViolation = z.infer<typeof ContractViolation>;

/** The layers of the gate, in the order in which they judge. */
export const LAYERS = ["layer1_service", "layer2_contract", "layer3_system", "layer4_adversarial"] as const;
export const QualityLevel = z.enum(LAYERS);
export type QualityLevel = z.infer<typeof QualityLevel>;

/** What a builder is asked to fix: any finding, in one shape. */
export const Finding = z.object({
  code: z.string(),
  severity: Severity,
  service: z.string(),
  /** `file:line` or `METHOD /path`. */
  where: z.string(),
  message: z.string(),
  /** What to do, or what was expected. */
  fix: z.string(),
  reproduce: z.string().default(""),
  fingerprint: z.string(),
  /** The layer that found it; absent when no gate did, and in reports of earlier versions. */
  layer: QualityLevel.optional(),
  /** What earlier attempts made of it, for the next one; absent when there were none. */
  history: z.string().optional(),
});
export type Finding = z.infer<typeof Finding>;
