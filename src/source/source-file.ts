import type { FileKind, Language } from "./languages.ts";
import type { SyntaxTree } from "./syntax.ts";

/** What is known of a file without reading it. */
export interface FileInfo {
  /** Relative to the scanned folder, with "/". */
  path: string;
  /** The service that owns it; "" when it belongs to none. */
  service: string;
  kind: FileKind;
  language: Language | null;
  is_test: boolean;
}

/** A file as rules see it. */
export interface SourceFile extends FileInfo {
  text: string;
  /** The text in lower case; computed once. */
  readonly lower: string;
  /** Lines without their ends; computed once. */
  readonly lines: readonly string[];
  /** Where an offset of `text` lies: line and column from 1. */
  position(offset: number): { line: number; column: number };
  /** The syntax tree; null for a file that is no code or cannot be parsed. It is freed after the last rule. */
  tree(): SyntaxTree | null;
  /** Says that the file's content could not be understood, so that rules did not see it. */
  giveUp(): void;
}

/** Build a file whose lines and tree are computed when they are first asked for; `onTree` hears of every asking. */
export function sourceFile(
  info: FileInfo,
  text: string,
  parse: () => SyntaxTree | null,
  giveUp: () => void,
  onTree: () => void = () => {},
): SourceFile {
  let lines: string[] | undefined;
  let lower: string | undefined;
  let starts: number[] | undefined;
  let tree: SyntaxTree | null | undefined;
  const lineStarts = () => {
    if (starts) return starts;
    starts = [0];
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    return starts;
  };
  return {
    ...info,
    text,
    giveUp,
    get lower() {
      lower ??= text.toLowerCase();
      return lower;
    },
    get lines() {
      lines ??= text.split(/\r?\n/);
      return lines;
    },
    position(offset) {
      const begins = lineStarts();
      let low = 0;
      let high = begins.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((begins[middle] ?? 0) <= offset) low = middle;
        else high = middle - 1;
      }
      return { line: low + 1, column: offset - (begins[low] ?? 0) + 1 };
    },
    tree() {
      onTree();
      if (tree === undefined) tree = parse();
      return tree;
    },
  };
}
