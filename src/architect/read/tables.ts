import { plain } from "./text.ts";
import type { TableBlock } from "./tree.ts";

/** A table's columns by what their header says. */
export interface Columns {
  /** Index of the first column whose header matches, or -1. */
  find(pattern: RegExp, except?: readonly number[]): number;
  header: readonly string[];
}

/** Headers without marks, lower case. */
export function columnsOf(table: TableBlock): Columns {
  const header = table.header.map((cell) => plain(cell).toLowerCase());
  return {
    header,
    find: (pattern, except = []) => header.findIndex((cell, index) => pattern.test(cell) && !except.includes(index)),
  };
}

/** A cell's rich text; "" for a missing cell and for the dashes that stand for nothing. */
export function cell(row: { cells: string[] }, index: number): string {
  const text = index < 0 ? "" : (row.cells[index] ?? "").trim();
  return /^(?:-+|–|—|n\/?a|none|∅)$/i.test(plain(text)) ? "" : text;
}
