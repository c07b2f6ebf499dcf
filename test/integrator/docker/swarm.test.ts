import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { deploySystem, restartSystemService, stopSystem, systemLogs } from "../../../src/integrator/deployment.ts";
import { wholeSystem } from "../contracts.ts";
import { systemOf } from "../system.ts";
import { describeDocker, everythingOf, NOTHING } from "./engine.ts";

const MINUTES = { timeout: 300_000 };

// One node, made for the test where the engine is none yet.
describeDocker("a system on a Swarm", () => {
  const docker = new Docker();
  let made = false;
  let why = "";
  beforeAll(async () => {
    const { Swarm } = await docker.info();
    if (Swarm?.LocalNodeState === "active") return;
    try {
      await docker.swarmInit({ ListenAddr: "127.0.0.1:0", AdvertiseAddr: "127.0.0.1", ForceNewCluster: false });
      made = true;
    } catch (cause) {
      why = `this engine makes no Swarm: ${cause instanceof Error ? cause.message : String(cause)}`;
    }
  });
  afterAll(async () => {
    if (!made) return;
    await docker.swarmLeave({ force: true });
    await docker.getNetwork("docker_gwbridge").remove();
  });

  test(
    "is deployed from the same file, with replicas, restarted one by one, and taken down",
    MINUTES,
    async (context) => {
      if (why !== "") context.skip(why);
      const { request } = systemOf({ tasks: "tasks", audit: "audit" }, wholeSystem(), { contained: true });
      const root = join(request.services[0]?.directory ?? "", "..");
      const system = {
        ...request,
        root,
        project: "so-stack-test",
        replicas: 2,
        settings: {
          gateway: "builtin" as const,
          traefik_image: "traefik:v3.6",
          compose_file: "/nowhere/docker-compose.yml",
          test_compose_file: "/nowhere/docker-compose.test.yml",
        },
      };
      const deployed = await deploySystem(system, { ...request, target: "swarm", health_timeout_ms: 120_000 });
      try {
        expect(deployed.services.map(({ error }) => error)).toEqual(["", ""]);
        expect(deployed).toMatchObject({ target: "swarm", gateway: "none", project: "so-stack-test" });
        const running = await docker.listContainers({
          filters: { label: ["com.docker.stack.namespace=so-stack-test"] },
        });
        expect(running).toHaveLength(4);
        for (const { url } of deployed.services) expect((await fetch(`${url}/health`)).status).toBe(200);
        expect(await systemLogs("so-stack-test", "tasks", { tail: 5 })).toContain('"service":"tasks"');
        const tasks = request.services[0]?.service;
        if (tasks === undefined) throw new Error("no service");
        expect(await restartSystemService("so-stack-test", tasks, { ...request, health_timeout_ms: 120_000 })).toBe("");
      } finally {
        await stopSystem("so-stack-test", { volumes: true });
      }
      expect(await everythingOf("so-stack-test")).toEqual(NOTHING);
    },
  );
});
