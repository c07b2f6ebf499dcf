import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { createBuiltinCodebase } from "../../../src/codebase/builtin.ts";
import { startGateway } from "../../../src/integrator/gateway.ts";
import { readOperations } from "../../../src/integrator/operations.ts";
import { clientCallsOf } from "../../../src/integrator/pact/calls.ts";
import { verifySystemPacts } from "../../../src/integrator/pact/verify-system.ts";
import type { TestSystem } from "../../../src/integrator/session/session.ts";
import { routePrefix, Service } from "../../../src/model/service-map.ts";
import { contract, temporary } from "../system.ts";
import { orders, startOrders } from "./orders.ts";

const FILES = {
  "orders/package.json": '{"name":"orders"}',
  "orders/src/index.ts": "export const name = 'orders';\n",
  "web/package.json": '{"name":"web","dependencies":{"axios":"1"}}',
  "web/src/orders.ts": `import axios from "axios";
const client = axios.create({ baseURL: process.env.ORDERS_URL });
export const listOrders = () => client.get("/orders");
export const order = (id: string) => client.get(\`/orders/\${id}\`);
export const cancel = (id: string) => client.post(\`/orders/\${id}/cancel\`);
`,
  "reports/requirements.txt": "httpx\n",
  "reports/app.py": `import os
import httpx

ORDERS_URL = os.environ["ORDERS_URL"]


def customers():
    return httpx.get(f"{ORDERS_URL}/customers").json()


def order(order_id: str):
    return httpx.get(f"{ORDERS_URL}/orders/{order_id}").json()
`,
};

const services = ["orders", "web", "reports"].map((name) =>
  Service.parse({ name, stack: { language: name === "reports" ? "python" : "typescript" } }),
);

