import { hashOf } from "../lib/ids.ts";
import { pointerPart } from "../lib/json-schema-bundle.ts";
import type { Contract } from "../model/contract.ts";
import { type Channel, type EventOperation, eventsOf } from "./breaking/events.ts";
import { operationsOf } from "./breaking/outgoing.ts";
import { createSource, entriesAt, type Source } from "./breaking/source.ts";
import { isJson, type Json, nodesOf, objectAt } from "./document.ts";

/** One thing a contract promises on its own: an HTTP operation, or one direction of an event channel. */
export interface Clause {
  /** `GET /orders/{id}`, or SEND or RECEIVE and the channel: `SEND order.created`. */
  name: string;
  /** GET, SEND, RECEIVE, … */
  method: string;
  /** Path of an operation, address of a channel. */
  path: string;
  operation_id: string | null;
  /** JSON pointer into the contract. */
  pointer: string;
  /** Hash of everything that the clause says, through its references, without prose. */
  digest(): string;
}

/** Keywords that say nothing a program acts on. */
const PROSE = new Set(["description", "summary", "title", "tags", "externalDocs", "example", "examples"]);

const known = new WeakMap<Json, Clause[]>();

/**
 * What an OpenAPI or AsyncAPI contract promises, in the document's order; a JSON Schema has no clauses. A document is read
 * once: it must not be changed afterwards.
 */
export function clausesOf(contract: Pick<Contract, "type" | "spec">): Clause[] {
  const before = known.get(contract.spec);
  if (before) return before;
  const clauses = readClauses(contract).map((clause): Clause => {
    let digest: string | undefined;
    return {
      ...clause,
      digest: () => {
        digest ??= clause.digest();
        return digest;
      },
    };
  });
  known.set(contract.spec, clauses);
  return clauses;
}

function readClauses({ type, spec }: Pick<Contract, "type" | "spec">): Clause[] {
  const source = createSource(spec);
  const digest = digests(source);
  if (type === "openapi") return httpClauses(source, digest);
  return type === "asyncapi" ? [...eventsOf(source).values()].flatMap((one) => eventClauses(digest, one)) : [];
}

function httpClauses(source: Source, digest: Digest): Clause[] {
  const { document } = source;
  const schemes = objectAt(document, "components").securitySchemes;
  const general = { security: document.security, servers: document.servers, schemes };
  return entriesAt(document, "paths").flatMap(([path, raw]) => {
    const item = source.resolve(raw, `/paths${pointerPart(path)}`);
    return [...operationsOf(item)].map(([method, { node, at }]) => {
      const upper = method.toUpperCase();
      const { parameters, servers } = item.node;
      const { operationId } = node;
      return {
        name: `${upper} ${path}`,
        method: upper,
        path,
        operation_id: typeof operationId === "string" ? operationId : null,
        pointer: at,
        digest: () => digest({ ...general, shared: { parameters, servers }, ...node }),
      };
    });
  });
}

function eventClauses(digest: Digest, channel: Channel): Clause[] {
  return channel.operations.map((operation) => {
    const method = operation.action.toUpperCase();
    return {
      name: `${method} ${channel.address}`,
      method,
      path: channel.address,
      operation_id: null,
      pointer: operation.at,
      digest: () => digest(promised(operation)),
    };
  });
}

function promised({ messages, bindings, reply }: EventOperation): Json {
  const list = [...messages.values()].map(({ name, contentType, payload, headers, bindings: own, foreign }) => ({
    name,
    contentType,
    payload: payload.map(({ node }) => node),
    headers: headers.map(({ node }) => node),
    bindings: own,
    foreign,
  }));
  return { messages: list, bindings, reply };
}

type Digest = (value: Json) => string;

/** Hashes of values with all that their references reach, without prose; what several reach is hashed once. */
function digests(source: Source): Digest {
  const known = new Map<string, { hash: string; leads: string[] }>();
  const read = (value: unknown) => ({
    hash: hashOf(withoutProse(value)),
    leads: nodesOf(value).flatMap(({ node }) => (typeof node.$ref === "string" ? [node.$ref] : [])),
  });
  const follow = (reference: string) => {
    const fresh = known.get(reference) ?? read(source.follow(reference)?.value ?? null);
    known.set(reference, fresh);
    return fresh;
  };
  return (value) => {
    const own = read(value);
    const reached = new Map<string, string>();
    const pending = [...own.leads];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (reached.has(next)) continue;
      const { hash, leads } = follow(next);
      reached.set(next, hash);
      pending.push(...leads);
    }
    return hashOf([own.hash, [...reached].sort()]);
  };
}

/** Hash of a whole document without prose. */
export function documentDigest({ info: _info, ...document }: Json): string {
  return hashOf(withoutProse(document));
}

/** A copy without prose; keys that somebody chose as names stay, whatever they are. */
function withoutProse(value: unknown, named = false): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutProse(one));
  if (!isJson(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => named || !PROSE.has(key))
      .map(([key, inner]) => [
        key,
        VERBATIM.has(key) && !named ? inner : withoutProse(inner, !named && NAMES.has(key)),
      ]),
  );
}

const NAMES = new Set(["properties", "patternProperties", "$defs", "definitions", "headers", "variables", "content"]);
const VERBATIM = new Set(["enum", "const", "default"]);
