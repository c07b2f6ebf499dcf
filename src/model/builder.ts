import { z } from "zod";
import { Evidence, TestFinding } from "./evidence.ts";
import { Finding } from "./finding.ts";

/** What a builder says of its own work. Stored as a claim; never believed for success or tests. */
export const BuilderClaim = z.object({
  success: z.boolean(),
  /** USD; null when the builder does not report it. */
  cost: z.number().nullable(),
  error: z.string().default(""),
  test_passed: z.number().int().nullable().default(null),
  test_total: z.number().int().nullable().default(null),
  convergence_ratio: z.number().nullable().default(null),
  /** Which backend did the work, where several could have; absent when only one could. */
  backend: z.string().optional(),
  /** The conversation of an agent, with which a fix can go on; absent when it has none. */
  session_id: z.string().optional(),
  /** Answers of the model; absent when it does not say. */
  turns: z.number().int().optional(),
  /** Not its own word: what we saw it do that a builder must not, kept with its end until there is a result. */
  breaches: z.array(z.string()).optional(),
});
export type BuilderClaim = z.infer<typeof BuilderClaim>;

/** One builder run with its outcome (specification 3.1 BuilderResult): counts are measured, null is "not reported". */
export const BuilderResult = z.object({
  system_id: z.string(),
  service_id: z.string(),
  backend: z.string(),
  attempt: z.number().int(),
  /** Our verdict from the evidence, not the claim. */
  success: z.boolean(),
  /** USD. */
  cost: z.number(),
  error: z.string(),
  output_dir: z.string(),
  test_passed: z.number().int().nullable(),
  test_total: z.number().int().nullable(),
  convergence_ratio: z.number().nullable(),
  artifacts: z.array(z.string()),
  claim: BuilderClaim,
  evidence: Evidence.nullable(),
  /** Digest of the contracts it was built on; absent in results of versions that could not change a contract. */
  contract_basis: z.string().optional(),
  /** What it did that a builder must not, as we saw it: such a run is no success. Absent when there was nothing. */
  breaches: z.array(z.string()).optional(),
  /** What keeps it from being merged beside its evidence: conflicts, committed files that its tests change. */
  findings: z.array(Finding).optional(),
  /** Its place in the pipeline's repository; absent where it was built without git. */
  delivery: z
    .object({
      /** The commit that was judged. */
      commit: z.string(),
      /** Whether it was merged into the output folder. */
      merged: z.boolean(),
      /** Git tree id of what stands in the output folder for this service since; "" for nothing. */
      standing: z.string(),
    })
    .optional(),
  /** How its tests compare with those of the runs before. With an error among them the run is no success. */
  test_findings: z.array(TestFinding).optional(),
});
export type BuilderResult = z.infer<typeof BuilderResult>;
