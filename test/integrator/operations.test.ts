import { describe, expect, test } from "vitest";
import { eventOperations, subscriptions } from "../../src/integrator/events.ts";
import { entityKey } from "../../src/integrator/infer.ts";
import { readOperations } from "../../src/integrator/operations.ts";
import { wayTo } from "../../src/integrator/session/candidates.ts";
import { created } from "../../src/integrator/session/resource.ts";
import { curlLine } from "../../src/integrator/violation.ts";
import { ServiceMap } from "../../src/model/service-map.ts";
import { audit, extendedTasks, plainTasks } from "./contracts.ts";
import { contract } from "./system.ts";

const read = (paths: Record<string, unknown>, rest: Record<string, unknown> = {}) =>
  readOperations([contract("shop", "openapi", { openapi: "3.1.0", paths, ...rest })]);

test("spellings of one entity compare equal, different entities do not", () => {
  expect(new Set(["OrderItem", "order_items", "order-items", "OrderItems"].map(entityKey)).size).toBe(1);
  expect([entityKey("categories"), entityKey("Category")]).toEqual(["category", "category"]);
  expect([entityKey("boxes"), entityKey("Box")]).toEqual(["box", "box"]);
  expect([entityKey("address"), entityKey("addresses")]).toEqual(["address", "address"]);
  expect(entityKey("order")).not.toBe(entityKey("orderitem"));
});

test("without extensions, method and path say what an operation does and to what", () => {
  const found = readOperations([plainTasks()]);
  expect(
    Object.fromEntries(found.map(({ method, path, action, entity }) => [`${method} ${path}`, [action, entity]])),
  ).toEqual({
    "GET /health": ["health", "health"],
    "POST /auth/register": ["register", "auth"],
    "POST /auth/login": ["login", "auth"],
    "GET /me": ["current", null],
    "GET /tasks": ["list", "task"],
    "POST /tasks": ["create", "task"],
    "GET /tasks/{taskId}": ["get", "task"],
    "PUT /tasks/{taskId}": ["update", "task"],
    "DELETE /tasks/{taskId}": ["delete", "task"],
    "POST /tasks/{taskId}/start": ["transition", "task"],
    "POST /tasks/{taskId}/remind": ["transition", "task"],
  });
});

test("nested collections are about what they collect", () => {
  const found = read({
    "/orders/{id}/items": { get: {}, post: {} },
    "/orders/{id}/items/{itemId}": { get: {}, delete: {} },
  });
  expect(found.map(({ action, entity }) => [action, entity])).toEqual([
    ["list", "item"],
    ["create", "item"],
    ["get", "item"],
    ["delete", "item"],
  ]);
});

test("optional security is none; operations override the document", () => {
  const secured = (security: unknown, operation: Record<string, unknown>) =>
    read({ "/x": { get: operation } }, { security })[0]?.secured;
  expect(secured([{ bearer: [] }], {})).toBe(true);
  expect(secured([{ bearer: [] }], { security: [] })).toBe(false);
  expect(secured([{ bearer: [] }], { security: [{}, { bearer: [] }] })).toBe(false);
  expect(secured(undefined, { security: [{ bearer: [] }] })).toBe(true);
  expect(secured(undefined, {})).toBe(false);
});

test("documents of any shape are read without falling over", () => {
  const loop = { $ref: "#/components/loop" };
  for (const paths of [
    null,
    [],
    "x",
    { "/a": null, "/b": { get: 5, post: { parameters: "no", requestBody: loop, responses: [], security: "x" } } },
  ])
    expect(() => readOperations([contract("shop", "openapi", { paths, components: { loop } })])).not.toThrow();
  expect(
    eventOperations([
      contract("shop", "asyncapi", {
        operations: { a: null, b: { action: "send" }, c: { action: "receive", channel: loop } },
      }),
    ]),
  ).toHaveLength(0);
});

test("events: AsyncAPI 3 by address, AsyncAPI 2 by channel; the service map counts too", () => {
  const old = contract("mail", "asyncapi", {
    asyncapi: "2.6.0",
    channels: { "task.created": { publish: {} }, "mail.sent": { subscribe: {} } },
  });
  expect(
    eventOperations([...audit(), old]).map(({ service, action, event, creates }) => [service, action, event, creates]),
  ).toEqual([
    ["audit", "receive", "task.created", "Record"],
    ["mail", "receive", "task.created", null],
    ["mail", "send", "mail.sent", null],
  ]);
  const map = ServiceMap.parse({
    project_name: "x",
    services: [{ name: "board", stack: { language: "go" }, events_subscribed: ["task.created", "mail.sent"] }],
    generated_at: "",
    prd_hash: "",
  });
  expect(subscriptions(map, [...audit(), old])).toEqual({
    "task.created": ["audit", "board", "mail"],
    "mail.sent": ["board"],
  });
});

describe("state machines", () => {
  const transitions = readOperations([extendedTasks()]).filter(({ transition }) => transition !== null);

  test("the shortest way is found, and none where there is none", () => {
    expect(wayTo(transitions, "open", ["finished"])?.map(({ id }) => id)).toEqual(["startTask", "finishTask"]);
    expect(wayTo(transitions, "open", ["open"])).toEqual([]);
    expect(wayTo(transitions, "finished", ["open"])).toBeUndefined();
  });
});

test("what a create made remembers the parents in its path", () => {
  const operation = read({ "/orders/{id}/items": { get: {}, post: {} } })[1];
  if (operation === undefined) throw new Error("no operation");
  const request = {
    method: "POST",
    path: "/orders/a%20b/items?x=1",
    headers: {},
    body: "{}",
    token: null,
    assumed: [],
  };
  const answer = { status: 201, headers: {}, body: "", truncated: false, duration_ms: 1 };
  const made = created(operation, "item", request, { kind: "answer", answer, json: { item_id: 7 } });
  expect(made.id).toBe(7);
  expect(made.path.get("/orders")).toBe("a b");
  expect(() => created(operation, "item", request, { kind: "answer", answer, json: {} })).toThrow("without the id");
});

test("the line that reproduces a request is one shell command without secrets", () => {
  const request = {
    method: "POST",
    path: "/tasks/$(reboot)",
    headers: { "content-type": "application/json" },
    body: `{"title":"it's; rm -rf /"}`,
    token: "a.b.c",
  };
  const line = curlLine("my-tasks", request);
  expect(line).toContain(`"\${MY_TASKS_URL:-http://localhost:8080}"'/tasks/$(reboot)'`);
  expect(line).toContain(`--data-raw '{"title":"it'\\''s; rm -rf /"}'`);
  expect(line).not.toContain("a.b.c");
});
