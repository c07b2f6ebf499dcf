import { sampleOf } from "../../lib/schema-sample.ts";
import { at, isRecord } from "../document.ts";
import { isParameter } from "../infer.ts";
import { isJson, type Operation, type Parameter } from "../operation.ts";
import { checkOf } from "../schema-check.ts";
import { CannotArrange, type PreparedRequest } from "./session.ts";
import { parts, propertyOf, type Slot, slotsOf, withValue } from "./slots.ts";

/** Who provides what a request cannot make up. Each may throw `CannotArrange`. */
export interface Supply {
  /** Value of a path, query or header parameter that refers to something; undefined when it refers to nothing known. */
  parameter(parameter: Parameter, prefix: string): Promise<string | undefined>;
  /** Note that a path parameter is made up, though it identifies something. */
  assume(what: string): void;
  /** Value of a slot of the body; undefined leaves what was made up. */
  slot(slot: Slot): Promise<unknown>;
  token(): Promise<string>;
  /** Properties of the body that are not made up: this value, or left out when it is undefined. */
  fixed: ReadonlyMap<string, unknown>;
}

/**
 * A request that the contract calls valid. What is optional in path, query and headers is left out. Throws
 * `CannotArrange` when something it needs cannot be had.
 */
export async function buildRequest(
  operation: Operation,
  supply: Supply,
  made: { seed: number; examples: boolean },
): Promise<Omit<PreparedRequest, "assumed">> {
  const token = operation.secured ? await supply.token() : null;
  const path = await buildPath(operation, supply, made);
  const headers = await buildHeaders(operation, supply, made);
  const body = operation.body === null ? null : await buildBody(operation, supply, made);
  if (body !== null) headers["content-type"] = operation.body?.media_type ?? "application/json";
  return { method: operation.method, path, headers, body, token };
}

/** The path before each `{parameter}`, in comparable form: "/orders/{}/items" for the second of two. */
export function parameterPrefixes(path: string): Map<string, string> {
  const found = new Map<string, string>();
  let prefix = "";
  for (const segment of path.split("/").slice(1)) {
    if (isParameter(segment)) found.set(segment.slice(1, -1), prefix);
    prefix += `/${isParameter(segment) ? "{}" : segment}`;
  }
  return found;
}

async function buildPath(operation: Operation, supply: Supply, made: Made): Promise<string> {
  const prefixes = parameterPrefixes(operation.path);
  let path = operation.path;
  for (const [name, prefix] of prefixes) {
    const declared = operation.parameters.find((parameter) => parameter.in === "path" && parameter.name === name);
    const parameter = declared ?? { name, in: "path", required: true, schema: {}, reference: null };
    const value =
      (await supply.parameter(parameter, prefix)) ??
      plainValue(operation, parameter, made) ??
      assumedValue(operation, parameter, supply, made);
    if (value === "")
      throw new CannotArrange(`nothing in the contracts gives a value for {${name}} of ${operation.path}`);
    path = path.replace(`{${name}}`, () => encodeURIComponent(value));
  }
  const query = new URLSearchParams();
  const size = operation.action === "list" ? operation.parameters.find(({ name }) => PAGE_SIZE.test(name)) : undefined;
  if (size !== undefined) query.set(size.name, String(at(size.schema, "maximum") ?? 100));
  for (const parameter of operation.parameters.filter((one) => one.in === "query" && one.required))
    query.set(parameter.name, await parameterValue(operation, parameter, supply, made));
  return query.size === 0 ? path : `${path}?${query}`;
}

/** The most a list gives at once: what was just made may be on a later page. */
export const PAGE_SIZE = /^(limit|page_?size|per_?page)$/i;

type Made = { seed: number; examples: boolean };

/** These are the client's own business and must not be declared as parameters (OpenAPI 3.1, 4.8.12.1). */
export const OWN_HEADERS = new Set([
  "accept",
  "content-type",
  "authorization",
  "traceparent",
  "tracestate",
  "content-length",
  "host",
]);

