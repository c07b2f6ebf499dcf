import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";

const template = new URL("../../src/builders/scaffold/template/src/", import.meta.url);
const { fits, validate } = await import(new URL("schema.js", template).href);
const { sample } = await import(new URL("sample.js", template).href);
const { stringMatching } = await import(new URL("pattern.js", template).href);
const { shape } = await import(new URL("shape.js", template).href);

const ajv = new Ajv2020({ strict: false, multipleOfPrecision: 9 });
addFormats.default(ajv);

const SCHEMAS: Record<string, unknown>[] = [
  { type: "string", minLength: 2, maxLength: 3 },
  { type: "string", pattern: "^a+b?$" },
  ...["uuid", "date", "date-time", "email", "ipv4", "ipv6", "hostname"].map((format) => ({ type: "string", format })),
  { type: "integer", minimum: 1, exclusiveMaximum: 10 },
  { type: "number", multipleOf: 0.1 },
  { type: "number", exclusiveMinimum: 0, maximum: 5 },
  { type: ["string", "null"] },
  { const: { a: [1, 2] } },
  { enum: ["a", 1, null, { b: 1 }] },
  { type: "array", items: { type: "integer" }, minItems: 1, maxItems: 2, uniqueItems: true },
  { prefixItems: [{ type: "string" }], items: { type: "number" } },
  { type: "array", contains: { const: 1 } },
  {
    type: "object",
    required: ["a"],
    properties: { a: { type: "integer" }, b: { type: "string" } },
    additionalProperties: false,
  },
  { type: "object", additionalProperties: { type: "integer" }, minProperties: 1, maxProperties: 2 },
  { type: "object", patternProperties: { "^x-": { type: "string" } }, additionalProperties: false },
  { type: "object", propertyNames: { maxLength: 1 } },
  { type: "object", dependentRequired: { a: ["b"] } },
  { allOf: [{ required: ["a"] }, { properties: { a: { type: "integer" } } }] },
  { anyOf: [{ type: "integer" }, { type: "string", minLength: 2 }] },
  { oneOf: [{ type: "integer" }, { type: "number", minimum: 2 }] },
  { not: { type: "string" } },
  // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema.
  { if: { type: "integer" }, then: { minimum: 3 }, else: { type: "string" } },
  { type: "boolean" },
  { type: "null" },
  {},
];

const VALUES: unknown[] = [
  ...[
    "",
    "a",
    "ab",
    "aab",
    "aabb",
    "😀😀",
    "ada@example.com",
    "a@b",
    "@",
    "a b@c.de",
    "192.0.2.1",
    "256.1.1.1",
    "::1",
    "2001:db8::1",
  ],
  ...[
    "2026-02-28",
    "2026-02-29",
    "2024-02-29",
    "2026-13-01",
    "2026-02-28T23:59:59Z",
    "2026-02-28T24:00:00Z",
    "2026-02-28T12:00:00+01:00",
  ],
  ...["2026-02-28T12:00:00", "3f2b8c1e-5d4a-4e6f-8a7b-9c0d1e2f3a4b", "3f2b8c1e", "example.com", "-bad-.com"],
  ...[0, 1, 2, 3, 9, 10, -1, 0.3, 0.05, 1.5, 5, 5.1, 1e21],
  ...[true, false, null, [], [1], [1, 1], [1, 2, 3], ["a"], ["a", 1], [1, "a"], [null]],
  ...[
    {},
    { a: 1 },
    { a: "x" },
    { a: 1, b: "x" },
    { a: 1, c: 1 },
    { "x-a": "s" },
    { "x-a": 1 },
    { a: [1, 2] },
    { b: 1 },
    { ab: 1 },
  ],
];

