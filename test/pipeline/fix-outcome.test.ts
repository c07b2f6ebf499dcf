import { describe, expect, it } from "vitest";
import type { Finding, QualityLevel } from "../../src/model/finding.ts";
import type { FixReport } from "../../src/model/fix-report.ts";
import type { GateVerdict, QualityGateReport } from "../../src/model/gate-report.ts";
import { isStuck, roundOutcome } from "../../src/pipeline/fix/outcome.ts";
import { fixTasks } from "../../src/pipeline/fix/tasks.ts";
import { fixReportText, fixSummary } from "../../src/pipeline/fix/text.ts";

const finding = (fingerprint: string, over: Partial<Finding> = {}): Finding => ({
  code: "SEC-001",
  severity: "error",
  service: "a",
  where: `${fingerprint}.ts:1`,
  message: "Something is wrong.",
  fix: "Set it right.",
  reproduce: "super-orchestrator scan .",
  fingerprint,
  layer: "layer3_system",
  ...over,
});

const gate = (
  blocking: Finding[],
  over: { skipped?: QualityLevel[]; excluded?: string[]; attempt?: number } = {},
): QualityGateReport => {
  const layer = (name: QualityLevel) => ({
    layer: name,
    verdict: ((over.skipped ?? []).includes(name) ? "skipped" : "failed") as GateVerdict,
    reason: "",
    violations: [],
    contract_violations: [],
    total_checks: 1,
    passed_checks: 0,
    duration_seconds: 0,
  });
  return {
    pipeline_id: "p",
    attempt: over.attempt ?? 0,
    generated_at: "",
    layers: {
      layer1_service: layer("layer1_service"),
      layer2_contract: layer("layer2_contract"),
      layer3_system: layer("layer3_system"),
    },
    overall_verdict: "failed",
    fix_attempts: 0,
    max_fix_attempts: 3,
    total_violations: blocking.length,
    blocking_violations: blocking.length,
    excluded_services: over.excluded ?? [],
    blocking,
  };
};

const L2 = { layer: "layer2_contract", code: "FUZZ-001", where: "POST /x" } as const;
const only = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

describe("what a fix pass made of the findings", () => {
  it("tells fixed, remaining and new apart", () => {
    const outcome = roundOutcome(gate([finding("x"), finding("y")]), gate([finding("y"), finding("z")]), {});
    expect(only(outcome.counts)).toEqual({ fixed: 1, remaining: 1, new: 1 });
    expect(outcome.findings.new.map(({ fingerprint }) => fingerprint)).toEqual(["z"]);
    expect(isStuck(outcome)).toBe(false);
  });

  it("what was fixed once and is back has regressed", () => {
    const first = roundOutcome(gate([finding("x"), finding("y")]), gate([finding("y")]), {});
    const second = roundOutcome(gate([finding("y")]), gate([finding("x")], { attempt: 1 }), first.known);
    expect(only(second.counts)).toEqual({ fixed: 1, regressed: 1 });
  });

  it("what a layer that was held back shows now was not made by the fix", () => {
    const before = gate([finding("c", L2)], { skipped: ["layer3_system"] });
    expect(only(roundOutcome(before, gate([finding("x")]), {}).counts)).toEqual({ fixed: 1, revealed: 1 });
  });

  it("what can no longer be seen is not fixed, and remains when it is seen again", () => {
    const broken = finding("t", { layer: "layer1_service", code: "BUILD-001" });
    const first = roundOutcome(gate([finding("c", L2)]), gate([broken], { excluded: ["a"] }), {});
    expect(only(first.counts)).toEqual({ unseen: 1, new: 1 });
    const second = roundOutcome(
      gate([broken], { excluded: ["a"] }),
      gate([finding("c", L2)], { attempt: 1 }),
      first.known,
    );
    expect(only(second.counts)).toEqual({ fixed: 1, remaining: 1 });
  });

  it("a service that still fails otherwise is not fixed by its verdict's other name", () => {
    const failing = finding("e", { layer: "layer1_service", code: "EVIDENCE-001" });
    const removed = finding("r", { layer: "layer1_service", code: "TEST-002" });
    const outcome = roundOutcome(gate([failing], { excluded: ["a"] }), gate([removed], { excluded: ["a"] }), {});
    expect(only(outcome.counts)).toEqual({ unseen: 1, new: 1 });
  });

  it("is no progress only when exactly the same blocks", () => {
    expect(isStuck(roundOutcome(gate([finding("x")]), gate([finding("x")]), {}))).toBe(true);
    expect(isStuck(roundOutcome(gate([finding("x")]), gate([]), {}))).toBe(false);
  });

  it("is the same when a crash has it judged twice", () => {
    const first = roundOutcome(gate([finding("x"), finding("y")]), gate([finding("y")], { attempt: 1 }), {});
    const [before, after] = [gate([finding("y")], { attempt: 1 }), gate([finding("x"), finding("n")], { attempt: 2 })];
    const once = roundOutcome(before, after, first.known);
    expect(only(once.counts)).toEqual({ fixed: 1, regressed: 1, new: 1 });
    expect(roundOutcome(before, after, once.known)).toEqual(once);
  });

  it("is kept in a bounded report", () => {
    const many = Array.from({ length: 5000 }, (_, index) => finding(`f${index}`));
    const outcome = roundOutcome(gate([]), gate(many), {});
    expect(outcome.counts.new).toBe(5000);
    expect(outcome.findings.new).toHaveLength(100);
  });
});

