import { flatten, type Schema } from "../../lib/schema-flatten.ts";
import { sampleOf } from "../../lib/schema-sample.ts";
import { isRecord } from "../document.ts";

/** One matching rule of Pact specification 4. */
export interface MatchingRule {
  combine: "AND";
  matchers: { match: string; regex?: string; min?: number }[];
}

/** What a consumer expects: an example, and what of it has to hold, by path from the root `$`. */
export interface Expectation {
  example: unknown;
  rules: Record<string, MatchingRule>;
}

/** Stands for what the schema leaves open: nothing is expected of it. */
const OPEN = Symbol("open");
const MAX_DEPTH = 12;
const MAX_NODES = 2000;

interface Visit {
  root: unknown;
  seed: number;
  /** What a list that stands at the top, or right below it, must hold at least. */
  leastListed: number;
  rules: Record<string, MatchingRule>;
  budget: { left: number };
}

/**
 * What a consumer may rely on when the provider answers with a schema: its required properties with their types, formats
 * and enumerations. What is optional, may be null, or has alternatives is not expected. undefined when nothing is
 * promised at all. The same for the same seed.
 */
export function expectationOf(
  schema: unknown,
  root: unknown,
  { seed, leastListed }: { seed: number; leastListed: number },
): Expectation | undefined {
  const state: Visit = { root, seed, leastListed, rules: {}, budget: { left: MAX_NODES } };
  const example = visit(schema, "$", [], 0, state);
  return example === OPEN ? undefined : { example, rules: state.rules };
}

function visit(given: unknown, path: string, outer: readonly string[], depth: number, state: Visit): unknown {
  state.budget.left -= 1;
  if (depth > MAX_DEPTH || state.budget.left < 0) return OPEN;
  const { schema, refs } = flatten(given, { root: state.root, budget: { left: 500 } }, []);
  // A schema that contains itself ends where it begins again.
  if (refs.some((ref) => outer.includes(ref)) || schema.writeOnly === true || isOpen(schema)) return OPEN;
  const inside = [...outer, ...refs];
  const rule = (match: string, more: { regex?: string; min?: number } = {}) => {
    state.rules[path] = { combine: "AND", matchers: [{ match, ...more }] };
  };
  if ("const" in schema) {
    rule("equality");
    return schema.const;
  }
  if (Array.isArray(schema.enum)) return enumerated(schema.enum, rule);
  switch (schema.type ?? (schema.properties === undefined ? undefined : "object")) {
    case "object":
      return objectOf(schema, path, inside, depth, state, rule);
    case "array":
      return arrayOf(schema, path, inside, depth, state, rule);
    case "string":
      return stringOf(schema, state, rule);
    case "integer":
      rule("integer");
      return numberOf(schema, state, Number.isInteger);
    case "number":
      rule("number");
      return numberOf(schema, state, Number.isFinite);
    case "boolean":
      // The matcher `boolean` takes the text "true" too.
      rule("type");
      return true;
    default:
      return OPEN;
  }
}

/** What may be null or one of several things has no matcher. */
function isOpen(schema: Schema): boolean {
  return schema.nullable === true || Array.isArray(schema.type) || "oneOf" in schema || "anyOf" in schema;
}

type SetRule = (match: string, more?: { regex?: string; min?: number }) => void;

function enumerated(values: unknown[], rule: SetRule): unknown {
  const texts = values.filter((value) => typeof value === "string");
  if (texts.length === 0 || texts.length < values.length) return OPEN;
  rule("regex", { regex: `^(${texts.map(escaped).join("|")})$` });
  return texts[0];
}

function objectOf(
  schema: Schema,
  path: string,
  refs: readonly string[],
  depth: number,
  state: Visit,
  rule: SetRule,
): unknown {
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const properties = isRecord(schema.properties) ? Object.entries(schema.properties) : [];
  const entries = properties
    .filter(([name]) => required.has(name))
    .map(([name, property]): [string, unknown] => [name, visit(property, below(path, name), refs, depth + 1, state)])
    .filter(([, value]) => value !== OPEN);
  // Without a rule an empty object means: exactly this.
  if (entries.length === 0) rule("type");
  return Object.fromEntries(entries);
}

function arrayOf(
  schema: Schema,
  path: string,
  refs: readonly string[],
  depth: number,
  state: Visit,
  rule: SetRule,
): unknown {
  const least = Math.max(numberIn(schema.minItems), depth <= 1 ? state.leastListed : 0);
  rule("type", least > 0 ? { min: least } : {});
  const item = schema.prefixItems === undefined ? visit(schema.items, `${path}[*]`, refs, depth + 1, state) : OPEN;
  if (item === OPEN) return [];
  return Array.from({ length: Math.max(1, Math.min(least, 3)) }, () => item);
}

const FORMATS: Record<string, string> = {
  date: "^\\d{4}-\\d{2}-\\d{2}$",
  "date-time": "^\\d{4}-\\d{2}-\\d{2}[Tt ]\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?([Zz]|[+-]\\d{2}:\\d{2})$",
  uuid: "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
};
/** Patterns that both JavaScript and the verifier (Rust) read alike. */
const PLAIN_PATTERN =
  /^(?:[\w\s.^$*+|/,:;@#%&=~<>!"'-]|\[[^\]\\[&]*\]|\{\d+(?:,\d*)?\}|\\[dwsDWS.\-/+*?()[\]{}|^$]|\((?!\?)|\)|\?)*$/;

function stringOf(schema: Schema, state: Visit, rule: SetRule): string {
  const pattern = typeof schema.pattern === "string" && PLAIN_PATTERN.test(schema.pattern) ? schema.pattern : undefined;
  const regex = pattern ?? (typeof schema.format === "string" ? FORMATS[schema.format] : undefined);
  const samples = [true, false].map((examples) => sampleOf(schema, state.root, state.seed, { examples }));
  const texts = samples.filter((value) => typeof value === "string");
  const fitting = regex === undefined ? texts[0] : texts.find((value) => fits(regex, value));
  if (regex === undefined || fitting === undefined) rule("type");
  else rule("regex", { regex });
  return fitting ?? texts[0] ?? "text";
}

function fits(regex: string, value: string): boolean {
  try {
    return new RegExp(regex).test(value);
  } catch {
    return false;
  }
}

function numberOf(schema: Schema, state: Visit, isRight: (value: unknown) => boolean): unknown {
  const samples = [true, false].map((examples) => sampleOf(schema, state.root, state.seed, { examples }));
  return samples.find(isRight) ?? 1;
}

function numberIn(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&").replace(/\\([/-])/g, "$1");
}

/** The path of a property, as matching rules write it. */
export function below(path: string, name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) ? `${path}.${name}` : `${path}['${name.replaceAll("'", "\\'")}']`;
}
