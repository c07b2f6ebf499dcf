import fc from "fast-check";
import { patternSample } from "../../../lib/pattern-sample.ts";
import { sampleString } from "../../../lib/scalar-sample.ts";
import { flatten, isRecord, list, numberOr, type Schema } from "../../../lib/schema-flatten.ts";

/** Where a value is written: parameters and headers cannot carry everything that JSON can. */
export type Carrier = "json" | "text" | "header";

interface Building {
  root: unknown;
  carrier: Carrier;
  budget: { left: number };
  refs: readonly string[];
  depth: number;
}

const MAX_DEPTH = 6;

/**
 * Plausible values of a JSON Schema, which shrink towards the simplest. What the schema limits is explored to its limits;
 * where it says nothing (no bounds, no length) values stay ordinary: no empty text, no negative counts. `not`, `if`
 * and `contains` are not solved: check each value against the schema.
 */
export function arbitraryOf(schema: unknown, root: unknown, carrier: Carrier = "json"): fc.Arbitrary<unknown> {
  return build(schema, { root, carrier, budget: { left: 3000 }, refs: [], depth: 0 });
}

function build(given: unknown, outer: Building): fc.Arbitrary<unknown> {
  outer.budget.left -= 1;
  if (outer.budget.left < 0) return fc.constant(null);
  const { schema, refs } = flatten(given, outer, outer.refs);
  const state = { ...outer, refs, depth: outer.depth + 1 };
  if ("const" in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return fc.constantFrom(...schema.enum);
  const branches = list(schema.oneOf) ?? list(schema.anyOf);
  const nullable = schema.nullable === true && state.carrier === "json";
  const main = branches ? choice(schema, branches, state) : typed(schema, state);
  return nullable ? fc.oneof({ arbitrary: main, weight: 8 }, { arbitrary: fc.constant(null), weight: 1 }) : main;
}

function choice(schema: Schema, branches: unknown[], state: Building): fc.Arbitrary<unknown> {
  const { oneOf: _one, anyOf: _any, ...base } = schema;
  const back = (branch: unknown) => isRecord(branch) && typeof branch.$ref === "string" && isDeep(branch.$ref, state);
  const ending = branches.filter((branch) => !back(branch));
  const usable = state.depth > MAX_DEPTH && ending.length > 0 ? ending : branches;
  const options = usable.slice(0, 20).map((branch) => build({ allOf: [base, branch] }, state));
  return options.length === 0 ? fc.constant(null) : fc.oneof(...options);
}

function typed(schema: Schema, state: Building): fc.Arbitrary<unknown> {
  const types = (Array.isArray(schema.type) ? schema.type : [schema.type ?? guess(schema)]).filter(
    (type) => type !== "null" || state.carrier === "json",
  );
  const options = types.map((type) => ({
    arbitrary: ofType(String(type), schema, state),
    weight: type === "null" ? 1 : 8,
  }));
  const [only] = options;
  if (only === undefined) return fc.constant(null);
  return options.length === 1 ? only.arbitrary : fc.oneof(...options);
}

function guess(schema: Schema): string {
  if (schema.properties !== undefined || schema.required !== undefined || schema.additionalProperties !== undefined)
    return "object";
  if (schema.items !== undefined || schema.prefixItems !== undefined) return "array";
  const numeric = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
  return numeric.some((key) => key in schema) ? "number" : "string";
}

function ofType(type: string, schema: Schema, state: Building): fc.Arbitrary<unknown> {
  if (type === "object") return objects(schema, state);
  if (type === "array") return arrays(schema, state);
  if (type === "integer" || type === "number") return numbers(schema, type);
  if (type === "boolean") return fc.boolean();
  return type === "null" ? fc.constant(null) : strings(schema, state.carrier);
}

/** Lowest and highest number a schema allows; infinite where it says nothing. */
export function boundsOf(schema: Schema): { low: number; high: number; openLow: boolean; openHigh: boolean } {
  const low = Math.max(numberOr(schema.minimum, -Infinity), numberOr(schema.exclusiveMinimum, -Infinity));
  const high = Math.min(numberOr(schema.maximum, Infinity), numberOr(schema.exclusiveMaximum, Infinity));
  return {
    low,
    high,
    openLow: schema.exclusiveMinimum === true || schema.exclusiveMinimum === low,
    openHigh: schema.exclusiveMaximum === true || schema.exclusiveMaximum === high,
  };
}

function numbers(schema: Schema, type: "integer" | "number"): fc.Arbitrary<number> {
  const { low, high, openLow, openHigh } = boundsOf(schema);
  const step = numberOr(schema.multipleOf, type === "integer" ? 1 : 0.01) || 1;
  const from = Number.isFinite(low) ? low : Number.isFinite(high) ? Math.min(1, high - 1000 * step) : 1;
  const to = Number.isFinite(high) ? high : from + 1000 * step;
  const first = Math.ceil(from / step - 1e-9) + (openLow && Math.ceil(from / step - 1e-9) * step <= low ? 1 : 0);
  const last = Math.floor(to / step + 1e-9) - (openHigh && Math.floor(to / step + 1e-9) * step >= high ? 1 : 0);
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || last < first) return fc.constant((from + to) / 2);
  const rounded = (count: number) => (Number.isInteger(step) ? count * step : Number((count * step).toPrecision(12)));
  return fc.integer({ min: first, max: last }).map(rounded);
}

