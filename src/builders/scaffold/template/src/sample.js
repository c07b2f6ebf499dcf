import { stringMatching } from "./pattern.js";
import { fits, resolve } from "./schema.js";

const MAX_DEPTH = 12;

/** A value that fits a schema, always the same one for the same schema; required properties only. */
export function sample(document, given, depth = 0) {
  const schema = resolve(document, given);
  if (typeof schema === "boolean") return null;
  for (const known of [schema.const, schema.default, schema.example, schema.examples?.[0]])
    if (known !== undefined && fits(document, schema, known)) return known;
  if (schema.enum) return schema.enum[0];
  if (schema.allOf) return sampleAll(document, schema, depth);
  const branch = (schema.oneOf ?? schema.anyOf)?.find((one) => resolve(document, one).type !== "null");
  if (branch) return sample(document, { ...withoutBranches(schema), ...resolve(document, branch) }, depth + 1);
  const type = typeOf(schema);
  if (type === "object") return sampleObject(document, schema, depth);
  if (type === "array") return sampleArray(document, schema, depth);
  if (type === "string") return sampleString(schema);
  if (type === "integer" || type === "number") return sampleNumber(document, schema, type);
  if (type === "boolean") return true;
  return null;
}

/** The type a schema asks for; "any" when it does not say. */
export function typeOf(schema) {
  const type = [schema.type ?? []].flat().find((one) => one !== "null");
  if (type) return type;
  if (schema.properties || schema.additionalProperties) return "object";
  if (schema.items || schema.prefixItems) return "array";
  return [schema.type ?? []].flat()[0] ?? "any";
}

/** One object schema instead of `allOf`: properties and requirements together. */
export function merged(document, given) {
  const schema = resolve(document, given);
  if (!schema.allOf) return schema;
  const parts = [withoutAllOf(schema), ...schema.allOf.map((part) => merged(document, part))];
  return {
    ...Object.assign({}, ...parts),
    properties: Object.assign({}, ...parts.map((part) => part.properties)),
    required: [...new Set(parts.flatMap((part) => part.required ?? []))],
  };
}

function withoutAllOf({ allOf: _, ...rest }) {
  return rest;
}

function withoutBranches({ oneOf: _oneOf, anyOf: _anyOf, ...rest }) {
  return rest;
}

function sampleAll(document, schema, depth) {
  return sample(document, merged(document, schema), depth + 1);
}

function sampleObject(document, schema, depth) {
  if (depth > MAX_DEPTH) return {};
  const properties = schema.properties ?? {};
  const isSent = (name) => resolve(document, properties[name]).readOnly !== true;
  const needed = (schema.required ?? []).filter(isSent);
  const optional = Object.keys(properties).filter((name) => isSent(name) && !needed.includes(name));
  const missing = Math.max(0, (schema.minProperties ?? 0) - needed.length);
  const names = [...needed, ...optional.slice(0, missing)];
  return Object.fromEntries(names.map((name) => [name, sample(document, properties[name] ?? {}, depth + 1)]));
}

function sampleArray(document, schema, depth) {
  const wanted = depth > MAX_DEPTH ? 0 : Math.min(schema.minItems ?? 1, 100);
  const first = schema.prefixItems ?? [];
  return Array.from({ length: wanted }, (_, index) => sample(document, first[index] ?? schema.items ?? {}, depth + 1));
}

const STRINGS = {
  uuid: "3f2b8c1e-5d4a-4e6f-8a7b-9c0d1e2f3a4b",
  email: "ada@example.com",
  date: "2026-01-31",
  time: "12:00:00Z",
  "date-time": "2026-01-31T12:00:00Z",
  uri: "https://example.com/",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  byte: "YWRh",
  decimal: "1.00",
};

function sampleString(schema) {
  if (schema.pattern) return stringMatching(schema.pattern) ?? "";
  const text = STRINGS[schema.format] ?? "sample";
  if (schema.format in STRINGS) return text;
  return text.padEnd(schema.minLength ?? 0, "x").slice(0, schema.maxLength ?? undefined);
}

function sampleNumber(document, schema, type) {
  const step = schema.multipleOf ?? (type === "integer" ? 1 : 0.5);
  const bounds = [schema.minimum, schema.exclusiveMinimum, schema.maximum, schema.exclusiveMaximum];
  const near = bounds
    .filter((bound) => typeof bound === "number")
    .flatMap((bound) => [bound, (Math.floor(bound / step) + 1) * step, (Math.ceil(bound / step) - 1) * step]);
  return [1, step, ...near, 0].find((candidate) => fits(document, schema, candidate)) ?? 0;
}
