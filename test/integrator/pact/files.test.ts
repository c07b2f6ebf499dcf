import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pactFilesOf, readPacts } from "../../../src/integrator/pact/document.ts";
import { verifyPactFiles } from "../../../src/integrator/pact/verify-files.ts";
import { temporary } from "../system.ts";
import { type Fault, ordersSpec, startOrders } from "./orders.ts";

type Json = Record<string, unknown>;

/** A pact that a consumer's own test wrote, in the form of specification 2. */
function pactFile(interactions: Json[], more: Json = {}): string {
  const folder = join(temporary(), "pacts");
  mkdirSync(folder);
  const document = {
    consumer: { name: "billing" },
    provider: { name: "orders" },
    interactions,
    metadata: { pactSpecification: { version: "2.0.0" } },
    ...more,
  };
  const file = join(folder, "billing-orders.json");
  writeFileSync(file, JSON.stringify(document));
  return file;
}

const list = (body: Json, more: Json = {}): Json => ({
  description: "all customers",
  request: { method: "GET", path: "/customers" },
  response: {
    status: 200,
    headers: { "Content-Type": "application/json" },
    body: [body],
    matchingRules: { "$.body": { min: 0, match: "type" }, "$.body[*].*": { match: "type" } },
  },
  ...more,
});
const made = (body: Json): Json => ({
  description: "a new customer",
  request: {
    method: "POST",
    path: "/customers",
    headers: { "Content-Type": "application/json" },
    body: { name: "Grace" },
  },
  response: { status: 201, body, matchingRules: { "$.body": { match: "type" } } },
});

async function verify(path: string, options: { fault?: Fault; openapi?: Json | undefined } = {}) {
  const provider = await startOrders(options.fault);
  const report = await verifyPactFiles({
    url: provider.url,
    path,
    openapi: "openapi" in options ? options.openapi : ordersSpec(),
    headers: {},
    timeout_ms: 3000,
    signal: new AbortController().signal,
  });
  return { report, provider };
}

describe("a pact file", () => {
  test("that holds passes, with and without the contract", async () => {
    const file = pactFile([list({ id: "x", name: "y" }), made({ id: "x", name: "Grace" })]);
    for (const openapi of [ordersSpec(), undefined]) {
      const { report } = await verify(file, { openapi });
      expect(report).toMatchObject({ violations: [], total: 2, passed: 2, skipped: [], provider: "orders" });
      expect(report.pacts).toMatchObject([{ consumer: "billing", verdict: "passed", source: file }]);
    }
  });

  test.for<[string, Json, RegExp]>([
    ["a field", list({ id: "x", vip: true }), /does not offer \$\[\*\]\.vip as boolean/],
    ["a type", list({ id: 7 }), /does not offer \$\[\*\]\.id as integer/],
    ["an operation", { ...list({}), request: { method: "GET", path: "/invoices" } }, /has no GET \/invoices/],
    ["a status", { ...list({}), response: { status: 206 } }, /documents no status 206/],
  ])(
    "that asks for %s beyond the contract is its consumer's fault, and nothing is sent",
    async ([, interaction, says]) => {
      const { report, provider } = await verify(pactFile([interaction]));
      expect(report.violations).toMatchObject([
        { code: "PACT-006", service: "billing", message: expect.stringMatching(says) },
      ]);
      expect(provider.asked).toEqual(["HEAD /"]);
    },
  );

  test("that asks for another value than the contract's type is its consumer's fault", async () => {
    const exact = { ...made({ id: "x", name: "Hopper" }) };
    exact.response = { status: 201, body: { name: "Hopper" } };
    const { report } = await verify(pactFile([exact]));
    expect(report.violations).toMatchObject([
      { code: "PACT-006", service: "billing", message: expect.stringMatching(/keeps its contract/) },
    ]);
  });

  test("of whose state nobody knows how to arrange it is not held against the provider", async () => {
    const one = {
      description: "order 42",
      providerState: "order 42 exists",
      request: { method: "GET", path: "/orders/42" },
      response: { status: 200 },
    };
    const { report } = await verify(pactFile([one]));
    expect(report.violations).toEqual([]);
    expect(report).toMatchObject({ total: 0, pacts: [{ verdict: "skipped" }] });
    expect(report.skipped).toEqual([expect.stringContaining('nobody arranged "order 42 exists"')]);
  });

  test("with a pending interaction that does not hold is skipped, never passed", async () => {
    const pending = { type: "Synchronous/HTTP", key: "a", description: "later", pending: true };
    const request = { method: "GET", path: "/customers" };
    const response = { status: 200, headers: { "x-later": ["1"] } };
    const file = pactFile([{ ...pending, request, response }], { metadata: { pactSpecification: { version: "4.0" } } });
    const { report } = await verify(file);
    expect(report).toMatchObject({ violations: [], total: 0, pacts: [{ verdict: "skipped" }] });
    expect(report.skipped).toEqual([
      expect.stringContaining("pending and does not hold: the header x-later is missing"),
    ]);
  });

  test("without interactions is skipped, never passed", async () => {
    const { report } = await verify(pactFile([]));
    expect(report).toMatchObject({ total: 0, pacts: [{ verdict: "skipped", reason: "the pact has no interactions" }] });
  });

  test("of another provider is not verified here", async () => {
    const file = pactFile([list({ id: "x" })], { provider: { name: "stock" } });
    const provider = await startOrders();
    const report = await verifyPactFiles({
      url: provider.url,
      provider: "orders",
      path: file,
      headers: {},
      timeout_ms: 3000,
      signal: new AbortController().signal,
    });
    expect(report).toMatchObject({
      total: 0,
      skipped: ["there is no pact of orders", "pacts of provider stock: not verified, orders runs here"],
    });
  });
});

