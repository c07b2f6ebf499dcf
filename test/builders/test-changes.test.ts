import { describe, expect, it } from "vitest";
import { knownTests, testFindings } from "../../src/builders/test-changes.ts";
import { reportOf, type TestCase, textReport } from "../../src/builders/verify/report/roster.ts";
import type { CommandEvidence, Evidence, ReportSource, TestSources } from "../../src/model/evidence.ts";

interface Run {
  source?: ReportSource;
  script?: string;
  exit_code?: number | null;
  sources?: TestSources;
}

/** A run whose tests are told as `name`, `name:failed` or `name:skipped`. */
function run(
  names: string[],
  { source = "vitest-json", script = "vitest run", exit_code = 0, sources }: Run = {},
): Evidence {
  const cases = names.map((text): TestCase => {
    const [name = "", outcome = "passed"] = text.split(":");
    if (outcome === "unloaded") return { name, outcome: "failed", unloaded: true };
    return { name, outcome: outcome === "failed" || outcome === "skipped" ? outcome : "passed" };
  });
  const whole = reportOf(source, cases);
  const { counts, roster } = source === "text" ? textReport(whole.counts) : whole;
  const command: CommandEvidence = {
    ...{ purpose: "test", command: "npm test", exit_code, duration_ms: 1, timed_out: false },
    ...{ tests: counts, roster, script, log_file: "" },
  };
  return {
    tree_digest: "",
    gathered_at: "",
    commands: [command],
    verified: counts.failed === 0,
    reason: "",
    test_sources: sources ?? { focused: [], hollow: [] },
  };
}

const told = (before: Evidence | null, now: Evidence) =>
  testFindings(before, now).map(({ code, severity, tests }) => [code, severity, tests]);

describe("tests compared with an earlier run", () => {
  it.each([
    ["the same", run(["a", "b"]), run(["b", "a"])],
    ["more", run(["a", "b"]), run(["a", "b", "c"])],
    ["a failing one that passes now", run(["a", "b:failed"]), run(["a", "b"])],
    ["a skipped one that runs now", run(["a", "b:skipped"]), run(["a", "b"])],
    ["one that was always skipped", run(["a", "b:skipped"]), run(["a", "b:skipped"])],
    ["one under another name", run(["a", "b"]), run(["a", "b, better named"])],
    ["a run that ended at its first failure", run(["a", "b", "c"]), run(["a:failed"], { exit_code: 1 })],
    ["a file that was not loaded before", run(["a", "f.js:unloaded"]), run(["a", "b", "c"])],
    ["a run without a report", run(["a"]), { ...run([]), commands: [] }],
    ["no earlier run", null, run(["a:skipped"])],
  ])("%s: nothing to say", (_name, before, now) => {
    expect(told(before, now)).toEqual([]);
  });

  it("that are gone are named", () => {
    expect(told(run(["a", "b", "c:failed"]), run(["a"]))).toEqual([["TEST-002", "error", ["b", "c"]]]);
    const message = testFindings(run(["a", "b"]), run(["a"]))[0]?.message;
    expect(message).toBe('1 of 2 tests that were there before are gone: "b".');
  });

  it("of very many are named as far as both runs tell", () => {
    const names = Array.from({ length: 5000 }, (_, index) => `test ${index}`);
    const [found] = testFindings(run(names), run(names.slice(0, 4000)));
    expect(found).toMatchObject({ code: "TEST-002", message: expect.stringContaining("1000 of 5000") });
    expect(found?.tests.every((name) => Number(name.slice(5)) >= 4000)).toBe(true);
    expect(found?.tests).toHaveLength(20);
  });

  it("that failed and gave way to others are a warning: they may have been renamed", () => {
    expect(told(run(["a", "b:failed"]), run(["a", "c"]))).toEqual([["TEST-002", "warning", ["b"]]]);
  });

  it("that are skipped now are named, and counted where there are no names", () => {
    expect(told(run(["a", "b:failed"]), run(["a", "b:skipped"]))).toEqual([["TEST-003", "error", ["b"]]]);
    const words = { source: "text" } as const;
    expect(told(run(["a", "b"], words), run(["a", "b:skipped"], words))).toEqual([["TEST-003", "error", []]]);
    expect(told(run(["a", "b"], words), run(["a", "b", "c:skipped"], words))).toEqual([]);
  });

  it("that check nothing any more are named; those that never did are not", () => {
    const hollow = (...titles: string[]) => ({ sources: { focused: [], hollow: titles } });
    const before = run(["f.js > a", "f.js > b"], hollow("b"));
    expect(told(before, run(["f.js > a", "f.js > b"], hollow("a", "b", "c")))).toEqual([["TEST-006", "error", ["a"]]]);
  });
});

describe("a test run by itself", () => {
  const focused = { sources: { focused: ["a.test.js:3"], hollow: [] } };

  it("in which only picked tests run", () => {
    expect(told(null, run(["a"], focused))).toEqual([["TEST-004", "error", ["a.test.js:3"]]]);
    const node = { source: "node-test", ...focused } as const;
    expect(told(null, run(["a"], { ...node, script: "node --test" }))).toEqual([]);
    expect(told(null, run(["a"], { ...node, script: "node --test --test-only" }))).toHaveLength(1);
  });

  it.each([
    ["vitest run || true", ["|| true"]],
    ["jest; exit 0", ["; exit 0"]],
    ["npm run unit\njest || :", ["|| :"]],
  ])("whose command %j hides its status", (script, tests) => {
    expect(told(null, run(["a"], { script }))).toEqual([["TEST-005", "error", tests]]);
  });

  it.each([
    "jest && echo true",
    "rm -rf tmp || true && jest",
    "rm -rf tmp || true\njest\ndocker compose down || true",
    "jest -t '|| true'",
    "jest --passWithNoTests",
  ])("whose command %j does not", (script) => {
    expect(told(null, run(["a"], { script }))).toEqual([]);
  });

  it("whose command leaves out what it ran before", () => {
    const [before, now] = [
      run(["a"], { script: "jest" }),
      run(["a"], { script: "jest --testPathIgnorePatterns=slow" }),
    ];
    expect(told(before, now)).toEqual([["TEST-005", "error", ["--testPathIgnorePatterns"]]]);
    expect(told(now, now)).toEqual([]);
  });
});

it("what a run knows of counts skipped tests, and no file that was not loaded", () => {
  expect(knownTests(run(["a", "b:skipped", "c:failed", "f.js:unloaded"]))).toBe(3);
  expect(knownTests(null)).toBe(0);
});
