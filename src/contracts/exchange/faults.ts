import { compileSchema, type ValueCheck, type ValueFault } from "../../lib/json-schema.ts";
import { atPointer, type Travel } from "../../lib/json-schema-bundle.ts";
import type { ExchangeFault } from "../../model/contract.ts";
import type { Part, Source } from "../breaking/source.ts";
import { isJson } from "../document.ts";

/** What of an exchange was found wrong, and what could not be looked at. */
export interface Verdict {
  faults: ExchangeFault[];
  skipped: string[];
}

export function fault(
  part: ExchangeFault["part"],
  location: string,
  given: Partial<ExchangeFault> & { message: string },
): ExchangeFault {
  return { part, location, field: "", clause: "", expected: "", actual: "", severity: "error", ...given };
}

/** A value against the schema that stands at a place of the contract; each fault with the clause it breaks. */
export function checkValue(
  source: Source,
  schema: Part | undefined,
  value: unknown,
  place: { part: ExchangeFault["part"]; location: string; name: string; travel?: Travel },
): Verdict {
  if (schema === undefined) return { faults: [], skipped: [] };
  const { part, location, name, travel } = place;
  const found = checkOf(source, schema.node, travel)(value);
  const unusable = found.find(({ message }) => message.startsWith("The schema cannot be used"));
  if (unusable) return { faults: [], skipped: [`${part} ${location}${name && ` ${name}`}: ${unusable.message}`] };
  const faults = found.map((one) => ({
    ...fault(part, location, {
      message: location === "body" ? messageOf(one, travel) : `${name} ${one.message}`,
      field: location === "body" ? one.pointer : name + one.pointer,
      clause: clauseAt(source, schema, one.pointer),
      expected: one.expected,
      actual: one.actual,
    }),
  }));
  return { faults, skipped: [] };
}

const checks = new WeakMap<object, Map<string, ValueCheck>>();

/** The check of a schema of a contract, which never changes while it is in use. */
export function checkOf({ document }: Source, schema: Part["node"], travel: Travel | undefined): ValueCheck {
  if (typeof schema === "boolean") return compileSchema(schema);
  const known = checks.get(schema) ?? new Map<string, ValueCheck>();
  checks.set(schema, known);
  const check = known.get(travel ?? "") ?? compileSchema(schema, document, travel);
  known.set(travel ?? "", check);
  return check;
}

function messageOf({ pointer, message, expected }: ValueFault, travel: Travel | undefined): string {
  const where = pointer === "" ? "the body" : pointer;
  if (expected !== "nothing") return `${where} ${message}`;
  if (travel === "request") return `${where} is read-only and does not belong in a request`;
  return travel === "response" ? `${where} is write-only and does not belong in a response` : `${where} ${message}`;
}

/** The schema of the value at `pointer`, as deep as the contract describes it in one way. */
function clauseAt(source: Source, schema: Part, pointer: string): string {
  let current = source.resolve(schema.node, schema.at);
  for (const raw of pointer.split("/").slice(1)) {
    const key = raw.replaceAll("~1", "/").replaceAll("~0", "~");
    const next = childAt(source, current, raw, key, 0);
    if (next === undefined) break;
    current = source.resolve(next.node, next.at);
  }
  return current.at;
}

function childAt(
  source: Source,
  { node, at }: { node: Record<string, unknown>; at: string },
  raw: string,
  key: string,
  depth: number,
): Part | undefined {
  const { properties, items, allOf } = node;
  if (isJson(properties) && Object.hasOwn(properties, key)) return partAt(source, `${at}/properties/${raw}`);
  if (items !== undefined && /^\d+$/.test(key)) return partAt(source, `${at}/items`);
  for (const [index, part] of depth < 10 && Array.isArray(allOf) ? allOf.entries() : []) {
    const inner = source.resolve(part, `${at}/allOf/${index}`);
    const found = childAt(source, inner, raw, key, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function partAt({ document }: Source, at: string): Part | undefined {
  const node = atPointer(document, at);
  return isJson(node) ? { node, at } : undefined;
}

export function together(verdicts: readonly Verdict[]): Verdict {
  return { faults: verdicts.flatMap(({ faults }) => faults), skipped: verdicts.flatMap(({ skipped }) => skipped) };
}