async function buildHeaders(operation: Operation, supply: Supply, made: Made): Promise<Record<string, string>> {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (const parameter of operation.parameters.filter(({ required }) => required)) {
    if (parameter.in === "cookie")
      cookies.push(`${parameter.name}=${encodeURIComponent(await parameterValue(operation, parameter, supply, made))}`);
    if (parameter.in === "header" && !OWN_HEADERS.has(parameter.name.toLowerCase()))
      headers[parameter.name.toLowerCase()] = await parameterValue(operation, parameter, supply, made);
  }
  if (cookies.length > 0) headers.cookie = cookies.join("; ");
  return headers;
}

async function parameterValue(operation: Operation, parameter: Parameter, supply: Supply, made: Made): Promise<string> {
  const referred = parameter.reference === null ? undefined : await supply.parameter(parameter, "");
  const sampled = sampleOf(parameter.schema, operation.document, made.seed, { examples: made.examples });
  return referred ?? (typeof sampled === "object" ? JSON.stringify(sampled) : String(sampled));
}

/** A value for a path parameter that identifies nothing: only when the contract says what it may be. */
function plainValue(operation: Operation, parameter: Parameter, { seed }: Made): string | undefined {
  const schema = parameter.schema;
  const says = ["enum", "const", "default", "example", "examples", "pattern"];
  if (typeof schema !== "object" || schema === null || !says.some((key) => key in schema)) return undefined;
  const value = sampleOf(schema, operation.document, seed);
  return typeof value === "object" || value === undefined ? undefined : String(value);
}

/** A made-up value for a path parameter that identifies something nobody can make. */
function assumedValue(operation: Operation, parameter: Parameter, supply: Supply, { seed }: Made): string {
  supply.assume(`{${parameter.name}}`);
  const value = sampleOf(parameter.schema, operation.document, seed);
  return typeof value === "string" || typeof value === "number" ? String(value) : `assumed-${seed}`;
}

async function buildBody(operation: Operation, supply: Supply, made: Made): Promise<string | null> {
  const { body, document } = operation;
  if (body === null) return null;
  const form = body.media_type.toLowerCase().startsWith("application/x-www-form-urlencoded");
  if (!isJson(body.media_type) && !form) {
    if (!body.required) return null;
    throw new CannotArrange(`bodies of type ${body.media_type} are not generated`);
  }
  let value = sampleOf(body.schema, document, made.seed, { examples: made.examples, request: true });
  for (const [property, known] of supply.fixed) value = withValue(value, [property], known);
  for (const slot of slotsOf(body.schema, document, value)) value = await fill(value, slot, supply);
  // A read-only property may be required in the schema and is still not sent.
  const fault = checkOf(
    body.schema,
    document,
  )(value).find(({ pointer, actual }) => actual !== "absent" || !isReadOnly(operation, pointer.slice(1)));
  if (fault !== undefined)
    throw new CannotArrange(`no body that fits its schema was found: ${fault.pointer} ${fault.message}`);
  return form ? formBody(value) : JSON.stringify(value);
}

function formBody(value: unknown): string {
  const entries = isRecord(value) ? Object.entries(value) : [];
  return new URLSearchParams(entries.map(([name, inner]): [string, string] => [name, String(inner)])).toString();
}

function isReadOnly({ body, document }: Operation, property: string): boolean {
  return parts(propertyOf(parts(body?.schema, document), property), document).some(
    (schema) => schema.readOnly === true,
  );
}

/** What cannot be supplied is left out where the body is complete without it. */
async function fill(value: unknown, slot: Slot, supply: Supply): Promise<unknown> {
  try {
    const supplied = await supply.slot(slot);
    return supplied === undefined ? value : withValue(value, slot.path, supplied);
  } catch (cause) {
    if (cause instanceof CannotArrange && slot.optional) return withValue(value, slot.path, undefined);
    throw cause;
  }
}
