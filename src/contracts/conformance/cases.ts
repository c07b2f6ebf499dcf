import { pointerPart } from "../../lib/json-schema-bundle.ts";
import { isJsonType } from "../../lib/media.ts";
import { sampleOf } from "../../lib/schema-sample.ts";
import type { ContractTestCase } from "../../model/contract.ts";
import type { Parameter } from "../breaking/parameters.ts";
import { child, entriesAt, own, type Source } from "../breaking/source.ts";
import { readQuery, readSingle } from "../exchange/deserialize.ts";
import { checkOf } from "../exchange/faults.ts";
import { type Api, decoded, type HttpOperation } from "../exchange/operations.ts";
import { type Body, bodyOf, sampleBody } from "./bodies.ts";
import { type Credentials, credentialsOf } from "./credentials.ts";
import { type Variant, variantsOf } from "./mutations.ts";
import { ABSENT } from "./part.ts";
import { serialized } from "./serialize.ts";

/** A request as it is put together: values before they are written. */
interface Draft {
  values: Map<Parameter, unknown>;
  body: unknown;
}

/** The schema of what is not described. */
const ANY = {};

/**
 * Conformance cases of one operation: valid (everything, and only what is required), boundary, and, unless left out,
 * invalid with one thing wrong at a time, without credentials where they are asked for included. A string instead: why
 * no valid request can be made.
 */
export function casesOf(api: Api, operation: HttpOperation, negative: boolean): ContractTestCase[] | string {
  const { source } = api;
  const { document } = source;
  const body = bodyOf(source, operation);
  if (typeof body === "string") return body;
  const values = new Map(operation.parameters.map((one) => [one, sampleFor(source, one)]));
  const unusable = [...values].find(([one, value]) => one.required && !reads(source, one, value));
  if (unusable) return `no valid value of ${unusable[0].in} parameter ${unusable[0].name} could be made`;
  const optional = [...values].filter(([one, value]) => one.required || reads(source, one, value));
  const sample = body ? sampleBody(body, document) : ABSENT;
  if (body && sample === ABSENT) return "no valid body could be made from its schema";
  const full: Draft = { values: new Map(optional), body: sample };
  const least: Draft = {
    values: new Map(optional.filter(([one]) => one.required)),
    body: body?.required === false ? ABSENT : sample,
  };
  const make = caseMaker(api, operation, body);
  const cases = [make("valid", "with everything", full)];
  if (full.values.size !== least.values.size || full.body !== least.body)
    cases.push(make("valid", "with only what is required", least));
  for (const variant of body ? bodyVariants(body, document, sample) : [])
    cases.push(make(variant.kind, `body ${variantName(variant)}`, { ...full, body: variant.value }));
  for (const [parameter, value] of full.values)
    for (const variant of parameterVariants(source, parameter, value)) {
      const changed = new Map(full.values).set(parameter, variant.value);
      cases.push(
        make(variant.kind, `${parameter.in} ${parameter.name} ${variantName(variant)}`, { ...full, values: changed }),
      );
    }
  if (!negative) return cases.filter(({ kind }) => kind !== "invalid");
  for (const parameter of full.values.keys())
    if (parameter.required && parameter.in !== "path") {
      const values = new Map([...full.values].filter(([one]) => one !== parameter));
      cases.push(make("invalid", `${parameter.in} ${parameter.name} required`, { ...full, values }));
    }
  if (body?.required) cases.push(make("invalid", "body required", { ...full, body: ABSENT }));
  const open = make("invalid", "security without credentials", full, true);
  if (credentialsOf(source, operation)) cases.push(open);
  return cases;
}

function bodyVariants({ schema, check, survives }: Body, root: unknown, sample: unknown): Variant[] {
  return variantsOf(schema, root, sample, check).filter(({ kind, value }) => survives(value, kind === "boundary"));
}

function variantName({ keyword, pointer, kind, value }: Variant): string {
  const shown = keyword === "enum" && kind === "boundary" && pointer === "" ? JSON.stringify(value).slice(0, 40) : "";
  return [pointer, keyword, shown].filter(Boolean).join(" ");
}

function sampleFor(source: Source, { schema, node }: Parameter): unknown {
  const { document } = source;
  const given = schema[0]?.node ?? ANY;
  const [example] = entriesAt(node, "examples").flatMap(([, one]) =>
    typeof one === "object" && one !== null && "value" in one ? [one.value] : [],
  );
  const tries = [
    node.example,
    example,
    sampleOf(given, document, 0),
    sampleOf(given, document, 1, { examples: false }),
  ];
  const check = checkOf(source, given, undefined);
  return tries.find((value) => value !== undefined && value !== "" && check(value).length === 0);
}

/** Whether a value survives being written and read again, and fits its schema then. */
function reads(source: Source, parameter: Parameter, value: unknown): boolean {
  const seen = roundTrip(source, parameter, value);
  return seen !== undefined && checkOf(source, parameter.schema[0]?.node ?? ANY, undefined)(seen.value).length === 0;
}

