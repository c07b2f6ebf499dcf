import { parseDocument } from "yaml";
import type { Contract } from "../model/contract.ts";
import type { ServiceFolder } from "./services.ts";
import type { FileInfo, SourceFile } from "./source-file.ts";

/** A contract to be kept: registered, or found as a document in the folder. */
export interface ContractDocument {
  service: string;
  spec: Record<string, unknown>;
  /** Path of the document in the folder; "" for a registered contract. */
  file: string;
}

/** One operation of an OpenAPI document. */
export interface ContractOperation {
  method: string;
  /** As the contract writes it, e.g. /orders/{id}. */
  path: string;
  /** Whether it demands credentials; null when the document says nothing of security anywhere. */
  secured: boolean | null;
}

const METHODS = ["get", "post", "put", "patch", "delete"];
const MAX_CHARACTERS = 256 * 1024;
const MAX_EXPANDED = 8 * MAX_CHARACTERS;

/** A contract document of the folder; undefined for every other file. */
export function contractIn(file: SourceFile): Record<string, unknown> | undefined {
  if (!/(openapi|swagger|asyncapi)[^/]*\.(json|ya?ml)$/i.test(file.path) || file.text.length > MAX_CHARACTERS)
    return undefined;
  try {
    const spec: unknown = file.path.endsWith(".json")
      ? JSON.parse(file.text)
      : parseDocument(file.text).toJS({ maxAliasCount: 100 });
    // Aliases can close a circle, or copy the document into itself many times.
    if (isRecord(spec) && JSON.stringify(spec).length <= MAX_EXPANDED) return spec;
  } catch {
    // Broken, or built to blow up: below.
  }
  file.giveUp();
  return undefined;
}

/**
 * Registered contracts first; a document in the folder counts when its service has no registered contract. A document
 * named after a service is that service's; copies of what a service consumes belong to nobody here.
 */
export function contractDocuments(
  { contracts, services = [] }: { contracts: readonly Contract[]; services?: readonly ServiceFolder[] },
  found: readonly { file: FileInfo; fact: Record<string, unknown> }[],
): ContractDocument[] {
  const registered = contracts.map(({ service_name, spec }) => ({ service: service_name, spec, file: "" }));
  const owners = new Set(registered.map(({ service }) => service));
  const names = new Set(services.map(({ name }) => name));
  const loose = found.flatMap(({ file, fact }) => {
    if (/(^|\/)consumed\//.test(file.path)) return [];
    const named = documentName(file.path);
    const service = names.has(named) || owners.has(named) ? named : file.service;
    return [{ service, spec: fact, file: file.path }];
  });
  return [...registered, ...loose.filter(({ service }) => !owners.has(service))];
}

/** Whose contract a document is by its name, `orders.openapi.yaml`; "" when its name does not tell. */
export function documentName(path: string): string {
  return /(?:^|\/)([a-z][a-z0-9-]*?)[.-](?:openapi|swagger|asyncapi)\b/i.exec(path)?.[1]?.toLowerCase() ?? "";
}

/** The operations of an OpenAPI document; empty for any other. */
export function operationsOf({ spec }: ContractDocument): ContractOperation[] {
  const paths = isRecord(spec.paths) ? spec.paths : {};
  const general = Array.isArray(spec.security) ? spec.security : undefined;
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = isRecord(item) ? item[method] : undefined;
      if (!isRecord(operation)) return [];
      const own = Array.isArray(operation.security) ? operation.security : general;
      return [{ method: method.toUpperCase(), path, secured: own ? own.length > 0 : null }];
    }),
  );
}

/** What `operationsOf` and the addresses of servers need of a document: a hundredth of what schemas take. */
export function outlineOf(spec: Record<string, unknown>): Record<string, unknown> {
  const paths = Object.entries(isRecord(spec.paths) ? spec.paths : {}).map(([path, item]) => [
    path,
    Object.fromEntries(
      METHODS.flatMap((method) => {
        const operation = isRecord(item) ? item[method] : undefined;
        if (!isRecord(operation)) return [];
        return [[method, Array.isArray(operation.security) ? { security: operation.security } : {}]];
      }),
    ),
  ]);
  const { servers, security } = spec;
  return {
    ...(servers !== undefined && { servers }),
    ...(security !== undefined && { security }),
    paths: Object.fromEntries(paths),
  };
}

/** A route with its parameters made alike: `/orders/:id`, `/orders/<int:id>` and `/orders/{id}` are the same. */
export function normalRoute(path: string): string {
  const flat = path.replace(/\{[^{}]*\}|<[^<>]*>|:[A-Za-z_]\w*|\$\{[^{}]*\}/g, "{}").replace(/\/+$/, "");
  return flat.startsWith("/") ? flat : `/${flat}`;
}

/** Whether a request's path fits a route's, which may be mounted under a prefix that only the other knows. */
export function meets(route: string, path: string): boolean {
  const one = normalRoute(route).split("/").filter(Boolean);
  const other = normalRoute(path).split("/").filter(Boolean);
  if (one.length === 0 || other.length === 0) return one.length === other.length;
  const shorter = Math.min(one.length, other.length);
  if (Math.abs(one.length - other.length) > 3) return false;
  let named = false;
  for (let back = 1; back <= shorter; back += 1) {
    const [a, b] = [one.at(-back) ?? "", other.at(-back) ?? ""];
    if (a === b) named ||= a !== "{}";
    else if (!a.includes("{}") && !b.includes("{}")) return false;
  }
  return named || one.length === other.length;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
