import { discriminatedBy } from "./discriminator.ts";

type Json = Record<string, unknown>;

/** Which way a value travels: requests carry no `readOnly` properties, responses no `writeOnly` ones. */
export type Travel = "request" | "response";

/** A schema that needs nothing around it, or why there is none. */
export type Bundled = { schema: Json | boolean; problem?: undefined } | { problem: string };

const MAX_DEPTH = 200;
const MAX_NODES = 100_000;

const SCHEMA_KEYWORDS = [
  "items",
  "additionalItems",
  "additionalProperties",
  "unevaluatedItems",
  "unevaluatedProperties",
  "contains",
  "propertyNames",
  "not",
  "if",
  "then",
  "else",
];
const LIST_KEYWORDS = ["allOf", "anyOf", "oneOf", "prefixItems"];
const MAP_KEYWORDS = ["properties", "patternProperties", "dependentSchemas"];
const PLAIN_KEYWORDS = [
  "type",
  "enum",
  "const",
  "format",
  "pattern",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minContains",
  "maxContains",
  "minProperties",
  "maxProperties",
  "required",
  "dependentRequired",
];

class Unusable extends Error {}

/**
 * Copy a schema out of its document (an OpenAPI or AsyncAPI document, or the schema itself) as a JSON Schema 2020-12 of
 * its own: what local references reach comes along as `$defs`, OpenAPI 3.0's `nullable` and boolean exclusive limits and
 * draft-07 tuples are rewritten, annotations and extensions are dropped. Recursion stays a reference. A choice with a
 * `discriminator` is made by that property. With `travel`, properties that do not travel that way are neither required
 * nor allowed.
 */
