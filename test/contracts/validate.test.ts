import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { validateContract } from "../../src/contracts/validate.ts";
import { atPointer } from "../../src/lib/json-schema-bundle.ts";
import { Plan } from "../../src/model/plan.ts";

const plan = Plan.parse(JSON.parse(readFileSync(new URL("../fixtures/shop/plan.json", import.meta.url), "utf8")));

/** Changes to a document: pointer → value; undefined removes. */
type Edits = Record<string, unknown>;

function edit(document: unknown, edits: Edits): Record<string, unknown> {
  const copy = structuredClone(document);
  for (const [pointer, value] of Object.entries(edits)) {
    const at = pointer.lastIndexOf("/");
    const key = pointer
      .slice(at + 1)
      .replaceAll("~1", "/")
      .replaceAll("~0", "~");
    const parent = atPointer(copy, pointer.slice(0, at));
    if (parent === null || typeof parent !== "object") throw new Error(`nothing at ${pointer}`);
    if (value === undefined) Reflect.deleteProperty(parent, key);
    else Reflect.set(parent, key, value);
  }
  return z.record(z.string(), z.unknown()).parse(copy);
}

function specOf(type: "openapi" | "asyncapi", service: string): Record<string, unknown> {
  const contract = plan.contracts.find((each) => each.type === type && each.service_name === service);
  return contract?.spec ?? {};
}

const accounts = (edits: Edits) =>
  validateContract({ type: "openapi", spec: edit(specOf("openapi", "accounts-service"), edits) });
const events = (edits: Edits) =>
  validateContract({ type: "asyncapi", spec: edit(specOf("asyncapi", "orders-service"), edits) });

test.each(plan.contracts.map((contract) => [`${contract.service_name} ${contract.type}`, contract] as const))(
  "%s is valid",
  async (_name, contract) => {
    expect(await validateContract(contract)).toEqual([]);
  },
);

const ME = "/paths/~1accounts~1me/get";
const ONE = "/paths/~1accounts~1{id}/get";
const SCHEMAS = "/components/schemas";

describe("OpenAPI 3.1", () => {
  test.each<[string, Edits, string, string]>([
    [
      "a reference to nothing",
      { [`${SCHEMAS}/Account/properties/id`]: { $ref: "#/components/schemas/Nope" } },
      `${SCHEMAS}/Account/properties/id/$ref`,
      "does not exist",
    ],
    [
      "a reference out of the document",
      { [`${SCHEMAS}/Account/properties/id`]: { $ref: "file:///etc/hostname" } },
      `${SCHEMAS}/Account/properties/id/$ref`,
      "leads out of the document",
    ],
    [
      "references that lead only to each other",
      { [`${SCHEMAS}/A`]: { $ref: "#/components/schemas/B" }, [`${SCHEMAS}/B`]: { $ref: "#/components/schemas/A" } },
      `${SCHEMAS}/A/$ref`,
      "only to other references",
    ],
    ["an operationId twice", { [`${ME}/operationId`]: "login" }, `${ME}/operationId`, "used by POST /accounts/login"],
    ["an undeclared path parameter", { [`${ONE}/parameters`]: undefined }, ONE, "path parameter id is not declared"],
    [
      "a path parameter that the path lacks",
      { [`${ME}/parameters`]: [{ name: "x", in: "path", required: true, schema: { type: "string" } }] },
      `${ME}/parameters`,
      "has no parameter x",
    ],
    [
      "two paths that differ in a parameter's name only",
      { "/paths/~1accounts~1{key}": { description: "again" } },
      "/paths/~1accounts~1{key}",
      "are the same path",
    ],
    [
      "an invalid schema in a component",
      { [`${SCHEMAS}/Account/properties/email/type`]: "strin" },
      `${SCHEMAS}/Account/properties/email/type`,
      "allowed values",
    ],
    [
      "an invalid schema in a response",
      { [`${ME}/responses/200/content/application~1json/schema`]: { minLength: -1 } },
      `${ME}/responses/200/content/application~1json/schema/minLength`,
      ">= 0",
    ],
    [
      "a pattern that is none",
      { [`${SCHEMAS}/Account/properties/name/pattern`]: "(" },
      `${SCHEMAS}/Account/properties/name/pattern`,
      "Invalid regular expression",
    ],
    [
      "an undeclared security scheme",
      { [`${ME}/security`]: [{ apiKey: [] }] },
      `${ME}/security/0/apiKey`,
      "not declared",
    ],
    ["no title", { "/info/title": undefined }, "/info/title", "missing"],
    ["a path without a slash", { "/paths/accounts": {} }, "/paths/accounts", "not allowed"],
    ["another version", { "/openapi": "2.0" }, "/openapi", "3.0.x or 3.1.x"],
  ])("%s", async (_name, edits, pointer, message) => {
    const faults = await accounts(edits);
    expect(faults).toContainEqual({ pointer, message: expect.stringContaining(message) });
  });

  test("a broken place is reported once, not with everything around it", async () => {
    expect(await accounts({ "/info/title": undefined })).toHaveLength(1);
  });

  test("properties may have the names of keywords", async () => {
    const text = { type: "string" };
    const faults = await accounts({
      [`${SCHEMAS}/Account/properties`]: { $ref: text, default: text, schema: text, pattern: text },
      [`${SCHEMAS}/Account/required`]: undefined,
    });
    expect(faults).toEqual([]);
  });

  test("examples are data: what looks like a reference there is none", async () => {
    expect(await accounts({ [`${SCHEMAS}/Account/examples`]: [{ $ref: "#/nope" }] })).toEqual([]);
  });
});

