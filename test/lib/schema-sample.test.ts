import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { patternSample } from "../../src/lib/pattern-sample.ts";
import { sampleOf } from "../../src/lib/schema-sample.ts";

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);

const node = {
  type: "object",
  required: ["value"],
  properties: {
    value: { type: "integer" },
    next: { $ref: "#/$defs/node" },
    children: { type: "array", items: { $ref: "#/$defs/node" } },
  },
};

const solvable: Record<string, Record<string, unknown>> = {
  "plain types": {
    type: "object",
    required: ["a", "b", "c", "d", "e"],
    properties: {
      a: { type: "string" },
      b: { type: "integer" },
      c: { type: "number" },
      d: { type: "boolean" },
      e: { type: "null" },
    },
    additionalProperties: false,
  },
  "string bounds": { type: "string", minLength: 40, maxLength: 42 },
  "one character": { type: "string", minLength: 1, maxLength: 1 },
  "integer bounds": { type: "integer", minimum: 3, maximum: 4 },
  "exclusive integer bounds": { type: "integer", exclusiveMinimum: 3, exclusiveMaximum: 5 },
  "exclusive number bounds": { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 0.001 },
  "negative range": { type: "integer", maximum: -5 },
  "large bound": { type: "integer", minimum: 9_007_199_254_740_000 },
  "multiple of 7": { type: "integer", multipleOf: 7, minimum: 10, maximum: 20 },
  "multiple of a cent": { type: "number", multipleOf: 0.01, minimum: 0.05 },
  enumeration: { enum: ["a", "b", null, 3] },
  constant: { const: { deep: [1] } },
  "type list with null": { type: ["string", "null"], minLength: 2 },
  "unique items": { type: "array", items: { type: "integer", minimum: 0, maximum: 3 }, minItems: 3, uniqueItems: true },
  "bounded list": { type: "array", items: { type: "string" }, minItems: 2, maxItems: 2 },
  "empty list": { type: "array", maxItems: 0 },
  tuple: { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], items: false, minItems: 2 },
  "required beyond properties": { type: "object", required: ["x"], additionalProperties: { type: "integer" } },
  "minimum of properties": { type: "object", minProperties: 3, additionalProperties: { type: "boolean" } },
  "all of": {
    allOf: [
      { type: "object", required: ["a"], properties: { a: { type: "string", minLength: 3 } } },
      { type: "object", required: ["b"], properties: { a: { maxLength: 5 }, b: { type: "integer" } } },
    ],
  },
  "one of by constant": {
    oneOf: [
      { type: "object", required: ["kind", "x"], properties: { kind: { const: "x" }, x: { type: "integer" } } },
      { type: "object", required: ["kind", "y"], properties: { kind: { const: "y" }, y: { type: "string" } } },
    ],
  },
  "any of beside properties": {
    type: "object",
    required: ["id"],
    properties: { id: { type: "string", format: "uuid" } },
    anyOf: [{ required: ["a"], properties: { a: { type: "string" } } }, { required: ["b"] }],
  },
  recursion: { $ref: "#/$defs/node", $defs: { node } },
  "recursion through a choice": {
    $ref: "#/$defs/tree",
    $defs: {
      tree: {
        type: "object",
        required: ["left"],
        properties: { left: { anyOf: [{ $ref: "#/$defs/tree" }, { type: "null" }] } },
      },
    },
  },
  "pattern of a code": { type: "string", pattern: "^[A-Z]{3}-\\d{4}$" },
  "pattern and length": { type: "string", pattern: "^[a-z]+$", minLength: 12, maxLength: 20 },
  "no type at all": { properties: { a: { minimum: 4 } }, required: ["a"] },
};
for (const format of [
  "date",
  "time",
  "date-time",
  "duration",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uri",
  "uri-reference",
  "uuid",
  "byte",
  "json-pointer",
  "regex",
])
  solvable[`format ${format}`] = { type: "string", format };

