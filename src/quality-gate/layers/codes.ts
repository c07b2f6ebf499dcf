import type { Severity } from "../../model/finding.ts";

/** Codes of layer 1: what the orchestrator itself could not see succeed (specification 6.2). */
export const SERVICE_CODES: Readonly<
  Record<string, { severity: Severity; title: string; meaning: string; fix: string }>
> = {
  "BUILD-001": {
    severity: "error",
    title: "Build failed",
    meaning: "Installing or building the service, run by the orchestrator, did not end with exit code 0.",
    fix: "Run the command of the finding in the service's folder and fix what it says.",
  },
  "TEST-001": {
    severity: "error",
    title: "Tests do not pass",
    meaning: "No test was executed, or fewer than 90 % of the executed ones passed.",
    fix: "Give the service tests that its test command runs, and make them pass.",
  },
  "TEST-002": {
    severity: "error",
    title: "Tests were removed",
    meaning:
      "The service has fewer tests than in an earlier run on the same contracts. Taking a test away is not satisfying it.",
    fix: "Bring the tests back and make the service pass them.",
  },
  "TEST-003": {
    severity: "error",
    title: "Tests are newly skipped",
    meaning: "Tests that an earlier run on the same contracts executed are skipped, pending or marked as to do.",
    fix: "Take the skip out and make the service pass them.",
  },
  "TEST-004": {
    severity: "error",
    title: "Only picked tests run",
    meaning: "A test or a group is marked with .only, fit or fdescribe, which keeps the others from running.",
    fix: "Take the mark out, so that every test runs.",
  },
  "TEST-005": {
    severity: "error",
    title: "The test command is weakened",
    meaning:
      "The test command ends with 0 whatever its tests do (|| true, ; exit 0), or leaves tests out that it ran before.",
    fix: "Let the command run every test and end with the status of its test runner.",
  },
  "TEST-006": {
    severity: "error",
    title: "Tests were emptied",
    meaning:
      "Tests that checked something in an earlier run have an empty body, or one that only claims what is always so.",
    fix: "Give them back what they checked, and make the service pass them.",
  },
  "CONVERGENCE-001": {
    severity: "error",
    title: "Requirements not met",
    meaning: "The builder reports that it met fewer than 90 % of the service's requirements.",
    fix: "Build what is missing of the service's plan.",
  },
  "MERGE-001": {
    severity: "error",
    title: "Merge conflict",
    meaning:
      "The builder changed what somebody has edited in the output folder since. Nothing was merged: the output folder holds the edits, the builder's branch its work.",
    fix: "The next run finds both versions in the files, between markers: keep what both want.",
  },
  "TREE-001": {
    severity: "error",
    title: "Committed files change when it is tested",
    meaning:
      "After the build and the tests ran on a clean checkout, files that belong to the service differ from its commit: what was tested is not what was delivered.",
    fix: "Write what is generated or stored to a folder named in .gitignore, or a temporary one.",
  },
  "EVIDENCE-001": {
    severity: "error",
    title: "Not verified",
    meaning: "There is no record, made by the orchestrator itself, that the service builds and its tests pass.",
    fix: "Make the build and the test command run to their end; a builder's own claim does not count.",
  },
};
