import { describe, expect, test } from "vitest";
import { compareContracts } from "../../../src/contracts/breaking/breaking.ts";

type Schema = Record<string, unknown> | boolean;

/** Two documents whose one operation reads, or writes, an object with a property of these schemas. */
function withProperty(direction: "request" | "response", schema: Schema, others: Record<string, Schema> = {}) {
  const content = { "application/json": { schema: { type: "object", properties: { it: schema } } } };
  const operation =
    direction === "request"
      ? { requestBody: { content }, responses: { 204: { description: "" } } }
      : { responses: { 200: { description: "", content } } };
  return {
    openapi: "3.1.0",
    info: { title: "", version: "1" },
    paths: { "/things": { post: operation } },
    components: { schemas: { Other: { type: "object", properties: { a: { type: "string" } } }, ...others } },
  };
}

const string = { type: "string" };
const integer = { type: "integer" };
const number = { type: "number" };
const text = (more: object) => ({ type: "string", ...more });
const whole = (more: object) => ({ type: "integer", ...more });
const list = (more: object) => ({ type: "array", items: { type: "string" }, ...more });
const object = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
const Other = { $ref: "#/components/schemas/Other" };
const card = object({ kind: { const: "card" }, number: string }, { required: ["kind", "number"] });
const cash = object({ kind: { const: "cash" }, amount: number }, { required: ["kind", "amount"] });
const voucher = object({ kind: { const: "voucher" }, code: string }, { required: ["kind", "code"] });

const N = "narrows";
const W = "widens";
const R = "replaces";
const S = "stays";
type Effect = typeof N | typeof W | typeof R | typeof S;

