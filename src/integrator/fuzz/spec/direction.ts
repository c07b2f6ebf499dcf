import { at, isRecord, resolveRef } from "../../document.ts";

type Json = Record<string, unknown>;

/**
 * The document as one direction sees it: in requests `readOnly` properties do not exist, in responses `writeOnly` ones
 * are not required (OpenAPI 3.0, 4.7.24.2). Everything else stays where it is, so that pointers hold.
 */
export function forDirection(document: Json, direction: "request" | "response"): Json {
  const flag = direction === "request" ? "readOnly" : "writeOnly";
  const seen = new Map<object, unknown>();
  const copy = (node: unknown): unknown => {
    if (node === null || typeof node !== "object") return node;
    const known = seen.get(node);
    if (known !== undefined) return known;
    if (Array.isArray(node)) {
      const list: unknown[] = [];
      seen.set(node, list);
      for (const item of node) list.push(copy(item));
      return list;
    }
    const result: Json = {};
    seen.set(node, result);
    for (const [key, value] of Object.entries(node)) result[key] = copy(value);
    if (isRecord(result.properties)) hide(result, result.properties, node);
    return result;
  };
  const hide = (schema: Json, properties: Json, original: object): void => {
    const hidden = Object.entries(at(original, "properties") ?? {})
      .filter(([, property]) => isFlagged(property, document, flag))
      .map(([name]) => name);
    if (hidden.length === 0) return;
    if (Array.isArray(schema.required)) schema.required = schema.required.filter((name) => !hidden.includes(name));
    if (direction === "request")
      schema.properties = Object.fromEntries(Object.entries(properties).filter(([name]) => !hidden.includes(name)));
  };
  const copied = copy(document);
  return isRecord(copied) ? copied : {};
}

function isFlagged(property: unknown, document: Json, flag: string): boolean {
  if (at(property, flag) === true) return true;
  const target = resolveRef(property, document);
  if (at(target, flag) === true) return true;
  const parts = at(target, "allOf");
  return Array.isArray(parts) && parts.some((part) => at(resolveRef(part, document), flag) === true);
}
