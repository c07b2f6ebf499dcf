import type { Rule } from "./rule.ts";

/**
 * What the scan itself reports of comments that silence nothing. It is no rule that reads files: whether a comment
 * silences something is known when all rules have run.
 */
export const IDLE_SUPPRESSION: Omit<Rule, "detect"> = {
  code: "SUPPRESS-001",
  title: "Suppression without effect",
  severity: "info",
  category: "suppression",
  why: "What it silenced is gone; left in place, it hides the next finding of that code on this line.",
  fix: "Remove the code from the comment, or correct it.",
  languages: ["python", "typescript", "javascript", "go", "java"],
  files: ["dockerfile", "compose", "text"],
  tests: true,
  bad: [{ file: "app.py", code: "total = 1  # so-ignore SEC-SECRET-007: local database\n" }],
  good: [{ file: "app.py", code: "total = 1  # counted below\n" }],
};