function roundTrip({ document }: Source, parameter: Parameter, value: unknown): { value: unknown } | undefined {
  if (value === undefined) return undefined;
  const text = serialized(parameter, value);
  if (parameter.in === "path" && /^(\.{0,2}|.*%2F.*)$/i.test(text)) return undefined;
  if (parameter.in === "header" && /[^\x20-\x7e]|^ | $/.test(text)) return undefined;
  const pairs = text.split("&").map((pair): [string, string] => {
    const [name = "", ...rest] = pair.split("=");
    return [decoded(name), rest.join("=")];
  });
  const read =
    parameter.in === "query"
      ? readQuery(parameter, pairs, document, new Set())
      : readSingle(parameter, parameter.in === "path" ? decoded(text) : text, document);
  return read === undefined || "problem" in read ? undefined : read;
}

/** Variants that are still what they are meant to be after being written as text. */
function parameterVariants(source: Source, parameter: Parameter, value: unknown): Variant[] {
  const schema = parameter.schema[0]?.node ?? ANY;
  const check = checkOf(source, schema, undefined);
  return variantsOf(schema, source.document, value, check).filter((variant) => {
    // In a text null and a number are words like any other.
    if (variant.keyword === "null") return false;
    const seen = roundTrip(source, parameter, variant.value);
    return seen !== undefined && (check(seen.value).length === 0) === (variant.kind === "boundary");
  });
}

function caseMaker({ source }: Api, operation: HttpOperation, body: Body | undefined) {
  const credentials = credentialsOf(source, operation);
  let number = 0;
  return (kind: ContractTestCase["kind"], what: string, draft: Draft, open = false): ContractTestCase => {
    number += 1;
    const shown = open ? null : credentials;
    const status = open ? ["401", "403"] : expected(source, operation, kind);
    return {
      id: `${operation.name} #${number}`,
      name: `${operation.name} ${kind}: ${what}`,
      kind,
      operation: operation.name,
      request: requestOf(operation, draft, body, shown),
      expect: { status, schema_pointer: schemaPointer(source, operation, status) },
    };
  };
}

function requestOf(
  { method, path, parameters }: HttpOperation,
  { values, body }: Draft,
  described: Body | undefined,
  credentials: Credentials | null,
): ContractTestCase["request"] {
  const written = [...values].map(([one, value]) => ({ one, text: serialized(one, value) }));
  const at = (place: string) => written.filter(({ one }) => one.in === place);
  const filled = at("path").reduce((text, { one, text: value }) => text.replace(`{${one.name}}`, () => value), path);
  const query = at("query").map(({ text }) => text);
  for (const [name, value] of Object.entries(credentials?.query ?? {}))
    query.push(`${encodeURIComponent(name)}=${value}`);
  const cookies = at("cookie").map(({ one, text }) => `${one.name}=${text}`);
  const headers: Record<string, string> = {
    ...Object.fromEntries(at("header").map(({ one, text }) => [one.name.toLowerCase(), text])),
    ...credentials?.headers,
  };
  if (cookies.length > 0) headers.cookie = [...cookies, headers.cookie].filter(Boolean).join("; ");
  if (body !== ABSENT && described) headers["content-type"] = described.type;
  const request = {
    method,
    path: filled + (query.filter(Boolean).length > 0 ? `?${query.filter(Boolean).join("&")}` : ""),
    headers,
  };
  if (body === ABSENT || parameters === undefined) return request;
  return described?.parts ? { ...request, body, parts: described.parts } : { ...request, body };
}

/** States of things that a request cannot arrange: they may stand in the way of a valid one. */
const CIRCUMSTANCES = ["404", "409", "410", "412", "423"];

function expected(source: Source, { operation }: HttpOperation, kind: ContractTestCase["kind"]): string[] {
  if (kind === "invalid") return ["4XX"];
  const statuses = Object.keys(child(source, operation, "responses").node).map((one) => one.toUpperCase());
  const good = statuses.filter((one) => /^[23]/.test(one));
  const security = own(operation.node, "security") ?? source.document.security;
  const open = !Array.isArray(security) || security.length === 0;
  const excused = [
    ...CIRCUMSTANCES,
    // Without required credentials it is the body's that are refused: a login.
    ...(open ? ["401"] : []),
    ...(Array.isArray(operation.node["x-calls"]) ? ["400", "422", "424", "502", "503", "504"] : []),
  ];
  return [...(good.length > 0 ? good : ["2XX"]), ...statuses.filter((one) => excused.includes(one))];
}

function schemaPointer(source: Source, { operation }: HttpOperation, status: string[]): string | null {
  const responses = child(source, operation, "responses");
  const key = Object.keys(responses.node).find((one) => one.toUpperCase() === status[0]);
  if (key === undefined) return null;
  const response = source.resolve(responses.node[key], responses.at + pointerPart(key));
  const type = entriesAt(response.node, "content").find(([one]) => isJsonType(one))?.[0];
  return type === undefined ? null : `${response.at}/content${pointerPart(type)}/schema`;
}
