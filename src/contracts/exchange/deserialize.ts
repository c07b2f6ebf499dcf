import { flatten, list, type Schema } from "../../lib/schema-flatten.ts";
import type { Parameter } from "../breaking/parameters.ts";
import { decoded } from "./operations.ts";

/** A parameter's value as the schema's type; `problem` when the text cannot be one at all. */
export type Read = { value: unknown } | { problem: string } | undefined;

/** A schema with references followed, as far as its type and properties go. */
export function shapeAt(schema: unknown, root: unknown): Schema {
  const { schema: flat } = flatten(schema, { root, budget: { left: 2000 } }, []);
  return flat;
}

/** The types a value may have: its own, or those of its alternatives. */
export function typesOf(schema: unknown, root: unknown, depth = 0): string[] {
  const flat = shapeAt(schema, root);
  const stated = [flat.type].flat().filter((type) => typeof type === "string");
  if (stated.length > 0 || depth > 5) return stated;
  if (Array.isArray(flat.enum)) return [...new Set(flat.enum.map(jsonType))];
  const choices = list(flat.oneOf) ?? list(flat.anyOf) ?? [];
  if (choices.length > 0) return [...new Set(choices.flatMap((choice) => typesOf(choice, root, depth + 1)))];
  if (flat.properties !== undefined) return ["object"];
  return flat.items === undefined ? [] : ["array"];
}

function jsonType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

/** A text as the type that the schema asks for; it stays text where it cannot be that, for the schema to refuse. */
export function coerced(text: string, schema: unknown, root: unknown): unknown {
  const types = typesOf(schema, root);
  if (types.includes("string")) return text;
  if (/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && types.some((type) => type === "integer" || type === "number"))
    return Number(text);
  if (types.includes("boolean") && /^(true|false)$/.test(text)) return text === "true";
  if (types.includes("null") && (text === "null" || text === "")) return null;
  return text;
}

/** The value of a path, header or cookie parameter from its one text (styles simple, label, matrix, form). */
export function readSingle(parameter: Parameter, raw: string, root: unknown): Read {
  const { style, explode, name } = parameter;
  if (parameter.mediaType !== undefined) return readJson(raw);
  const schema = parameter.schema[0]?.node ?? {};
  let text = raw;
  let separator = ",";
  if (style === "label") {
    if (!text.startsWith(".")) return { problem: "does not begin with a dot, as style label does" };
    text = text.slice(1);
    if (explode) separator = ".";
  }
  if (style === "matrix") {
    if (!text.startsWith(";")) return { problem: `does not begin with ;${name}=, as style matrix does` };
    if (explode) return readPairs(text.slice(1).split(";"), schema, root, name);
    text = text.replace(`;${name}=`, "");
  }
  return readList(text, separator, explode, schema, root);
}

function readList(text: string, separator: string, explode: boolean, schema: unknown, root: unknown): Read {
  const types = typesOf(schema, root);
  if (types.includes("array")) {
    const { items } = shapeAt(schema, root);
    return { value: text === "" ? [] : text.split(separator).map((one) => coerced(one, items ?? {}, root)) };
  }
  if (!types.includes("object")) return { value: coerced(text, schema, root) };
  const parts = text === "" ? [] : text.split(separator);
  if (explode) return readPairs(parts, schema, root);
  const pairs = parts.filter((_, index) => index % 2 === 0).map((key, index) => [key, parts[index * 2 + 1] ?? ""]);
  return { value: objectOf(pairs, schema, root) };
}

/** `name=value` pairs: of an object its properties; of anything else under the parameter's own name. */
function readPairs(parts: string[], schema: unknown, root: unknown, name?: string): Read {
  const pairs = parts.map((part) => {
    const at = part.indexOf("=");
    return at === -1 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
  });
  const types = typesOf(schema, root);
  if (types.includes("object")) return { value: objectOf(pairs, schema, root) };
  const values = pairs.filter(([key]) => key === name).map(([, value = ""]) => value);
  const { items } = shapeAt(schema, root);
  if (types.includes("array")) return { value: values.map((one) => coerced(one, items ?? {}, root)) };
  return { value: coerced(values[0] ?? "", schema, root) };
}

