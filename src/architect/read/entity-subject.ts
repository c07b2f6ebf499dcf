import { cell, columnsOf } from "./tables.ts";
import { plain } from "./text.ts";
import type { TableBlock } from "./tree.ts";

/**
 * What a field table without a heading is about. The sentence before it may say ("The Product table:"), or its own remarks
 * ("Unique category identifier"), and the first table of a service may be about what the service is called after.
 */
export function tableSubject(table: TableBlock, before: string, service: string | null): string | null {
  return fromSentence(before) ?? fromRemarks(table) ?? (service === null ? null : service.replace(/-service$/, ""));
}

function fromSentence(before: string): string | null {
  const text = plain(before);
  const match =
    /\b(?:the\s+)?([\p{L}]+)\s+(?:entity|table|model|record|object|has the following fields|fields)\b[^.]*:?$/iu.exec(
      text,
    ) ?? /\b(?:entity|table|model)\s+`?([\p{L}_]+)`?[^.]*:$/iu.exec(text);
  const word = match?.[1];
  return word === undefined || /^(?:the|this|following|each|its|data|field|main|a|an|with)$/i.test(word) ? null : word;
}

const ID_REMARK = [
  /\bunique\s+([\p{L} ]+?)\s+(?:identifier|id|record|key|number)\b/iu,
  /\b(?:identifier|id|primary key)\s+(?:of|for)\s+(?:the|an?|each)\s+([\p{L} ]+?)(?:[.,;]|$)/iu,
  /^(?:the\s+)?([\p{L}]+(?: [\p{L}]+)?)\s+(?:identifier|id)\b/iu,
];

function fromRemarks(table: TableBlock): string | null {
  const columns = columnsOf(table);
  const description = columns.find(/^(?:description|notes?|meaning|comment)/);
  const first = table.rows.find((row) => /^(?:id|uuid|[a-z]+_id)$/i.test(plain(cell(row, 0)))) ?? table.rows[0];
  if (first === undefined || description < 0) return null;
  const remark = plain(cell(first, description));
  for (const pattern of ID_REMARK) {
    const subject = pattern.exec(remark)?.[1]?.trim();
    if (
      subject !== undefined &&
      subject.split(" ").length <= 3 &&
      !/^(?:unique|primary|internal|auto|the|generated)$/i.test(subject)
    )
      return subject;
  }
  return null;
}
