import { describe, expect, test } from "vitest";
import { runFlows } from "../../../src/integrator/flow/run-flows.ts";
import { EVENT_SECRET, market, marketMap } from "./market.ts";

const options = { event_secret: EVENT_SECRET, service_map: marketMap };

test("a clean market passes every flow", async () => {
  const result = await runFlows(await market([]), options);
  expect(result.violations).toEqual([]);
  expect(result.flows.filter(({ verdict }) => verdict !== "passed")).toEqual([]);
  expect(result.uncovered).toEqual([]);
  expect(result.flows.map(({ name }) => name)).toEqual([
    "orders createOrder",
    "orders createOrder refuses an unknown customer_id",
    "orders shipOrder",
  ]);
});

describe("a fault is found and blamed on one service", () => {
  test.each([
    ["orders:order.placed-lost", "orders EVENT-001"],
    ["orders:order.shipped-lost", "orders EVENT-001"],
    ["orders>renames-order", "orders EVENT-001"],
    ["orders>drops-customer", "orders EVENT-001"],
    ["orders>order-id-cut", "orders EVENT-002"],
    ["orders>another-customer", "orders EVENT-002"],
    ["orders:asks-nobody", "orders FLOW-004"],
    ["orders:another-customer", "orders FLOW-003"],
    ["orders:reads-other-customer", "orders FLOW-003"],
    ["orders:crashes", "orders FLOW-001"],
    ["customers:forgets", "customers FLOW-001"],
    ["customers:id-cut", "customers FLOW-001"],
    ["customers:other-id", "customers FLOW-001"],
    ["billing:ignores", "billing EVENT-001"],
    ["billing:refuses", "billing EVENT-001"],
    ["billing:no-receiver", "billing EVENT-001"],
    ["billing:list-crashes", "billing FLOW-001"],
    ["billing:drops-customer", "billing EVENT-002"],
    ["billing:order-id-cut", "billing EVENT-002"],
    ["billing:customer-id-cut", "billing EVENT-002"],
    ["deliveries:ignores", "deliveries EVENT-001"],
  ])("%s", async (fault, charge) => {
    const result = await runFlows(await market([fault]), options);
    const charges = [...new Set(result.violations.map(({ service, code }) => `${service} ${code}`))];
    expect(charges).toEqual([charge]);
    const failed = result.flows.filter(({ verdict }) => verdict === "failed");
    expect(failed.length).toBeGreaterThan(0);
    const step = failed[0]?.steps.find(({ verdict }) => verdict === "failed");
    expect(step?.request).toMatch(/^curl -i -X (GET|POST) "\$\{[A-Z]+_URL:-http:\/\/localhost:8080\}"'/);
    expect(step?.response).toMatch(/^status \d+/);
    expect(step?.expected).toMatch(/^status /);
    for (const violation of result.violations) expect(violation.clause).toMatch(/^\//);
  });
});

test("lists that are longer than a page are read to their end", async () => {
  const result = await runFlows(await market(["much-there"]), options);
  expect(result.violations).toEqual([]);
  expect(result.flows.every(({ verdict }) => verdict === "passed")).toBe(true);
});

describe("without the secret for events", () => {
  test.each([
    ["orders:order.placed-lost", "orders EVENT-001", "did not reach"],
    ["billing:ignores", "billing EVENT-001", "it reached deliveries"],
    ["billing:no-receiver", "billing EVENT-001", "receives no events (404)"],
    ["billing:drops-customer", "billing EVENT-002", "it reached deliveries"],
    ["orders:order.shipped-lost", "orders EVENT-001", "cannot be told"],
  ])("%s", async (fault, charge, why) => {
    const { violations } = await runFlows(await market([fault]), { service_map: marketMap });
    expect([...new Set(violations.map(({ service, code }) => `${service} ${code}`))]).toEqual([charge]);
    expect(violations[0]?.message).toContain(why);
  });
});

test("what needs a step that failed is skipped, and says so", async () => {
  const { flows } = await runFlows(await market(["orders:crashes"]), options);
  const steps = flows.find(({ name }) => name === "orders shipOrder")?.steps ?? [];
  expect(steps.map(({ step, verdict }) => `${step} ${verdict}`)).toEqual([
    "registerCustomer passed",
    "createOrder failed",
    "order_placed_in_deliveries skipped",
    "shipOrder skipped",
    "order_shipped_in_deliveries skipped",
  ]);
  expect(steps.at(-1)?.reason).toContain("Not reached: step");
});

test("a service that does not run, no time left, and an abort", async () => {
  const system = await market([]);
  const down = { ...system, unavailable: new Map([["billing", "billing is not healthy"]]) };
  const result = await runFlows(down, options);
  expect(result.violations).toEqual([]);
  expect(result.uncovered).toEqual(["event order.placed -> billing: billing is not healthy"]);
  const late = await runFlows(system, { ...options, max_seconds: 0.000_001 });
  expect(late.flows.map(({ verdict }) => verdict)).toContain("skipped");
  const controller = new AbortController();
  const aborted = runFlows(
    { ...system, signal: controller.signal },
    { ...options, onProgress: () => controller.abort(new Error("stop now")) },
  );
  await expect(aborted).rejects.toThrow("stop now");
});
