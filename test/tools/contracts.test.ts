import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Context, createContext } from "../../src/context.ts";
import { silentLog } from "../../src/lib/log.ts";
import { runOperation } from "../../src/lib/operation.ts";
import { TOOLS } from "../../src/tools/index.ts";
import { ORDERS } from "../contracts/engine-contract.ts";
import { NOTES } from "../contracts/notes-server.ts";

let ctx: Context;
beforeEach(() => {
  const workspace = mkdtempSync(join(tmpdir(), "so-contracts-"));
  ctx = createContext({ workspace, log: silentLog(), cliEntry: "" });
});
afterEach(() => {
  ctx.close();
  rmSync(ctx.workspace, { recursive: true, force: true });
});

type Answer = Record<string, unknown>;

/** Run a tool as a surface does, and have it rendered. */
async function tool(name: string, input: Answer): Promise<Answer> {
  const found = TOOLS.find((one) => one.name === name);
  if (!found) throw new Error(`no tool ${name}`);
  const call = { ctx, signal: new AbortController().signal, progress: () => {} };
  const answer = await runOperation(found, input, async () => call);
  expect(found.text(answer).length).toBeGreaterThan(0);
  return answer;
}

function write(files: Record<string, unknown>): void {
  for (const [path, value] of Object.entries(files)) {
    const file = join(ctx.workspace, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof value === "string" ? value : JSON.stringify(value));
  }
}

const registered = async () =>
  String((await tool("register_contract", { service: "orders-service", spec: ORDERS.spec })).id);

describe("register_contract", () => {
  it("takes a YAML file with the files it refers to, without any pipeline", async () => {
    write({
      "api/openapi.yaml":
        'openapi: 3.0.3\ninfo: {title: Pets, version: "2.1"}\npaths:\n  /pets:\n    get:\n      responses:\n        "200":\n          description: All.\n          content:\n            application/json:\n              schema: {$ref: "schemas/pet.yaml#/Pet"}\n',
      "api/schemas/pet.yaml": "Pet: {type: object, required: [name], properties: {name: {type: string}}}\n",
    });
    const entry = await tool("register_contract", { service_name: "pets", file: "api/openapi.yaml" });
    expect(entry).toMatchObject({ service_name: "pets", type: "openapi", version: "2.1.0", build_cycle_id: null });
    const exchange = { service: "pets", method: "get", path: "/pets", response_body: { nickname: "Rex" } };
    expect(await tool("validate_endpoint", exchange)).toMatchObject({
      valid: false,
      violations: [{ field: "/name", actual: "absent", severity: "error" }],
    });
  });

  it.each([
    [{}, "service is missing"],
    [{ service: "a" }, "either as file or as spec"],
    [{ service: "a", service_name: "b", spec: {} }, "service is a and service_name is b"],
    [{ service: "a", spec: { hello: 1 } }, "neither openapi nor asyncapi"],
    [{ service: "a", file: "gone.yaml" }, "There is no file"],
    [{ service: "a", spec: "{{" }, "neither JSON nor YAML"],
    [{ service: "a", spec: { openapi: "3.1.0", info: { title: "x", version: "1" } } }, "is not valid"],
    [{ service: "a", spec: ORDERS.spec, version: "one" }, "version"],
  ])("refuses %j", async (input, message) => {
    await expect(tool("register_contract", input)).rejects.toMatchObject({ message: expect.stringContaining(message) });
    expect(await tool("list_contracts", {})).toMatchObject({ items: [], total: 0 });
  });
});

