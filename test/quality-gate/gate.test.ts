import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { type Step, unrecorded } from "../../src/lib/step.ts";
import { BuilderResult } from "../../src/model/builder.ts";
import type { ContractViolation } from "../../src/model/finding.ts";
import { LAYERS, QualityGateReport } from "../../src/model/gate-report.ts";
import { IntegrationReport } from "../../src/model/integration-report.ts";
import { gateText, runGate } from "../../src/quality-gate/gate.ts";
import { type GateRequest, LAYER3_SCANNERS } from "../../src/quality-gate/port.ts";

const bookshop = fileURLToPath(new URL("../fixtures/scan/bookshop", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "gate-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let count = 0;
/** A project with one clean service of each name. */
function project(names: string[], files: Record<string, string> = {}): string {
  const root = join(scratch, `project-${++count}`);
  mkdirSync(root);
  for (const name of names) cpSync(join(bookshop, "reviews"), join(root, name), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

type Tests = { executed: number; passed: number } | null;
function result(service: string, directory: string, tests: Tests, over: Partial<BuilderResult> = {}): BuilderResult {
  const verified = tests !== null && tests.executed > 0 && tests.passed === tests.executed;
  const exit_code = verified ? 0 : 1;
  const counts = tests && { ...tests, failed: tests.executed - tests.passed, skipped: 0 };
  const command = { duration_ms: 1, timed_out: false, log_file: "test.log" };
  return BuilderResult.parse({
    system_id: "s",
    service_id: service,
    backend: "scaffold",
    attempt: 1,
    success: verified,
    cost: 0,
    error: "",
    output_dir: directory,
    test_passed: tests?.passed ?? null,
    test_total: tests?.executed ?? null,
    convergence_ratio: null,
    artifacts: [],
    claim: { success: true, cost: 0, test_passed: 99, test_total: 99, convergence_ratio: 1 },
    evidence: {
      tree_digest: "d",
      gathered_at: "2026-01-01T00:00:00Z",
      commands: [
        { ...command, purpose: "install", command: "npm ci", exit_code: 0, tests: null },
        { ...command, purpose: "test", command: "npm test", exit_code, tests: counts },
      ],
      verified,
      reason: verified ? "" : "The tests did not pass.",
    },
    ...over,
  });
}

function integration(over: Partial<IntegrationReport> = {}): IntegrationReport {
  return IntegrationReport.parse({
    pipeline_id: "p",
    attempt: 0,
    runtime: "process",
    generated_at: "2026-01-01T00:00:00Z",
    services_deployed: 2,
    services_healthy: 2,
    contract_tests_total: 10,
    contract_tests_passed: 10,
    integration_tests_total: 1,
    integration_tests_passed: 1,
    data_flow_tests_total: 0,
    data_flow_tests_passed: 0,
    boundary_tests_total: 0,
    boundary_tests_passed: 0,
    services: [],
    operations: [],
    flows: [],
    violations: [],
    skipped: [],
    overall_health: "passed",
    ...over,
  });
}

function contractViolation(service: string, severity: ContractViolation["severity"]): ContractViolation {
  const more = {
    expected: "201",
    actual: "500",
    file_path: "",
    clause: "/paths/~1orders",
    reproduce: "curl -X POST …",
  };
  return {
    code: "CONTRACT-002",
    severity,
    service,
    endpoint: "POST /orders",
    message: "POST /orders answers 500.",
    ...more,
  };
}

function gate(root: string, names: string[], over: Partial<GateRequest> = {}): Promise<QualityGateReport> {
  return runGate({
    pipeline_id: "p",
    attempt: 1,
    fix_attempts: 1,
    project_root: root,
    services: names.map((name) => ({
      name,
      directory: join(root, name),
      result: result(name, join(root, name), { executed: 10, passed: 10 }),
    })),
    integration: integration(),
    contracts: [],
    service_map: null,
    layers: [...LAYERS],
    settings: {
      blocking_severity: "error",
      layer3_scanners: [...LAYER3_SCANNERS],
      layer4_enabled: true,
      max_fix_retries: 3,
    },
    step: unrecorded,
    signal: new AbortController().signal,
    ...over,
  });
}

const verdicts = (report: QualityGateReport) => LAYERS.map((layer) => report.layers[layer]?.verdict);
const settings = (over: Partial<GateRequest["settings"]>): GateRequest["settings"] => ({
  blocking_severity: "error",
  layer3_scanners: [...LAYER3_SCANNERS],
  layer4_enabled: true,
  max_fix_retries: 3,
  ...over,
});

describe("verdicts", () => {
  it("passes when every layer ran and found nothing that blocks", async () => {
    const report = await gate(project(["a", "b"]), ["a", "b"]);
    expect(QualityGateReport.parse(report)).toEqual(report);
    expect(verdicts(report)).toEqual(["passed", "passed", "passed", "passed"]);
    expect(report).toMatchObject({
      overall_verdict: "passed",
      blocking: [],
      excluded_services: [],
      max_fix_attempts: 3,
    });
    expect(report.layers.layer3_system).toMatchObject({ total_checks: 34, passed_checks: 34 });
  });

  it("is partial on a plain folder: what ran passed, the rest had no evidence", async () => {
    const root = project(["a"]);
    const plain = [{ name: "whole", directory: root, result: null }];
    const report = await gate(root, [], { services: plain, integration: null, pipeline_id: null });
    expect(verdicts(report)).toEqual(["skipped", "skipped", "passed", "passed"]);
    expect(report.overall_verdict).toBe("partial");
    expect(report.layers.layer1_service?.reason).toContain("No evidence");
    expect(gateText(report)).toContain("a skipped layer proves nothing");
  });

  it("finds the services of a plain folder", async () => {
    const report = await gate(bookshop, [], {
      services: [{ name: "whole", directory: bookshop, result: null }],
      integration: null,
    });
    expect(report.overall_verdict).toBe("failed");
    expect([...new Set(report.blocking.map(({ service }) => service))].sort()).toEqual(["catalog", "orders"]);
    expect(report.blocking.find(({ code }) => code === "CORS-002")).toMatchObject({
      severity: "critical",
      service: "catalog",
      where: "catalog/app/main.py:13",
      reproduce: `super-orchestrator scan '${bookshop}' --codes CORS-002`,
    });
    expect(report.blocking.every(({ fix, fingerprint }) => fix.length > 10 && fingerprint.length === 20)).toBe(true);
    expect(verdicts(report)[3]).toBe("skipped");
    expect(gateText(report)).toMatch(/critical CORS-002 \[catalog\] catalog\/app\/main\.py:13/);
  });

  it("is skipped when nothing could be looked at", async () => {
    const root = project([]);
    const report = await gate(root, [], { services: [], integration: null });
    expect(report.overall_verdict).toBe("skipped");
    expect(report.layers.layer3_system?.reason).toBe("There is no file to scan.");
  });

  it("never takes a layer that was not asked for as passed", async () => {
    const report = await gate(project(["a"]), ["a"], { layers: ["layer3_system"] });
    expect(verdicts(report)).toEqual(["skipped", "skipped", "passed", "skipped"]);
    expect(report.layers.layer1_service?.reason).toBe("Not asked for.");
    expect(report.overall_verdict).toBe("partial");
  });

  it("passes with layer 4 switched off, but not with layer 3 switched off", async () => {
    const root = project(["a"]);
    const four = await gate(root, ["a"], { settings: settings({ layer4_enabled: false }) });
    expect([four.overall_verdict, verdicts(four)[3]]).toEqual(["passed", "skipped"]);
    const three = await gate(root, ["a"], { settings: settings({ layer3_scanners: [] }) });
    expect([three.overall_verdict, verdicts(three)[2]]).toEqual(["partial", "skipped"]);
  });
});

describe("layer 1", () => {
  const failing: [string, (directory: string) => BuilderResult | null, string][] = [
    ["nothing was built", () => null, "EVIDENCE-001"],
    [
      "there is only a claim",
      (directory) => result("b", directory, { executed: 1, passed: 1 }, { evidence: null }),
      "EVIDENCE-001",
    ],
    ["no test was executed", (directory) => result("b", directory, { executed: 0, passed: 0 }), "TEST-001"],
    ["the report of the tests is missing", (directory) => result("b", directory, null), "TEST-001"],
    ["fewer than 90 % pass", (directory) => result("b", directory, { executed: 10, passed: 8 }), "TEST-001"],
    [
      "90 % pass and the evidence is not verified",
      (directory) => result("b", directory, { executed: 10, passed: 9 }),
      "EVIDENCE-001",
    ],
    [
      "convergence is low",
      (directory) => result("b", directory, { executed: 9, passed: 9 }, { convergence_ratio: 0.5 }),
      "CONVERGENCE-001",
    ],
  ];
  it.each(failing)("fails the service when %s, and leaves it out of what follows", async (_name, make, code) => {
    const root = project(["a", "b"], { "b/app/leak.py": 'PASSWORD = "hunter22!"\n' });
    const services = [
      { name: "a", directory: join(root, "a"), result: result("a", join(root, "a"), { executed: 3, passed: 3 }) },
      { name: "b", directory: join(root, "b"), result: make(join(root, "b")) },
    ];
    const report = await gate(root, [], {
      services,
      integration: integration({ violations: [contractViolation("b", "error")] }),
    });
    expect(verdicts(report)).toEqual(["failed", "passed", "passed", "passed"]);
    expect(report).toMatchObject({ overall_verdict: "failed", excluded_services: ["b"] });
    expect(report.blocking.map((finding) => `${finding.service} ${finding.code}`)).toEqual([`b ${code}`]);
  });

  it("fails a service whose tests were weakened, by name, and not for a mere warning", async () => {
    const root = project(["a"]);
    const weakened = (severity: "error" | "warning") => {
      const fix = "Bring it back.";
      const found = { code: "TEST-002" as const, severity, message: "1 of 2 tests is gone.", fix, tests: ["x > y"] };
      const tests = { executed: 3, passed: 3 };
      const over = { success: severity === "warning", test_findings: [found] };
      return { name: "a", directory: join(root, "a"), result: result("a", join(root, "a"), tests, over) };
    };
    const report = await gate(root, [], { services: [weakened("error")] });
    expect(report.blocking).toMatchObject([
      { code: "TEST-002", layer: "layer1_service", reproduce: `cd '${join(root, "a")}' && npm test` },
    ]);
    expect(report.blocking[0]?.fix).toContain("Bring it back.");
    expect(report.blocking[0]?.fix).toContain("x > y");
    const warned = await gate(root, [], { services: [weakened("warning")] });
    expect(verdicts(warned)[0]).toBe("passed");
  });

  it("stops there when no service is left", async () => {
    const root = project(["a"]);
    const services = [
      { name: "a", directory: join(root, "a"), result: result("a", join(root, "a"), { executed: 2, passed: 1 }) },
    ];
    const report = await gate(root, [], { services });
    expect(verdicts(report)).toEqual(["failed", "skipped", "skipped", "skipped"]);
    expect(report.blocking[0]).toMatchObject({ where: "test.log", reproduce: `cd '${join(root, "a")}' && npm test` });
  });
});

describe("layer 2", () => {
  it.each([
    ["there is no report", null],
    [
      "no contract test ran",
      integration({ contract_tests_total: 0, contract_tests_passed: 0, skipped: ["No contract."] }),
    ],
    [
      "everything is zero",
      integration({
        contract_tests_total: 0,
        contract_tests_passed: 0,
        integration_tests_total: 0,
        integration_tests_passed: 0,
        overall_health: "unknown",
      }),
    ],
  ])("is skipped when %s, and the gate does not pass", async (_name, report) => {
    const judged = await gate(project(["a"]), ["a"], { integration: report });
    expect(verdicts(judged)).toEqual(["passed", "skipped", "passed", "passed"]);
    expect(judged).toMatchObject({ overall_verdict: "partial", blocking_violations: 0 });
  });

  it("fails on violations that block, names their owner, and holds back the later layers", async () => {
    const report = await gate(project(["a"]), ["a"], {
      integration: integration({ contract_tests_passed: 9, violations: [contractViolation("a", "error")] }),
    });
    expect(verdicts(report)).toEqual(["passed", "failed", "skipped", "skipped"]);
    expect(report.layers.layer3_system?.reason).toBe("Held back until layer2_contract passes.");
    expect(report.blocking).toMatchObject([
      {
        code: "CONTRACT-002",
        service: "a",
        where: "POST /orders",
        fix: "Expected: 201 Actual: 500 Contract: /paths/~1orders",
        reproduce: "curl -X POST …",
      },
    ]);
  });

  it("goes on with warnings below the blocking severity", async () => {
    const report = await gate(project(["a"]), ["a"], {
      integration: integration({ violations: [contractViolation("a", "warning")] }),
    });
    expect(report).toMatchObject({ overall_verdict: "passed", total_violations: 1, blocking_violations: 0 });
  });

  it("blames somebody for failures that the report leaves without a violation", async () => {
    const step = {
      service: "b",
      description: "pay",
      method: "POST",
      url: "/",
      status: 500,
      verdict: "failed" as const,
      reason: "500",
    };
    const report = await gate(project(["a", "b"]), ["a", "b"], {
      integration: integration({
        services: [{ service: "a", healthy: false, url: "", log_file: "", error: "port taken" }],
        operations: [
          {
            service: "a",
            operation_id: "list",
            method: "GET",
            path: "/x",
            verdict: "failed",
            status: 500,
            reason: "500",
            duration_ms: 1,
          },
        ],
        flows: [
          {
            name: "buy",
            trace_id: "0".repeat(32),
            services: ["b"],
            steps: [step],
            traced_services: [],
            verdict: "failed",
            reason: "",
          },
        ],
      }),
    });
    expect(report.blocking.map(({ code, service }) => `${code} ${service}`)).toEqual([
      "DEPLOY-001 a",
      "CONTRACT-001 a",
      "FLOW-001 b",
    ]);
  });

  it("fails when tests did not pass and nothing says why", async () => {
    const report = await gate(project(["a"]), ["a"], { integration: integration({ contract_tests_passed: 7 }) });
    expect([verdicts(report)[1], report.overall_verdict]).toEqual(["failed", "failed"]);
  });
});

describe("layers 3 and 4", () => {
  it("blocks by severity: the same finding passes under a higher threshold", async () => {
    const root = project(["a"], { "a/app/leak.py": 'PASSWORD = "hunter22!"\n' });
    const strict = await gate(root, ["a"]);
    expect(verdicts(strict)).toEqual(["passed", "passed", "failed", "skipped"]);
    expect(strict.blocking).toMatchObject([{ code: "SEC-SECRET-007", service: "a", where: "a/app/leak.py:1" }]);
    expect(JSON.stringify(strict)).not.toContain("hunter22");
    const lax = await gate(root, ["a"], { settings: settings({ blocking_severity: "critical" }) });
    expect(lax).toMatchObject({ overall_verdict: "passed", total_violations: 1, blocking_violations: 0 });
  });

  it("runs the configured scanners only", async () => {
    const root = project(["a"], { "a/app/leak.py": 'PASSWORD = "hunter22!"\n' });
    const report = await gate(root, ["a"], { settings: settings({ layer3_scanners: ["cors", "docker"] }) });
    expect(report.layers.layer3_system).toMatchObject({ verdict: "passed", total_checks: 11 });
  });

  it("never blocks on adversarial advice, whatever the threshold", async () => {
    const root = project(["a"], { "a/app/swallow.py": "try:\n    work()\nexcept:\n    pass\n" });
    const report = await gate(root, ["a"], { settings: settings({ blocking_severity: "info" }) });
    expect(report).toMatchObject({ overall_verdict: "passed", total_violations: 1, blocking: [] });
    expect(report.layers.layer4_adversarial).toMatchObject({ verdict: "passed", violations: [{ code: "ADV-005" }] });
  });
});

describe("resuming", () => {
  it("runs each layer as a step and repeats none that is recorded", async () => {
    const root = project(["a"]);
    const recorded = new Map<string, unknown>();
    let worked: string[] = [];
    const step: Step = async (key, work) => {
      if (!recorded.has(key)) {
        worked.push(key);
        recorded.set(key, JSON.parse(JSON.stringify(await work())));
      }
      return recorded.get(key) as never;
    };
    const first = await gate(root, ["a"], { step });
    expect(worked).toEqual([...LAYERS]);
    worked = [];
    recorded.delete("layer4_adversarial");
    const again = await gate(root, ["a"], { step });
    expect(worked).toEqual(["layer4_adversarial"]);
    expect(verdicts(again)).toEqual(verdicts(first));
  });

  it("stops between layers when told to", async () => {
    const stopped = new Error("stopped");
    const signal = AbortSignal.abort(stopped);
    await expect(gate(project(["a"]), ["a"], { signal })).rejects.toBe(stopped);
  });
});
