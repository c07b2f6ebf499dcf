import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createScaffoldBuilder } from "../../../src/builders/scaffold/scaffold.ts";
import { checkBoundaries } from "../../../src/integrator/boundary/check-boundaries.ts";
import { runFlows } from "../../../src/integrator/flow/run-flows.ts";
import { openSystem } from "../../../src/integrator/open-system.ts";
import type { Deployment } from "../../../src/integrator/port.ts";
import { createProcessRuntime } from "../../../src/integrator/runtimes/process.ts";
import type { TestSystem } from "../../../src/integrator/session/session.ts";
import { spawnGroup } from "../../../src/lib/exec.ts";
import { registered, shop, taskFor, temporaryFolder } from "../../builders/support.ts";

/** The example shop as the scaffold builder makes it, running. */
let deployment: Deployment;
let system: TestSystem;
const controller = new AbortController();

beforeAll(async () => {
  const root = temporaryFolder();
  const services = [];
  for (const service of shop.service_map.services) {
    const task = taskFor(root, service.name);
    await createScaffoldBuilder().build(task);
    services.push({ service, directory: task.output_dir });
  }
  const contracts = shop.contracts.map(registered);
  deployment = await createProcessRuntime().deploy({
    pipeline_id: "shop",
    services,
    service_map: shop.service_map,
    contracts,
    log_dir: join(root, "logs"),
    health_timeout_ms: 30_000,
    spawn: spawnGroup,
    signal: controller.signal,
  });
  const { gateway_url } = deployment;
  system = await openSystem({ service_map: shop.service_map, contracts, gateway_url, signal: controller.signal });
});
afterAll(() => deployment?.stop());

test("its flows pass, traced through all three services", async () => {
  const { service_map } = shop;
  const result = await runFlows(system, {
    service_map,
    readLog: (service) => deployment.logs(service),
    event_secret: deployment.event_secret ?? null,
  });
  expect(result.violations).toEqual([]);
  expect(result.uncovered).toEqual([]);
  expect(result.flows.map(({ name, verdict }) => `${verdict} ${name}`)).toEqual([
    "passed orders-service createOrder",
    "passed orders-service createOrder refuses an unknown account_id",
    "passed orders-service payOrder",
  ]);
  expect(result.flows[0]?.traced_services).toEqual(["orders-service", "accounts-service", "notifications-service"]);
});

test("its boundaries hold", async () => {
  const event_secret = deployment.event_secret ?? null;
  const { checks, violations } = await checkBoundaries(system, { service_map: shop.service_map, event_secret });
  expect(violations).toEqual([]);
  expect(checks.filter(({ verdict }) => verdict !== "passed")).toEqual([]);
  expect(checks.filter(({ topic }) => topic === "contract").length).toBeGreaterThan(3);
  expect(new Set(checks.map(({ topic }) => topic))).toEqual(new Set(["contract", "value", "number", "text"]));
});
