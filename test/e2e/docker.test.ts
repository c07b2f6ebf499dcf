import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { IntegrationReport } from "../../src/model/integration-report.ts";
import type { PipelineStatus } from "../../src/model/status.ts";
import { describeDocker, everythingOf, NOTHING } from "../integrator/docker/engine.ts";
import { cli, makeWorkspace, removeWorkspace, SHOP_PRD, status } from "./support.ts";

const MINUTES = { timeout: 600_000 };

// The shop of three services, from its PRD to a system that answers, on a real engine. CI has no image of Traefik.
describeDocker("the shop on Docker", () => {
  let workspace: string;
  let end: PipelineStatus;
  const json = async (args: string[]) => {
    const ran = await cli(workspace, [...args, "--json"]);
    return { code: ran.code, answer: JSON.parse(ran.stdout || "{}"), stderr: ran.stderr };
  };
  beforeAll(async () => {
    workspace = makeWorkspace();
    mkdirSync(join(workspace, ".super-orchestrator"));
    writeFileSync(
      join(workspace, ".super-orchestrator", "config.yaml"),
      "depth: quick\nintegration: { runtime: docker, gateway: builtin }\n",
    );
    await cli(workspace, ["run", SHOP_PRD, "--fresh", "--auto-approve"]);
    end = await status(workspace, ["status"]);
  }, MINUTES.timeout);
  afterAll(() => removeWorkspace(workspace));

  test("is built, healthy, fuzzed, its flows pass, and nothing is left of it", MINUTES, async () => {
    expect(end).toMatchObject({ state: "complete", reason: "" });
    expect(end.backends).toContainEqual(expect.objectContaining({ role: "runtime", picked: "docker" }));
    const report = IntegrationReport.parse(JSON.parse(readFileSync(end.reports.integration_report ?? "", "utf8")));
    expect(report.runtime).toMatch(/^docker \(builtin gateway: the configuration asks for it; engine /);
    expect(report).toMatchObject({ services_deployed: 3, services_healthy: 3, violations: [] });
    expect(report.fuzz.map(({ tested }) => tested > 0)).toEqual([true, true, true]);
    expect(report.integration_tests_total).toBeGreaterThan(0);
    expect(report.integration_tests_passed).toBe(report.integration_tests_total);
    expect(await everythingOf("so-shop-")).toEqual(NOTHING);
  });

  test("stays up when it is deployed, by the same commands as everything else", MINUTES, async () => {
    const id = end.pipeline_id;
    const generated = await json(["compose"]);
    expect(generated.answer).toMatchObject({ project: id, left_out: [] });
    expect(statSync(generated.answer.env_file).mode & 0o777).toBe(0o600);
    const missing = await json(["logs", "accounts-service"]);
    expect(missing.code).toBe(2);
    expect(missing.stderr + JSON.stringify(missing.answer)).toContain("not deployed");

    const deployed = await json(["deploy"]);
    try {
      expect(deployed.answer).toMatchObject({ project: id, gateway: "none", kept: true, excluded: [] });
      for (const { url, healthy } of deployed.answer.services) {
        expect(healthy).toBe(true);
        expect((await fetch(`${url}/health`)).status).toBe(200);
      }
      const { log, lines } = (await json(["logs", "accounts-service", "--tail", "5"])).answer;
      expect(log).toContain('"service":"accounts-service"');
      expect(lines).toBe(5);
      expect((await json(["restart", "orders-service"])).answer).toMatchObject({ healthy: true, error: "" });
      expect((await json(["restart", "nobody"])).code).toBe(2);
      // Once more over what runs: the same system, not a second one.
      const again = await json(["deploy"]);
      expect(again.answer.services.every(({ healthy }: { healthy: boolean }) => healthy)).toBe(true);
      expect((await everythingOf(id)).containers).toHaveLength(3);
    } finally {
      const stopped = await json(["stop", "--volumes"]);
      expect(stopped.answer).toMatchObject({ containers: 3, networks: 2 });
      expect(stopped.answer.images).toBeGreaterThanOrEqual(3);
    }
    expect(await everythingOf(id)).toEqual(NOTHING);
  });
});
