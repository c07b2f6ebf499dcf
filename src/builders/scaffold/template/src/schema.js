import { matchesFormat } from "./formats.js";

const MAX_ERRORS = 20;
// A contract's own pattern may backtrack badly: it only ever sees short strings.
const MAX_PATTERN_INPUT = 2000;

/** The value a local reference (`#/components/schemas/Order`) points at; undefined when there is none. */
export function lookUp(document, reference) {
  return reference
    .slice(1)
    .split("/")
    .slice(1)
    .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((inner, key) => (inner !== null && typeof inner === "object" ? inner[key] : undefined), document);
}

/** A schema with its reference followed; keywords beside `$ref` are kept. */
export function resolve(document, schema) {
  let current = schema;
  for (let hops = 0; current?.$ref !== undefined && hops < 32; hops += 1) {
    const { $ref, ...beside } = current;
    const target = lookUp(document, $ref) ?? {};
    current = typeof target === "boolean" ? target : { ...target, ...beside };
  }
  return current ?? {};
}

/**
 * Errors of a value against a JSON Schema (the dialects of OpenAPI 3.0 and 3.1), each with a JSON pointer; empty when it
 * is valid. `direction` "request" passes over required properties that are read-only, "response" over write-only ones.
 */
export function validate(document, schema, value, { direction = "response" } = {}) {
  const errors = [];
  const check = { document, direction, errors };
  visit(check, schema, value, "");
  return errors.slice(0, MAX_ERRORS);
}

/** Whether a value fits a schema. */
export function fits(document, schema, value, options) {
  return validate(document, schema, value, options).length === 0;
}

function visit(check, given, value, pointer) {
  if (check.errors.length >= MAX_ERRORS) return;
  const schema = resolve(check.document, given);
  const fail = (message) => check.errors.push({ pointer, message });
  if (schema === false) return fail("is not allowed");
  if (schema === true) return;
  if (value === null && schema.nullable === true) return;
  const types = [schema.type ?? []].flat();
  if (types.length > 0 && !types.some((type) => isType(type, value))) return fail(`must be ${types.join(" or ")}`);
  if ("const" in schema && !equal(schema.const, value)) fail(`must be ${JSON.stringify(schema.const)}`);
  if (schema.enum && !schema.enum.some((one) => equal(one, value)))
    fail(`must be one of ${schema.enum.map((one) => JSON.stringify(one)).join(", ")}`);
  if (typeof value === "string") visitString(schema, value, fail);
  if (typeof value === "number") visitNumber(schema, value, fail);
  if (Array.isArray(value)) visitArray(check, schema, value, pointer, fail);
  else if (value !== null && typeof value === "object") visitObject(check, schema, value, pointer, fail);
  visitCombinations(check, schema, value, pointer, fail);
}

function isType(type, value) {
  if (type === "integer") return Number.isInteger(value);
  if (type === "number") return typeof value === "number";
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return value !== null && typeof value === "object" && !Array.isArray(value);
  return type === { string: "string", boolean: "boolean" }[typeof value];
}

function visitString(schema, value, fail) {
  const length = [...value].length;
  if (schema.minLength !== undefined && length < schema.minLength)
    fail(`must have ${schema.minLength} or more characters`);
  if (schema.maxLength !== undefined && length > schema.maxLength)
    fail(`must have ${schema.maxLength} or fewer characters`);
  const tooLong = schema.maxLength !== undefined && length > schema.maxLength;
  if (schema.pattern !== undefined && !tooLong && !matchesPattern(schema.pattern, value))
    fail(`must match ${schema.pattern}`);
  if (schema.format !== undefined && !matchesFormat(schema.format, value)) fail(`must be a valid ${schema.format}`);
}

function matchesPattern(pattern, value) {
  return value.length <= MAX_PATTERN_INPUT && new RegExp(pattern, "u").test(value);
}

