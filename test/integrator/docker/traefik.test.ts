import { writeFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { beforeAll, expect, test } from "vitest";
import { deploySystem, restartSystemService, stopSystem } from "../../../src/integrator/deployment.ts";
import { integrate } from "../../../src/integrator/integrate.ts";
import { createDockerRuntime } from "../../../src/integrator/runtimes/docker.ts";
import { wholeSystem } from "../contracts.ts";
import { systemOf } from "../system.ts";
import { describeDocker, everythingOf, NOTHING } from "./engine.ts";

const IMAGE = "traefik:v3.6";
const MINUTES = { timeout: 300_000 };
const settings = {
  traefik_image: IMAGE,
  compose_file: "/nowhere/docker-compose.yml",
  test_compose_file: "/nowhere/docker-compose.test.yml",
};

describeDocker("a deployment behind Traefik", () => {
  let there = false;
  beforeAll(async () => {
    there = await new Docker()
      .getImage(IMAGE)
      .inspect()
      .then(
        () => true,
        () => false,
      );
  });
  const system = () => {
    const made = systemOf({ tasks: "tasks", audit: "audit" }, wholeSystem(), { contained: true });
    made.request.service_map.project_name = "gate";
    return made;
  };

  test("passes the same checks as behind the built-in gateway, and routes the same", MINUTES, async (context) => {
    if (!there) context.skip(`the image ${IMAGE} is not on the engine`);
    const runtime = createDockerRuntime({ ...settings, gateway: "traefik" });
    const report = await integrate(system().request, runtime);
    expect(report.violations).toEqual([]);
    expect(report).toMatchObject({ services_healthy: 2, integration_tests_total: 3, integration_tests_passed: 3 });
    expect(report.runtime).toMatch(/^docker \(traefik gateway: the configuration asks for it/);
    const deployment = await runtime.deploy(system().request);
    try {
      const statuses: [string, number][] = [
        ["/api/tasks/health", 200],
        ["/api/tasks/health?x=1", 200],
        ["/api/taskss/health", 404],
        ["/api/unknown/health", 404],
        ["/health", 404],
      ];
      for (const [path, status] of statuses)
        expect([path, (await fetch(`${deployment.gateway_url}${path}`)).status]).toEqual([path, status]);
    } finally {
      await deployment.stop();
    }
    expect(await everythingOf("so-gate-")).toEqual(NOTHING);
  });

  test("stands before a system that stays up", MINUTES, async (context) => {
    if (!there) context.skip(`the image ${IMAGE} is not on the engine`);
    const { request } = system();
    const root = join(request.services[0]?.directory ?? "", "..");
    writeFileSync(join(root, ".env"), "GATEWAY_PORT=0\nGATEWAY_HOST=127.0.0.1\n");
    const made = { ...request, root, project: "so-gate-stays", settings: { ...settings, gateway: "auto" as const } };
    const deployed = await deploySystem(made, { ...request, target: "compose", health_timeout_ms: 60_000 });
    try {
      expect(deployed).toMatchObject({
        gateway: "traefik",
        why: expect.stringContaining(`Traefik: ${IMAGE} is there`),
      });
      expect(deployed.services).toMatchObject([
        { service: "tasks", error: "", url: `${deployed.gateway_url}/api/tasks` },
        { service: "audit", error: "", url: `${deployed.gateway_url}/api/audit` },
      ]);
      expect((await fetch(`${deployed.gateway_url}/api/audit/health`)).status).toBe(200);
      const [tasks] = request.services;
      if (tasks === undefined) throw new Error("no service");
      expect(
        await restartSystemService("so-gate-stays", tasks.service, { ...request, health_timeout_ms: 60_000 }),
      ).toBe("");
    } finally {
      await stopSystem("so-gate-stays", { volumes: true });
    }
    expect(await everythingOf("so-gate-stays")).toEqual(NOTHING);
  });

  test("auto takes the built-in gateway where the image cannot be had, and says so", MINUTES, async () => {
    const runtime = createDockerRuntime({ ...settings, traefik_image: "127.0.0.1:9/traefik:v3.6", gateway: "auto" });
    const deployment = await runtime.deploy(system().request);
    await deployment.stop();
    expect(deployment.runtime).toContain("builtin gateway: 127.0.0.1:9/traefik:v3.6 cannot be had");
    expect(deployment.services.map(({ healthy }) => healthy)).toEqual([true, true]);
    const asked = createDockerRuntime({ ...settings, traefik_image: "127.0.0.1:9/traefik:v3.6", gateway: "traefik" });
    await expect(asked.deploy(system().request)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("127.0.0.1:9/traefik:v3.6 cannot be had"),
    });
  });
});