function project(): string {
  const root = temporary();
  for (const [file, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  }
  return root;
}

async function callsIn(root: string) {
  const codebase = createBuiltinCodebase({ root, index: join(root, ".super-orchestrator", "index.db") });
  try {
    const names = services.map(({ name }) => name);
    return await clientCallsOf(codebase, names, new AbortController().signal);
  } finally {
    codebase.close();
  }
}

async function systemAt(url: string): Promise<{ system: TestSystem; close(): Promise<void> }> {
  const gateway = await startGateway(() => [{ service: "orders", prefix: routePrefix("orders"), target: url }]);
  const system: TestSystem = {
    gateway_url: gateway.url,
    operations: readOperations([orders()]),
    events: [],
    subscribers: {},
    health: new Map(),
    unavailable: new Map(),
    jwt_secret: null,
    request_timeout_ms: 3000,
    event_timeout_ms: 3000,
    signal: new AbortController().signal,
  };
  return { system, close: gateway.close };
}

test("what consumers in TypeScript and Python call becomes pacts, is written, and is verified through the gateway", async () => {
  const root = project();
  const calls = await callsIn(root);
  const provider = await startOrders();
  const { system, close } = await systemAt(provider.url);
  const write_to = join(root, "pacts-made");
  mkdirSync(join(root, "reports/pacts"));
  const kept = {
    consumer: { name: "reports" },
    provider: { name: "orders" },
    metadata: { pactSpecification: { version: "2.0.0" } },
  };
  const interaction = {
    description: "customers",
    request: { method: "GET", path: "/customers" },
    response: { status: 200 },
  };
  writeFileSync(join(root, "reports/pacts/own.json"), JSON.stringify({ ...kept, interactions: [interaction] }));
  writeFileSync(join(root, "reports/pacts/broken.json"), "{");
  const request = {
    service_map: { services },
    contracts: [orders()],
    calls,
    directories: new Map(services.map(({ name }) => [name, join(root, name)])),
    write_to,
  };
  const report = await verifySystemPacts(system, request);
  await close();
  const done = report.pacts.map(({ consumer, source, verdict, interactions }) => ({
    consumer,
    source,
    verdict,
    operations: interactions.map(({ endpoint }) => endpoint),
  }));
  expect(done).toEqual([
    {
      consumer: "reports",
      source: "generated",
      verdict: "passed",
      operations: ["GET /customers", "GET /orders/{orderId}", "GET /orders/{orderId}"],
    },
    {
      consumer: "web",
      source: "generated",
      verdict: "passed",
      operations: ["GET /orders", "GET /orders/{orderId}", "GET /orders/{orderId}"],
    },
    { consumer: "reports", source: "reports/pacts/own.json", verdict: "passed", operations: ["GET /customers"] },
  ]);
  // The call that no contract offers is its consumer's.
  expect(report.violations).toMatchObject([
    { code: "PACT-007", service: "web", file_path: "web/src/orders.ts", endpoint: "POST /orders/{}/cancel" },
  ]);
  expect(report.skipped).toEqual([expect.stringContaining("broken.json is not a pact")]);

  const file = readFileSync(join(write_to, "web-orders.json"), "utf8");
  const written = JSON.parse(file);
  expect(written).toMatchObject({
    consumer: { name: "web" },
    provider: { name: "orders" },
    metadata: { pactSpecification: { version: "4.0" } },
  });
  const getOrder = written.interactions.find(({ description }: { description: string }) => description === "getOrder");
  expect(getOrder).toMatchObject({
    type: "Synchronous/HTTP",
    comments: { text: [expect.stringMatching(/^called in web\/src\/orders\.ts:4$/)] },
    providerStates: [{ name: "an order exists", params: { orderId: expect.any(String) } }],
    request: {
      method: "GET",
      matchingRules: { path: { matchers: [{ match: "regex", regex: "^/orders/[^/]+$" }] } },
      generators: { path: { type: "ProviderState", expression: `/orders/\${orderId}` } },
    },
    response: {
      status: 200,
      matchingRules: {
        body: {
          "$.quantity": { matchers: [{ match: "integer" }] },
          "$.status": { matchers: [{ match: "regex", regex: "^(open|paid)$" }] },
          "$.lines": { matchers: [{ match: "type" }] },
          "$.lines[*].sku": { matchers: [{ match: "type" }] },
        },
      },
    },
  });
  // What the contract does not promise is not expected.
  expect(JSON.stringify(getOrder.response)).not.toContain("note");

  const { system: again, close: end } = await systemAt(provider.url);
  await verifySystemPacts({ ...again, unavailable: new Map([["orders", "orders is not deployed"]]) }, request).then(
    (skipped) => {
      expect(skipped).toMatchObject({ total: 0, passed: 0 });
      expect(skipped.pacts.every(({ verdict }) => verdict === "skipped")).toBe(true);
      expect(skipped.skipped).toContain("web → orders: orders is not deployed");
    },
  );
  await end();
  expect(readFileSync(join(write_to, "web-orders.json"), "utf8")).toBe(file);
});

const event = (action: "send" | "receive", properties: Record<string, unknown>) => ({
  asyncapi: "3.0.0",
  info: { title: "events", version: "1.0.0" },
  channels: {
    placed: {
      address: "order.placed",
      messages: { placed: { payload: { type: "object", required: Object.keys(properties), properties } } },
    },
  },
  operations: { placed: { action, channel: { $ref: "#/channels/placed" } } },
});

test("events become message pacts, verified with what was published when it was recorded", async () => {
  const { system, close } = await systemAt("http://127.0.0.1:9");
  const text = { type: "string" };
  const request = {
    service_map: { services: [] },
    contracts: [
      contract("orders", "asyncapi", event("send", { order_id: text, total: { type: "integer" } })),
      contract("mail", "asyncapi", event("receive", { order_id: text })),
    ],
    calls: [],
    directories: new Map(),
    write_to: null,
  };
  const published = (payload: unknown) => verifySystemPacts(system, { ...request, published: () => [payload] });
  const good = await published({ order_id: "7", total: 3 });
  expect(good).toMatchObject({ total: 1, passed: 1, violations: [] });
  expect(good.pacts[0]?.interactions[0]?.evidence).toBe("1 published by the running orders");
  const bad = await published({ order_id: 7 });
  expect(bad.violations).toMatchObject([{ code: "PACT-005", service: "orders", endpoint: "order.placed" }]);
  const unrecorded = await verifySystemPacts(system, request);
  expect(unrecorded.pacts[0]?.interactions[0]).toMatchObject({
    verdict: "passed",
    evidence: "the AsyncAPI contract of orders; no published message was recorded",
  });
  const [sender] = request.contracts;
  const greedy = [sender, contract("mail", "asyncapi", event("receive", { order_id: text, address: text }))].filter(
    (one) => one !== undefined,
  );
  const asking = await verifySystemPacts(system, { ...request, contracts: greedy });
  expect(asking.violations).toMatchObject([
    { code: "PACT-006", service: "mail", message: expect.stringContaining("address") },
  ]);
  await close();
});

test("a system in which nobody calls anybody is skipped", async () => {
  const { system, close } = await systemAt("http://127.0.0.1:9");
  const request = {
    service_map: { services: [] },
    contracts: [orders()],
    calls: [],
    directories: new Map(),
    write_to: null,
  };
  expect(await verifySystemPacts(system, request)).toMatchObject({
    total: 0,
    passed: 0,
    skipped: ["pacts: none, no service calls another one or receives its events"],
  });
  await close();
});
