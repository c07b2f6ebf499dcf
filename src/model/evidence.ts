import { z } from "zod";

/** Counts from a test runner's own report. */
export const TestCounts = z.object({
  executed: z.number().int(),
  passed: z.number().int(),
  failed: z.number().int(),
  skipped: z.number().int(),
});
export type TestCounts = z.infer<typeof TestCounts>;

/** One command the orchestrator ran itself. */
export const CommandEvidence = z.object({
  purpose: z.enum(["install", "build", "test"]),
  command: z.string(),
  /** null when a signal or the time limit ended it. */
  exit_code: z.number().int().nullable(),
  duration_ms: z.number(),
  timed_out: z.boolean(),
  /** null when the command is no test run, or its report could not be read. */
  tests: TestCounts.nullable(),
  log_file: z.string(),
});
export type CommandEvidence = z.infer<typeof CommandEvidence>;

/** What the orchestrator saw for itself, and the exact files it saw it on. */
export const Evidence = z.object({
  /** SHA-256 over names and contents of the service's files. */
  tree_digest: z.string(),
  /** Git tree id of the same in the pipeline's repository; absent where it was built without git. */
  git_tree: z.string().optional(),
  gathered_at: z.string(),
  commands: z.array(CommandEvidence),
  /** Whether every command ended with 0 and at least one test was executed and none failed. */
  verified: z.boolean(),
  /** Why it is not verified; "" when it is. */
  reason: z.string(),
});
export type Evidence = z.infer<typeof Evidence>;
