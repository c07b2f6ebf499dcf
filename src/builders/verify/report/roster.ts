import { stripVTControlCharacters } from "node:util";
import { sha256 } from "../../../lib/ids.ts";
import type { ReportSource, TestCounts, TestOutcome, TestRoster } from "../../../model/evidence.ts";

/** One test of a run, as its runner reported it. */
export interface TestCase {
  /** Stable from run to run: file, suites, title. */
  name: string;
  outcome: TestOutcome;
  /** What a failed one said. */
  message?: string;
  /** It stands for a file that could not be loaded or compiled, not for a test. */
  unloaded?: boolean;
}

/** What a test run reported. */
export interface TestReport {
  counts: TestCounts;
  roster: TestRoster;
}

const MAX_TESTS = 600;
const MAX_NAME = 160;
const MAX_FAILURES = 10;
const MAX_MESSAGE = 300;
const MAX_UNLOADED = 20;

/** Counts and bounded names of the reported tests. A file that could not be loaded counts as one failed test. */
export function reportOf(source: ReportSource, cases: readonly TestCase[]): TestReport {
  const tests = numbered(cases.filter(({ unloaded }) => !unloaded));
  const count = (outcome: TestOutcome) => cases.filter((one) => one.outcome === outcome).length;
  const [passed, failed, skipped] = [count("passed"), count("failed"), count("skipped")];
  const failures = cases.filter(({ outcome }) => outcome === "failed");
  return {
    counts: { executed: passed + failed, passed, failed, skipped },
    roster: {
      source,
      total: tests.length,
      digest: sha256(
        tests
          .map(({ name, outcome }) => `${outcome} ${name}`)
          .sort()
          .join("\n"),
      ),
      tests: sampled(tests),
      failures: failures.slice(0, MAX_FAILURES).map(({ name, message = "" }) => ({
        name: shortName(name),
        message: stripVTControlCharacters(message).trim().slice(0, MAX_MESSAGE),
      })),
      unloaded: failures
        .filter(({ unloaded }) => unloaded)
        .slice(0, MAX_UNLOADED)
        .map(({ name }) => shortName(name)),
    },
  };
}

/** Counts that were read from words: without names. */
export function textReport(counts: TestCounts): TestReport {
  return { counts, roster: { ...reportOf("text", []).roster } };
}

/** Which names a roster keeps when there are too many: decided by the name alone, so that two runs keep the same. */
export function hashOfName(name: string): string {
  return sha256(name).slice(0, 16);
}

/** Several tests of one name are told apart by their number. */
function numbered(cases: readonly TestCase[]): TestCase[] {
  const seen = new Map<string, number>();
  return cases.map((one) => {
    const number = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, number);
    return number === 1 ? one : { ...one, name: `${one.name} #${number}` };
  });
}

function sampled(cases: readonly TestCase[]): TestRoster["tests"] {
  const kept =
    cases.length <= MAX_TESTS
      ? cases
      : cases
          .map((one) => ({ ...one, hash: hashOfName(shortName(one.name)) }))
          .sort((a, b) => (a.hash < b.hash ? -1 : 1))
          .slice(0, MAX_TESTS);
  return kept.map(({ name, outcome }) => ({ name: shortName(name), outcome }));
}

/** A long name keeps its identity by its hash. */
function shortName(name: string): string {
  return name.length <= MAX_NAME ? name : `${name.slice(0, MAX_NAME - 20)}… ${hashOfName(name)}`;
}
