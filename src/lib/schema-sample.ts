import { discriminatedBy } from "./discriminator.ts";
import { sampleNumber, sampleString } from "./scalar-sample.ts";
import { at, flatten, isRecord, list, numberOr, type Schema } from "./schema-flatten.ts";

export interface SampleOptions {
  /** Whether examples and defaults of the schema are taken first (true unless said otherwise). */
  examples?: boolean;
  /** For a request body: leave out properties that are `readOnly`. */
  request?: boolean;
}

/**
 * A value that a JSON Schema describes (draft 2020-12 and the dialects of OpenAPI 3.0 and 3.1), the same for the same
 * `seed`, another one for another seed. `$ref` is looked up in `root`, its own document. Every property is filled in;
 * where a schema contains itself, optional parts end the recursion. `const`, `enum`, examples and defaults are taken
 * before anything is made up; then formats, simple patterns and bounds are kept. `not`, `if`, `contains` and
 * `patternProperties` are not solved: check the value against the schema where that matters.
 */
export function sampleOf(schema: unknown, root: unknown, seed = 0, options: SampleOptions = {}): unknown {
  const { examples = true, request = false } = options;
  return sample(schema, { root, random: random(seed), examples, request, depth: 0, budget: { left: 5000 }, refs: [] });
}

interface Sampling {
  root: unknown;
  random: () => number;
  examples: boolean;
  request: boolean;
  depth: number;
  /** Values that may still be made: bounds what a hostile schema can cost. */
  budget: { left: number };
  /** References on the way here. */
  refs: readonly string[];
}

/** From here on only what is required is made. */
const OPTIONAL_DEPTH = 6;
const MAX_DEPTH = 24;

function sample(given: unknown, outer: Sampling): unknown {
  outer.budget.left -= 1;
  if (given === false || outer.depth > MAX_DEPTH || outer.budget.left < 0) return null;
  const { schema, refs } = flatten(given, outer, outer.refs);
  const state = { ...outer, depth: outer.depth + 1, refs };
  if ("const" in schema) return schema.const;
  if (state.examples) {
    const example = exampleOf(schema);
    if (example !== undefined) return example;
  }
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[below(state, schema.enum.length)];
  const branches = list(schema.oneOf) ?? list(schema.anyOf);
  if (branches !== undefined) return sampleBranch(schema, branches, state);
  switch (typeOf(schema)) {
    case "object":
      return sampleObject(schema, state);
    case "array":
      return sampleArray(schema, state);
    case "integer":
    case "number":
      return sampleNumber({ ...schema, type: typeOf(schema) }, (count) => below(state, count));
    case "boolean":
      return below(state, 2) === 1;
    case "null":
      return null;
    default:
      return sampleString(schema, (count) => below(state, count));
  }
}

function exampleOf(schema: Schema): unknown {
  if (schema.example !== undefined) return schema.example;
  if (Array.isArray(schema.examples) && schema.examples.length > 0) return schema.examples[0];
  return schema.default;
}

function sampleBranch(schema: Schema, branches: unknown[], state: Sampling): unknown {
  const { oneOf: _one, anyOf: _any, ...base } = schema;
  // A branch that leads back here is left for one that ends; null ends everything but says little.
  const rank = (branch: unknown) => {
    const ref = at(branch, "$ref");
    if (typeof ref === "string" && state.refs.includes(ref)) return 2;
    return isRecord(branch) && branch.type === "null" ? 1 : 0;
  };
  const best = Math.min(...branches.map(rank));
  const usable = branches.filter((branch) => rank(branch) === best);
  const branch = usable[below(state, usable.length)];
  const value = sample({ allOf: [base, branch] }, state);
  const choice = discriminatedBy(schema);
  const meant = choice?.alternatives.find((one) => one.schema === branch)?.values[0];
  return choice && meant !== undefined && isRecord(value) ? { ...value, [choice.property]: meant } : value;
}

function typeOf(schema: Schema): string {
  const type = Array.isArray(schema.type) ? (schema.type.find((one) => one !== "null") ?? "null") : schema.type;
  if (typeof type === "string") return type;
  if (schema.properties !== undefined || schema.required !== undefined || schema.additionalProperties !== undefined)
    return "object";
  if (schema.items !== undefined || schema.prefixItems !== undefined) return "array";
  const numeric = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
  return numeric.some((key) => key in schema) ? "number" : "string";
}

function sampleObject(schema: Schema, state: Sampling): Schema {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const entries: [string, unknown][] = [];
  for (const [name, property] of Object.entries(properties)) {
    if (property === false || (state.request && isReadOnly(property, state))) continue;
    if (!required.has(name) && (state.depth > OPTIONAL_DEPTH || leadsBack(property, state))) continue;
    entries.push([name, sample(property, state)]);
  }
  const named = new Set(entries.map(([name]) => name));
  const extra = isRecord(schema.additionalProperties) ? schema.additionalProperties : {};
  for (const name of required)
    if (typeof name === "string" && !named.has(name) && !(name in properties))
      entries.push([name, sample(extra, state)]);
  const wanted = Math.min(numberOr(schema.minProperties, 0), 100);
  for (let index = 1; entries.length < wanted && schema.additionalProperties !== false; index += 1)
    entries.push([`key${index}`, sample(extra, state)]);
  return Object.fromEntries(entries);
}

function isReadOnly(property: unknown, state: Sampling): boolean {
  return flatten(property, state, []).schema.readOnly === true;
}

/** Whether a schema's reference, or its items', is already on the way. */
function leadsBack(property: unknown, { refs }: Sampling): boolean {
  const back = (ref: unknown) => typeof ref === "string" && refs.includes(ref);
  return back(at(property, "$ref")) || back(at(property, "items", "$ref"));
}

function sampleArray(schema: Schema, state: Sampling): unknown[] {
  const prefix = list(schema.prefixItems) ?? [];
  const items: unknown[] = prefix.map((item) => sample(item, state));
  const least = Math.min(numberOr(schema.minItems, 0), 1000);
  const most = numberOr(schema.maxItems, Number.POSITIVE_INFINITY);
  const back = leadsBack(schema, state) || state.depth > OPTIONAL_DEPTH;
  const wanted = Math.min(most, Math.max(least, back || prefix.length > 0 ? 0 : 1));
  if (schema.items === false) return items;
  const unique = schema.uniqueItems === true;
  const seen = new Set(items.map((item) => JSON.stringify(item)));
  for (let tries = 0; items.length < wanted && tries < wanted * 4 + 8; tries += 1) {
    // A second item from an example would be the same one again.
    const item = sample(schema.items, unique && tries > 0 ? { ...state, examples: false } : state);
    const key = JSON.stringify(item);
    if (unique && seen.has(key)) continue;
    seen.add(key);
    items.push(item);
  }
  return items;
}

/** mulberry32: a small generator, good enough to spread test data. */
function random(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function below(state: Sampling, count: number): number {
  return Math.floor(state.random() * Math.max(1, count));
}