describe("sampleOf", () => {
  test.each(Object.entries(solvable))("%s: the value is valid for every seed", (_name, schema) => {
    const validate = ajv.compile(schema);
    for (let seed = 0; seed < 25; seed += 1) {
      const value = sampleOf(schema, schema, seed);
      expect({ value, errors: validate(value) ? null : validate.errors }).toEqual({ value, errors: null });
    }
  });

  test("the same seed gives the same value, another seed another one", () => {
    const schema = { type: "object", properties: { id: { type: "string", format: "uuid" }, n: { type: "string" } } };
    expect(sampleOf(schema, schema, 7)).toEqual(sampleOf(schema, schema, 7));
    expect(sampleOf(schema, schema, 7)).not.toEqual(sampleOf(schema, schema, 8));
  });

  test("examples and defaults come first, unless they are not wanted", () => {
    const schema = {
      type: "object",
      properties: { a: { type: "string", example: "from the contract" }, b: { default: 5 } },
    };
    expect(sampleOf(schema, schema)).toEqual({ a: "from the contract", b: 5 });
    expect(sampleOf(schema, schema, 1, { examples: false })).not.toMatchObject({ a: "from the contract" });
  });

  test("a request leaves read-only properties out", () => {
    const root = { Id: { type: "string", readOnly: true } };
    const schema = { properties: { id: { $ref: "#/Id" }, name: { type: "string" } } };
    expect(Object.keys(sampleOf(schema, root, 0, { request: true }) as object)).toEqual(["name"]);
    expect(Object.keys(sampleOf(schema, root, 0) as object)).toEqual(["id", "name"]);
  });

  test("OpenAPI 3.0's exclusive bounds are kept", () => {
    const schema = { type: "integer", minimum: 0, exclusiveMinimum: true, maximum: 2, exclusiveMaximum: true };
    expect(sampleOf(schema, schema)).toBe(1);
  });

  test("hostile schemas end: endless references, exploding combinations, impossible recursion", () => {
    const loop = { $ref: "#" };
    expect(() => sampleOf(loop, loop)).not.toThrow();
    const bomb: Record<string, unknown> = { d0: { type: "string" } };
    for (let level = 1; level <= 30; level += 1)
      bomb[`d${level}`] = { allOf: Array.from({ length: 10 }, () => ({ $ref: `#/d${level - 1}` })) };
    expect(() => sampleOf({ $ref: "#/d30" }, bomb)).not.toThrow();
    const wide = {
      type: "object",
      properties: Object.fromEntries([..."abcdefghij"].map((key) => [key, { $ref: "#/self" }])),
    };
    const endless = { self: { ...wide, required: [..."abcdefghij"] } };
    expect(() => sampleOf({ $ref: "#/self" }, endless)).not.toThrow();
    for (const schema of [null, 3, "x", [], true, false, { type: 5, enum: [], required: "no" }])
      expect(() => sampleOf(schema, schema)).not.toThrow();
  });
});

describe("patternSample", () => {
  const low = () => 0;
  const high = (count: number) => count - 1;

  test.each([
    "^[a-z0-9]+(?:-[a-z0-9]+)*$",
    "^\\+?[1-9]\\d{1,14}$",
    "^(red|green|blue)$",
    "^\\d{4}-(0[1-9]|1[0-2])$",
    "^[A-Z]{2,5}$",
    "[^a-z]",
    "^[\\w.-]+@[\\w.-]+\\.\\w{2,}$",
    "^#[0-9a-fA-F]{6}$",
    "^(?<year>\\d{4})$",
    "^x{0,3}y*?$",
  ])("%s is matched by what is written for it", (pattern) => {
    for (const pick of [low, high]) {
      const written = patternSample(pattern, pick, { min: 0, max: 100 });
      expect(written).toMatch(new RegExp(pattern));
    }
  });

  test("what it cannot write is undefined, and nothing hangs", () => {
    for (const pattern of ["[]a]", "(?=a)b", "(a)\\1", "a(?!b)", "(", "[z-a]", "a{5,2}", "\\p{L}", "(".repeat(500)])
      expect(patternSample(pattern, low, { min: 0, max: 100 })).toBeUndefined();
    expect(patternSample("^((((a{0}){99999}){99999}){99999})$", low, { min: 0, max: 100 })).toBeUndefined();
    expect(patternSample("^(a{999999}){999999}$", low, { min: 0, max: 100 })).toBeUndefined();
    expect(patternSample("^\\d{3}$", low, { min: 4, max: 10 })).toBeUndefined();
  });
});