function visitNumber(schema, value, fail) {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (minimum !== undefined && (exclusiveMinimum === true ? value <= minimum : value < minimum))
    fail(`must be ${exclusiveMinimum === true ? "above" : "at least"} ${minimum}`);
  if (maximum !== undefined && (exclusiveMaximum === true ? value >= maximum : value > maximum))
    fail(`must be ${exclusiveMaximum === true ? "below" : "at most"} ${maximum}`);
  if (typeof exclusiveMinimum === "number" && value <= exclusiveMinimum) fail(`must be above ${exclusiveMinimum}`);
  if (typeof exclusiveMaximum === "number" && value >= exclusiveMaximum) fail(`must be below ${exclusiveMaximum}`);
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) fail(`must be a multiple of ${multipleOf}`);
  if (schema.format === "int32" && (value < -(2 ** 31) || value >= 2 ** 31)) fail("must fit into 32 bits");
}

/** 0.3 is a multiple of 0.1, although their quotient is not an integer in binary. */
function isMultiple(value, step) {
  const quotient = value / step;
  return Math.abs(quotient - Math.round(quotient)) <= 1e-9 * Math.max(1, Math.abs(quotient));
}

function visitArray(check, schema, value, pointer, fail) {
  if (schema.minItems !== undefined && value.length < schema.minItems)
    fail(`must have ${schema.minItems} or more items`);
  if (schema.maxItems !== undefined && value.length > schema.maxItems)
    fail(`must have ${schema.maxItems} or fewer items`);
  if (schema.uniqueItems && new Set(value.map(canonical)).size < value.length) fail("must not repeat items");
  const first = schema.prefixItems ?? [];
  value.forEach((item, index) => {
    const of = first[index] ?? schema.items;
    if (of !== undefined) visit(check, of, item, `${pointer}/${index}`);
  });
  if (schema.contains && !value.some((item) => fits(check.document, schema.contains, item)))
    fail("must contain a matching item");
}

function visitObject(check, schema, value, pointer, fail) {
  const names = Object.keys(value);
  for (const name of schema.required ?? [])
    if (!Object.hasOwn(value, name) && !isOptionalHere(check, schema, name)) fail(`must have the property ${name}`);
  if (schema.minProperties !== undefined && names.length < schema.minProperties) fail("has too few properties");
  if (schema.maxProperties !== undefined && names.length > schema.maxProperties) fail("has too many properties");
  const patterns = Object.entries(schema.patternProperties ?? {});
  for (const name of names) {
    const at = `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (schema.propertyNames !== undefined) visit(check, schema.propertyNames, name, at);
    const known = Object.hasOwn(schema.properties ?? {}, name);
    if (known) visit(check, schema.properties[name], value[name], at);
    const matching = patterns.filter(([pattern]) => matchesPattern(pattern, name));
    for (const [, inner] of matching) visit(check, inner, value[name], at);
    if (!known && matching.length === 0 && schema.additionalProperties !== undefined)
      visit(check, schema.additionalProperties, value[name], at);
  }
  for (const [name, needed] of Object.entries(schema.dependentRequired ?? {}))
    if (Object.hasOwn(value, name))
      for (const other of needed) if (!Object.hasOwn(value, other)) fail(`must have the property ${other}`);
}

function isOptionalHere({ document, direction }, schema, name) {
  const property = resolve(document, schema.properties?.[name]);
  return direction === "request" ? property.readOnly === true : property.writeOnly === true;
}

function visitCombinations(check, schema, value, pointer, fail) {
  const { document, direction } = check;
  const accepts = (inner) => fits(document, inner, value, { direction });
  for (const inner of schema.allOf ?? []) visit(check, inner, value, pointer);
  if (schema.anyOf && !schema.anyOf.some(accepts)) fail("must match one of the alternatives");
  if (schema.oneOf && schema.oneOf.filter(accepts).length !== 1) fail("must match exactly one of the alternatives");
  if (schema.not !== undefined && accepts(schema.not)) fail("has a form that is not allowed");
  if (schema.if !== undefined) {
    const branch = accepts(schema.if) ? schema.then : schema.else;
    if (branch !== undefined) visit(check, branch, value, pointer);
  }
}

function equal(a, b) {
  return a === b || canonical(a) === canonical(b);
}

function canonical(value) {
  return JSON.stringify(value, (_key, inner) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
