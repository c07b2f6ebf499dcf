import type { CommandEvidence, Evidence, TestFinding, TestOutcome, TestRoster } from "../model/evidence.ts";
import { hashOfName } from "./verify/report/roster.ts";
import { segmentsOf } from "./verify/script.ts";

/** Names that a finding tells. */
const MAX_NAMED = 20;

/**
 * How the tests of a run compare with those of an earlier run of the same service on the same contracts (null: there is
 * none). An error is a sign that tests were weakened instead of satisfied; what cannot be told for certain is a warning.
 */
export function testFindings(before: Evidence | null, now: Evidence): TestFinding[] {
  const test = testCommand(now);
  if (test === undefined) return [];
  const earlier = before === null ? undefined : testCommand(before);
  return [
    ...focusedTests(now, test),
    ...maskedCommand(test, earlier),
    ...(earlier && before
      ? [...missingTests(earlier, test), ...newlySkipped(earlier, test), ...emptied(before, now)]
      : []),
  ];
}

/** Tests that a run knows of, executed or skipped: what a later run is measured by. 0 without a report. */
export function knownTests(evidence: Evidence | null | undefined): number {
  const tests = evidence && testCommand(evidence)?.tests;
  return tests ? tests.executed + tests.skipped - (testCommand(evidence)?.roster?.unloaded.length ?? 0) : 0;
}

function testCommand({ commands }: Evidence): CommandEvidence | undefined {
  return commands.find(({ purpose }) => purpose === "test");
}

/** Fewer tests than before. A run in which something failed proves nothing: it may have ended early. */
function missingTests(before: CommandEvidence, now: CommandEvidence): TestFinding[] {
  if (!now.tests || !before.tests || now.tests.failed > 0 || now.exit_code === null) return [];
  const [had, has] = [
    before.tests.executed + before.tests.skipped - (before.roster?.unloaded.length ?? 0),
    now.tests.executed + now.tests.skipped,
  ];
  const gone = missingNames(before.roster, now.roster);
  const fix = "Bring them back and make the service pass them; a test goes only when its contract changes.";
  if (has < had) {
    const message = `${had - has} of ${had} tests that were there before are gone${named(gone)}.`;
    return [finding("TEST-002", "error", message, fix, gone)];
  }
  const failed = new Set(namesOf(before.roster, ["failed"]));
  const replaced = gone.filter((name) => failed.has(name));
  if (replaced.length === 0) return [];
  const message = `${replaced.length} tests that failed before are gone, and others have come${named(replaced)}.`;
  return [finding("TEST-002", "warning", message, fix, replaced)];
}

/** Names of the earlier run that the later one should have, were they still there. */
function missingNames(before: TestRoster | undefined, now: TestRoster | undefined): string[] {
  if (!before || !now || now.total === 0) return [];
  const there = new Set(now.tests.map(({ name }) => name));
  // Of very many tests those with the smallest hashes are kept: only below the greatest of them can one be missing.
  const complete = now.tests.length === now.total;
  const reach = complete ? "g" : now.tests.reduce((most, { name }) => max(most, hashOfName(name)), "");
  return before.tests.map(({ name }) => name).filter((name) => !there.has(name) && hashOfName(name) <= reach);
}

function newlySkipped(before: CommandEvidence, now: CommandEvidence): TestFinding[] {
  const fix = "Take the skip out and make the service pass them.";
  const ran = new Set(namesOf(before.roster, ["passed", "failed"]));
  const names = namesOf(now.roster, ["skipped"]).filter((name) => ran.has(name));
  if (names.length > 0) {
    const message = `${names.length} tests that were executed before are skipped now${named(names)}.`;
    return [finding("TEST-003", "error", message, fix, names)];
  }
  if (!before.tests || !now.tests || (before.roster?.total && now.roster?.total)) return [];
  const more = now.tests.skipped - before.tests.skipped;
  if (more <= 0 || now.tests.executed >= before.tests.executed) return [];
  return [finding("TEST-003", "error", `${more} more tests are skipped than before.`, fix, [])];
}

