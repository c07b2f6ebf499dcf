import type { OutlineEndpoint, Shape } from "../outline.ts";
import type { tableFields } from "./fields.ts";
import { parseShape, shapeWithin } from "./shapes.ts";
import { codeSpans } from "./text.ts";

/** "`201 Created` `{ … }`": the span with the body, else what stands behind the status. */
export function responseShape(text: string, rest: string): Shape | null {
  const body = codeSpans(text).find((span) => /^\s*[{[]/.test(span));
  return body === undefined ? valueShape(rest) : parseShape(body);
}

/** A shape when the whole value is one, or stands in a code span. */
export function valueShape(text: string): Shape | null {
  const span = codeSpans(text).find((each) => /^\s*[{[]/.test(each));
  if (span !== undefined) return parseShape(span);
  return /^[{[]/.test(text) ? shapeWithin(text) : parseShape(text);
}

/** The first shape among the cells of a row. */
export function shapeOfCells(cells: readonly string[]): Shape | null {
  for (const text of cells) if (/[{[]/.test(text)) return valueShape(text);
  return null;
}

/** A response without a status stands for success: 200. */
export function addResponse(
  endpoint: OutlineEndpoint,
  status: number | null,
  shape: Shape | null,
  description: string,
): void {
  const code = status ?? 200;
  const same = endpoint.responses.find((each) => each.status === code);
  if (same === undefined) endpoint.responses.push({ status: code, shape, description });
  else {
    same.shape ??= shape;
    same.description ||= description;
  }
}

/** Fields as the shape of a body. */
export function fieldsShape(fields: ReturnType<typeof tableFields>): Shape | null {
  if (fields.length === 0) return null;
  return {
    kind: "object",
    fields: fields.map((field) => ({
      name: field.name,
      optional: !field.required,
      shape: { kind: "scalar", type: field.type },
      note: field.description,
    })),
  };
}

/** `{ email }` → `{ token }`; "body `{…}`", "returns `{…}`". */
export function inlineShapes(text: string): { request: Shape | null; response: Shape | null; status: number | null } {
  const open = text.search(/[{]/);
  if (open < 0 || open > 4000) return { request: null, response: null, status: null };
  const arrow = /→|=>|->/.exec(text);
  const returns = /\b(?:returns?|responds? with|response)\b\W*([1-5]\d\d)?/i.exec(text);
  const split = returns?.index ?? arrow?.index ?? -1;
  const status = Number(returns?.[1] ?? "0") || null;
  if (split < 0) return { request: shapeWithin(text.slice(open)), response: null, status };
  const before = text.slice(0, split);
  const after = text.slice(split);
  return {
    request: before.includes("{") ? shapeWithin(before.slice(before.indexOf("{"))) : null,
    response: after.includes("{") ? shapeWithin(after.slice(after.indexOf("{"))) : null,
    status,
  };
}
