import type { Field } from "../../model/domain-model.ts";
import { splitTop } from "./text.ts";

export interface SqlTable {
  name: string;
  fields: Field[];
  /** Lines below the start of the code. */
  offset: number;
}

/** The tables that CREATE TABLE statements of a code block make. */
export function sqlTables(code: string): SqlTable[] {
  const tables: SqlTable[] = [];
  for (const match of code.matchAll(
    /create\s+table\s+(?:if\s+not\s+exists\s+)?["`[]?(?:\w+["`\]]?\.["`[]?)?(\w+)["`\]]?\s*\(/gi,
  )) {
    const start = match.index + match[0].length;
    const body = code.slice(start, closing(code, start));
    tables.push({
      name: match[1] ?? "",
      fields: splitTop(body.replace(/--[^\n]*/g, "")).flatMap(columnField),
      offset: code.slice(0, match.index).split("\n").length - 1,
    });
  }
  return tables;
}

function closing(code: string, start: number): number {
  let depth = 1;
  for (let index = start; index < code.length; index += 1) {
    const char = code.charAt(index);
    if (char === "(") depth += 1;
    else if (char === ")") depth -= 1;
    if (depth === 0) return index;
  }
  return code.length;
}

function columnField(definition: string): Field[] {
  const text = definition.replace(/\s+/g, " ").trim();
  if (/^(?:primary key|foreign key|unique|check|constraint|index|key|exclude|like)\b/i.test(text)) return [];
  const match = /^["`[]?(\w+)["`\]]?\s+(.+)$/.exec(text);
  if (match === null) return [];
  const words = match[2] ?? "";
  const checked = /check\s*\(\s*\w+\s+in\s*\(([^)]*)\)/i.exec(words)?.[1];
  const values = checked === undefined ? [] : checked.split(",").map((value) => value.replace(/['"\s]/g, ""));
  const type =
    /^[a-z]+(?: precision| varying| with(?:out)? time zone)?(?:\s*\([^)]*\))?(?:\[\])?/i.exec(words)?.[0] ?? "string";
  return [
    {
      name: match[1] ?? "",
      type: values.length >= 2 ? `enum [${values.join(", ")}]` : type.trim(),
      required: /\bnot null\b|\bprimary key\b/i.test(words),
      description: words.slice(type.length).trim(),
    },
  ];
}