/** What is told of a property's schema (ids without their place), and what that does to the accepted values. */
const ROWS: [name: string, old: Schema, now: Schema, aspects: string[], effect: Effect][] = [
  ["another type", string, integer, ["type-changed"], R],
  ["integer to number", integer, number, ["type-widened"], W],
  ["number to integer", number, integer, ["type-narrowed"], N],
  ["a type more", string, { type: ["string", "integer"] }, ["type-widened"], W],
  ["a type less", { type: ["string", "integer"] }, string, ["type-narrowed"], N],
  ["other types, one in common", { type: ["string", "integer"] }, { type: ["string", "boolean"] }, ["type-changed"], R],
  ["any to a type", {}, string, ["type-narrowed"], N],
  ["a type to any", string, {}, ["type-widened"], W],
  ["object to array", object({ a: string }), list({}), ["type-changed"], R],
  ["null too (3.1)", string, { type: ["string", "null"] }, ["became-nullable"], W],
  ["null too (3.0)", string, text({ nullable: true }), ["became-nullable"], W],
  ["null no more (3.1)", { type: ["string", "null"] }, string, ["became-not-nullable"], N],
  ["null no more (3.0)", text({ nullable: true }), string, ["became-not-nullable"], N],
  ["nullable written as 3.1 does", text({ nullable: true }), { type: ["string", "null"] }, [], S],
  ["nullable written as oneOf", text({ nullable: true }), { oneOf: [string, { type: "null" }] }, [], S],
  ["nullable written as anyOf", { type: ["string", "null"] }, { anyOf: [{ type: "null" }, string] }, [], S],
  ["a reference made nullable by oneOf", Other, { oneOf: [Other, { type: "null" }] }, ["became-nullable"], W],
  ["a reference made nullable by allOf", Other, { allOf: [Other], nullable: true }, ["became-nullable"], W],
  ["null only", string, { type: "null" }, ["became-nullable", "type-narrowed"], R],
  ["no value any more", string, false, ["became-impossible"], N],
  ["values at last", false, string, ["became-possible"], W],
  ["true is any", true, {}, [], S],
  ["a format", string, text({ format: "uuid" }), ["format-added"], N],
  ["a format less", text({ format: "uuid" }), string, ["format-removed"], W],
  ["another format", text({ format: "date" }), text({ format: "date-time" }), ["format-changed"], R],
  ["int32 to int64", whole({ format: "int32" }), whole({ format: "int64" }), ["format-widened"], W],
  ["int64 to int32", whole({ format: "int64" }), whole({ format: "int32" }), ["format-narrowed"], N],
  ["float to double", { ...number, format: "float" }, { ...number, format: "double" }, ["format-widened"], W],
  ["a format that is a hint", string, text({ format: "password" }), [], S],
  ["a list of values", string, text({ enum: ["a", "b"] }), ["became-enum"], N],
  ["no list of values", text({ enum: ["a", "b"] }), string, ["became-not-enum"], W],
  ["a value less", text({ enum: ["a", "b"] }), text({ enum: ["a"] }), ["enum-value-removed"], N],
  ["a value more", text({ enum: ["a"] }), text({ enum: ["a", "b"] }), ["enum-value-added"], W],
  ["another value", text({ enum: ["a"] }), text({ enum: ["b"] }), ["enum-value-added", "enum-value-removed"], R],
  ["values in another order", text({ enum: ["a", "b"] }), text({ enum: ["b", "a"] }), [], S],
  ["null in the list", { enum: ["a", null] }, { enum: ["a"] }, ["became-not-nullable"], N],
  ["a constant", string, text({ const: "a" }), ["became-enum"], N],
  ["another constant", { const: "a" }, { const: "b" }, ["const-changed"], R],
  ["a constant as a list of one", { const: "a" }, { enum: ["a"] }, [], S],
  ["constants as alternatives", text({ enum: ["a", "b"] }), { oneOf: [{ const: "a" }, { const: "b" }] }, [], S],
  ["a pattern", string, text({ pattern: "^a" }), ["pattern-added"], N],
  ["no pattern", text({ pattern: "^a" }), string, ["pattern-removed"], W],
  ["another pattern", text({ pattern: "^a" }), text({ pattern: "^b" }), ["pattern-changed"], R],
  ["a pattern that matches all", text({ pattern: "^a" }), text({ pattern: ".*" }), ["pattern-removed"], W],
  ["a longer least length", text({ minLength: 1 }), text({ minLength: 2 }), ["min-length-raised"], N],
  ["a least length", string, text({ minLength: 1 }), ["min-length-raised"], N],
  ["a shorter least length", text({ minLength: 2 }), text({ minLength: 1 }), ["min-length-lowered"], W],
  ["no least length", text({ minLength: 2 }), string, ["min-length-lowered"], W],
  ["a least length of nothing", string, text({ minLength: 0 }), [], S],
  ["a shorter greatest length", text({ maxLength: 9 }), text({ maxLength: 5 }), ["max-length-lowered"], N],
  ["a greatest length", string, text({ maxLength: 5 }), ["max-length-lowered"], N],
  ["a longer greatest length", text({ maxLength: 5 }), text({ maxLength: 9 }), ["max-length-raised"], W],
  ["no greatest length", text({ maxLength: 5 }), string, ["max-length-raised"], W],
  ["a higher minimum", whole({ minimum: 1 }), whole({ minimum: 2 }), ["minimum-raised"], N],
  ["a minimum", integer, whole({ minimum: 0 }), ["minimum-raised"], N],
  ["a lower minimum", whole({ minimum: 1 }), whole({ minimum: -1 }), ["minimum-lowered"], W],
  ["no minimum", whole({ minimum: 1 }), integer, ["minimum-lowered"], W],
  ["a lower maximum", whole({ maximum: 9 }), whole({ maximum: 8 }), ["maximum-lowered"], N],
  ["a maximum", integer, whole({ maximum: 9 }), ["maximum-lowered"], N],
  ["a higher maximum", whole({ maximum: 9 }), whole({ maximum: 10 }), ["maximum-raised"], W],
  ["no maximum", whole({ maximum: 9 }), integer, ["maximum-raised"], W],
  ["an exclusive minimum", { ...number, minimum: 1 }, { ...number, exclusiveMinimum: 1 }, ["minimum-raised"], N],
  ["an inclusive maximum", { ...number, exclusiveMaximum: 1 }, { ...number, maximum: 1 }, ["maximum-raised"], W],
  [
    "an exclusive minimum as 3.0 and as 3.1 write it",
    { ...number, minimum: 1, exclusiveMinimum: true },
    { ...number, exclusiveMinimum: 1 },
    [],
    S,
  ],
  ["above 0 is 1 or more for whole numbers", whole({ exclusiveMinimum: 0 }), whole({ minimum: 1 }), [], S],
  ["more items", list({ minItems: 1 }), list({ minItems: 2 }), ["min-items-raised"], N],
  ["fewer items will do", list({ minItems: 2 }), list({}), ["min-items-lowered"], W],
  ["fewer items at most", list({ maxItems: 9 }), list({ maxItems: 3 }), ["max-items-lowered"], N],
  ["more items at most", list({ maxItems: 3 }), list({}), ["max-items-raised"], W],
  ["items that differ", list({}), list({ uniqueItems: true }), ["unique-items-added"], N],
  ["items that may be equal", list({ uniqueItems: true }), list({}), ["unique-items-removed"], W],
  ["items of another type", list({}), list({ items: integer }), ["type-changed"], R],
  ["items of any kind", list({}), { type: "array" }, ["items-unrestricted"], W],
  ["items of one kind", { type: "array" }, list({}), ["items-restricted"], N],
  [
    "a tuple's second item",
    { type: "array", prefixItems: [string, string] },
    { type: "array", prefixItems: [string, integer] },
    ["type-changed"],
    R,
  ],
  [
    "more properties",
    { type: "object", minProperties: 1 },
    { type: "object", minProperties: 2 },
    ["min-properties-raised"],
    N,
  ],
  ["fewer properties at most", { type: "object" }, { type: "object", maxProperties: 2 }, ["max-properties-lowered"], N],
  ["multiples", integer, whole({ multipleOf: 5 }), ["multiple-of-narrowed"], N],
  ["multiples of a multiple", whole({ multipleOf: 5 }), whole({ multipleOf: 10 }), ["multiple-of-narrowed"], N],
  ["multiples of a part", whole({ multipleOf: 10 }), whole({ multipleOf: 5 }), ["multiple-of-widened"], W],
  ["multiples of something else", whole({ multipleOf: 4 }), whole({ multipleOf: 6 }), ["multiple-of-changed"], R],
  ["decimal multiples", { ...number, multipleOf: 0.1 }, { ...number, multipleOf: 0.01 }, ["multiple-of-widened"], W],
  ["values excluded", string, text({ not: { enum: ["admin"] } }), ["exclusion-added"], N],
  ["values no longer excluded", text({ not: { enum: ["admin"] } }), string, ["exclusion-removed"], W],
  [
    "a condition",
    object({ a: string }),
    object({ a: string }, { if: { required: ["a"] }, else: { required: ["b"] } }),
    ["condition-added"],
    N,
  ],
  [
    "a dependency",
    object({ a: string }),
    object({ a: string }, { dependentRequired: { a: ["b"] } }),
    ["dependency-added"],
    N,
  ],
  [
    "a dependency less",
    object({ a: string }, { dependentRequired: { a: ["b"] } }),
    object({ a: string }),
    ["dependency-removed"],
    W,
  ],
  ["an item that must be there", list({}), list({ contains: { const: "a" } }), ["contains-added"], N],
  [
    "undeclared properties refused",
    object({ a: string }),
    object({ a: string }, { additionalProperties: false }),
    ["additional-properties-forbidden"],
    N,
  ],
  [
    "undeclared properties allowed",
    object({ a: string }, { additionalProperties: false }),
    object({ a: string }, { additionalProperties: true }),
    ["additional-properties-allowed"],
    W,
  ],
  [
    "undeclared properties restricted",
    { type: "object" },
    { type: "object", additionalProperties: string },
    ["additional-properties-restricted"],
    N,
  ],
  [
    "undeclared properties unrestricted",
    { type: "object", additionalProperties: string },
    { type: "object", additionalProperties: {} },
    ["additional-properties-unrestricted"],
    W,
  ],
  [
    "undeclared properties of another type",
    { type: "object", additionalProperties: string },
    { type: "object", additionalProperties: integer },
    ["type-changed"],
    R,
  ],
  [
    "names of properties",
    { type: "object" },
    { type: "object", propertyNames: { pattern: "^a" } },
    ["property-names-restricted"],
    N,
  ],
  [
    "properties like a pattern",
    { type: "object" },
    { type: "object", patternProperties: { "^a": string } },
    ["pattern-properties-added"],
    N,
  ],
  ["an alternative less", { oneOf: [card, cash] }, { oneOf: [card] }, ["alternative-removed"], N],
  ["an alternative more", { oneOf: [card] }, { oneOf: [card, cash] }, ["alternative-added"], W],
  ["alternatives in another order", { oneOf: [card, cash] }, { oneOf: [cash, card] }, [], S],
  ["oneOf for anyOf", { anyOf: [card, cash] }, { oneOf: [card, cash] }, [], S],
  [
    "an alternative for another",
    { oneOf: [card, cash] },
    { oneOf: [card, voucher] },
    ["alternative-added", "alternative-removed"],
    R,
  ],
  ["a schema turned into alternatives", card, { oneOf: [card, cash] }, ["alternative-added"], W],
  ["alternatives turned into a schema", { oneOf: [card, cash] }, card, ["alternative-removed"], N],
  ["types as alternatives", { type: ["string", "integer"] }, { anyOf: [string, integer] }, [], S],
  ["one alternative is none", string, { anyOf: [string] }, [], S],
  [
    "a change inside an alternative",
    { oneOf: [card, cash] },
    { oneOf: [card, { ...cash, properties: { ...cash.properties, amount: string } }] },
    ["type-changed"],
    R,
  ],
  ["allOf of one", Other, { allOf: [Other] }, [], S],
  [
    "allOf written out",
    { allOf: [object({ a: string }), object({ b: integer })] },
    object({ a: string, b: integer }),
    [],
    S,
  ],
  ["an allOf that repeats itself", { allOf: [Other] }, { allOf: [Other, Other] }, [], S],
  [
    "a bound added by allOf",
    whole({ minimum: 1 }),
    { allOf: [whole({ minimum: 1 }), { minimum: 5 }] },
    ["minimum-raised"],
    N,
  ],
  [
    "a bound by allOf that changes nothing",
    whole({ minimum: 5 }),
    { allOf: [whole({ minimum: 5 }), { minimum: 1 }] },
    [],
    S,
  ],
  ["a reference written out", Other, object({ a: string }), [], S],
  ["a content encoding", string, text({ contentEncoding: "base64" }), ["content-changed"], R],
  ["explanations", string, text({ description: "a", title: "b", example: "c", examples: ["d"] }), [], S],
  ["extensions", string, text({ "x-internal": true }), [], S],
];

