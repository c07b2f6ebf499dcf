import { hashOf } from "../../lib/ids.ts";
import { bareType } from "../../lib/media.ts";
import { sampleOf } from "../../lib/schema-sample.ts";
import { at, isRecord, lookUp, resolveRef } from "../document.ts";
import { type DocumentedResponse, isJson, type Operation, type Parameter } from "../operation.ts";
import { isOnOne } from "../session/candidates.ts";
import { type Expectation, expectationOf } from "./matching.ts";
import { callerState, isFilled, stateNames, stateOf } from "./state-names.ts";
import { bodyLeaves, expressionOf, TOKEN, valueName } from "./values.ts";

/** An operation that a consumer calls, and how that is known: lines for the pact's reader. */
export interface UsedOperation {
  operation: Operation;
  because: string[];
}

type Json = Record<string, unknown>;

/**
 * The interactions of Pact specification 4 for one operation that a consumer calls: its success, and that something is
 * not there where the contract documents 404 for it. `filled`: the entities that the provider's contract can make, so
 * that their lists need not be empty. A text says why there are none.
 */
export function interactionsFor(used: UsedOperation, consumer: string, filled: ReadonlySet<string>): Json[] | string {
  const { operation } = used;
  const success = successOf(operation.responses);
  if (success === undefined) return "its contract documents no success status";
  const type = operation.body === null ? "" : bareType(operation.body.media_type);
  if (operation.body !== null && !isJson(type)) return `bodies of type ${type} are not generated`;
  // Two consumers that create with the same values would collide.
  const seed = Number.parseInt(hashOf([consumer, operation.id]).slice(0, 7), 16);
  const common = { used, seed, consumer };
  const missing = operation.responses.find(({ status }) => status === "404");
  const found = [
    interaction({
      ...common,
      status: success.status,
      response: success.response,
      description: operation.id,
      states: [...stateOf(operation, filled), ...callerState(operation)],
      leastListed: isFilled(operation, filled) ? 1 : 0,
    }),
  ];
  if (missing !== undefined && operation.action === "get" && isOnOne(operation))
    found.push(
      interaction({
        ...common,
        // An id of its own: the other one's state makes sure that it is there.
        seed: seed + 1,
        status: 404,
        response: missing,
        description: `${operation.id} of what is not there`,
        states: [{ name: stateNames(operation).missing }, ...callerState(operation)],
        leastListed: 0,
      }),
    );
  return found;
}

function successOf(
  responses: readonly DocumentedResponse[],
): { status: number; response: DocumentedResponse } | undefined {
  const exact = responses.filter(({ status }) => /^2\d\d$/.test(status)).sort((a, b) => (a.status < b.status ? -1 : 1));
  const [first] = exact;
  return first === undefined ? undefined : { status: Number(first.status), response: first };
}

interface Making {
  used: UsedOperation;
  seed: number;
  consumer: string;
  status: number;
  response: DocumentedResponse;
  description: string;
  states: { name: string }[];
  leastListed: number;
}

function interaction(making: Making): Json {
  const { used, description, states, seed, consumer } = making;
  const request = requestOf(used.operation, seed);
  const params = request.params;
  return {
    type: "Synchronous/HTTP",
    key: hashOf([consumer, used.operation.service, description]).slice(0, 16),
    description,
    pending: false,
    comments: { text: used.because },
    ...(states.length === 0
      ? {}
      : {
          providerStates: states.map(({ name }, index) =>
            index === 0 && Object.keys(params).length > 0 ? { name, params } : { name },
          ),
        }),
    request: request.json,
    response: responseOf(making),
  };
}