function objectOf(pairs: readonly (readonly string[])[], schema: unknown, root: unknown): Record<string, unknown> {
  const { properties } = shapeAt(schema, root);
  const known = properties !== null && typeof properties === "object" ? properties : {};
  return Object.fromEntries(
    pairs.map(([key = "", text = ""]) => [key, coerced(text, Reflect.get(known, key) ?? {}, root)]),
  );
}

/** A query as names and raw texts, in order. */
export function queryPairs(query: string): [string, string][] {
  return query
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      const [name, text] = at === -1 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
      return [decoded(name.replaceAll("+", " ")), text.replaceAll("+", " ")];
    });
}

const SEPARATORS: Record<string, string> = { spaceDelimited: " ", pipeDelimited: "|" };

/** The value of a query parameter; undefined when it is not there. `used` gathers the names that belong to one. */
export function readQuery(
  parameter: Parameter,
  pairs: readonly (readonly [string, string])[],
  root: unknown,
  used: Set<string>,
): Read {
  const { name, style, explode } = parameter;
  const schema = parameter.schema[0]?.node ?? {};
  const types = typesOf(schema, root);
  const isObject = types.includes("object") && !types.includes("string");
  const own = pairs.filter(([key]) => key === name || key === `${name}[]`);
  for (const [key] of own) used.add(key);
  if (parameter.mediaType !== undefined) return own[0] ? readJson(decoded(own[0][1])) : undefined;
  if (isObject && style === "deepObject") return readDeep(name, pairs, schema, root, used);
  if (isObject && style === "form" && explode) {
    const { properties } = shapeAt(schema, root);
    const names = properties !== null && typeof properties === "object" ? Object.keys(properties) : [];
    const found = pairs.filter(([key]) => names.includes(key));
    for (const [key] of found) used.add(key);
    return found.length === 0
      ? undefined
      : {
          value: objectOf(
            found.map(([key, text]) => [key, decoded(text)]),
            schema,
            root,
          ),
        };
  }
  const [first] = own;
  if (first === undefined) return undefined;
  if (!types.includes("array")) {
    const text = decoded(first[1]);
    return isObject ? readList(text, ",", false, schema, root) : { value: coerced(text, schema, root) };
  }
  const { items } = shapeAt(schema, root);
  const separator = SEPARATORS[style] ?? ",";
  // A separator that belongs to a value is percent-encoded; a space cannot stand there otherwise.
  const split = (text: string) => (separator === " " ? decoded(text).split(" ") : text.split(separator).map(decoded));
  const texts = own.length > 1 || explode ? own.map(([, text]) => decoded(text)) : split(first[1]);
  return { value: texts.map((one) => coerced(one, items ?? {}, root)) };
}

/** `filter[state]=open&filter[owner][name]=x` */
function readDeep(
  name: string,
  pairs: readonly (readonly [string, string])[],
  schema: unknown,
  root: unknown,
  used: Set<string>,
): Read {
  const found = pairs.filter(([key]) => key.startsWith(`${name}[`) && key.endsWith("]"));
  if (found.length === 0) return undefined;
  const value: Record<string, unknown> = {};
  for (const [key, text] of found) {
    used.add(key);
    const keys = key.slice(name.length + 1, -1).split("][");
    place(value, keys, decoded(text), schema, root);
  }
  return { value };
}

function place(target: Record<string, unknown>, keys: string[], text: string, schema: unknown, root: unknown): void {
  const [key = "", ...rest] = keys;
  if (key === "__proto__") return;
  const { properties } = shapeAt(schema, root);
  const inner = properties !== null && typeof properties === "object" ? (Reflect.get(properties, key) ?? {}) : {};
  if (rest.length === 0) {
    const isList = typesOf(inner, root).includes("array");
    const { items } = shapeAt(inner, root);
    const before = target[key];
    if (!isList) target[key] = coerced(text, inner, root);
    else target[key] = [...(Array.isArray(before) ? before : []), coerced(text, items ?? {}, root)];
    return;
  }
  if (rest.length === 1 && rest[0] === "") {
    place(target, [key], text, schema, root);
    return;
  }
  const before = target[key];
  const next: Record<string, unknown> =
    before !== null && typeof before === "object" && !Array.isArray(before)
      ? Object.fromEntries(Object.entries(before))
      : {};
  target[key] = next;
  place(next, rest, text, inner, root);
}

function readJson(text: string): Read {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: "is not JSON" };
  }
}
