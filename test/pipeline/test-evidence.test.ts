import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reportOf, type TestCase } from "../../src/builders/verify/report/roster.ts";
import { BuilderResult } from "../../src/model/builder.ts";
import type { Evidence, TestFinding } from "../../src/model/evidence.ts";
import { Service, ServiceMap } from "../../src/model/service-map.ts";
import { isWeakened, judgeTests } from "../../src/pipeline/fix/test-evidence.ts";
import type { Lease } from "../../src/pipeline/lease.ts";
import { claimBuilderRun, finishBuilderRun, putDocument, startBuilderRun } from "../../src/pipeline/ledger.ts";
import { pipelineStatus } from "../../src/pipeline/status.ts";
import { emptyProject, newPipeline, type Project } from "./harness.ts";

let project: Project;
let lease: Lease;
beforeEach(() => {
  project = emptyProject();
  lease = newPipeline(project);
});
afterEach(() => project.remove());

function evidence(names: string[]): Evidence {
  const cases = names.map((text): TestCase => {
    const [name = "", outcome] = text.split(":");
    return { name, outcome: outcome === "failed" || outcome === "skipped" ? outcome : "passed" };
  });
  const { counts, roster } = reportOf("node-test", cases);
  const command = {
    purpose: "test" as const,
    command: "npm test",
    exit_code: counts.failed > 0 ? 1 : 0,
    duration_ms: 1,
  };
  return {
    tree_digest: "",
    gathered_at: "",
    commands: [{ ...command, timed_out: false, tests: counts, roster, log_file: "" }],
    verified: counts.failed === 0,
    reason: "",
  };
}

/** Judge an attempt as the pipeline does, and keep its result. */
function attempt(number: number, names: string[], contract_basis = "one", service = "orders"): TestFinding[] {
  const seen = evidence(names);
  const found = judgeTests(project.db, "shop-1", { service, attempt: number, evidence: seen, contract_basis });
  const claim = { success: true, cost: 0, error: "", test_passed: 9, test_total: 9, convergence_ratio: null };
  const ledger = { db: project.db, lease };
  startBuilderRun(ledger, { service, attempt: number, phase: "fix_pass", round: number, backend: "command" });
  claimBuilderRun(ledger, service, number, claim);
  const result = BuilderResult.parse({
    ...{ system_id: "", service_id: service, backend: "command", attempt: number, success: true, cost: 0, error: "" },
    ...{ output_dir: "", test_passed: 0, test_total: 0, convergence_ratio: null, artifacts: [], claim },
    ...{ evidence: seen, contract_basis, test_findings: found },
  });
  finishBuilderRun(ledger, "fix_pass", result);
  return found;
}

const codes = (found: TestFinding[]) => found.map(({ code }) => code);

describe("tests over the attempts at a service", () => {
  it("that went away stay told until they are back, however many attempts lie between", () => {
    expect(attempt(1, ["a", "b", "c:failed"])).toEqual([]);
    expect(codes(attempt(2, ["a", "b"]))).toEqual(["TEST-002"]);
    expect(codes(attempt(3, ["a", "b"]))).toEqual(["TEST-002"]);
    expect(attempt(4, ["a", "b", "c"])).toEqual([]);
  });

  it("that are skipped stay told, too", () => {
    attempt(1, ["a", "b:failed"]);
    expect(codes(attempt(2, ["a", "b:skipped"]))).toEqual(["TEST-003"]);
    expect(codes(attempt(3, ["a", "b:skipped"]))).toEqual(["TEST-003"]);
  });

  it("that an attempt added count from then on", () => {
    attempt(1, ["a"]);
    expect(attempt(2, ["a", "b:failed", "c"])).toEqual([]);
    expect(codes(attempt(3, ["a", "c"]))).toEqual(["TEST-002"]);
  });

  it("are not compared with those of other contracts or other services", () => {
    attempt(1, ["a", "b"]);
    expect(attempt(2, ["a"], "two")).toEqual([]);
    expect(attempt(1, ["a"], "one", "billing")).toEqual([]);
  });

  it("may be taken out by hand, with a warning; what a builder took out is not excused by it", () => {
    attempt(1, ["a", "b"]);
    const byHand = (by_hand: TestFinding[]) =>
      judgeTests(project.db, "shop-1", {
        ...{ service: "orders", attempt: 2, evidence: evidence(["a"]), contract_basis: "one" },
        by_hand,
      });
    const excused = byHand([]);
    expect(excused).toMatchObject([{ code: "TEST-002", severity: "warning" }]);
    expect(isWeakened(excused)).toBe(false);
    expect(isWeakened(byHand(attempt(2, ["a"])))).toBe(true);
  });
});

it("claim and evidence stand side by side in the status", () => {
  const ledger = { db: project.db, lease };
  putDocument(ledger, {
    ...{ name: "service_map", phase: "architect_running", path: join(project.workspace, "map.json") },
    value: ServiceMap.parse({
      ...{ project_name: "Shop", generated_at: "", prd_hash: "" },
      services: [Service.parse({ name: "orders", stack: { language: "javascript" } })],
    }),
  });
  attempt(1, ["a", "b:skipped"]);
  expect(pipelineStatus(project.db, "shop-1").builders).toMatchObject([{ claimed_tests: 9, tests_skipped: 1 }]);
});