/** Picking some tests hides the others; node:test only does so when it is told to. */
function focusedTests({ test_sources }: Evidence, { roster, script = "" }: CommandEvidence): TestFinding[] {
  const places = test_sources?.focused ?? [];
  if (places.length === 0 || (roster?.source === "node-test" && !/--test-only\b/.test(script))) return [];
  const message = `Only picked tests are executed${named(places)}.`;
  return [finding("TEST-004", "error", message, "Take .only, fit and fdescribe out, so that every test runs.", places)];
}

/** What makes a command end with 0 whatever its tests do. */
const HIDES_STATUS = new Set(["true", ":", "exit 0"]);
const TIDIES = /^(?:rm|rimraf|mkdir|cp|mv|echo|kill|pkill|docker|lsof|fuser|touch|sleep)$/;
/** Options that leave tests out, or accept that there are none. */
const LEAVES_OUT =
  /(?:^|\s)(--passWithNoTests|--pass-with-no-tests|--testPathIgnorePatterns|--exclude|--testNamePattern|--test-name-pattern|--test-skip-pattern|--grep|--invert|--deselect)(?=[=\s]|$)/g;

function maskedCommand({ script }: CommandEvidence, before: CommandEvidence | undefined): TestFinding[] {
  if (script === undefined) return [];
  const hidden = script.split("\n").flatMap((line) => hidingTail(line) ?? []);
  if (hidden.length > 0) {
    const message = `The test command ends with 0 whatever its tests do (${hidden.join(", ")}).`;
    return [finding("TEST-005", "error", message, "Let the command end with the status of its test runner.", hidden)];
  }
  if (before?.script === undefined) return [];
  const had = optionsIn(before.script);
  const added = [...optionsIn(script)].filter((option) => !had.has(option));
  if (added.length === 0) return [];
  const message = `The test command leaves tests out that it ran before (${added.join(", ")}).`;
  return [finding("TEST-005", "error", message, "Take the options out, so that every test runs.", added)];
}

/** `|| true` and the like at the end of a line, unless it is only behind some tidying up. */
function hidingTail(line: string): string | undefined {
  const segments = segmentsOf(line);
  const [work, tail] = segments.slice(-2);
  if (work === undefined || tail === undefined || !HIDES_STATUS.has(tail.words.join(" "))) return undefined;
  if ((tail.after !== "||" && tail.after !== ";") || TIDIES.test(work.words[0] ?? "")) return undefined;
  return `${tail.after} ${tail.words.join(" ")}`;
}

function optionsIn(script: string): Set<string> {
  return new Set([...script.matchAll(LEAVES_OUT)].map(([, option = ""]) => option));
}

/** Tests that checked something before and nothing now. */
function emptied(before: Evidence, now: Evidence): TestFinding[] {
  if (!before.test_sources || !now.test_sources) return [];
  const hollow = new Set(before.test_sources.hollow);
  const known = new Set((testCommand(before)?.roster?.tests ?? []).map(({ name }) => lastPart(name)));
  const names = now.test_sources.hollow.filter((title) => !hollow.has(title) && known.has(title));
  if (names.length === 0) return [];
  const message = `${names.length} tests check nothing any more${named(names)}.`;
  return [finding("TEST-006", "error", message, "Give them back what they checked, and make the service pass.", names)];
}

function lastPart(name: string): string {
  return (
    name
      .split(" > ")
      .at(-1)
      ?.replace(/ #\d+$/, "") ?? name
  );
}

function namesOf(roster: TestRoster | undefined, outcomes: TestOutcome[]): string[] {
  return (roster?.tests ?? []).filter(({ outcome }) => outcomes.includes(outcome)).map(({ name }) => name);
}

function named(names: readonly string[]): string {
  if (names.length === 0) return "";
  const more = names.length > 3 ? `, and ${names.length - 3} more` : "";
  return `: ${names
    .slice(0, 3)
    .map((name) => `"${name}"`)
    .join(", ")}${more}`;
}

function finding(
  code: TestFinding["code"],
  severity: TestFinding["severity"],
  message: string,
  fix: string,
  tests: readonly string[],
): TestFinding {
  return { code, severity, message, fix, tests: tests.slice(0, MAX_NAMED) };
}

function max(a: string, b: string): string {
  return a > b ? a : b;
}