const BREAKS = { request: [N, R], response: [W, R] } as const;

describe.each(["request", "response"] as const)("a property of a %s", (direction) => {
  test.each(ROWS)("%s", (_name, old, now, aspects, effect) => {
    const changes = compareContracts(withProperty(direction, old), withProperty(direction, now));
    expect(changes.map(({ id }) => id.replace(`${direction}-property-`, "")).sort()).toEqual(aspects);
    expect(changes.some(({ breaking }) => breaking)).toBe((BREAKS[direction] as readonly string[]).includes(effect));
  });
});

const A = object({ a: string });
const deprecated = (more: object = {}) => ({ ...string, deprecated: true, ...more });

/** Changes of what an object is made of: ids and whether they break, in a request and in a response. */
const MEMBERS: [name: string, old: Schema, now: Schema, request: string[], response: string[], breaks: string][] = [
  [
    "an optional property more",
    A,
    object({ a: string, zip: integer }),
    ["request-optional-property-added"],
    ["response-optional-property-added"],
    "",
  ],
  [
    "a required property more",
    A,
    object({ a: string, zip: integer }, { required: ["zip"] }),
    ["request-required-property-added"],
    ["response-required-property-added"],
    "request",
  ],
  [
    "an optional property less",
    object({ a: string, zip: integer }),
    A,
    ["request-property-removed"],
    ["response-property-removed"],
    "request response",
  ],
  [
    "a required property less",
    object({ a: string, zip: integer }, { required: ["zip"] }),
    A,
    ["request-property-removed"],
    ["response-required-property-removed"],
    "request response",
  ],
  [
    "a property less where no other is allowed",
    object({ a: string, zip: integer }, { additionalProperties: false }),
    object({ a: string }, { additionalProperties: false }),
    ["request-property-forbidden"],
    ["response-property-removed"],
    "request response",
  ],
  [
    "a property required",
    A,
    object({ a: string }, { required: ["a"] }),
    ["request-property-became-required"],
    ["response-property-became-required"],
    "request",
  ],
  [
    "a property optional",
    object({ a: string }, { required: ["a"] }),
    A,
    ["request-property-became-optional"],
    ["response-property-became-optional"],
    "response",
  ],
  [
    "a name with another spelling",
    object({ user_name: string }),
    object({ userName: string }),
    ["request-property-renamed"],
    ["response-property-renamed"],
    "request response",
  ],
  [
    "the one property with its look renamed",
    object({ a: string, owner: object({ id: integer, email: string }) }),
    object({ a: string, holder: object({ id: integer, email: string }) }),
    ["request-property-renamed"],
    ["response-property-renamed"],
    "request response",
  ],
  [
    "another property is no new name",
    object({ a: string, height: integer }),
    object({ a: string, colour: integer }),
    ["request-optional-property-added", "request-property-removed"],
    ["response-optional-property-added", "response-property-removed"],
    "request response",
  ],
  [
    "read-only",
    A,
    object({ a: { ...string, readOnly: true } }),
    ["request-property-became-read-only"],
    ["response-property-became-read-only"],
    "request",
  ],
  [
    "not read-only",
    object({ a: { ...string, readOnly: true } }),
    A,
    ["request-property-became-not-read-only"],
    ["response-property-became-not-read-only"],
    "",
  ],
  [
    "required and not read-only",
    object({ a: { ...string, readOnly: true } }, { required: ["a"] }),
    object({ a: string }, { required: ["a"] }),
    ["request-property-became-not-read-only", "request-required-property-added"],
    ["response-property-became-not-read-only"],
    "request",
  ],
  [
    "write-only",
    A,
    object({ a: { ...string, writeOnly: true } }),
    ["request-property-became-write-only"],
    ["response-property-became-write-only"],
    "response",
  ],
  [
    "required and write-only",
    object({ a: string }, { required: ["a"] }),
    object({ a: { ...string, writeOnly: true } }, { required: ["a"] }),
    ["request-property-became-write-only"],
    ["response-required-property-became-write-only"],
    "response",
  ],
  [
    "a read-only property required",
    object({ a: { ...string, readOnly: true } }),
    object({ a: { ...string, readOnly: true } }, { required: ["a"] }),
    [],
    ["response-property-became-required"],
    "",
  ],
  [
    "a read-only property less",
    object({ b: string, a: { ...string, readOnly: true } }),
    object({ b: string }),
    [],
    ["response-property-removed"],
    "response",
  ],
  [
    "a write-only property less",
    object({ b: string, a: { ...string, writeOnly: true } }),
    object({ b: string }),
    ["request-property-removed"],
    [],
    "request",
  ],
  [
    "a new read-only property that is required",
    A,
    object({ a: string, id: { ...string, readOnly: true } }, { required: ["id"] }),
    [],
    ["response-required-property-added"],
    "",
  ],
  ["deprecated", A, object({ a: deprecated() }), ["request-property-deprecated"], ["response-property-deprecated"], ""],
  [
    "not deprecated",
    object({ a: deprecated() }),
    A,
    ["request-property-reactivated"],
    ["response-property-reactivated"],
    "",
  ],
  [
    "gone after its deprecation",
    object({ b: string, a: deprecated() }),
    object({ b: string }),
    ["request-property-removed-after-deprecation"],
    ["response-property-removed-after-deprecation"],
    "",
  ],
  [
    "gone after its sunset",
    object({ b: string, a: deprecated({ "x-sunset": "2020-01-01" }) }),
    object({ b: string }),
    ["request-property-removed-after-deprecation"],
    ["response-property-removed-after-deprecation"],
    "",
  ],
  [
    "gone before its sunset",
    object({ b: string, a: deprecated({ "x-sunset": "2999-01-01" }) }),
    object({ b: string }),
    ["request-property-removed-before-sunset"],
    ["response-property-removed-before-sunset"],
    "request response",
  ],
  [
    "a sunset moved forward",
    object({ a: deprecated({ "x-sunset": "2999-01-01" }) }),
    object({ a: deprecated({ "x-sunset": "2998-01-01" }) }),
    ["request-property-sunset-moved-forward"],
    ["response-property-sunset-moved-forward"],
    "request response",
  ],
  [
    "required by allOf",
    A,
    { allOf: [A, { required: ["a"] }] },
    ["request-property-became-required"],
    ["response-property-became-required"],
    "request",
  ],
  [
    "another default",
    object({ a: text({ default: "x" }) }),
    object({ a: text({ default: "y" }) }),
    ["request-property-default-changed"],
    ["response-property-default-changed"],
    "",
  ],
  [
    "extensible values",
    object({ a: text({ "x-extensible-enum": ["a"] }) }),
    object({ a: text({ "x-extensible-enum": ["a", "b"] }) }),
    ["request-property-extensible-enum-value-added"],
    ["response-property-extensible-enum-value-added"],
    "",
  ],
];

