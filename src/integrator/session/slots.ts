import { PropertyReference } from "../../model/contract.ts";
import { at, isRecord, resolveRef, text } from "../document.ts";
import { entityKey } from "../infer.ts";
import type { Wanted } from "./session.ts";

/** A place in a body whose value cannot be made up: it refers to something, or it is a credential. */
export interface Slot {
  path: (string | number)[];
  schema: unknown;
  /** What the value identifies. */
  reference: Wanted | null;
  /** Whether the reference is stated in the contract or guessed from the property's name. */
  stated: boolean;
  credential: "identifier" | "secret" | null;
  /** Whether the body is still complete without it. */
  optional: boolean;
}

const MAX_DEPTH = 8;

/** The slots of a body that was made for a schema. */
export function slotsOf(schema: unknown, document: unknown, value: unknown): Slot[] {
  const found: Slot[] = [];
  visit(schema, value, [], found, document, 0);
  return found;
}

function visit(
  given: unknown,
  value: unknown,
  path: Slot["path"],
  found: Slot[],
  document: unknown,
  depth: number,
): void {
  if (depth > MAX_DEPTH) return;
  if (Array.isArray(value)) {
    const items = parts(given, document)
      .map((part) => at(part, "items"))
      .find((one) => one !== undefined);
    const own = slotOf(items, path.at(-1), document);
    for (const [index, item] of value.entries()) {
      if (own !== null && !isRecord(item)) found.push({ ...own, path: [...path, index], optional: false });
      else visit(items, item, [...path, index], found, document, depth + 1);
    }
    return;
  }
  if (!isRecord(value)) return;
  const schemas = parts(given, document);
  const required = new Set(schemas.flatMap((schema) => (Array.isArray(schema.required) ? schema.required : [])));
  for (const [name, inner] of Object.entries(value)) {
    const property = propertyOf(schemas, name);
    if (property === undefined) continue;
    const slot = isRecord(inner) || Array.isArray(inner) ? null : slotOf(property, name, document);
    if (slot !== null) found.push({ ...slot, path: [...path, name], optional: !required.has(name) });
    else visit(property, inner, [...path, name], found, document, depth + 1);
  }
}

function slotOf(
  schema: unknown,
  name: string | number | undefined,
  document: unknown,
): Omit<Slot, "path" | "optional"> | null {
  const all = parts(schema, document);
  const stated = all.map((part) => PropertyReference.safeParse(part["x-references"]).data).find(Boolean);
  const marked = all.map((part) => text(part["x-credential"])).find(Boolean);
  const named = typeof name === "string" ? credentialByName(name) : null;
  const credential = marked === "identifier" || marked === "secret" ? marked : named;
  const guess = typeof name === "string" ? guessReference(name) : null;
  const reference = stated ? { entity: entityKey(stated.entity), service: stated.service } : guess;
  if (reference === null && credential === null) return null;
  return { schema, reference, stated: stated !== undefined, credential };
}

/** `customer_id`, `customerId` and `customer_ids` name a customer. */
function guessReference(name: string): Wanted | null {
  const base = /^(.+?)(?:_ids?|-ids?|Ids?|_uuid|Uuid|UUID|ID)$/.exec(name)?.[1];
  return base === undefined ? null : { entity: entityKey(base), service: null };
}

/** The part a property plays in a login, by its name. */
export function credentialByName(name: string): Slot["credential"] {
  if (/^(e-?mail(_?address)?|user_?name|login|phone(_?number)?)$/i.test(name)) return "identifier";
  return /^(password|passwd|passphrase|secret|pin)$/i.test(name) ? "secret" : null;
}

/** A schema, what it refers to, and everything `allOf`, `oneOf` and `anyOf` add, one level of objects. */
export function parts(given: unknown, document: unknown, depth = 0): Record<string, unknown>[] {
  const schema = resolveRef(given, document);
  if (!isRecord(schema) || depth > 4) return [];
  const inner = ["allOf", "oneOf", "anyOf"].flatMap((key) => {
    const branches = schema[key];
    return Array.isArray(branches) ? branches.slice(0, 20).flatMap((branch) => parts(branch, document, depth + 1)) : [];
  });
  // Keywords beside a `$ref` (OpenAPI 3.1) count too.
  return isRecord(given) && given !== schema ? [given, schema, ...inner] : [schema, ...inner];
}

/** The schema of a property among parts of a schema. */
export function propertyOf(schemas: readonly Record<string, unknown>[], name: string): unknown {
  return schemas.map((schema) => at(schema, "properties", name)).find((property) => property !== undefined);
}

/** A copy of a value with the place at `path` replaced, or removed when the new value is undefined. */
export function withValue(value: unknown, path: readonly (string | number)[], replacement: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((item, index) => (index === key ? withValue(item, rest, replacement) : item));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    name === key ? withValue(inner, rest, replacement) : inner,
  ]);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
}