/** A request as an example, with generators for all that only the provider's state can tell. */
function requestOf(operation: Operation, seed: number): { json: Json; params: Json } {
  const { document, parameters } = operation;
  const example = ({ schema }: Parameter) => plain(sampleOf(schema, document, seed));
  const inPath = new Map(
    [...operation.path.matchAll(/\{([^{}]+)\}/g)].map(([, name = ""]): [string, string] => {
      const declared = parameters.find((parameter) => parameter.in === "path" && parameter.name === name);
      return [name, declared === undefined ? "1" : example(declared)];
    }),
  );
  const required = parameters.filter((parameter) => parameter.required);
  const query = required.filter((parameter) => parameter.in === "query");
  const headers = required.filter((parameter) => parameter.in === "header" && !OWN.has(parameter.name.toLowerCase()));
  const body = operation.body === null ? undefined : sampleOf(operation.body.schema, document, seed, { request: true });
  const leaves = body === undefined ? [] : bodyLeaves(body, operation);
  const generators = {
    ...(inPath.size === 0
      ? {}
      : {
          path: fromState(operation.path.replace(/\{([^{}]+)\}/g, (_, name) => expressionOf(valueName("path", name)))),
        }),
    ...part(
      "query",
      query.map(({ name }) => [name, fromState(expressionOf(valueName("query", name)))]),
    ),
    ...part("header", [
      ...headers.map(({ name }): [string, Json] => [
        name.toLowerCase(),
        fromState(expressionOf(valueName("header", name))),
      ]),
      ...(operation.secured ? [["authorization", fromState(`Bearer ${expressionOf(TOKEN)}`)] as [string, Json]] : []),
    ]),
    ...part(
      "body",
      leaves.map(({ path, name, value }) => [path, fromState(expressionOf(name), value)]),
    ),
  };
  const json = {
    method: operation.method,
    path: operation.path.replace(/\{([^{}]+)\}/g, (_, name) => encodeURIComponent(inPath.get(name) ?? "")),
    ...part(
      "query",
      query.map((parameter) => [parameter.name, [example(parameter)]]),
    ),
    ...part("headers", [
      ...headers.map((parameter): [string, string[]] => [parameter.name.toLowerCase(), [example(parameter)]]),
      ...(operation.secured ? [["authorization", ["Bearer a-token"]] as [string, string[]]] : []),
      ...(body === undefined ? [] : [["content-type", [contentType(operation)]] as [string, string[]]]),
    ]),
    ...(body === undefined ? {} : { body: jsonBody(body, contentType(operation)) }),
    matchingRules: {
      ...(inPath.size === 0 ? {} : { path: regex(`^${operation.path.replace(/\{[^{}]+\}/g, "[^/]+")}$`) }),
      ...part(
        "query",
        query.map(({ name }) => [name, type()]),
      ),
      ...part("header", [
        ...headers.map(({ name }): [string, Json] => [name.toLowerCase(), type()]),
        ...(operation.secured ? [["authorization", regex("^Bearer .+$")] as [string, Json]] : []),
      ]),
      ...(body === undefined ? {} : { body: { $: type() } }),
    },
    ...(Object.keys(generators).length === 0 ? {} : { generators }),
  };
  const params = {
    ...Object.fromEntries([...inPath].map(([name, value]) => [valueName("path", name), value])),
    ...Object.fromEntries(query.map((parameter) => [valueName("query", parameter.name), example(parameter)])),
    ...Object.fromEntries(headers.map((parameter) => [valueName("header", parameter.name), example(parameter)])),
    ...Object.fromEntries(leaves.map(({ name, value }) => [name, value])),
  };
  return { json, params };
}

/** Set by the client itself or from the caller's token. */
const OWN = new Set(["accept", "content-type", "authorization", "traceparent", "tracestate", "content-length", "host"]);

function responseOf({ used, status, response, seed, leastListed }: Making): Json {
  const { document } = used.operation;
  const [mediaType, schema] = [...response.content].find(([type]) => isJson(type)) ?? [...response.content][0] ?? [];
  const silent =
    mediaType === undefined || mediaType.includes("*") || used.operation.method === "HEAD" || status === 204;
  const body: Expectation | undefined =
    silent || schema === undefined || !isJson(mediaType)
      ? undefined
      : expectationOf(schema, document, { seed, leastListed });
  const promised = headersOf(response, document, seed);
  return {
    status,
    ...part("headers", [
      ...(silent ? [] : [["content-type", [mediaType]] as [string, string[]]]),
      ...promised.map(({ name, value }): [string, string[]] => [name, [value]]),
    ]),
    ...(body === undefined || mediaType === undefined ? {} : { body: jsonBody(body.example, mediaType) }),
    matchingRules: {
      ...part("header", [
        ...(silent
          ? []
          : [["content-type", regex(`^${mediaType.replace(/[.+*]/g, "\\$&")}(\\s*;.*)?$`)] as [string, Json]]),
        ...promised.map(({ name }): [string, Json] => [name, type()]),
      ]),
      ...(body === undefined ? {} : { body: body.rules }),
    },
  };
}

/** The headers that the contract requires of a response. */
function headersOf({ pointer }: DocumentedResponse, document: Json, seed: number): { name: string; value: string }[] {
  const headers = at(resolveRef(lookUp(document, pointer), document), "headers");
  return Object.entries(isRecord(headers) ? headers : {}).flatMap(([name, given]) => {
    const header = resolveRef(given, document);
    if (at(header, "required") !== true || name.toLowerCase() === "content-type") return [];
    return [{ name: name.toLowerCase(), value: plain(sampleOf(at(header, "schema") ?? {}, document, seed)) }];
  });
}

function contentType({ body }: Operation): string {
  return body?.media_type ?? "application/json";
}

function jsonBody(content: unknown, mediaType: string): Json {
  return { content, contentType: mediaType, encoded: false };
}

/** A value that the provider's state tells; its JSON type is that of the example. */
function fromState(expression: string, example: unknown = ""): Json {
  const dataType = typeof example === "number" ? (Number.isInteger(example) ? "INTEGER" : "DECIMAL") : "STRING";
  return { type: "ProviderState", expression, dataType };
}

function type(): Json {
  return { combine: "AND", matchers: [{ match: "type" }] };
}

function regex(pattern: string): Json {
  return { combine: "AND", matchers: [{ match: "regex", regex: pattern }] };
}

/** A part that is left out when it is empty. */
function part(name: string, entries: [string, unknown][]): Json {
  return entries.length === 0 ? {} : { [name]: Object.fromEntries(entries) };
}

function plain(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