describe("the generated services' validator", () => {
  it.each(SCHEMAS.map((schema) => [JSON.stringify(schema), schema] as const))(
    "agrees with Ajv on %s",
    (_name, schema) => {
      const reference = ajv.compile(schema);
      const verdicts = VALUES.map((value) => [value, fits({}, schema, value)]);
      expect(verdicts).toEqual(VALUES.map((value) => [value, reference(value)]));
    },
  );

  it("knows the dialect of OpenAPI 3.0, references, and the two directions", () => {
    expect(fits({}, { type: "string", nullable: true }, null)).toBe(true);
    expect(fits({}, { type: "number", minimum: 1, exclusiveMinimum: true }, 1)).toBe(false);
    const schema = { required: ["id", "secret"], properties: { id: { readOnly: true }, secret: { writeOnly: true } } };
    expect(fits({}, schema, { secret: 1 }, { direction: "request" })).toBe(true);
    expect(fits({}, schema, { id: 1 }, { direction: "response" })).toBe(true);
    const document = {
      defs: { "a/b": { type: "object", properties: { next: { $ref: "#/defs/a~1b" } }, required: ["v"] } },
    };
    expect(fits(document, { $ref: "#/defs/a~1b" }, { v: 1, next: { v: 2 } })).toBe(true);
    expect(validate(document, { $ref: "#/defs/a~1b" }, { v: 1, next: {} })[0]).toEqual({
      pointer: "/next",
      message: "must have the property v",
    });
  });

  it("bounds what it says and what a pattern sees", () => {
    const many = Array.from({ length: 1000 }, () => "x");
    expect(validate({}, { items: { type: "integer" } }, many)).toHaveLength(20);
    expect(fits({}, { type: "string", pattern: "^(a+)+$" }, `${"a".repeat(50_000)}b`)).toBe(false);
  });
});

describe("sample", () => {
  const satisfiable = SCHEMAS.filter(
    (schema) => !("not" in schema) && !("if" in schema) && !("propertyNames" in schema) && !("contains" in schema),
  );
  it.each([
    ...satisfiable.filter((schema) => schema.minProperties === undefined && schema.oneOf === undefined),
    { type: "integer", minimum: 7, multipleOf: 5 },
    { type: "number", exclusiveMaximum: -2 },
    { type: "string", minLength: 30 },
    {
      type: "array",
      minItems: 3,
      items: { type: "object", required: ["n"], properties: { n: { type: "integer", maximum: 0 } } },
    },
  ])("fits %j", (schema) => {
    expect(fits({}, schema, sample({}, schema))).toBe(true);
  });

  it.each([
    "^97[89]-\\d{10}$",
    "^[A-Z]{2,4}$",
    "^(foo|bar)-[0-9a-f]+$",
    "^\\+?[1-9]\\d{1,14}$",
    "^[^\\s@]+@[^\\s@]+\\.[a-z]{2,}$",
    "\\.pdf$",
    "^(?:a|b){3}$",
  ])("finds a string for %s", (pattern) => {
    expect(stringMatching(pattern)).toMatch(new RegExp(pattern, "u"));
  });

  it.each(["^(?=a)b$", "^(a)\\1$", "("])("gives none for %s", (pattern) => {
    expect(stringMatching(pattern)).toBeUndefined();
  });
});

describe("shape", () => {
  const user = {
    type: "object",
    required: ["id", "name"],
    properties: { id: {}, name: { type: "string" }, pin: { writeOnly: true } },
  };

  it("shows what the schema says and nothing else, at every depth", () => {
    const schema = { type: "object", properties: { user, list: { type: "array", items: user } } };
    const source = { id: 1, name: "Ada", pin: 7, hash: "x" };
    const shown = { id: 1, name: "Ada" };
    expect(shape({}, schema, { user: source, list: [source], more: 1 })).toEqual({ user: shown, list: [shown] });
  });

  it("fills what is required and missing with something valid", () => {
    expect(shape({}, user, { id: 1 })).toEqual({ id: 1, name: "sample" });
    expect(shape({}, user, { id: 1, name: 5 })).toEqual({ id: 1, name: "sample" });
    expect(shape({}, { oneOf: [{ type: "null" }, user] }, { id: 2, name: "B", x: 1 })).toEqual({ id: 2, name: "B" });
  });
});
