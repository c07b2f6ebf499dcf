import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nodeCounts, pytestCounts, surefireCounts } from "../../src/builders/verify/counts.ts";
import { readGoJson } from "../../src/builders/verify/report/go-json.ts";
import { readJunitXml } from "../../src/builders/verify/report/junit-xml.ts";
import { temporaryFolder } from "./support.ts";

const of = (passed: number, failed = 0, skipped = 0) => ({ executed: passed + failed, passed, failed, skipped });

describe("counts from a JavaScript runner's own summary", () => {
  const summary = (mark: string, pass: number, fail: number, cancelled: number, skipped: number, todo: number) =>
    Object.entries({ tests: pass + fail + cancelled + skipped + todo, suites: 1, pass, fail, cancelled, skipped, todo })
      .map(([key, value]) => `${mark} ${key} ${value}`)
      .join("\n");

  it.each([
    ["node:test as TAP", `ok 1 - adds\n1..1\n${summary("#", 3, 1, 1, 2, 1)}`, of(3, 2, 3)],
    ["node:test as spec", `✔ adds (1.2ms)\n${summary("ℹ", 2, 0, 0, 0, 0)}`, of(2)],
    ["two runs of node:test", `${summary("#", 2, 0, 0, 0, 0)}\n${summary("#", 3, 1, 0, 0, 0)}`, of(5, 1)],
    ["vitest", " Test Files  1 passed (1)\n      Tests  3 passed (3)\n", of(3)],
    ["vitest with all kinds", "      Tests  1 failed | 2 passed | 1 skipped | 1 todo (5)", of(2, 1, 2)],
    [
      "vitest in colour",
      "\u001b[2m      Tests \u001b[22m \u001b[1m\u001b[32m34 passed\u001b[39m\u001b[22m\u001b[90m (34)\u001b[39m",
      of(34),
    ],
    [
      "jest",
      "Test Suites: 1 failed, 1 passed, 2 total\nTests:       1 failed, 1 skipped, 2 passed, 4 total",
      of(2, 1, 1),
    ],
    ["mocha", "  5 passing (20ms)\n  2 pending\n  1 failing\n\n  1) fails", of(5, 1, 2)],
    ["ava", "  ✔ a\n  ─\n\n  2 tests passed\n  1 test failed", of(2, 1)],
    ["no test collected by vitest", "No test files found, exiting with code 0", null],
    ["a program that prints", "3 passed checks\nall good, 12 passing grades", null],
  ])("%s", (_name, output, expected) => {
    expect(nodeCounts(output, "/nowhere")).toEqual(expected);
  });

  it("does not take a file without tests for a test", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "test"));
    writeFileSync(join(folder, "test", "empty.test.js"), "");
    const tap = (name: string) => `ok 1 - ${name}\n${summary("#", 1, 0, 0, 0, 0)}`;
    expect(nodeCounts(tap(join(folder, "test", "empty.test.js")), folder)).toEqual(of(0));
    expect(nodeCounts(tap("test/empty.test.js"), folder)).toEqual(of(0));
    expect(nodeCounts(tap("parses config.js"), folder)).toEqual(of(1));
  });
});

describe("counts of other languages", () => {
  it.each([
    ["..F\n1 failed, 2 passed, 1 skipped in 0.12s", of(2, 1, 1)],
    ["=== 3 passed in 1.20s ===", of(3)],
    ["no tests ran in 0.01s", of(0)],
    ["1 error in 0.10s", of(0, 1)],
    ["ImportError", null],
  ])("pytest: %j", (output, expected) => {
    expect(pytestCounts(output)).toEqual(expected);
  });

  it("go test -json: tests and subtests, not packages", () => {
    const lines = [
      { Action: "run", Test: "TestA" },
      { Action: "pass", Test: "TestA/small" },
      { Action: "pass", Test: "TestA" },
      { Action: "fail", Test: "TestB" },
      { Action: "skip", Test: "TestC" },
      { Action: "fail", Package: "example.com/a" },
    ];
    const report = readGoJson(`# a build note\n${lines.map((line) => JSON.stringify(line)).join("\n")}\n{broken`);
    expect(report?.counts).toEqual(of(2, 2, 1));
    expect(report?.roster.unloaded).toEqual(["example.com/a"]);
    expect(readGoJson("go: cannot find main module")).toBeUndefined();
  });

  it("Surefire: the modules' totals", () => {
    const module = "Tests run: 3, Failures: 1, Errors: 0, Skipped: 1";
    const output = `[INFO] ${module}, Time elapsed: 0.1 s - in A\n[ERROR] ${module}\n[INFO] ${module}\n`;
    expect(surefireCounts(output)).toEqual(of(2, 2, 2));
  });

  it("JUnit XML of this run, not of an earlier one", () => {
    const folder = temporaryFolder();
    const [fresh, stale] = [join(folder, "a.xml"), join(folder, "b.xml")];
    const suite =
      '<testsuites><testsuite name="x"><testcase name="a"/><testcase name="b" classname="C"/><testcase name="c"><failure message="no">at c</failure></testcase><testcase name="d"><skipped/></testcase></testsuite></testsuites>';
    for (const file of [fresh, stale]) writeFileSync(file, suite);
    utimesSync(stale, 1000, 1000);
    const report = readJunitXml([fresh, stale, join(folder, "none.xml")], Date.now() - 5000);
    expect(report?.counts).toEqual(of(2, 1, 1));
    expect(report?.roster.failures).toEqual([{ name: "c", message: "no at c" }]);
    expect(readJunitXml([stale], Date.now() - 5000)).toBeUndefined();
  });

  it("is not slow on hostile output", () => {
    const hostile = `${"ok 1 - ".repeat(50_000)}\n${" ".repeat(200_000)}Tests\n${"1 passed ".repeat(50_000)}\n<testsuite ${"a".repeat(100_000)}`;
    expect(nodeCounts(hostile, "/nowhere")).toBeNull();
    expect(surefireCounts(hostile)).toBeNull();
    expect(readGoJson(hostile)).toBeUndefined();
  });
});