test.each(MEMBERS)("an object: %s", (_name, old, now, request, response, breaks) => {
  for (const [direction, ids] of [
    ["request", request],
    ["response", response],
  ] as const) {
    const changes = compareContracts(withProperty(direction, old), withProperty(direction, now));
    expect(changes.map(({ id }) => id).sort(), direction).toEqual(ids);
    expect(
      changes.some(({ breaking }) => breaking),
      direction,
    ).toBe(breaks.includes(direction));
  }
});

describe("discriminators", () => {
  const pets = { Cat: object({ kind: string, lives: integer }), Dog: object({ kind: string, tricks: list({}) }) };
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const pet = (mapping: Record<string, string>, propertyName = "kind") => ({
    oneOf: [ref("Cat"), ref("Dog")],
    discriminator: { propertyName, mapping },
  });
  const compare = (old: Schema, now: Schema) =>
    compareContracts(withProperty("request", old, pets), withProperty("request", now, pets)).map(({ id }) => id);
  const mapped = pet({ cat: "#/components/schemas/Cat", dog: "#/components/schemas/Dog" });

  test.each<[string, Schema, string[]]>([
    [
      "another property",
      pet({ cat: "#/components/schemas/Cat", dog: "Dog" }, "type"),
      ["request-property-discriminator-property-changed"],
    ],
    [
      "another value",
      pet({ CAT: "#/components/schemas/Cat", dog: "#/components/schemas/Dog" }),
      ["request-property-discriminator-value-renamed"],
    ],
    [
      "the name instead of a value",
      pet({ dog: "#/components/schemas/Dog" }),
      ["request-property-discriminator-value-renamed"],
    ],
    ["a mapping by name", pet({ cat: "Cat", dog: "Dog" }), []],
    ["none", { oneOf: [ref("Cat"), ref("Dog")] }, ["request-property-discriminator-removed"]],
  ])("%s", (_name, now, ids) => {
    expect(compare(mapped, now)).toEqual(ids);
  });
});