describe("reading contracts", () => {
  it("lists pages without the documents", async () => {
    const id = await registered();
    await tool("register_contract", { service: "notes-service", spec: NOTES.spec });
    const page = await tool("list_contracts", { page: 2, page_size: 1 });
    expect(page).toMatchObject({ total: 2, page: 2, page_size: 1, items: [{ service_name: "notes-service" }] });
    expect(JSON.stringify(page)).not.toContain("paths");
    expect(await tool("list_contracts", { service_name: "orders-service" })).toMatchObject({
      total: 1,
      items: [{ id }],
    });
  });

  it("gives a small one whole, of a large one its parts", async () => {
    const id = await registered();
    expect(await tool("get_contract", { contract_id: id })).toMatchObject({ complete: true, spec: ORDERS.spec });
    const many = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [
        `/things/${index}`,
        {
          get: {
            operationId: `thing${index}`,
            responses: {
              "200": {
                description: "It.",
                content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } },
              },
            },
          },
        },
      ]),
    );
    const components = { schemas: { Thing: { type: "object" }, Other: { type: "string" } } };
    const spec = { openapi: "3.1.0", info: { title: "Big", version: "1.0.0" }, paths: many, components };
    const big = await tool("register_contract", { service: "big", spec });
    const read = await tool("get_contract", { contract_id: big.id });
    expect(read).toMatchObject({ spec: null, complete: false, outline_total: 1000 });
    expect(JSON.stringify(read).length).toBeLessThan(8000);
    const one = await tool("get_contract", { service: "big", operation: "thing7" });
    expect(one.spec).toEqual({
      paths: { "/things/7": many["/things/7"] },
      components: { schemas: { Thing: { type: "object" } } },
    });
    expect((await tool("get_contract", { service: "big", pointer: "/components/schemas/Other" })).spec).toEqual({
      type: "string",
    });
    expect((await tool("get_contract", { contract_id: big.id, whole: true })).spec).toEqual(spec);
    await expect(tool("get_contract", { service: "big", operation: "GET /thing/7" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(tool("get_contract", { service: "big", pointer: "/nowhere" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      remedy: expect.stringContaining("paths"),
    });
    await expect(tool("get_contract", {})).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});

describe("validate_endpoint", () => {
  it("takes headers as lines and bodies as text, as a command line gives them", async () => {
    await registered();
    const answer = await tool("validate_endpoint", {
      service: "orders-service",
      method: "POST",
      path: "/orders",
      status_code: 201,
      request_headers: "Authorization: Bearer x\nContent-Type: application/json",
      request_body: '{"total": 1, "payment": {"kind": "Cash"}}',
    });
    expect(answer).toMatchObject({
      valid: true,
      operation: "POST /orders",
      not_checked: ["response body: none was given"],
    });
    await expect(
      tool("validate_endpoint", {
        service: "orders-service",
        method: "GET",
        path: "/orders",
        request_headers: "nonsense",
      }),
    ).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(tool("validate_endpoint", { service: "x", method: "GET", path: "/" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      remedy: expect.stringContaining("orders-service"),
    });
  });
});

describe("generate_tests", () => {
  it("writes files when asked to, and stays short", async () => {
    const contract_id = await registered();
    const made = await tool("generate_tests", { contract_id, format: "pytest", output: "tests/contract" });
    expect(readdirSync(join(ctx.workspace, "tests/contract"))).toEqual(["test_orders_service_contract.py"]);
    expect(made).toMatchObject({ framework: "pytest", files: [{ content: null }] });
    expect(JSON.stringify(made).length).toBeLessThan(8000);
    const whole = await tool("generate_tests", { contract_id, framework: "jest", whole: true });
    expect((whole.cases as unknown[]).length).toBe(whole.total);
    await expect(tool("generate_tests", { contract_id, format: "node", framework: "jest" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});

describe("get_unimplemented_contracts", () => {
  it("goes by the routes in the code, not by claims", async () => {
    const contract_id = await registered();
    const claim = { contract_id, service: "orders-service", evidence_path: "app.js" };
    expect(await tool("mark_implemented", claim)).toMatchObject({
      marked: true,
      total_implementations: 1,
      all_implemented: true,
    });
    expect(await tool("get_unimplemented_contracts", {})).toMatchObject({
      total: 1,
      items: [{ status: "unknown", missing_total: 4, claim: { service_name: "orders-service" } }],
    });
    write({
      "orders-service/package.json": "{}",
      "orders-service/app.js":
        'import express from "express";\nconst app = express();\nconst orders = express.Router();\norders.get("/", list);\norders.post("/", create);\napp.use("/v1/orders", orders);\napp.listen(80);\n',
    });
    expect(await tool("get_unimplemented_contracts", { service: "orders-service" })).toMatchObject({
      items: [{ status: "partial", missing: ["GET /orders/recent", "GET /orders/{id}"], operations_total: 4 }],
    });
    write({
      "orders-service/app.js":
        'import express from "express";\nconst app = express();\napp.route("/orders").get(list).post(create);\napp.get("/orders/recent", recent);\napp.get("/orders/:id", one);\n',
    });
    expect(await tool("get_unimplemented_contracts", {})).toMatchObject({ total: 0, items: [] });
  });
});

it("contracts of the workspace change too, and tell who uses them", async () => {
  const contract_id = await registered();
  const caller = structuredClone(NOTES.spec) as { paths: { "/notes": { post: Answer } } };
  caller.paths["/notes"].post["x-calls"] = [{ service: "orders-service", operation_id: "getOrder" }];
  await tool("register_contract", { service: "notes-service", spec: caller });
  const { paths, ...rest } = structuredClone(ORDERS.spec) as { paths: Record<string, unknown> };
  const { "/orders/{id}": _gone, ...left } = paths;
  const proposed = await tool("propose_contract_change", {
    contract_id,
    spec: { ...rest, paths: left },
    reason: "nobody asks",
  });
  expect(proposed).toMatchObject({ breaking: true, version: "2.0.0", reopens: ["orders-service", "notes-service"] });
  const decided = await tool("decide_contract_change", { request_id: proposed.request_id, decision: "accept" });
  expect(decided).toMatchObject({ status: "accepted", reopened: [], resumed: false });
  expect(await tool("list_contracts", { service: "orders-service" })).toMatchObject({
    total: 1,
    items: [{ id: decided.result_id, version: "2.0.0" }],
  });
  expect((await tool("get_contract", { contract_id })).next_step).toContain("2.0.0");
});
