import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { TestCounts } from "../../model/evidence.ts";

/** Counts of several runs together; null when there was none. */
function sum(all: TestCounts[]): TestCounts | null {
  if (all.length === 0) return null;
  const total = (key: keyof TestCounts) => all.reduce((count, one) => count + one[key], 0);
  return { executed: total("executed"), passed: total("passed"), failed: total("failed"), skipped: total("skipped") };
}

function counts(passed: number, failed: number, skipped: number): TestCounts {
  return { executed: passed + failed, passed, failed, skipped };
}

/** The counts in the output of any of the usual JavaScript runners, in their own summaries. */
export function nodeCounts(output: string, directory: string): TestCounts | null {
  const lines = stripVTControlCharacters(output).split(/\r?\n/);
  const found = [nodeTestRuns(lines, directory), ...[vitestRun, jestRun, mochaRun, avaRun].map((read) => read(lines))];
  return sum(found.flat());
}

/**
 * Summaries of node:test, as TAP (`# pass 3`) or spec (`ℹ pass 3`). A file without any test is reported as one passed
 * test that bears the file's name: it is taken off, because nothing was tested.
 */
function nodeTestRuns(lines: string[], directory: string): TestCounts[] {
  const runs: TestCounts[] = [];
  let run: Record<string, number> = {};
  for (const line of lines) {
    const [, key, value] = /^(?:#|ℹ) (tests|pass|fail|cancelled|skipped|todo) (\d+)$/.exec(line) ?? [];
    if (key === undefined) continue;
    run[key] = Number(value);
    if (key !== "todo") continue;
    const { pass = 0, fail = 0, cancelled = 0, skipped = 0, todo = 0 } = run;
    runs.push(counts(pass, fail + cancelled, skipped + todo));
    run = {};
  }
  const empty = lines.filter((line) => isEmptyFile(line, directory)).length;
  const [first, ...rest] = runs;
  if (first === undefined || empty === 0) return runs;
  return [counts(Math.max(0, first.passed - empty), first.failed, first.skipped), ...rest];
}

function isEmptyFile(line: string, directory: string): boolean {
  const [, name = ""] = /^(?:ok \d+ - |✔ )(.{1,1000}?)(?: \([\d.]+ms\))?$/.exec(line) ?? [];
  if (!/\.[cm]?[jt]sx?$/.test(name)) return false;
  return existsSync(isAbsolute(name) ? name : join(directory, name));
}

/** `Tests  1 failed | 2 passed | 1 skipped (4)` */
function vitestRun(lines: string[]): TestCounts[] {
  return lines
    .filter((line) => /^\s*Tests {2,}\S/.test(line) && /\(\d+\)\s*$/.test(line))
    .map((line) =>
      counts(number(line, "passed"), number(line, "failed"), number(line, "skipped") + number(line, "todo")),
    );
}

/** `Tests:       1 failed, 1 skipped, 2 passed, 4 total` */
function jestRun(lines: string[]): TestCounts[] {
  return lines
    .filter((line) => /^Tests:\s.*\btotal$/.test(line.trim()))
    .map((line) =>
      counts(number(line, "passed"), number(line, "failed"), number(line, "skipped") + number(line, "todo")),
    );
}

/** `  5 passing (20ms)`, `  2 pending`, `  1 failing` */
function mochaRun(lines: string[]): TestCounts[] {
  const passing = lines.filter((line) => /^\s*\d+ passing \(/.test(line));
  if (passing.length === 0) return [];
  const total = (word: string) =>
    lines
      .filter((line) => new RegExp(`^\\s*\\d+ ${word}\\b`).test(line))
      .reduce((all, line) => all + number(line, word), 0);
  return [counts(total("passing"), total("failing"), total("pending"))];
}

/** `  3 tests passed`, `  1 test failed` */
function avaRun(lines: string[]): TestCounts[] {
  const total = (word: string) =>
    lines.reduce((all, line) => all + Number(new RegExp(`^\\s*(\\d+) tests? ${word}$`).exec(line)?.[1] ?? 0), 0);
  const [passed, failed, skipped] = [total("passed"), total("failed"), total("skipped")];
  return passed + failed === 0 ? [] : [counts(passed, failed, skipped)];
}

function number(line: string, word: string): number {
  return Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0);
}

/** `1 failed, 2 passed, 1 skipped in 0.12s` */
export function pytestCounts(output: string): TestCounts | null {
  const line = stripVTControlCharacters(output)
    .split(/\r?\n/)
    .findLast((one) => /\b(passed|failed|errors?|skipped|no tests ran)\b.* in [\d.]+s/.test(one));
  if (line === undefined) return null;
  return counts(number(line, "passed"), number(line, "failed") + number(line, "error"), number(line, "skipped"));
}

/** `Tests run: 3, Failures: 0, Errors: 0, Skipped: 1`: the total of each module, not the lines of single classes. */
export function surefireCounts(output: string): TestCounts | null {
  const totals = stripVTControlCharacters(output)
    .split(/\r?\n/)
    .filter((line) => !line.includes("Time elapsed"))
    .flatMap((line) => {
      const match = /Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)/.exec(line);
      return match ? [match.slice(1).map(Number)] : [];
    });
  return sum(
    totals.map(([run = 0, failures = 0, errors = 0, skipped = 0]) =>
      counts(run - failures - errors - skipped, failures + errors, skipped),
    ),
  );
}