export function bundleSchema(schema: unknown, root: unknown, travel?: Travel): Bundled {
  const names = new Map<string, string>();
  const definitions: Json = {};
  const pending: { name: string; target: unknown }[] = [];
  let nodes = 0;

  const refer = (reference: string): string => {
    const known = names.get(reference);
    if (known !== undefined) return known;
    const name = `#/$defs/s${names.size}`;
    names.set(reference, name);
    pending.push({ name: `s${names.size - 1}`, target: resolvePointer(root, reference) });
    return name;
  };

  const convert = (node: unknown, depth: number, kept: ReadonlySet<string> = NONE): Json | boolean => {
    nodes += 1;
    if (depth > MAX_DEPTH) throw new Unusable(`it is nested more than ${MAX_DEPTH} levels deep`);
    if (nodes > MAX_NODES) throw new Unusable(`it has more than ${MAX_NODES} parts`);
    if (typeof node === "boolean") return node;
    if (!isJson(node)) throw new Unusable("a schema must be an object or a boolean");
    const hidden = travel === undefined ? NONE : new Set([...kept, ...hiddenNames(node, root, travel)]);
    const result: Json = {};
    for (const key of PLAIN_KEYWORDS) if (Object.hasOwn(node, key)) result[key] = node[key];
    for (const key of SCHEMA_KEYWORDS)
      if (Object.hasOwn(node, key) && !Array.isArray(node[key])) result[key] = convert(node[key], depth + 1);
    for (const key of LIST_KEYWORDS)
      if (Array.isArray(node[key])) result[key] = node[key].map((each) => convert(each, depth + 1, hidden));
    for (const key of MAP_KEYWORDS) if (isJson(node[key])) result[key] = convertMap(node[key], depth);
    for (const name of hidden) {
      if (isJson(result.properties) && Object.hasOwn(result.properties, name)) result.properties[name] = false;
      if (Array.isArray(result.required)) result.required = result.required.filter((one) => one !== name);
    }
    if (Array.isArray(node.items)) tuple(node, result, depth);
    decide(node, result, depth);
    exclusive(result, "minimum", "exclusiveMinimum");
    exclusive(result, "maximum", "exclusiveMaximum");
    if (typeof node.$ref === "string") result.$ref = refer(node.$ref);
    return node.nullable === true ? nullable(result) : result;
  };

  const convertMap = (map: Json, depth: number): Json =>
    Object.fromEntries(Object.entries(map).map(([key, value]) => [key, convert(value, depth + 1)]));

  const decide = (node: Json, result: Json, depth: number): void => {
    const choice = discriminatedBy(node);
    if (choice === undefined) return;
    const { keyword, property, alternatives } = choice;
    const among = (values: string[]) => ({ required: [property], properties: { [property]: { enum: values } } });
    delete result[keyword];
    result.allOf = [
      ...(Array.isArray(result.allOf) ? result.allOf : []),
      among(alternatives.flatMap(({ values }) => values)),
      ...alternatives.map(({ schema: one, values }) => ({ if: { not: among(values) }, else: convert(one, depth + 1) })),
    ];
  };

  const tuple = (node: Json, result: Json, depth: number): void => {
    const { items, additionalItems } = node;
    result.prefixItems = Array.isArray(items) ? items.map((each) => convert(each, depth + 1)) : [];
    delete result.additionalItems;
    if (additionalItems !== undefined) result.items = convert(additionalItems, depth + 1);
  };

  try {
    const main = convert(schema, 0);
    for (let next = pending.shift(); next; next = pending.shift()) definitions[next.name] = convert(next.target, 0);
    if (typeof main === "boolean" || names.size === 0) return { schema: main };
    return { schema: { ...main, $defs: definitions } };
  } catch (cause) {
    if (cause instanceof Unusable) return { problem: cause.message };
    throw cause;
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Properties of a schema, and of what it is composed of, that do not travel this way. */
function hiddenNames(node: Json, root: unknown, travel: Travel, hops = 0): string[] {
  if (hops > 20) return [];
  const flag = travel === "request" ? "readOnly" : "writeOnly";
  const own = Object.entries(isJson(node.properties) ? node.properties : {})
    .filter(([, property]) => isMarked(property, root, flag))
    .map(([name]) => name);
  const parts = Array.isArray(node.allOf) ? node.allOf : [];
  return [...own, ...parts.flatMap((part) => hiddenNames(followed(part, root), root, travel, hops + 1))];
}

function isMarked(property: unknown, root: unknown, flag: string, hops = 0): boolean {
  if (!isJson(property) || hops > 20) return false;
  if (property[flag] === true) return true;
  if (typeof property.$ref === "string") return isMarked(followed(property, root), root, flag, hops + 1);
  return Array.isArray(property.allOf) && property.allOf.some((part) => isMarked(part, root, flag, hops + 1));
}

function followed(part: unknown, root: unknown): Json {
  let current = part;
  for (let hops = 0; hops < 20 && isJson(current) && typeof current.$ref === "string"; hops += 1)
    current = current.$ref.startsWith("#") ? atPointer(root, decode(current.$ref.slice(1))) : undefined;
  return isJson(current) ? current : {};
}

/** `exclusiveMinimum: true` beside `minimum`, as OpenAPI 3.0 and draft-04 write it. */
function exclusive(schema: Json, limit: string, flag: string): void {
  if (schema[flag] === true) {
    schema[flag] = schema[limit];
    delete schema[limit];
  }
  if (schema[flag] === false || schema[flag] === undefined) delete schema[flag];
}

function nullable(schema: Json): Json {
  if (typeof schema.type !== "string") return { anyOf: [schema, { type: "null" }] };
  const values = Array.isArray(schema.enum) ? { enum: [...new Set([...schema.enum, null])] } : {};
  const { const: constant, ...rest } = schema;
  const fixed = constant === undefined ? {} : { enum: [constant, null] };
  return { ...rest, ...values, ...fixed, type: [schema.type, "null"] };
}

/** What a local reference (`#/a/b~1c`) points at. */
function resolvePointer(root: unknown, reference: string): unknown {
  if (!reference.startsWith("#")) throw new Unusable(`${reference} leads out of the document`);
  const found = atPointer(root, decode(reference.slice(1)));
  if (found === undefined) throw new Unusable(`${reference} does not exist`);
  return found;
}

function decode(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** The value at a JSON pointer (RFC 6901), own properties only; undefined when there is none. */
export function atPointer(root: unknown, pointer: string): unknown {
  if (pointer === "") return root;
  if (!pointer.startsWith("/")) return undefined;
  let value = root;
  for (const part of pointer.slice(1).split("/")) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** A key as a part of a JSON pointer. */
export function pointerPart(key: string | number): string {
  const text = String(key);
  // Most keys need no escaping, and large documents have very many of them.
  return `/${/[~/]/.test(text) ? text.replaceAll("~", "~0").replaceAll("/", "~1") : text}`;
}

function isJson(value: unknown): value is Json {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