const ASCII = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

function strings(schema: Schema, carrier: Carrier): fc.Arbitrary<string> {
  const min = Math.min(numberOr(schema.minLength, 1), 100_000);
  const max = Math.max(min, Math.min(numberOr(schema.maxLength, 30), min + 30));
  if (typeof schema.pattern === "string") return patterned(schema, schema.pattern);
  if (typeof schema.format === "string" && schema.format !== "binary")
    return seeds().map((seed) => sampleString(schema, drawFrom(seed)));
  const letters = [...(carrier === "json" ? `${ASCII}éüñ漢я` : ASCII)];
  return fc.string({ unit: fc.constantFrom(...letters), minLength: min, maxLength: max });
}

/** Characters beyond its shortest that a patterned text gets at most. */
const LONGER = 24;

function patterned(schema: Schema, pattern: string): fc.Arbitrary<string> {
  const length = { min: numberOr(schema.minLength, 0), max: numberOr(schema.maxLength, 1000) };
  const write = (seed: number) => patternSample(pattern, drawFrom(seed), length);
  // Written without a wish, repetitions are as short as they may be.
  const longer = (seed: number) =>
    patternSample(pattern, drawFrom(seed), {
      min: Math.min(length.min + (seed % LONGER), length.max),
      max: length.max,
    });
  if (write(1) !== undefined) return seeds().map((seed) => longer(seed) ?? write(seed) ?? write(1) ?? "");
  try {
    return fc.stringMatching(new RegExp(pattern, "u"));
  } catch {
    return seeds().map((seed) => sampleString(schema, drawFrom(seed)));
  }
}

function seeds(): fc.Arbitrary<number> {
  return fc.nat({ max: 2 ** 30 });
}

/** Draws numbers below a count, the same for the same seed. */
export function drawFrom(seed: number): (count: number) => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return (count) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * Math.max(1, count));
  };
}

function arrays(schema: Schema, state: Building): fc.Arbitrary<unknown> {
  const minLength = Math.min(numberOr(schema.minItems, 1), 1000);
  const maxLength = Math.max(minLength, Math.min(numberOr(schema.maxItems, minLength + 3), minLength + 3));
  const prefix = list(schema.prefixItems) ?? list(schema.items);
  if (prefix !== undefined) return fc.tuple(...prefix.map((item) => build(item, state)));
  if (state.depth > MAX_DEPTH || leadsBack(schema.items, state)) return fc.constant([]);
  const item = build(schema.items, state);
  const bounds = { minLength, maxLength: Math.min(maxLength, numberOr(schema.maxItems, maxLength)) };
  return schema.uniqueItems === true
    ? fc.uniqueArray(item, { ...bounds, selector: (value) => JSON.stringify(value) })
    : fc.array(item, bounds);
}

function leadsBack(schema: unknown, { refs }: Building): boolean {
  return isRecord(schema) && typeof schema.$ref === "string" && isDeep(schema.$ref, { refs });
}

/** Whether a reference was followed twice already: what contains itself is shown once inside itself. */
function isDeep(reference: string, { refs }: Pick<Building, "refs">): boolean {
  return refs.filter((one) => one === reference).length > 1;
}

function objects(schema: Schema, state: Building): fc.Arbitrary<unknown> {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const required = new Set(Array.isArray(schema.required) ? schema.required.map(String) : []);
  const model: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, property] of Object.entries(properties)) {
    if (property === false) continue;
    const back = leadsBack(property, state) || (isRecord(property) && leadsBack(property.items, state));
    if (!required.has(name) && (state.depth > MAX_DEPTH || back)) continue;
    model[name] = build(property, state);
  }
  const extra = isRecord(schema.additionalProperties) ? schema.additionalProperties : {};
  for (const name of required) model[name] ??= build(extra, state);
  const requiredKeys = Object.keys(model).filter((name) => required.has(name));
  const own = fc.record(model, { requiredKeys, noNullPrototype: true });
  const isMap = Object.keys(properties).length === 0 && schema.additionalProperties !== false;
  if (!isMap || (schema.additionalProperties === undefined && numberOr(schema.minProperties, 0) === 0)) return own;
  const key = fc.string({ unit: fc.constantFrom(..."abcdefghij"), minLength: 1, maxLength: 8 });
  const limits = {
    minKeys: numberOr(schema.minProperties, 1),
    maxKeys: Math.min(numberOr(schema.maxProperties, 3), 10),
  };
  const rest = fc.dictionary(key, build(extra, state), { ...limits, noNullPrototype: true });
  return fc.tuple(own, rest).map(([fixed, free]) => ({ ...free, ...fixed }));
}
