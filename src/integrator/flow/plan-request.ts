import { sampleOf } from "../../lib/schema-sample.ts";
import type { FlowRequest } from "../../model/flow.ts";
import { isRecord } from "../document.ts";
import { isJson, type Operation, type Parameter } from "../operation.ts";
import { isRegistration, parameterTarget, stateFields } from "../session/candidates.ts";
import { OWN_HEADERS, parameterPrefixes } from "../session/request.ts";
import type { TestSystem, Wanted } from "../session/session.ts";
import { parts, propertyOf, slotsOf, withValue } from "../session/slots.ts";
import { listQuery } from "./effect-step.ts";
import { isTemplate, refer } from "./template.ts";

const FRESH = refer("fresh");
const UNIQUE = refer("unique");

/** Where a request gets its references from. */
export interface Links {
  system: TestSystem;
  /** Template of the id that the path's last parameter takes; null when it works on nothing. */
  target: string | null;
  /** Template of the id of something else; null when nothing makes one. */
  reference(wanted: Wanted): string | null;
}

/**
 * A request for an operation, as a template: references lead to earlier steps, the rest is the contract's examples or
 * made up, the same in every run. `echoed`: top-level references of the body, which an answer has to repeat.
 */
export function planRequest(
  operation: Operation,
  links: Links,
): { request: FlowRequest; echoed: Map<string, unknown> } {
  const echoed = new Map<string, unknown>();
  const body = planBody(operation, links, echoed);
  const request: FlowRequest = {
    path: planPath(operation, links),
    query: {
      ...(operation.action === "list" ? listQuery(operation) : {}),
      ...planParameters(operation, links, "query"),
    },
    headers: planParameters(operation, links, "header"),
  };
  return { request: body === undefined ? request : { ...request, body }, echoed };
}

function planPath(operation: Operation, links: Links): Record<string, unknown> {
  const prefixes = parameterPrefixes(operation.path);
  const last = [...prefixes.keys()].at(-1);
  return Object.fromEntries(
    [...prefixes].map(([name, prefix]) => {
      const declared = operation.parameters.find((parameter) => parameter.in === "path" && parameter.name === name);
      const parameter: Parameter = declared ?? { name, in: "path", required: true, schema: {}, reference: null };
      if (name === last && links.target !== null) return [name, links.target];
      const wanted = parameterTarget(links.system, operation, parameter, prefix);
      const found = wanted === null ? null : links.reference(wanted);
      return [name, found ?? sampleOf(parameter.schema, operation.document, 1)];
    }),
  );
}

function planParameters(operation: Operation, links: Links, place: "query" | "header"): Record<string, unknown> {
  const needed = operation.parameters.filter(
    (parameter) =>
      parameter.in === place &&
      parameter.required &&
      !(place === "header" && OWN_HEADERS.has(parameter.name.toLowerCase())),
  );
  return Object.fromEntries(
    needed.map((parameter) => {
      const { reference } = parameter;
      const wanted = reference && parameterTarget(links.system, operation, parameter, "");
      return [parameter.name, (wanted && links.reference(wanted)) ?? sampleOf(parameter.schema, operation.document, 1)];
    }),
  );
}

function planBody(operation: Operation, links: Links, echoed: Map<string, unknown>): unknown {
  const { body, document } = operation;
  if (body === null || !isJson(body.media_type)) return undefined;
  let value = sampleOf(body.schema, document, 1, { request: true });
  for (const field of stateFields(links.system, operation)) value = withValue(value, [field], undefined);
  for (const slot of slotsOf(body.schema, document, value)) {
    const [name] = slot.path;
    if (slot.credential === "identifier" && isRegistration(operation)) {
      value = withValue(value, slot.path, uniqueText(slot.schema, document));
      continue;
    }
    const { reference } = slot;
    if (reference === null || (!slot.stated && reference.entity === operation.entity)) continue;
    const found = links.reference(reference);
    if (found !== null) value = withValue(value, slot.path, found);
    else if (slot.stated && slot.optional) value = withValue(value, slot.path, undefined);
    if (found !== null && slot.path.length === 1 && typeof name === "string") echoed.set(name, found);
  }
  return freshened(body.schema, document, value);
}

/** A name that must be unique in its service. */
function uniqueText(schema: unknown, document: unknown): string {
  const all = parts(schema, document);
  const says = (key: string, wanted?: unknown) =>
    all.some((part) => (wanted === undefined ? part[key] !== undefined : part[key] === wanted));
  if (says("pattern") || says("enum") || says("maxLength")) return FRESH;
  if (says("format", "email") || says("format", "idn-email")) return `flow-${UNIQUE}@example.com`;
  return says("format") ? FRESH : `flow-${UNIQUE}`;
}

/** Identifiers that refer to nothing known are made up in every run: they tend to be unique. */
function freshened(schema: unknown, document: unknown, value: unknown): unknown {
  if (!isRecord(value)) return value;
  const schemas = parts(schema, document);
  const entries = Object.entries(value).map(([name, inner]) => {
    const property = parts(propertyOf(schemas, name), document);
    const isId = property.some(({ format }) => format === "uuid");
    return [name, isId && typeof inner === "string" && !isTemplate(inner) ? FRESH : inner];
  });
  return Object.fromEntries(entries);
}