test("OpenAPI 3.0 has its own schema language", async () => {
  const old = (edits: Edits) =>
    accounts({
      "/openapi": "3.0.3",
      "/paths/~1health/get/responses/200/content/application~1json/schema/properties/status": { type: "string" },
      ...edits,
    });
  const name = `${SCHEMAS}/Account/properties/name`;
  expect(await old({ [`${name}/nullable`]: true })).toEqual([]);
  expect(await old({ [`${name}/type`]: ["string", "null"] })).toContainEqual({
    pointer: `${name}/type`,
    message: expect.any(String),
  });
});

describe("AsyncAPI", () => {
  test.each<[string, Edits, string]>([
    ["an action that is none", { "/operations/sendOrderPaid/action": "shout" }, "/operations/sendOrderPaid/action"],
    [
      "a message that is not there",
      { "/channels/orderPaid/messages/OrderPaid": { $ref: "#/components/messages/Nope" } },
      "/channels/orderPaid/messages/OrderPaid/$ref",
    ],
    [
      "a message of another channel",
      { "/operations/sendOrderPaid/messages": [{ $ref: "#/channels/orderCreated/messages/OrderCreated" }] },
      "/operations/sendOrderPaid/messages/0/$ref",
    ],
    [
      "an invalid payload schema",
      { "/components/messages/OrderPaid/payload/type": "strin" },
      "/components/messages/OrderPaid/payload/type",
    ],
    ["an undeclared address parameter", { "/channels/orderPaid/address": "a/{b}" }, "/channels/orderPaid"],
    ["an unknown section", { "/chanels": {} }, "/chanels"],
    ["an unknown version", { "/asyncapi": "1.2.0" }, "/asyncapi"],
  ])("%s", async (_name, edits, pointer) => {
    expect((await events(edits)).map((fault) => fault.pointer)).toContain(pointer);
  });

  test("version 2.6", async () => {
    const spec = (type: string, second = "other") => ({
      asyncapi: "2.6.0",
      info: { title: "Old", version: "1.0.0" },
      channels: {
        a: { publish: { operationId: "same", message: { payload: { type } } } },
        b: { publish: { operationId: second, message: { payload: { type: "string" } } } },
      },
    });
    expect(await validateContract({ type: "asyncapi", spec: spec("string") })).toEqual([]);
    const broken = await validateContract({ type: "asyncapi", spec: spec("strin") });
    expect(broken.map((fault) => fault.pointer)).toContain("/channels/a/publish/message/payload/type");
    expect(await validateContract({ type: "asyncapi", spec: spec("string", "same") })).toEqual([
      { pointer: "/channels/b/publish/operationId", message: "same is used twice" },
    ]);
  });
});

describe("JSON Schema", () => {
  test.each<[string, Record<string, unknown>, string[]]>([
    ["valid", { type: "object", properties: { a: { $ref: "#/$defs/a" } }, $defs: { a: { type: "string" } } }, []],
    ["unknown type", { properties: { a: { type: "strin" } } }, ["/properties/a/type"]],
    ["reference to nothing", { $ref: "#/$defs/a" }, ["/$ref"]],
    ["reference to another host", { items: { $ref: "http://localhost/a" } }, ["/items/$ref"]],
    ["broken pattern", { pattern: "(" }, ["/pattern"]],
  ])("%s", async (_name, spec, pointers) => {
    expect((await validateContract({ type: "json_schema", spec })).map((fault) => fault.pointer)).toEqual(pointers);
  });
});

describe("hostile documents", () => {
  test("endless nesting", async () => {
    let spec: Record<string, unknown> = {};
    for (let depth = 0; depth < 100_000; depth += 1) spec = { a: spec };
    for (const type of ["openapi", "asyncapi", "json_schema"] as const)
      expect((await validateContract({ type, spec }))[0]?.message).toContain("levels deep");
  });

  test("wrong kinds of values everywhere", async () => {
    const info = { title: "a", version: "1" };
    for (const wrong of [null, 1, "x", [], {}, true])
      for (const key of ["info", "paths", "components", "security", "channels", "operations"]) {
        const faults = await Promise.all([
          validateContract({ type: "openapi", spec: { openapi: "3.1.0", info, paths: {}, [key]: wrong } }),
          validateContract({ type: "openapi", spec: { openapi: "3.0.3", info, paths: {}, [key]: wrong } }),
          validateContract({ type: "asyncapi", spec: { asyncapi: "3.0.0", info, [key]: wrong } }),
        ]);
        for (const fault of faults.flat()) expect(fault.message).not.toContain("could not be checked");
      }
  });
});
