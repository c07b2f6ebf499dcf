import { isJson } from "../document.ts";
import { coerced, shapeAt, typesOf } from "./deserialize.ts";

/** The value that the fields of a form mean by its schema: repeated ones are a list, those of objects are JSON. */
export function readForm(fields: readonly (readonly [string, string])[], schema: unknown, root: unknown): unknown {
  const { properties } = shapeAt(schema ?? {}, root);
  const known = isJson(properties) ? properties : {};
  const value: Record<string, unknown> = {};
  for (const [key, text] of fields) {
    const inner = Object.hasOwn(known, key) ? known[key] : {};
    const { type, items } = shapeAt(inner, root);
    const before = Object.hasOwn(value, key) ? value[key] : undefined;
    if (type === "array") value[key] = [...(Array.isArray(before) ? before : []), fieldValue(text, items ?? {}, root)];
    else value[key] = fieldValue(text, inner, root);
  }
  return value;
}

function fieldValue(text: string, schema: unknown, root: unknown): unknown {
  if (!typesOf(schema, root).includes("object")) return coerced(text, schema, root);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The fields of a form: a list gives one for each item, what is no text is written as JSON. */
export function formFields(value: Record<string, unknown>): [string, string][] {
  return Object.entries(value).flatMap(([name, given]) =>
    (Array.isArray(given) ? given : [given]).map((one): [string, string] => [
      name,
      typeof one === "string" ? one : (JSON.stringify(one) ?? ""),
    ]),
  );
}
