import { isRecord, pointerSegment } from "../document.ts";

/** A value at the end of a document, which is no object and no list. */
export interface Leaf {
  /** JSON pointer. */
  pointer: string;
  /** The last property on the way. */
  key: string;
  value: string | number | boolean | null;
}

const MOST_LEAVES = 500;
const MOST_DOCUMENTS = 200;

/** The leaves of a document; of large ones the first 500. */
export function leavesOf(document: unknown): Leaf[] {
  const found: Leaf[] = [];
  const visit = (value: unknown, pointer: string, key: string, depth: number) => {
    if (found.length >= MOST_LEAVES || depth > 20) return;
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) visit(item, `${pointer}/${index}`, key, depth + 1);
    else if (isRecord(value))
      for (const [name, inner] of Object.entries(value))
        visit(inner, `${pointer}/${pointerSegment(name)}`, name, depth + 1);
    else if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      found.push({ pointer, key, value });
  };
  visit(document, "", "", 0);
  return found;
}

/** The documents in a body: itself, or the items of a list that it is, or holds as `items`, `data` and the like. */
export function documentsIn(body: unknown): Record<string, unknown>[] {
  if (Array.isArray(body)) return body.filter(isRecord).slice(0, MOST_DOCUMENTS);
  if (!isRecord(body)) return [];
  for (const name of ["items", "data", "results", "content"]) {
    const inner = body[name];
    const envelope = Object.values(body).filter((value) => typeof value === "string").length === 0;
    if (Array.isArray(inner) && inner.some(isRecord) && envelope)
      return inner.filter(isRecord).slice(0, MOST_DOCUMENTS);
    if (name === "data" && isRecord(inner)) return [inner];
  }
  return [body];
}

/** Whether two values mean the same though they are not written alike: case, spaces, 1 and 1.0, the same instant. */
export function isSameMeaning(a: Leaf["value"], b: Leaf["value"]): boolean {
  if (a === b) return true;
  if (typeof a !== "string" || typeof b !== "string") return false;
  if (a.trim().toLowerCase() === b.trim().toLowerCase()) return true;
  const [one, other] = [a, b].map((text) => (/^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN));
  return one !== undefined && one === other;
}

/** Whether a value is one that two documents hardly have in common by chance. */
export function isTelling(value: Leaf["value"]): boolean {
  if (typeof value === "string") return value.length >= 3;
  return typeof value === "number" && !(Number.isInteger(value) && Math.abs(value) < 10);
}

/** Names without case and separators: `customerId`, `customer_id` and `customer-id` are the same. */
export function plainName(key: string): string {
  return key.toLowerCase().replace(/[^a-z0-9]/g, "");
}
