import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Change, compareContracts, describeChanges } from "../../../src/contracts/breaking/breaking.ts";
import { nodesOf } from "../../../src/contracts/document.ts";
import { atPointer } from "../../../src/lib/json-schema-bundle.ts";
import { Plan } from "../../../src/model/plan.ts";
import { type Random, randomDocument, seeded } from "./random-document.ts";

type Json = Record<string, unknown>;

const plan = Plan.parse(JSON.parse(readFileSync(new URL("../../fixtures/shop/plan.json", import.meta.url), "utf8")));
const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);
const RULES = new Map(describeChanges().map((rule) => [rule.id, rule]));

const copy = (document: Json): Json => JSON.parse(JSON.stringify(document));

/** The same document with the keys of every object in another order. */
function shuffled(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) return value.map((each) => shuffled(each, random));
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, shuffled(inner, random)] as const);
  return Object.fromEntries(
    entries
      .map((entry) => ({ entry, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ entry }) => entry),
  );
}

/** The same document with its references written out once, wherever that ends. */
function inlined(document: Json): unknown {
  const walk = (value: unknown, named: boolean): unknown => {
    if (Array.isArray(value)) return value.map((each) => walk(each, false));
    if (value === null || typeof value !== "object") return value;
    const reference = "$ref" in value && !named ? value.$ref : undefined;
    if (typeof reference === "string") return atPointer(document, reference.slice(1));
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, key === "discriminator" ? inner : walk(inner, false)]),
    );
  };
  return { ...document, paths: walk(document.paths, false) };
}

function fits(change: Change): void {
  const rule = RULES.get(change.id);
  expect(rule, change.id).toBeDefined();
  expect(change).toMatchObject({ breaking: rule?.breaking, severity: rule?.severity });
  expect(change.message).toMatch(/^[A-Z`].*\.$/s);
}

test.each(plan.contracts.map((contract) => [`${contract.service_name} ${contract.type}`, contract.spec] as const))(
  "a contract compared with itself has no change: %s",
  (_name, spec) => {
    expect(compareContracts(spec, copy(spec))).toEqual([]);
    const mixed = shuffled(spec, seeded(7)) as Json;
    expect(compareContracts(spec, mixed)).toEqual([]);
  },
);

test.each(SEEDS)("a random recursive document has no change against itself, reordered or written out (%i)", (seed) => {
  const document = randomDocument(seeded(seed));
  expect(compareContracts(document, copy(document))).toEqual([]);
  expect(compareContracts(document, shuffled(document, seeded(seed + 1)) as Json)).toEqual([]);
  expect(compareContracts(document, inlined(document) as Json)).toEqual([]);
});

test.each(SEEDS)("two random documents compare, every change by its rule (%i)", (seed) => {
  const old = randomDocument(seeded(seed));
  const now = randomDocument(seeded(seed + 1000));
  for (const change of compareContracts(old, now)) fits(change);
  for (const change of compareContracts(now, old)) fits(change);
});

/** A copy that promises the same, in which no schema is written the same: nothing can be passed over as unchanged. */
function rewritten(document: Json): Json {
  const fresh = copy(document);
  for (const { node, pointer } of nodesOf(fresh))
    if (!("$ref" in node) && Object.keys(node).length > 0 && !/\/(security|scopes|mapping)\b/.test(pointer))
      node["x-revision"] = "another";
  return fresh;
}

test.each(SEEDS)("what is written the same is passed over without loss (%i)", (seed) => {
  const old = randomDocument(seeded(seed));
  const now = edited(old, seeded(seed + 2000));
  expect(compareContracts(old, now)).toEqual(compareContracts(old, rewritten(now)));
  expect(compareContracts(now, old)).toEqual(compareContracts(rewritten(now), old));
});

/** A copy with some schemas changed here and there. */
function edited(document: Json, random: Random): Json {
  const fresh = copy(document);
  for (const { node } of nodesOf(fresh)) {
    if (!("type" in node) || random() > 0.1) continue;
    if (node.type === "string") node.maxLength = 5;
    else if (node.type === "object") node.required = [];
    else node.type = "string";
  }
  return fresh;
}

test("every rule has an id of its own, in kebab-case, and an explanation", () => {
  const rules = describeChanges();
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  for (const { id, severity, breaking, explanation } of rules) {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)+$/);
    expect(explanation).toMatch(/\.$/);
    expect(severity === "info" && breaking).toBe(false);
    expect(severity === "error" && !breaking).toBe(false);
  }
});

test("references in circles, to nothing and to themselves end", () => {
  const schemas = {
    A: { $ref: "#/components/schemas/B" },
    B: { $ref: "#/components/schemas/A" },
    Self: {
      allOf: [
        { $ref: "#/components/schemas/Self" },
        { type: "object", properties: { me: { $ref: "#/components/schemas/Self" } } },
      ],
    },
    Either: { oneOf: [{ $ref: "#/components/schemas/Either" }, { type: "string" }] },
    Not: { $ref: "#/components/schemas/Missing" },
  };
  const document = (more: object) => ({
    openapi: "3.1.0",
    paths: {
      "/x": {
        get: {
          responses: Object.fromEntries(
            Object.keys(schemas).map((name, index) => [
              200 + index,
              { content: { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } } },
            ]),
          ),
        },
      },
    },
    components: { schemas: { ...schemas, ...more } },
  });
  expect(compareContracts(document({}), document({}))).toEqual([]);
  const changes = compareContracts(
    document({}),
    document({ B: { type: "string" }, Self: { type: "object", properties: { me: { type: "string" } } } }),
  );
  expect(changes.map(({ id }) => id)).toContain("response-property-type-changed");
});

test("a web of schemas that all refer to each other is compared in a moment", () => {
  const names = Array.from({ length: 150 }, (_, index) => `S${index}`);
  const web = (last: string) => ({
    openapi: "3.0.0",
    paths: Object.fromEntries(
      names.map((name) => [
        `/${name}`,
        {
          post: {
            requestBody: { content: { "application/json": { schema: { $ref: `#/components/schemas/${name}` } } } },
            responses: {},
          },
        },
      ]),
    ),
    components: {
      schemas: Object.fromEntries(
        names.map((name, index) => [
          name,
          {
            type: "object",
            properties: {
              own: { type: index === 149 ? last : "string" },
              any: { anyOf: names.slice(0, 40).map((other) => ({ $ref: `#/components/schemas/${other}` })) },
              ...Object.fromEntries(
                names
                  .slice(0, 20)
                  .map((other, at) => [
                    `p${at}`,
                    { $ref: `#/components/schemas/${names[(index + at + 1) % 150]}`, title: other },
                  ]),
              ),
            },
          },
        ]),
      ),
    },
  });
  const changes = compareContracts(web("string"), web("integer"));
  expect(changes).toHaveLength(150);
  expect(new Set(changes.map(({ id }) => id))).toEqual(new Set(["request-property-type-changed"]));
});