describe("message pacts", () => {
  const asyncapi = (properties: Json): Json => ({
    asyncapi: "3.0.0",
    info: { title: "orders", version: "1.0.0" },
    channels: {
      placed: {
        address: "order.placed",
        messages: { placed: { payload: { type: "object", required: Object.keys(properties), properties } } },
      },
    },
    operations: { sendPlaced: { action: "send", channel: { $ref: "#/channels/placed" } } },
  });
  const message = {
    description: "order.placed",
    contents: { id: "a" },
    metaData: { contentType: "application/json" },
    matchingRules: { body: { "$.id": { matchers: [{ match: "type" }] } } },
  };
  const file = () =>
    pactFile([], {
      interactions: undefined,
      messages: [message],
      metadata: { pactSpecification: { version: "3.0.0" } },
    });
  const verifyMessages = async (properties: Json) =>
    verifyPactFiles({
      url: (await startOrders()).url,
      path: file(),
      asyncapi: asyncapi(properties),
      headers: {},
      timeout_ms: 3000,
      signal: new AbortController().signal,
    });

  test("hold against the producer's contract, and the evidence says so", async () => {
    const report = await verifyMessages({ id: { type: "string" }, more: { type: "integer" } });
    expect(report).toMatchObject({ violations: [], total: 1, passed: 1 });
    expect(report.pacts[0]?.interactions[0]?.evidence).toContain("no published message was recorded");
  });

  test("that ask for more than the producer's contract promises are the consumer's fault", async () => {
    const report = await verifyMessages({ order: { type: "string" } });
    expect(report.violations).toMatchObject([
      { code: "PACT-006", service: "billing", endpoint: "order.placed", message: expect.stringContaining("id") },
    ]);
  });
});

describe("what is not a pact", () => {
  test.for<[string, string]>([
    ["no JSON", "{ not json"],
    ["no pact", '{"openapi":"3.1.0"}'],
    ["a list", "[]"],
    ["interactions that are none", '{"consumer":{"name":"a"},"provider":{"name":"b"},"interactions":7}'],
    [
      "an interaction without request",
      '{"consumer":{"name":"a"},"provider":{"name":"b"},"interactions":[{"description":"d"}]}',
    ],
  ])("%s is refused with the file's name, and stays as it is", ([, content]) => {
    const file = join(temporary(), "broken.json");
    writeFileSync(file, content);
    expect(() => readPacts(file)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", message: expect.stringContaining("broken.json") }),
    );
    expect(readFileSync(file, "utf8")).toBe(content);
  });

  test("a folder without pacts, and a path to nothing", () => {
    const folder = temporary();
    expect(() => readPacts(folder)).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
    expect(() => readPacts(join(folder, "none.json"))).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  });
});

test("pacts in a service's folder are found where people keep them", () => {
  const folder = temporary();
  for (const place of ["pacts", "pact", "contracts/pacts"]) {
    mkdirSync(join(folder, place), { recursive: true });
    writeFileSync(join(folder, place, "a-b.json"), "{}");
  }
  writeFileSync(join(folder, "package.json"), "{}");
  expect(pactFilesOf(folder)).toHaveLength(3);
});
