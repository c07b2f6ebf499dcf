import { encodeBody } from "../http/bodies.ts";
import type { Wire } from "../http/client.ts";
import { headerText, pairs, pathText } from "../http/parameters.ts";
import type { FuzzBody, FuzzOperation, Place } from "../spec/model.ts";

/** What one request carries, before it is written. `body` is absent when there is none. */
export interface Values {
  path: Record<string, unknown>;
  query: Record<string, unknown>;
  header: Record<string, unknown>;
  cookie: Record<string, unknown>;
  body?: unknown;
}

export type Phase = "examples" | "coverage" | "positive" | "negative" | "stateful";

/** What an answer to a case may be judged by. */
export type Kind =
  /** The contract allows it and nothing it needs is missing: it must be accepted. */
  | "valid"
  /** The contract allows it, but what it refers to may not exist or a rule of the domain may speak against it. */
  | "plausible"
  /** The contract forbids it: it must be refused with 4xx. */
  | "invalid"
  /** Only robustness is asked for. */
  | "probe";

export interface Case {
  operation: FuzzOperation;
  phase: Phase;
  kind: Kind;
  values: Values;
  body: FuzzBody | null;
  /** What is special about it, as the end of a sentence; "" for nothing. */
  what: string;
  /** Place and keyword that it violates, e.g. "body/quantity minimum"; findings with the same one have the same cause. */
  subject: string;
  /** Whether the tester's own credentials go with it. */
  credentials: "own" | "none";
  /** Headers over everything else. */
  headers?: Record<string, string>;
  /** A body that no media type writes. */
  raw?: { content_type: string | null; body: string };
  /** Another method than the operation's. */
  method?: string;
}

export const PLACES: readonly Place[] = ["path", "query", "header", "cookie"];

/** The request of a case, without credentials. */
export function wireOf(given: Case): Wire {
  const { operation, values } = given;
  const { parameters } = operation;
  let path = operation.operation.path;
  for (const parameter of parameters.filter(({ in: place }) => place === "path")) {
    const text = pathText(parameter, values.path[parameter.name] ?? "");
    path = path.replace(`{${parameter.name}}`, () => text);
  }
  const query = parameters
    .filter(({ in: place, name }) => place === "query" && values.query[name] !== undefined)
    .flatMap((parameter) => pairs(parameter, values.query[parameter.name]));
  const headers: Record<string, string> = { accept: acceptOf(operation) };
  const cookies: string[] = [];
  for (const parameter of parameters) {
    const value =
      parameter.in === "header" || parameter.in === "cookie" ? values[parameter.in][parameter.name] : undefined;
    if (value === undefined) continue;
    if (parameter.in === "header") headers[parameter.name.toLowerCase()] = headerText(parameter, value);
    else cookies.push(...pairs(parameter, value));
  }
  if (cookies.length > 0) headers.cookie = cookies.join("; ");
  let body: Wire["body"] = null;
  if (given.raw !== undefined) {
    body = given.raw.body;
    if (given.raw.content_type !== null) headers["content-type"] = given.raw.content_type;
  } else if (given.body !== null && values.body !== undefined) {
    const encoded = encodeBody(given.body, values.body);
    body = encoded.body;
    headers["content-type"] = encoded.content_type;
  }
  return {
    method: given.method ?? operation.operation.method,
    target: query.length > 0 ? `${path}?${query.join("&")}` : path,
    headers: { ...headers, ...given.headers },
    body,
  };
}

function acceptOf({ responses }: FuzzOperation): string {
  const types = [...new Set(responses.flatMap(({ content }) => [...content.keys()]))].filter(
    (type) => !type.includes("*"),
  );
  return types.length === 0 ? "*/*" : [...types, "*/*;q=0.5"].join(", ");
}
