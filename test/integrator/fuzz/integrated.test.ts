import { join } from "node:path";
import { expect, test } from "vitest";
import type { FuzzSettings } from "../../../src/integrator/fuzz/service.ts";
import { integrate } from "../../../src/integrator/integrate.ts";
import { createProcessRuntime } from "../../../src/integrator/runtimes/process.ts";
import { unrecorded } from "../../../src/lib/step.ts";
import type { IntegrationReport } from "../../../src/model/integration-report.ts";
import { contract, systemOf } from "../system.ts";

const ORDERING = join(import.meta.dirname, "../../fixtures/integrator/ordering.mjs");
const settings: FuzzSettings = { backend: "builtin", max_examples: 10, max_seconds: 60, seed: 1 };
const runtime = createProcessRuntime();

const json = (schema: Record<string, unknown>) => ({ content: { "application/json": { schema } } });
const answers = (...statuses: (number | [number, Record<string, unknown>])[]) =>
  Object.fromEntries(
    statuses.map((given) =>
      typeof given === "number" ? [given, { description: "" }] : [given[0], { description: "", ...json(given[1]) }],
    ),
  );
const uuid = { type: "string", format: "uuid" };
const idParameter = { name: "id", in: "path", required: true, schema: uuid };
const secured = { security: [{ bearer: [] }] };
const components = { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } };

const credentials = {
  type: "object",
  required: ["username", "password"],
  properties: { username: { type: "string", pattern: "^[a-z]{3,20}$" }, password: { type: "string", minLength: 8 } },
};
const member = { type: "object", required: ["id", "username"], properties: { id: uuid, username: { type: "string" } } };
const order = {
  type: "object",
  required: ["member_id", "quantity"],
  properties: {
    id: { ...uuid, readOnly: true },
    member_id: { ...uuid, "x-references": { service: "members", entity: "Member" } },
    quantity: { type: "integer", minimum: 1, maximum: 100 },
    note: { type: "string", maxLength: 200 },
  },
};

const contracts = () => [
  contract("members", "openapi", {
    openapi: "3.1.0",
    info: { title: "members", version: "1.0.0" },
    components,
    paths: {
      "/members": {
        post: {
          "x-action": "register",
          "x-entity": "Member",
          requestBody: { required: true, ...json(credentials) },
          responses: answers([201, member], 400, 409, 415),
        },
      },
      "/login": {
        post: {
          "x-action": "login",
          requestBody: { required: true, ...json(credentials) },
          responses: answers([200, { type: "object", required: ["access_token"] }], 400, 401, 415),
        },
      },
      "/members/{id}": { get: { parameters: [idParameter], ...secured, responses: answers([200, member], 401, 404) } },
    },
  }),
  contract("orders", "openapi", {
    openapi: "3.1.0",
    info: { title: "orders", version: "1.0.0" },
    components,
    paths: {
      "/orders": {
        post: {
          ...secured,
          requestBody: { required: true, ...json(order) },
          responses: answers([201, order], 400, 401, 403, 415, 422),
        },
      },
      "/orders/{id}": { get: { parameters: [idParameter], ...secured, responses: answers([200, order], 401, 404) } },
    },
  }),
];

async function fuzzed(faults: { members?: string; orders?: string } = {}): Promise<IntegrationReport> {
  const command = (kind: "members" | "orders") => `node ${ORDERING} ${kind} ${faults[kind] ?? ""}`;
  const { request, stillRunning } = systemOf({ members: command("members"), orders: command("orders") }, contracts());
  for (const service of request.service_map.services) if (service.name === "orders") service.depends_on = ["members"];
  const report = await integrate({ ...request, fuzz: settings }, runtime);
  expect(stillRunning()).toEqual([]);
  return report;
}
const charges = ({ violations }: IntegrationReport) =>
  violations.map(({ service, code, endpoint }) => `${service} ${code} ${endpoint}`).sort();

test("services are fuzzed as somebody who is logged in at another service and exists there", async () => {
  const report = await fuzzed();
  expect(report.violations).toEqual([]);
  const [members, orders] = report.fuzz;
  expect(members).toMatchObject({ service: "members", backend: "builtin", tested: 3, passed: 3, untested: [] });
  expect(orders).toMatchObject({ service: "orders", tested: 2, passed: 2, untested: [], notes: [] });
  expect(orders?.requests).toBeGreaterThan(60);
  expect(report.contract_tests_total).toBe(5 + report.operations.filter(({ verdict }) => verdict !== "skipped").length);
}, 60_000);

test("what it finds is charged to the service, with a line that shows it again", async () => {
  const report = await fuzzed({ orders: "breaks-on-long" });
  expect(charges(report)).toEqual(["orders STATUS-002 POST /orders"]);
  const [found] = report.violations;
  expect(found?.reproduce).toMatch(/^curl -i -X POST "\$\{ORDERS_URL:-http:\/\/localhost:8080\}"'\/orders'/);
  expect(found?.reproduce).toContain('-H "authorization: $AUTHORIZATION"');
  expect(found?.clause).toContain("/paths/~1orders/post");
  expect(report.fuzz.find(({ service }) => service === "orders")).toMatchObject({ tested: 2, passed: 1 });
}, 60_000);

test("invalid data that is accepted is found inside a system too", async () => {
  expect(charges(await fuzzed({ orders: "accepts-anything" }))).toContain("orders STATUS-005 POST /orders");
}, 60_000);

test("a service that dies takes nobody else's blame along", async () => {
  const report = await fuzzed({ members: "dies" });
  expect(new Set(report.violations.map(({ service }) => service))).toEqual(new Set(["members"]));
  expect(report.violations.map(({ code }) => code)).toContain("INT-003");
}, 60_000);

test("a service whose fuzzing is recorded is not fuzzed again", async () => {
  const kept = new Map<string, unknown>();
  const keys: string[] = [];
  const { request } = systemOf({ members: `node ${ORDERING} members` }, contracts().slice(0, 1));
  const step = async <Result>(key: string, work: () => Promise<Result>): Promise<Result> => {
    if (kept.has(key)) return kept.get(key) as Result;
    keys.push(key);
    const result = await unrecorded(key, work);
    kept.set(key, result);
    return result;
  };
  const first = await integrate({ ...request, fuzz: settings, step }, runtime);
  expect(keys).toContain("fuzz:members");
  const before = keys.length;
  const second = await integrate({ ...request, fuzz: settings, step }, runtime);
  expect(keys.length).toBe(before);
  expect(second.fuzz).toEqual(first.fuzz);
}, 60_000);

test("without time for it, it is left out and that is said", async () => {
  const { request } = systemOf({ members: `node ${ORDERING} members` }, contracts().slice(0, 1));
  const report = await integrate({ ...request, max_seconds: 5, fuzz: settings }, runtime);
  expect(report.fuzz).toEqual([]);
  expect(report.skipped.join("\n")).toContain("no time is left for it within integration.timeout");
  expect(report.contract_tests_passed).toBeGreaterThan(0);
});

test("fuzzing that is switched off is said", async () => {
  const { request } = systemOf({ members: `node ${ORDERING} members` }, contracts().slice(0, 1));
  const report = await integrate({ ...request, fuzz: null }, runtime);
  expect(report.skipped.join("\n")).toContain("fuzzing: switched off");
});
