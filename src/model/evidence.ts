import { z } from "zod";

/** Counts from a test runner's own report. */
export const TestCounts = z.object({
  executed: z.number().int(),
  passed: z.number().int(),
  failed: z.number().int(),
  skipped: z.number().int(),
});
export type TestCounts = z.infer<typeof TestCounts>;

/** Where counts come from: the runner's own structured report, or, as the last resort, the words of its output. */
export const ReportSource = z.enum(["node-test", "vitest-json", "jest-json", "junit-xml", "go-json", "text"]);
export type ReportSource = z.infer<typeof ReportSource>;

export const TestOutcome = z.enum(["passed", "failed", "skipped"]);
export type TestOutcome = z.infer<typeof TestOutcome>;

/** Which tests a run reported, so that two runs can be compared. */
export const TestRoster = z.object({
  source: ReportSource,
  /** How many tests were reported by name, skipped ones too; 0 when the source tells no names. */
  total: z.number().int(),
  /** SHA-256 over all names with their outcomes. */
  digest: z.string(),
  /** Names, cut to a bounded length. Of many tests those with the smallest hashes: the same ones in every run. */
  tests: z.array(z.object({ name: z.string(), outcome: TestOutcome })),
  /** The first that failed, with what they said. */
  failures: z.array(z.object({ name: z.string(), message: z.string() })),
  /** Files that could not be loaded or compiled: the tests in them are missing, not removed. */
  unloaded: z.array(z.string()),
});
export type TestRoster = z.infer<typeof TestRoster>;

/** A sign that tests were weakened instead of satisfied. */
export const TestFinding = z.object({
  code: z.enum(["TEST-002", "TEST-003", "TEST-004", "TEST-005", "TEST-006"]),
  /** An error keeps the run from being a success; a warning is only told. */
  severity: z.enum(["error", "warning"]),
  message: z.string(),
  fix: z.string(),
  /** Names of tests or places, bounded. */
  tests: z.array(z.string()),
});
export type TestFinding = z.infer<typeof TestFinding>;

/** What the sources of the tests themselves show. */
export const TestSources = z.object({
  /** `file:line` where only some tests are picked to run (`it.only`). */
  focused: z.array(z.string()),
  /** Titles of tests that check nothing, bounded. */
  hollow: z.array(z.string()),
});
export type TestSources = z.infer<typeof TestSources>;

/** One command the orchestrator ran itself. */
export const CommandEvidence = z.object({
  purpose: z.enum(["install", "build", "test"]),
  command: z.string(),
  /** The same as a person would type it; absent when it is no other. */
  plain: z.string().optional(),
  /** null when a signal or the time limit ended it. */
  exit_code: z.number().int().nullable(),
  duration_ms: z.number(),
  timed_out: z.boolean(),
  /** null when the command is no test run, or its report could not be read. */
  tests: TestCounts.nullable(),
  /** Absent when there are no counts, and in evidence of earlier versions. */
  roster: TestRoster.optional(),
  /** What the command runs in the end, where a manifest says so (the scripts of package.json); absent otherwise. */
  script: z.string().optional(),
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
  /** Absent when no test was run, and in evidence of earlier versions. */
  test_sources: TestSources.optional(),
});
export type Evidence = z.infer<typeof Evidence>;
