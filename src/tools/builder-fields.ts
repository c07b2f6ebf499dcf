import { z } from "zod";
import type { BuilderResult } from "../model/builder.ts";

/** Inputs that the builder tools share. */
export const claimIdField = z.string().describe("Claim id; from claim_build_task.");
export const costField = z.number().min(0).optional().describe("USD; what it cost so far, when known.");

export function waitField(what: string) {
  return z.number().min(0).max(3600).default(0).describe(`Wait seconds; up to this long ${what}.`);
}

/** What the orchestrator saw for itself, in short. */
export const SeenResult = z.object({
  success: z.boolean(),
  tests_executed: z.number().int().nullable(),
  tests_passed: z.number().int().nullable(),
  /** Why it is no success; "" when it is one. */
  reason: z.string(),
  /** A line for each command: what was run, how it ended, where its log is. */
  commands: z.array(z.string()),
});

/** Characters of the reason. */
const MAX_REASON = 1500;

export function seenResult({ success, test_total, test_passed, error, evidence }: BuilderResult) {
  return {
    success,
    tests_executed: test_total,
    tests_passed: test_passed,
    reason: success ? "" : error.slice(0, MAX_REASON),
    commands: (evidence?.commands ?? []).map(({ purpose, command, exit_code, tests, timed_out, log_file }) => {
      const counts = tests ? `, ${tests.passed} of ${tests.executed} tests passed, ${tests.skipped} skipped` : "";
      const end = timed_out ? "did not end in time" : `ended with ${exit_code ?? "a signal"}`;
      return `${purpose}: ${command} ${end}${counts} (${log_file})`;
    }),
  };
}
