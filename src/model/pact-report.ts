import { z } from "zod";
import { ContractViolation } from "./finding.ts";

/** One interaction of a pact, and what its verdict rests on. */
export const PactInteractionResult = z.object({
  description: z.string(),
  /** `METHOD /path` of the contract (of the pact, where no contract offers it), or the event's name. */
  endpoint: z.string(),
  verdict: z.enum(["passed", "failed", "skipped"]),
  /** Why it was skipped or what failed; "" when it passed. */
  reason: z.string(),
  /** What was verified how: the answer of the running provider, a published message, a contract. "" when nothing ran. */
  evidence: z.string(),
});
export type PactInteractionResult = z.infer<typeof PactInteractionResult>;

/** What became of one pact: a consumer, a provider, and where it comes from. */
export const PactOutcome = z.object({
  consumer: z.string(),
  provider: z.string(),
  /** `generated`, the pact file's path, or `broker`. */
  source: z.string(),
  /** An empty pact is skipped, never passed; some interactions skipped and none failed is `partial`. */
  verdict: z.enum(["passed", "partial", "failed", "skipped"]),
  /** Why nothing of it was verified; "" otherwise. */
  reason: z.string(),
  interactions: z.array(PactInteractionResult),
});
export type PactOutcome = z.infer<typeof PactOutcome>;

/** What verifying pacts found (specification 6.3, consumer contracts). */
export const PactReport = z.object({
  pacts: z.array(PactOutcome),
  violations: z.array(ContractViolation),
  /** Interactions that were judged; skipped ones do not count, and 0 means not run. */
  total: z.number().int(),
  passed: z.number().int(),
  /** What was not verified, each with the reason. */
  skipped: z.array(z.string()),
  notes: z.array(z.string()),
});
export type PactReport = z.infer<typeof PactReport>;
