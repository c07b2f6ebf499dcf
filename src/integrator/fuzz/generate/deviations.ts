import { flatten, isRecord, list, numberOr, type Schema } from "../../../lib/schema-flatten.ts";
import { sampleOf } from "../../../lib/schema-sample.ts";
import { fits } from "../check/fits.ts";
import type { Deviation, ValuePath } from "./deviation.ts";
import { numberDeviations, stringDeviations } from "./scalar-deviations.ts";

interface Looking {
  root: object;
  budget: { left: number };
  refs: readonly string[];
  depth: number;
}

const MAX_DEPTH = 6;
const MAX_DEVIATIONS = 400;

/**
 * Every boundary of every keyword around a valid value, in a fixed order: values at the limit (valid), just beyond it
 * (invalid), and such as only robustness is asked of (probe). The schema decides in the end: check each outcome.
 */
export function deviationsOf(schema: unknown, root: object, value: unknown, path: ValuePath = []): Deviation[] {
  const found: Deviation[] = [];
  for (const deviation of visit(schema, value, path, { root, budget: { left: 5000 }, refs: [], depth: 0 }, true)) {
    found.push(deviation);
    if (found.length >= MAX_DEVIATIONS) break;
  }
  return found;
}

function* visit(
  given: unknown,
  value: unknown,
  path: ValuePath,
  outer: Looking,
  required: boolean,
): Generator<Deviation> {
  if (outer.depth > MAX_DEPTH) return;
  const flat = flatten(given, outer, outer.refs);
  const state = { ...outer, refs: flat.refs, depth: outer.depth + 1 };
  let { schema } = flat;
  const branches = list(schema.oneOf) ?? list(schema.anyOf);
  if (branches) {
    const { oneOf: _one, anyOf: _any, ...base } = schema;
    for (const [index, branch] of branches.slice(0, 10).entries()) {
      const sample = sampleOf({ allOf: [base, branch] }, state.root, index + 1, { request: true, examples: false });
      yield { path, keyword: "oneOf", what: `alternative ${index + 1}`, value: sample, intent: "valid" };
    }
    const own = branches.find((branch) => fits(branch, state.root, value));
    schema = own === undefined ? base : flatten({ allOf: [base, own] }, state, state.refs).schema;
  }
  yield* generic(schema, value, path, required);
  if (schema.enum !== undefined || "const" in schema) return;
  if (typeof value === "string") yield* stringDeviations(schema, value, path);
  else if (typeof value === "number") yield* numberDeviations(schema, value, path);
  else if (Array.isArray(value)) yield* arrayDeviations(schema, value, path, state);
  else if (isRecord(value)) yield* objectDeviations(schema, value, path, state);
}

/** Wrong types no parser can take for the right one; null; values outside an enum. */
function* generic(schema: Schema, value: unknown, path: ValuePath, required: boolean): Generator<Deviation> {
  const types = new Set([schema.type].flat().filter((type) => typeof type === "string"));
  const invalid = (keyword: string, what: string, wrong: unknown): Deviation => ({
    path,
    keyword,
    what,
    value: wrong,
    intent: "invalid",
  });
  if (Array.isArray(schema.enum)) {
    yield invalid(
      "enum",
      "a value that the enum does not list",
      typeof value === "number" ? 987_654 : "not-in-the-enum",
    );
    for (const member of schema.enum.slice(0, 12))
      yield { path, keyword: "enum", what: `the enum value ${JSON.stringify(member)}`, value: member, intent: "valid" };
  } else if ("const" in schema) yield invalid("const", "another value than the constant", "not-the-constant");
  if (types.has("null") || schema.nullable === true)
    yield { path, keyword: "nullable", what: "null", value: null, intent: "valid" };
  else if (required && types.size > 0) yield invalid("type", `null instead of ${[...types].join(" or ")}`, null);
  const wrong: unknown[] = types.has("string")
    ? [42, ["a"], { a: 1 }]
    : types.has("object") || types.has("array")
      ? ["text", types.has("object") ? ["a"] : { a: 1 }]
      : types.has("boolean")
        ? ["maybe", { a: 1 }]
        : ["text", { a: 1 }];
  if (types.size > 0)
    for (const one of wrong) yield invalid("type", `${JSON.stringify(one)} instead of ${[...types].join(" or ")}`, one);
}

