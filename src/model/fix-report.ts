import { z } from "zod";
import { TestFinding } from "./evidence.ts";
import { Finding, QualityLevel, Severity } from "./finding.ts";

/** A finding as a report names it. */
export const FindingRef = z.object({
  fingerprint: z.string(),
  code: z.string(),
  severity: Severity,
  service: z.string(),
  where: z.string(),
  layer: QualityLevel.optional(),
});
export type FindingRef = z.infer<typeof FindingRef>;

/**
 * What a fix pass made of the blocking findings. `new` was made by it, `regressed` had been fixed by an earlier one.
 * `revealed` could not be seen before and `unseen` can no longer be, because an earlier layer held theirs back or
 * the service fails otherwise now: the former is nobody's new fault, the latter is not fixed.
 */
export const OUTCOMES = ["fixed", "remaining", "new", "regressed", "revealed", "unseen"] as const;
export const FixOutcome = z.enum(OUTCOMES);
export type FixOutcome = z.infer<typeof FixOutcome>;

/** One service's builder in one round. */
export const FixRun = z.object({
  service: z.string(),
  attempt: z.number().int(),
  backend: z.string(),
  /** Blocking findings it was given. */
  findings: z.number().int(),
  /** Whether the service's own build and tests pass afterwards, honestly. */
  success: z.boolean(),
  /** USD. */
  cost: z.number(),
  seconds: z.number(),
  /** Why it was no success; "" when it was. */
  error: z.string(),
  /** Tests that were weakened instead of satisfied. */
  test_findings: z.array(TestFinding),
});
export type FixRun = z.infer<typeof FixRun>;

/** One fix pass with the judgement after it. */
export const FixRound = z.object({
  /** Which judgement it follows, from 1; a person's retry counts as one. */
  round: z.number().int(),
  /** Blocking findings before and after it. */
  before: z.number().int(),
  after: z.number().int(),
  runs: z.array(FixRun),
  /** How many became what. */
  counts: z.record(FixOutcome, z.number().int()),
  /** Which ones, a bounded number of each. */
  findings: z.record(FixOutcome, z.array(FindingRef)),
});
export type FixRound = z.infer<typeof FixRound>;

/** Why the loop goes on or ended. */
export const FixStatus = z.enum(["running", "passed", "limit", "no_progress", "no_owner", "budget", "stopped"]);
export type FixStatus = z.infer<typeof FixStatus>;

/** How the fix loop went and what remains (specification 6.6). */
export const FixReport = z.object({
  pipeline_id: z.string(),
  generated_at: z.string(),
  status: FixStatus,
  /** One sentence: why it ended, or what it does. */
  reason: z.string(),
  max_rounds: z.number().int(),
  rounds: z.array(FixRound),
  /** Blocking findings of the newest judgement, most important first, a bounded number. */
  remaining: z.array(Finding),
  remaining_total: z.number().int(),
  /** Every finding that blocked since the loop began, by fingerprint. */
  known: z.record(
    z.string(),
    z.object({
      /** What became of it last, and in which round; absent before the first pass has been judged. */
      outcome: FixOutcome.optional(),
      round: z.number().int().optional(),
      /** What had become of it before that round: a round that is judged again after a crash begins from there. */
      before: FixOutcome.optional(),
      /** Attempts of its service that had it as a task. */
      attempts: z.array(z.number().int()),
    }),
  ),
});
export type FixReport = z.infer<typeof FixReport>;

/** How the fix loop stands, in short: the counts are of its last round. */
export const FixSummary = z.object({
  status: FixStatus,
  reason: z.string(),
  rounds: z.number().int(),
  fixed: z.number().int(),
  remaining: z.number().int(),
  new: z.number().int(),
  regressed: z.number().int(),
});
export type FixSummary = z.infer<typeof FixSummary>;
