import { pointerPart } from "../../lib/json-schema-bundle.ts";
import { routePrefix } from "../../model/service-map.ts";
import type { Placed } from "../breaking/comparison.ts";
import { operationsOf } from "../breaking/outgoing.ts";
import { type Parameter, parametersOf } from "../breaking/parameters.ts";
import { createSource, entriesAt, own, type Source } from "../breaking/source.ts";
import { isJson, type Json } from "../document.ts";

/** One operation of an OpenAPI contract, as requests are matched against it. */
export interface HttpOperation {
  /** `GET /orders/{id}` */
  name: string;
  /** Upper case. */
  method: string;
  path: string;
  operation: Placed;
  parameters: Parameter[];
}

/** An OpenAPI contract made ready for looking operations up. */
export interface Api {
  source: Source;
  operations: HttpOperation[];
  /** Every path of the contract with a matcher; the most concrete first. */
  templates: Template[];
  /** Path prefixes of its servers and of the gateway, without a trailing slash. */
  bases: string[];
}

interface Template {
  path: string;
  pattern: RegExp;
  names: string[];
  byMethod: Map<string, HttpOperation>;
}

export interface Match {
  operation: HttpOperation;
  /** Raw values of the path's parameters by name, percent-encoding removed. */
  values: Record<string, string>;
}

/** Make a contract ready. */
export function readApi(document: Json, service: string): Api {
  const source = createSource(document);
  const operations: HttpOperation[] = [];
  const templates = entriesAt(document, "paths").map(([path, raw]): Template => {
    const item = source.resolve(raw, `/paths${pointerPart(path)}`);
    const own = [...operationsOf(item)].map(([method, operation]): HttpOperation => {
      const upper = method.toUpperCase();
      const parameters = [...parametersOf(source, item, operation, path).values()];
      return { name: `${upper} ${path}`, method: upper, path, operation, parameters };
    });
    operations.push(...own);
    return { path, ...patternOf(path), byMethod: new Map(own.map((one) => [one.method, one])) };
  });
  templates.sort((a, b) => compareConcrete(a.path, b.path));
  return { source, operations, templates, bases: [...basesOf(document), routePrefix(service)] };
}

/**
 * The operation that a request means: the most concrete path that has the method. `known`: the contract's path that fits
 * when the method does not.
 */
export function matchOperation(api: Api, method: string, path: string): Match | { known: string | undefined } {
  let known: string | undefined;
  for (const candidate of ["", ...api.bases].flatMap((base) => withoutBase(path, base)))
    for (const { pattern, names, byMethod, path: template } of api.templates) {
      const found = pattern.exec(candidate);
      if (!found) continue;
      const operation = byMethod.get(method);
      if (operation === undefined) {
        known ??= template;
        continue;
      }
      const values = Object.fromEntries(names.map((name, index) => [name, decoded(found[index + 1] ?? "")]));
      return { operation, values };
    }
  return { known };
}

function withoutBase(path: string, base: string): string[] {
  if (base === "") return [path];
  if (path === base) return ["/"];
  return path.startsWith(`${base}/`) ? [path.slice(base.length)] : [];
}

function patternOf(path: string): { pattern: RegExp; names: string[] } {
  const names: string[] = [];
  const text = path
    .split(/(\{[^{}]*\})/)
    .map((part) => {
      if (!/^\{.*\}$/s.test(part)) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      names.push(part.slice(1, -1));
      return "([^/]+)";
    })
    .join("");
  return { pattern: new RegExp(`^${text}$`), names };
}

/** Literal segments before those with parameters in them, and those before bare parameters; from left to right. */
function compareConcrete(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = looseness(left[index] ?? "") - looseness(right[index] ?? "");
    if (difference !== 0) return difference;
  }
  return right.length - left.length;
}

function looseness(segment: string): number {
  if (!segment.includes("{")) return 0;
  return /^\{[^{}]*\}$/.test(segment) ? 2 : 1;
}

function basesOf(document: Json): string[] {
  const servers = own(document, "servers");
  const urls = (Array.isArray(servers) ? servers : []).flatMap((server) =>
    isJson(server) && typeof server.url === "string" ? [filled(server.url, server.variables)] : [],
  );
  const paths = urls.map((url) => url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "").replace(/\/+$/, ""));
  return [...new Set(paths.filter((path) => path.startsWith("/")))].sort((a, b) => b.length - a.length);
}

function filled(url: string, variables: unknown): string {
  return url.replace(/\{([^{}]*)\}/g, (_all, name: string) => {
    const variable = isJson(variables) && Object.hasOwn(variables, name) ? variables[name] : undefined;
    return isJson(variable) ? String(variable.default ?? "") : "";
  });
}

export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
