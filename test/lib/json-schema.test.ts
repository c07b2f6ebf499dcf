import { describe, expect, test } from "vitest";
import { compileSchema, schemaFaults } from "../../src/lib/json-schema.ts";
import { compilePattern } from "../../src/lib/pattern.ts";

const document = {
  openapi: "3.1.0",
  components: {
    schemas: {
      Order: {
        type: "object",
        required: ["id", "items"],
        properties: {
          id: { type: "string", format: "uuid" },
          status: { type: "string", enum: ["pending", "paid"] },
          items: { type: "array", minItems: 1, items: { $ref: "#/components/schemas/Item" } },
        },
      },
      Item: {
        type: "object",
        required: ["sku"],
        properties: { sku: { type: "string" }, part: { $ref: "#/components/schemas/Item" } },
      },
      "odd/name~": { type: "integer" },
    },
  },
};

describe("values against schemas of a document", () => {
  test("counts in decimals: 0.57 is a multiple of 0.01", () => {
    const cents = compileSchema({ type: "number", multipleOf: 0.01 });
    expect(cents(0.57)).toEqual([]);
    expect(cents(0.573)).toHaveLength(1);
  });

  const order = compileSchema({ $ref: "#/components/schemas/Order" }, document);

  test("accepts what fits, through references and recursion", () => {
    const value = { id: "7b3f9d0e-3c1a-4f6e-9f57-0d8f5a1e2b3c", items: [{ sku: "a", part: { sku: "b" } }] };
    expect(order(value)).toEqual([]);
  });

  test("names every fault with pointer, expectation and what was found", () => {
    const faults = order({ id: "x", status: "lost", items: [{ part: {} }] });
    expect(faults).toHaveLength(4);
    expect(faults).toEqual(
      expect.arrayContaining([
        { pointer: "/id", message: 'must match format "uuid"', expected: "format uuid", actual: '"x"' },
        {
          pointer: "/status",
          message: "must be equal to one of the allowed values",
          expected: 'one of ["pending","paid"]',
          actual: '"lost"',
        },
        { pointer: "/items/0/sku", message: "sku is missing", expected: "property sku", actual: "absent" },
        { pointer: "/items/0/part/sku", message: "sku is missing", expected: "property sku", actual: "absent" },
      ]),
    );
  });

  test("follows escaped pointers and does not mistake inherited properties for definitions", () => {
    expect(compileSchema({ $ref: "#/components/schemas/odd~1name~0" }, document)("x")).toHaveLength(1);
    expect(compileSchema({ $ref: "#/components/schemas/toString" }, document)("x")[0]?.message).toContain(
      "does not exist",
    );
  });

  test("escapes pointers into the value", () => {
    const check = compileSchema({ type: "object", additionalProperties: { type: "integer" } });
    expect(check({ "a/b~c": "x" })[0]?.pointer).toBe("/a~1b~0c");
  });
});

describe("dialects", () => {
  test("OpenAPI 3.0: nullable, with and without enumeration and reference, and boolean exclusive limits", () => {
    expect(compileSchema({ type: "string", nullable: true })(null)).toEqual([]);
    expect(compileSchema({ type: "string" })(null)).toHaveLength(1);
    expect(compileSchema({ type: "string", enum: ["a"], nullable: true })(null)).toEqual([]);
    expect(compileSchema({ $ref: "#/components/schemas/Item", nullable: true }, document)(null)).toEqual([]);
    expect(compileSchema({ type: "number", minimum: 0, exclusiveMinimum: true })(0)).toHaveLength(1);
    expect(compileSchema({ type: "number", minimum: 0, exclusiveMinimum: false })(0)).toEqual([]);
  });

  test("draft-07 tuples", () => {
    const check = compileSchema({ items: [{ type: "string" }, { type: "integer" }], additionalItems: false });
    expect(check(["a", 1])).toEqual([]);
    expect(check([1, 1])).toHaveLength(1);
    expect(check(["a", 1, 2])).not.toEqual([]);
  });

  test("annotations and extensions are no constraints", () => {
    const check = compileSchema({
      type: "string",
      example: { $ref: "#/none" },
      "x-anything": 1,
      discriminator: { propertyName: "a" },
    });
    expect(check("a")).toEqual([]);
  });
});

describe("schemas that cannot be used are reported, never thrown", () => {
  test.each([
    ["no schema", 3, "must be an object or a boolean"],
    ["null", null, "must be an object or a boolean"],
    ["unknown type", { type: "strin" }, "schema is invalid"],
    ["reference to nothing", { $ref: "#/nope" }, "#/nope does not exist"],
    ["reference out of the document", { $ref: "file:///etc/hosts" }, "leads out of the document"],
    ["broken pattern", { pattern: "(" }, "Invalid regular expression"],
    ["broken keyword", { required: "id" }, "schema is invalid"],
  ])("%s", (_name, schema, message) => {
    const faults = compileSchema(schema)("value");
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ pointer: "", message: expect.stringContaining(message) });
  });

  test("endless nesting, in the schema and in the value", () => {
    let schema: Record<string, unknown> = {};
    for (let depth = 0; depth < 20_000; depth += 1) schema = { items: schema };
    expect(compileSchema(schema)([])[0]?.message).toContain("levels deep");
    let value: unknown[] = [];
    for (let depth = 0; depth < 200_000; depth += 1) value = [value];
    const faults = compileSchema({ $ref: "#/$defs/a", $defs: { a: { items: { $ref: "#/$defs/a" } } } })(value);
    expect(faults[0]?.message).toContain("cannot be checked");
  });

  test("a reference that only leads to itself ends", () => {
    const check = compileSchema({ $ref: "#/a" }, { a: { $ref: "#/b" }, b: { $ref: "#/a" } });
    expect(Array.isArray(check(1))).toBe(true);
  });

  test("many schemas do not pile up: old ones are compiled anew when they come again", () => {
    for (let limit = 0; limit < 1200; limit += 1) expect(compileSchema({ minimum: limit })(limit - 1)).toHaveLength(1);
    expect(compileSchema({ minimum: 0 })(-1)).toHaveLength(1);
  });
});

describe("patterns", () => {
  test("a pattern that backtracks without end is stopped", () => {
    expect(compilePattern("^(a+)+$").test("aaaa")).toBe(true);
    expect(compilePattern("^(a+)+$").test("b")).toBe(false);
    expect(typeof compilePattern("^(a+)+$").test(`${"a".repeat(60)}b`)).toBe("boolean");
  });

  test("two such patterns in one schema are told apart", () => {
    const check = compileSchema({ properties: { a: { pattern: "^(a+)+$" }, b: { pattern: "^(b+)+$" } } });
    expect(check({ a: "aa", b: "bb" })).toEqual([]);
    expect(check({ a: "bb", b: "bb" }).map((fault) => fault.pointer)).toEqual(["/a"]);
  });

  test("escapes that only Unicode mode refuses are accepted", () => {
    expect(compilePattern("^[a-z]+\\-[0-9]+$").test("ab-12")).toBe(true);
  });
});

test("faults of a schema itself have pointers into it, one a place", () => {
  expect(
    schemaFaults({ type: "strin", properties: { a: { minLength: -1 } } })
      .map((fault) => fault.pointer)
      .sort(),
  ).toEqual(["/properties/a/minLength", "/type"]);
  expect(schemaFaults({ type: "object" })).toEqual([]);
  expect(schemaFaults([])).toHaveLength(1);
});
