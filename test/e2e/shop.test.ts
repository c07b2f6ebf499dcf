import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { QualityGateReport } from "../../src/model/gate-report.ts";
import { IntegrationReport } from "../../src/model/integration-report.ts";
import type { PipelineStatus } from "../../src/model/status.ts";
import { childrenOf, cli, makeWorkspace, type Ran, removeWorkspace, SHOP_PRD, status } from "./support.ts";

let workspace: string;
let ran: Ran;
let end: PipelineStatus;
beforeAll(async () => {
  workspace = makeWorkspace();
  ran = await cli(workspace, ["run", SHOP_PRD, "--fresh", "--auto-approve"]);
  end = await status(workspace, ["status"]);
}, 300_000);
afterAll(() => removeWorkspace(workspace));

const report = <T>(name: string, schema: { parse(value: unknown): T }): T =>
  schema.parse(JSON.parse(readFileSync(end.reports[name] ?? "", "utf8")));

describe("the shop, from PRD to verified", () => {
  it("completes", () => {
    expect(ran.stderr).toContain("State: quality_gate");
    expect(end).toMatchObject({ state: "complete", status: "complete", gate: { verdict: "passed", blocking: 0 } });
    expect(ran.code).toBe(0);
  });

  it("shows each phase as a plain line, and ends with reports and what runs", () => {
    for (const phase of ["Architect", "Contracts", "Builders", "Integration", "Quality Gate"])
      expect(ran.stderr).toMatch(new RegExp(`${phase}: DONE`));
    expect(ran.stdout).toContain("integration-report.json");
    expect(ran.stdout).toContain("Still running: nothing");
    expect(`${ran.stdout}${ran.stderr}`).not.toContain("\u001b");
  });

  it("keeps evidence that the orchestrator gathered itself", () => {
    expect(end.builders.map(({ service }) => service)).toEqual([
      "accounts-service",
      "orders-service",
      "notifications-service",
    ]);
    for (const builder of end.builders) {
      expect(builder.status).toBe("succeeded");
      expect(builder.tests_executed).toBeGreaterThan(0);
      expect(builder.tests_passed).toBe(builder.tests_executed);
      expect(existsSync(join(end.output_dir, builder.service, "Dockerfile"))).toBe(true);
    }
  });

  it("checked every operation of every contract against the running services", () => {
    const { operations, flows, services } = report("integration_report", IntegrationReport);
    expect(services.every(({ healthy }) => healthy)).toBe(true);
    expect(operations.filter(({ verdict }) => verdict !== "passed")).toEqual([]);
    expect(new Set(operations.map(({ service }) => service)).size).toBe(3);
    expect(operations.length).toBeGreaterThanOrEqual(11);
    const flow = flows.find(({ verdict }) => verdict === "passed");
    expect(flow?.traced_services).toEqual(
      expect.arrayContaining(["accounts-service", "orders-service", "notifications-service"]),
    );
  });

  it("passed all four layers", () => {
    const gate = report("quality_gate_report", QualityGateReport);
    expect(Object.values(gate.layers).map(({ layer, verdict }) => [layer, verdict])).toEqual([
      ["layer1_service", "passed"],
      ["layer2_contract", "passed"],
      ["layer3_system", "passed"],
      ["layer4_adversarial", "passed"],
    ]);
  });

  it("leaves no process behind", () => {
    expect(end.running).toEqual([]);
    expect(childrenOf(end.pipeline_id)).toEqual([]);
  });
});
