import { bareType, isJsonType, pickStatus } from "../../lib/media.ts";
import { flatten } from "../../lib/schema-flatten.ts";
import type { Contract } from "../../model/contract.ts";
import { at, isRecord, resolveRef } from "../document.ts";
import { eventOperations } from "../events.ts";
import { isParameter, pathSegments } from "../infer.ts";
import type { Operation } from "../operation.ts";
import { readOperations } from "../operations.ts";
import { eventOf, pathOf, type RecordedExchange } from "./exchange.ts";
import type { Declared } from "./fields.ts";

/** What contracts say of the bodies that were recorded: an event's by its receiver's AsyncAPI, else its sender's. */
export function declaredBy(contracts: readonly Contract[]): Declared {
  const operations = readOperations([...contracts]);
  const cache = new Map<unknown, ReadonlySet<string> | null>();
  const known = (schema: unknown, document: unknown) => {
    const names = cache.get(schema) ?? namesOf(schema, document);
    cache.set(schema, names);
    return names;
  };
  return (exchange, part) => {
    const event = eventOf(exchange);
    if (event !== undefined) {
      if (part === "response") return null;
      const payload = payloadOf(contracts, event.type, exchange);
      return payload === undefined ? null : known(payload.schema, payload.document);
    }
    const operation = operationOf(operations, exchange);
    if (operation === undefined) return null;
    const schema = part === "request" ? operation.body?.schema : responseSchema(operation, exchange.status);
    return schema === undefined ? null : known(schema, operation.document);
  };
}

/** The operation of a request: literal segments before parameters. */
function operationOf(operations: readonly Operation[], { to, method, path }: RecordedExchange): Operation | undefined {
  const given = pathSegments(pathOf(path));
  const fits = operations.filter((one) => {
    const wanted = pathSegments(one.path);
    return (
      one.service === to &&
      one.method === method &&
      wanted.length === given.length &&
      wanted.every((segment, index) => isParameter(segment) || segment === given[index])
    );
  });
  const parameters = ({ path: template }: Operation) => pathSegments(template).filter(isParameter).length;
  return fits.sort((a, b) => parameters(a) - parameters(b))[0];
}

function responseSchema({ responses }: Operation, status: number | null): unknown {
  const name = pickStatus(
    responses.map((one) => one.status),
    status ?? 200,
  );
  const content = responses.find((one) => one.status === name)?.content;
  return [...(content ?? [])].find(([type]) => isJsonType(bareType(type)))?.[1];
}

function payloadOf(
  contracts: readonly Contract[],
  event: string,
  { from, to }: RecordedExchange,
): { schema: unknown; document: unknown } | undefined {
  for (const service of [to, from])
    for (const contract of contracts) {
      if (contract.type !== "asyncapi" || contract.service_name !== service) continue;
      const own = eventOperations([contract]).find((one) => one.event === event);
      const schema = own === undefined ? undefined : schemaAt(contract.spec, own.pointer);
      if (schema !== undefined) return { schema, document: contract.spec };
    }
  return undefined;
}

/** The payload of an operation's first message, from the operation or from its channel (AsyncAPI 3; 2 has one message). */
function schemaAt(document: Record<string, unknown>, pointer: string): unknown {
  const operation = resolveRef({ $ref: `#${pointer}` }, document);
  const channel = resolveRef(at(operation, "channel"), document);
  const messages = at(channel, "messages");
  const listed = at(operation, "messages");
  const first = Array.isArray(listed) ? listed[0] : isRecord(messages) ? Object.values(messages)[0] : undefined;
  return at(resolveRef(resolveRef(first ?? at(operation, "message"), document), document), "payload");
}

const MOST_NAMES = 2000;

/** The names of all properties below a schema; null when it has none, so that it says nothing. */
function namesOf(given: unknown, root: unknown): ReadonlySet<string> | null {
  const names = new Set<string>();
  const budget = { left: 20_000 };
  const visit = (part: unknown, refs: readonly string[], depth: number) => {
    const flat = flatten(part, { root, budget }, refs);
    if (depth > 12 || names.size > MOST_NAMES || new Set(flat.refs).size < flat.refs.length) return;
    const { properties, items, anyOf, oneOf } = flat.schema;
    for (const [name, inner] of Object.entries(isRecord(properties) ? properties : {})) {
      names.add(name);
      visit(inner, flat.refs, depth + 1);
    }
    visit(items, flat.refs, depth + 1);
    for (const list of [anyOf, oneOf])
      for (const inner of Array.isArray(list) ? list : []) visit(inner, flat.refs, depth + 1);
  };
  visit(given, [], 0);
  return names.size === 0 ? null : names;
}
