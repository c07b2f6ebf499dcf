import { join } from "node:path";
import { expect, it } from "vitest";
import { createScaffoldBuilder } from "../../../src/builders/scaffold/scaffold.ts";
import { integrate } from "../../../src/integrator/integrate.ts";
import { createProcessRuntime } from "../../../src/integrator/runtimes/process.ts";
import { spawnGroup } from "../../../src/lib/exec.ts";
import { unrecorded } from "../../../src/lib/step.ts";
import { registered, shop, taskFor, temporaryFolder } from "../../builders/support.ts";

it("a clean shop: the trace reaches every service by spans, and no field is said to be lost", async () => {
  const root = temporaryFolder();
  const services = await Promise.all(
    shop.service_map.services.map(async (service) => {
      const task = taskFor(root, service.name);
      expect((await createScaffoldBuilder().build(task)).error).toBe("");
      return { service, directory: task.output_dir };
    }),
  );
  const report = await integrate(
    {
      ...{
        pipeline_id: "shop",
        attempt: 0,
        services,
        service_map: shop.service_map,
        excluded: [],
        max_seconds: 600,
        fuzz: null,
        pacts: null,
      },
      ...{ contracts: shop.contracts.map(registered), log_dir: join(root, "logs"), health_timeout_ms: 30_000 },
      ...{ step: unrecorded, spawn: spawnGroup, signal: new AbortController().signal },
    },
    createProcessRuntime(),
  );
  const [trace] = report.traces;
  expect(trace).toMatchObject({ verdict: "passed", reason: "", changes: [], violations: [] });
  const reached = (trace?.services ?? []).filter(({ received }) => received > 0);
  expect(reached.map(({ service }) => service).sort()).toEqual([
    "accounts-service",
    "notifications-service",
    "orders-service",
  ]);
  for (const { spans, log_lines, verdict } of reached) {
    expect(spans).toBeGreaterThan(0);
    expect(log_lines).toBeGreaterThan(0);
    expect(verdict).toBe("traced");
  }
  const below = (trace?.hops ?? []).filter(({ depth }) => depth > 0).map(({ service, kind }) => `${service} ${kind}`);
  expect(below).toEqual(expect.arrayContaining(["accounts-service request", "notifications-service event"]));
  expect(trace?.hops.every(({ traced }) => traced)).toBe(true);
  expect(report.violations.filter(({ code }) => code.startsWith("TRACE"))).toEqual([]);
}, 180_000);
