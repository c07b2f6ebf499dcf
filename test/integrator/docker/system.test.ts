import { join } from "node:path";
import { expect, test } from "vitest";
import { deploySystem, stopSystem, systemLogs } from "../../../src/integrator/deployment.ts";
import { systemOf } from "../system.ts";
import { describeDocker, everythingOf, NOTHING } from "./engine.ts";

describeDocker("a system that stays up", () => {
  test("names a service that keeps ending, runs the others, and is taken down", { timeout: 300_000 }, async () => {
    const { request } = systemOf({ tasks: "tasks", crashes: "tasks crash" }, [], { contained: true });
    const system = {
      ...request,
      root: join(request.services[0]?.directory ?? "", ".."),
      project: "so-stays",
      settings: {
        gateway: "builtin" as const,
        traefik_image: "traefik:v3.6",
        compose_file: "/nowhere/docker-compose.yml",
        test_compose_file: "/nowhere/docker-compose.test.yml",
      },
    };
    const deployed = await deploySystem(system, { ...request, target: "compose", health_timeout_ms: 60_000 });
    const errors = Object.fromEntries(deployed.services.map(({ service, error }) => [service, error]));
    expect(errors.tasks).toBe("");
    expect(errors.crashes).toMatch(/It keeps ending \(exit code 3\) and was started again \d+ times/);
    expect(errors.crashes).toContain("cannot read its configuration");
    const recent = await systemLogs("so-stays", "tasks", { tail: 2 });
    expect(recent.trim().split("\n")).toHaveLength(2);
    expect(await systemLogs("so-stays", "tasks", { tail: 2, since: Math.floor(Date.now() / 1000) + 3600 })).toBe("");
    await expect(systemLogs("so-stays", "nobody", { tail: 2 })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await stopSystem("so-stays", { volumes: true })).toMatchObject({ containers: 2, networks: 2 });
    expect(await everythingOf("so-stays")).toEqual(NOTHING);
    await expect(stopSystem("so-stays", { volumes: true })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
