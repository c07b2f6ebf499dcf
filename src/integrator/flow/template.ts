import { randomUUID } from "node:crypto";
import { isRecord } from "../document.ts";

/** What the steps of a running flow have brought, by step id. */
export interface StepValue {
  body: unknown;
  request: unknown;
  id: string | number | undefined;
}

/** What references are resolved with. */
export interface Scope {
  steps: ReadonlyMap<string, StepValue>;
  unique: string;
  /** The id of something that the contracts offer to make. */
  made(service: string, entity: string): Promise<string | number>;
  /** A value from the contract's schema at a place of the body. */
  fresh(path: readonly (string | number)[]): unknown;
}

/** A reference that leads to nothing, because of what an earlier step answered. */
export class Unresolved extends Error {}

/** An expression as templates write it. */
export function refer(expression: string): string {
  return `\${${expression}}`;
}

const REFERENCE = /\$\{([^}]+)\}/g;

export function isTemplate(value: unknown): value is string {
  return typeof value === "string" && value.includes("${");
}

/** Ids of the steps that a value refers to. */
export function stepsIn(value: unknown): string[] {
  return referencesIn(value).flatMap((expression) => /^steps\.([\w-]+)/.exec(expression)?.[1] ?? []);
}

/** Every expression between `${` and `}`, however deep. */
export function referencesIn(value: unknown): string[] {
  if (typeof value === "string") return [...value.matchAll(REFERENCE)].map(([, expression = ""]) => expression);
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  return isRecord(value) ? Object.values(value).flatMap(referencesIn) : [];
}

/** A value with all its references filled in. Throws `Unresolved`, and `CannotArrange` for what cannot be made. */
export async function resolveTemplate(value: unknown, scope: Scope, path: (string | number)[] = []): Promise<unknown> {
  if (typeof value === "string") return resolveText(value, scope, path);
  if (Array.isArray(value))
    return Promise.all(value.map((item, index) => resolveTemplate(item, scope, [...path, index])));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(
    async ([name, inner]): Promise<[string, unknown]> => [name, await resolveTemplate(inner, scope, [...path, name])],
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function resolveText(value: string, scope: Scope, path: (string | number)[]): Promise<unknown> {
  const [whole] = value.match(/^\$\{([^}]+)\}$/) ?? [];
  if (whole !== undefined) return evaluate(value.slice(2, -1), scope, path);
  let resolved = "";
  let end = 0;
  for (const match of value.matchAll(REFERENCE)) {
    resolved += value.slice(end, match.index) + String(await evaluate(match[1] ?? "", scope, path));
    end = match.index + match[0].length;
  }
  return resolved + value.slice(end);
}

async function evaluate(expression: string, scope: Scope, path: (string | number)[]): Promise<unknown> {
  const [kind, name = "", ...rest] = expression.split(".");
  if (kind === "unique") return scope.unique;
  if (kind === "uuid") return randomUUID();
  if (kind === "fresh") return scope.fresh(path);
  if (kind === "made") return scope.made(name, rest.join("."));
  const step = kind === "steps" ? scope.steps.get(name) : undefined;
  if (step === undefined) throw new Unresolved(`\${${expression}} leads to nothing`);
  const [part, ...keys] = rest;
  const found = part === "id" ? step.id : valueAt(part === "body" ? step.body : step.request, keys);
  if (found === undefined || found === null) throw new Unresolved(`${name} answered without ${rest.join(".")}`);
  return found;
}

/** The value below keys; list positions are numbers. */
export function valueAt(value: unknown, keys: readonly string[]): unknown {
  let inner = value;
  for (const key of keys) {
    if (Array.isArray(inner)) inner = inner[Number(key)];
    else inner = isRecord(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined;
  }
  return inner;
}