function* arrayDeviations(schema: Schema, value: unknown[], path: ValuePath, state: Looking): Generator<Deviation> {
  const sized = (count: number): unknown[] | undefined => {
    if (count > 1000) return undefined;
    if (count <= value.length) return value.slice(0, count);
    const more = Array.from({ length: count - value.length }, (_, index) =>
      schema.uniqueItems === true || value.length === 0
        ? sampleOf(schema.items ?? {}, state.root, 900 + index, { request: true, examples: false })
        : value[index % value.length],
    );
    return [...value, ...more];
  };
  for (const [keyword, step] of [
    ["minItems", -1],
    ["maxItems", 1],
  ] as const) {
    const limit = schema[keyword];
    if (typeof limit !== "number") continue;
    const at = sized(limit);
    const beyond = limit + step < 0 ? undefined : sized(limit + step);
    if (at) yield { path, keyword, what: `${limit} items (${keyword} ${limit})`, value: at, intent: "valid" };
    if (beyond)
      yield { path, keyword, what: `${limit + step} items (${keyword} ${limit})`, value: beyond, intent: "invalid" };
  }
  if (schema.uniqueItems === true && value.length > 0)
    yield { path, keyword: "uniqueItems", what: "an item twice", value: [value[0], ...value], intent: "invalid" };
  if (value.length > 0 && schema.items !== undefined && !Array.isArray(schema.items))
    yield* visit(schema.items, value[0], [...path, 0], state, true);
}

function* objectDeviations(
  schema: Schema,
  value: Record<string, unknown>,
  path: ValuePath,
  state: Looking,
): Generator<Deviation> {
  const required = new Set(Array.isArray(schema.required) ? schema.required.map(String) : []);
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const present = Object.keys(value);
  const optional = present.filter((name) => !required.has(name));
  if (optional.length > 0 && optional.length < present.length) {
    const least = Object.fromEntries(Object.entries(value).filter(([name]) => required.has(name)));
    yield { path, keyword: "required", what: "only what is required", value: least, intent: "valid" };
  }
  for (const name of present) {
    const inner = [...path, name];
    const property = properties[name];
    const hasDefault = flatten(property, state, []).schema.default !== undefined;
    if (!required.has(name))
      yield {
        path: inner,
        keyword: "required",
        what: `no ${name}, which is optional`,
        value: undefined,
        intent: "valid",
      };
    else if (!hasDefault)
      yield {
        path: inner,
        keyword: "required",
        what: `no ${name}, which is required`,
        value: undefined,
        intent: "invalid",
      };
  }
  for (const name of Object.keys(properties).filter((one) => !Object.hasOwn(value, one) && properties[one] !== false)) {
    const sample = sampleOf(properties[name], state.root, 3, { request: true });
    yield {
      path: [...path, name],
      keyword: "properties",
      what: `with ${name}, which is optional`,
      value: sample,
      intent: "valid",
    };
  }
  if (schema.additionalProperties === false)
    yield {
      path: [...path, "x_unexpected"],
      keyword: "additionalProperties",
      what: "a property that is not allowed",
      value: "unexpected",
      intent: "invalid",
    };
  const most = numberOr(schema.maxProperties, Number.POSITIVE_INFINITY);
  if (Number.isFinite(most) && most < 200 && isRecord(schema.additionalProperties)) {
    const sample = sampleOf(schema.additionalProperties, state.root, 1, { request: true });
    const extra = Array.from({ length: most + 1 }, (_, index) => [`key${index}`, sample] as const);
    const what = `more than ${most} properties (maxProperties)`;
    yield { path, keyword: "maxProperties", what, value: Object.fromEntries(extra), intent: "invalid" };
  }
  for (const name of present) {
    const property =
      properties[name] ?? (isRecord(schema.additionalProperties) ? schema.additionalProperties : undefined);
    if (property !== undefined) yield* visit(property, value[name], [...path, name], state, required.has(name));
  }
}

/** A copy of a value with the place at `path` replaced, added, or taken away when the new value is undefined. */
export function changed(value: unknown, path: ValuePath, replacement: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((item, index) => (index === key ? changed(item, rest, replacement) : item));
  if (!isRecord(value)) return value;
  const inner = changed(value[key], rest, replacement);
  const copy = { ...value };
  if (inner === undefined) delete copy[key];
  else copy[key] = inner;
  return copy;
}
