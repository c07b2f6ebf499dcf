import { expect, test } from "vitest";
import { eventOperations, subscriptions } from "../../../src/integrator/events.ts";
import { readOperations } from "../../../src/integrator/operations.ts";
import { verifySystemPacts } from "../../../src/integrator/pact/verify-system.ts";
import { createProcessRuntime } from "../../../src/integrator/runtimes/process.ts";
import { wholeSystem } from "../contracts.ts";
import { systemOf } from "../system.ts";

/** Deploy tasks and audit as processes, verify what audit needs of tasks, take them down. */
async function verify(fault: string) {
  const contracts = wholeSystem();
  const { request, stillRunning } = systemOf({ tasks: `tasks ${fault}`.trim(), audit: "audit" }, contracts);
  const deployment = await createProcessRuntime().deploy(request);
  try {
    const { service_map, signal } = request;
    const system = {
      gateway_url: deployment.gateway_url,
      operations: readOperations(contracts),
      events: eventOperations(contracts),
      subscribers: subscriptions(service_map, contracts),
      health: new Map(),
      unavailable: new Map(),
      jwt_secret: deployment.jwt_secret ?? null,
      request_timeout_ms: 3000,
      event_timeout_ms: 3000,
      signal,
    };
    return await verifySystemPacts(system, {
      service_map,
      contracts,
      calls: [],
      directories: new Map(),
      write_to: null,
    });
  } finally {
    await deployment.stop();
    expect(stillRunning()).toEqual([]);
  }
}

test("a secured provider is asked by somebody who registered and logged in", async () => {
  const report = await verify("");
  expect(report.violations).toEqual([]);
  expect(report.pacts).toMatchObject([{ consumer: "audit", provider: "tasks", verdict: "passed" }]);
  const [pact] = report.pacts;
  expect(pact?.interactions).toMatchObject([
    { description: "getTask", verdict: "passed" },
    { description: "getTask of what is not there", verdict: "passed" },
  ]);
  expect(pact?.interactions[0]?.evidence).not.toContain("signed");
});

test("a provider that answers out of its contract is charged, its consumer is not", async () => {
  const report = await verify("wrong-schema");
  expect(report.violations).toMatchObject([{ code: "PACT-001", service: "tasks", endpoint: "GET /tasks/{taskId}" }]);
  expect(report.violations[0]?.reproduce).toContain("Bearer $TOKEN");
});
