import type { OutlineEndpoint, ShapeField } from "../outline.ts";
import { cell, columnsOf } from "./tables.ts";
import { codeSpans, plain } from "./text.ts";
import type { TableBlock } from "./tree.ts";

/** Takes in a table of parameters, without those of the path, the body and the headers. */
export function takeParameters(endpoint: OutlineEndpoint, table: TableBlock): void {
  const columns = columnsOf(table);
  const place = columns.find(/^(?:in|location)$/);
  const required = columns.find(/^required/);
  const type = columns.find(/^(?:data )?type$/);
  for (const row of table.rows) {
    const name = plain(cell(row, 0)).replace(/\?$/, "");
    if (!/^[\w.[\]-]+$/.test(name) || endpoint.path.includes(`{${name}}`) || /path|body|header/i.test(cell(row, place)))
      continue;
    const optional = required < 0 || !/^(?:yes|true|required|✓|✅)/i.test(plain(cell(row, required)));
    const note = plain(cell(row, columns.find(/^(?:description|notes?)/)));
    addQuery(endpoint, { name, optional, shape: { kind: "scalar", type: plain(cell(row, type)) || "string" }, note });
  }
}

/** "`page`, `per_page` (optional)" or "page, limit, status". */
export function queryList(text: string): ShapeField[] {
  const spans = codeSpans(text);
  const parts =
    spans.length > 0
      ? spans.map((span, index) => `\`${span}\`${text.split("`")[index * 2 + 2] ?? ""}`)
      : text.split(/[,;]/);
  return parts.map(queryParameter).filter((each) => each !== null);
}

/** One parameter as written: "page (optional)", "from=date"; null for other words. */
export function queryParameter(text: string): ShapeField | null {
  const match = /^[`*?&\s]*([A-Za-z_][\w.[\]-]*)\??(?:=[^`\s]*)?[`*]*\s*(?:[:=(–—-]+\s*(.*))?/s.exec(text.trim());
  const name = match?.[1];
  if (name === undefined || /^(?:and|or|none|optional|the)$/i.test(name)) return null;
  const words = plain(match?.[2] ?? "").replace(/\)[^)]*$/, "");
  const type =
    /^(?:uuid|string|int(?:eger)?|number|decimal|bool(?:ean)?|date-?time|date|enum[^,)]*)\b/i.exec(words)?.[0] ??
    "string";
  return { name, optional: !/\brequired\b/i.test(words), shape: { kind: "scalar", type }, note: words };
}

/** Adds a parameter; a later account of the same one replaces the earlier. */
export function addQuery(endpoint: OutlineEndpoint, parameter: ShapeField): void {
  const known = endpoint.query.findIndex((each) => each.name === parameter.name);
  if (known < 0) endpoint.query.push(parameter);
  else endpoint.query[known] = parameter;
}
