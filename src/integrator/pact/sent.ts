import { at, isRecord, text } from "../document.ts";
import type { PreparedRequest } from "../session/session.ts";
import { withValue } from "../session/slots.ts";
import type { Interaction } from "./document.ts";
import { TOKEN } from "./values.ts";

/** The request of an interaction as the verifier sends it: with the values of the provider's state in it. */
export function sentRequest({ raw }: Interaction, values: Record<string, unknown>): Omit<PreparedRequest, "assumed"> {
  const request = at(raw, "request");
  const generators = at(request, "generators");
  const fill = (generator: unknown, otherwise: string) =>
    filled(text(at(generator, "expression")), values) ?? otherwise;
  const path = fill(at(generators, "path"), text(at(request, "path")) ?? "/");
  const headers = Object.fromEntries(
    entries(at(request, "headers"))
      .filter(([name]) => name.toLowerCase() !== "authorization")
      .map(([name, value]) => [name, fill(at(generators, "header", name), first(value))]),
  );
  const token = values[TOKEN];
  return {
    method: text(at(request, "method"))?.toUpperCase() ?? "GET",
    path: `${path}${searchOf(at(request, "query"), (name, value) => fill(at(generators, "query", name), value))}`,
    headers,
    body: bodyOf(raw, at(generators, "body"), values),
    token: typeof token === "string" ? token : null,
  };
}

/** Up to version 2 a query is text. */
function searchOf(query: unknown, fill: (name: string, value: string) => string): string {
  if (typeof query === "string") return query === "" ? "" : `?${query}`;
  const search = new URLSearchParams(
    entries(query).map(([name, value]): [string, string] => [name, fill(name, first(value))]),
  );
  return search.size === 0 ? "" : `?${search}`;
}

function bodyOf(raw: Record<string, unknown>, generators: unknown, values: Record<string, unknown>): string | null {
  const given = at(raw, "request", "body");
  const content = raw.type !== undefined && isRecord(given) && "content" in given ? given.content : given;
  if (content === undefined || content === null) return null;
  if (typeof content === "string") return content;
  let body: unknown = content;
  for (const [path, generator] of entries(generators)) {
    const name = /^\$\{([^{}]+)\}$/.exec(text(at(generator, "expression")) ?? "")?.[1];
    if (name !== undefined && values[name] !== undefined) body = withValue(body, keysOf(path), values[name]);
  }
  return JSON.stringify(body);
}

/** `$.items[0]['a-b']` as keys. */
function keysOf(path: string): (string | number)[] {
  return [...path.matchAll(/\.(\w+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]/g)].map(([, name, index, quoted]) =>
    index === undefined ? (name ?? quoted ?? "").replaceAll("\\'", "'") : Number(index),
  );
}

function filled(expression: string | undefined, values: Record<string, unknown>): string | undefined {
  return expression?.replace(/\$\{([^{}]+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

function entries(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}

function first(value: unknown): string {
  return String(Array.isArray(value) ? (value[0] ?? "") : (value ?? ""));
}
