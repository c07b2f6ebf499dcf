import { AppError } from "../lib/errors.ts";
import { atPointer, pointerPart } from "../lib/json-schema-bundle.ts";
import { nearest } from "../lib/nearest.ts";
import { at, isRecord } from "../lib/schema-flatten.ts";

type Json = Record<string, unknown>;

/** About two thousand tokens of JSON. */
export const SHORT = 7000;
const MAX_LISTED = 5000;

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** Operations of an OpenAPI document, channels of an AsyncAPI one, definitions of a schema: what a part can be asked by. */
export function outlineOf(spec: Json): string[] {
  const paths = Object.entries(isRecord(spec.paths) ? spec.paths : {}).flatMap(([path, item]) =>
    METHODS.filter((method) => isRecord(at(item, method))).map((method) => `${method.toUpperCase()} ${path}`),
  );
  if (paths.length > 0) return paths;
  const named = ["channels", "operations", "$defs", "definitions", "properties"];
  return named.flatMap((key) =>
    Object.keys(isRecord(spec[key]) ? spec[key] : {}).map((name) => `/${key}${pointerPart(name)}`),
  );
}

/** As many from the front as stay short: at most `limit` characters of JSON. */
export function fitting<Item>(items: readonly Item[], limit = MAX_LISTED): Item[] {
  let left = limit;
  return items.filter((item) => {
    left -= JSON.stringify(item).length + 1;
    return left >= 0;
  });
}

/** One operation as a document of its own: with everything that its references reach. Errors: NOT_FOUND. */
export function operationPart(spec: Json, wanted: string): Json {
  const found = Object.entries(isRecord(spec.paths) ? spec.paths : {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = at(item, method);
      const name = `${method.toUpperCase()} ${path}`;
      const is = name.toLowerCase() === wanted.toLowerCase() || at(operation, "operationId") === wanted;
      return isRecord(operation) && is ? [{ path, method, operation, shared: at(item, "parameters") }] : [];
    }),
  )[0];
  if (!found) {
    const names = outlineOf(spec);
    throw new AppError("NOT_FOUND", `The contract has no operation ${wanted}.`, {
      remedy: `Give METHOD /path or an operationId, e.g. ${nearest(wanted, names) ?? names[0] ?? "GET /"}.`,
    });
  }
  const { path, method, operation, shared } = found;
  const item = { ...(shared === undefined ? {} : { parameters: shared }), [method]: operation };
  const part: Json = { paths: { [path]: item } };
  const pending = referencesIn(item);
  for (const seen = new Set<string>(); pending.length > 0; ) {
    const reference = pending.pop() ?? "";
    if (seen.has(reference) || !reference.startsWith("#/")) continue;
    seen.add(reference);
    const target = atPointer(spec, decoded(reference.slice(1)));
    if (target === undefined) continue;
    place(part, decoded(reference.slice(1)), target);
    pending.push(...referencesIn(target));
  }
  return part;
}

/** The value at a JSON pointer. Errors: NOT_FOUND with what there is beside it. */
export function pointerTarget(spec: Json, pointer: string): unknown {
  const bare = decoded(pointer.replace(/^#/, ""));
  const value = atPointer(spec, bare);
  if (value !== undefined) return value;
  const parent = atPointer(spec, bare.split("/").slice(0, -1).join("/"));
  const keys = isRecord(parent) ? Object.keys(parent).slice(0, 20).join(", ") : "";
  throw new AppError("NOT_FOUND", `There is nothing at ${pointer}.`, {
    remedy: keys
      ? `There are ${keys}.`
      : `The document has ${Object.keys(spec)
          .map((key) => `/${key}`)
          .join(", ")}.`,
  });
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isRecord(value)) return [];
  const own = typeof value.$ref === "string" ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(referencesIn)];
}

function place(part: Json, pointer: string, value: unknown): void {
  const keys = pointer
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = keys.pop() ?? "";
  let inner = part;
  for (const key of keys) {
    const next = Object.hasOwn(inner, key) && isRecord(inner[key]) ? { ...inner[key] } : {};
    inner[key] = next;
    inner = next;
  }
  if (!Object.hasOwn(inner, last)) inner[last] = value;
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}