describe("the task of a fix", () => {
  const folder = (service: string) => `/out/it's ${service}`;

  it("begins with what is most severe, then with the earlier layer, and goes to the owner", () => {
    const tasks = fixTasks(
      [
        finding("1", { message: "one" }),
        finding("2", { ...L2, message: "two" }),
        finding("3", { severity: "critical", message: "three" }),
        finding("4", { service: "b" }),
      ],
      {},
      folder,
    );
    expect(tasks.get("a")?.map(({ message }) => message)).toEqual(["three", "two", "one"]);
    expect(tasks.get("b")).toHaveLength(1);
  });

  it("says once what is said of several places", () => {
    const tasks = fixTasks(
      Array.from({ length: 14 }, (_, index) => finding(`f${index}`)),
      {},
      folder,
    );
    expect(tasks.get("a")).toHaveLength(1);
    expect(tasks.get("a")?.[0]?.where).toMatch(/^f0\.ts:1, f1\.ts:1, .* and 4 more$/);
  });

  it("gives every finding a command that shows it", () => {
    const bare = [finding("1", { ...L2, reproduce: "" }), finding("2", { where: "a", reproduce: "" })];
    expect(
      fixTasks(bare, {}, folder)
        .get("a")
        ?.map(({ reproduce }) => reproduce),
    ).toEqual(['curl -i -X POST "http://127.0.0.1:$PORT/x"', "super-orchestrator gate '/out/it'\\''s a'"]);
  });

  it("says what earlier attempts made of a finding", () => {
    const known: FixReport["known"] = {
      x: { outcome: "remaining", attempts: [2, 3] },
      y: { outcome: "new", attempts: [] },
      z: { outcome: "regressed", attempts: [2] },
    };
    const told = fixTasks(
      ["x", "y", "z", "w"].map((name) => finding(name, { message: name })),
      known,
      folder,
    ).get("a");
    expect(told?.map(({ history }) => history)).toEqual([
      expect.stringContaining("attempt 2, 3 already"),
      "The last fix made it.",
      expect.stringContaining("had been fixed"),
      undefined,
    ]);
  });
});

it("a report reads like one, whatever stands in it", () => {
  const { counts, findings, known } = roundOutcome(gate([finding("x")]), gate([finding("y", { where: "a\n# b" })]), {});
  const run = { service: "a", attempt: 2, backend: "command", findings: 1, success: false, cost: 0.5, seconds: 3 };
  const report: FixReport = {
    pipeline_id: "p",
    generated_at: "",
    status: "limit",
    reason: "All 1 fix passes are used; 1 blocking findings remain.",
    max_rounds: 1,
    rounds: [
      {
        round: 1,
        before: 1,
        after: 1,
        runs: [{ ...run, error: "1 of 2\ntests", test_findings: [] }],
        counts,
        findings,
      },
    ],
    remaining: [finding("y", { where: "a\n# b" })],
    remaining_total: 1,
    known,
  };
  const text = fixReportText(report);
  expect(text).toContain("1 fixed, 0 remaining, 1 new, 0 regressed.");
  expect(text).toContain("a, attempt 2 by command, 1 findings, 3 s, $0.50: no success: 1 of 2 tests");
  expect(text.split("\n").filter((line) => line.startsWith("#"))).toHaveLength(3);
  expect(fixSummary(report, true)).toMatchObject({ rounds: 1, fixed: 1, new: 1, status: "limit" });
  expect(fixSummary({ ...report, status: "running" }, true).status).toBe("stopped");
  expect(fixSummary({ ...report, status: "running" }, false).status).toBe("running");
});
