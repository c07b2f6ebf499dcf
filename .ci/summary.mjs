// Prints what was skipped, and why, and the closing line "N passed, N failed, N skipped".
import { readFileSync } from "node:fs";

const { testResults } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const tests = testResults.flatMap((file) => file.assertionResults);
const count = (...states) => tests.filter(({ status }) => states.includes(status)).length;
const skipped = tests.filter(({ status }) => ["skipped", "pending", "todo", "disabled"].includes(status));
// A file that does not even load has no tests to count: it is a failure of its own.
const broken = testResults.filter(
  (file) => file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"),
);
for (const test of skipped) console.log(`skipped: ${test.fullName}`);
for (const file of broken) console.log(`failed to load: ${file.name}: ${file.message}`);
console.log(`${count("passed")} passed, ${count("failed") + broken.length} failed, ${skipped.length} skipped`);
