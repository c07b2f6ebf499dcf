import { flatten } from "../../lib/schema-flatten.ts";
import { isRecord } from "../document.ts";
import type { Operation } from "../operation.ts";
import { parameterPrefixes } from "../session/request.ts";
import type { PreparedRequest } from "../session/session.ts";
import { slotsOf } from "../session/slots.ts";
import { below } from "./matching.ts";

/** The value that holds the caller's bearer token. */
export const TOKEN = "token";

/** The name under which a provider state tells a value: a path parameter's own, others with where they stand. */
export function valueName(place: "path" | "query" | "header" | "body", name: string): string {
  const plain = name.replace(/[^\w]+/g, "_").replace(/^_+|_+$/g, "");
  return place === "path" ? plain : `${place}_${plain}`;
}

/** How a generator of Pact refers to a value. */
export function expressionOf(name: string): string {
  return `\${${name}}`;
}

/** The names that the generators of a request refer to. */
export function namesIn(generators: unknown): string[] {
  return [...JSON.stringify(generators ?? {}).matchAll(/\$\{([^{}]+)\}/g)].map(([, name = ""]) => name);
}

export interface Leaf {
  /** As matching rules write it: `$.items[0].sku`. */
  path: string;
  name: string;
  value: string | number;
}

/**
 * The values of a body that cannot stand in a file: what refers to something else, credentials, and free text, which may
 * have to be unique.
 */
export function bodyLeaves(body: unknown, { body: described, document }: Operation): Leaf[] {
  const slots = new Set(slotsOf(described?.schema, document, body).map(({ path }) => path.join("/")));
  const found: Leaf[] = [];
  const visit = (value: unknown, schema: unknown, path: string, keys: (string | number)[]): void => {
    const flat = flatten(schema, { root: document, budget: { left: 500 } }, []).schema;
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) visit(item, flat.items, `${path}[${index}]`, [...keys, index]);
    else if (isRecord(value)) {
      const properties = isRecord(flat.properties) ? flat.properties : {};
      for (const [name, inner] of Object.entries(value))
        visit(inner, properties[name], below(path, name), [...keys, name]);
    } else if ((typeof value === "string" || typeof value === "number") && keys.length > 0) {
      const free =
        typeof value === "string" &&
        !("enum" in flat) &&
        !("const" in flat) &&
        !/^date|^time/.test(String(flat.format ?? ""));
      if (free || slots.has(keys.join("/"))) found.push({ path, name: valueName("body", keys.join("_")), value });
    }
  };
  visit(body, described?.schema, "$", []);
  return found;
}

/** Everything a prepared request says, by the names that generators use. */
export function valuesOf(
  { path, headers, body, token }: PreparedRequest,
  operation: Operation,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  const [way = "", search = ""] = path.split("?");
  const segments = way.split("/").slice(1);
  const names = operation.path.split("/").slice(1);
  for (const name of parameterPrefixes(operation.path).keys()) {
    const segment = segments[names.indexOf(`{${name}}`)];
    if (segment !== undefined) values[valueName("path", name)] = decodeURIComponent(segment);
  }
  for (const [name, value] of new URLSearchParams(search)) values[valueName("query", name)] = value;
  for (const [name, value] of Object.entries(headers)) values[valueName("header", name)] = value;
  if (token !== null) values[TOKEN] = token;
  const collect = (value: unknown, keys: (string | number)[]): void => {
    if (Array.isArray(value)) for (const [index, item] of value.entries()) collect(item, [...keys, index]);
    else if (isRecord(value)) for (const [name, inner] of Object.entries(value)) collect(inner, [...keys, name]);
    else values[valueName("body", keys.join("_"))] = value;
  };
  if (body !== null) collect(parsed(body), []);
  return values;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}