test("a change deep in a recursive schema is told once an operation, with its path", () => {
  const node = (value: object) => ({
    Node: object({ value, children: { type: "array", items: { $ref: "#/components/schemas/Node" } } }),
  });
  const root = { $ref: "#/components/schemas/Node" };
  const changes = compareContracts(
    withProperty("response", root, node(string)),
    withProperty("response", root, node(integer)),
  );
  expect(changes.map(({ id, message, pointer }) => ({ id, message, pointer }))).toEqual([
    {
      id: "response-property-type-changed",
      message: "`it.value` of the 200 response (application/json): the type went from string to integer.",
      pointer: "/components/schemas/Node/properties/value",
    },
  ]);
});

test("a change in an alternative that leads back to its own choice is found", () => {
  const schemas = (leaf: object) => ({
    Tree: { oneOf: [{ $ref: "#/components/schemas/Leaf" }, { $ref: "#/components/schemas/Branch" }] },
    Leaf: object({ kind: { const: "leaf" }, leaf }),
    Branch: object({ kind: { const: "branch" }, left: { $ref: "#/components/schemas/Tree" } }),
  });
  const root = { $ref: "#/components/schemas/Tree" };
  const changes = compareContracts(
    withProperty("request", root, schemas(string)),
    withProperty("request", root, schemas(integer)),
  );
  expect(changes.map(({ id }) => id)).toEqual(["request-property-type-changed"]);
});

test("a JSON Schema must go on accepting what it accepted", () => {
  const schema = (more: object) => ({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    ...object({ a: string }, more),
  });
  const changes = compareContracts(schema({}), schema({ required: ["a"] }));
  expect(changes.map(({ id, breaking }) => ({ id, breaking }))).toEqual([
    { id: "schema-property-became-required", breaking: true },
  ]);
});
