import { isJson } from "../document.ts";
import { plainText } from "./schema-text.ts";
import type { Part } from "./source.ts";

const MAX_TEXT = 20_000;

/** How alike two schemas look, from 0 to 1: by the words of their text. */
export function similarity(a: readonly Part[], b: readonly Part[]): number {
  return overlap(words(a), words(b));
}

/** Whether two schemas say the same, apart from explanations. */
export function looksEqual(a: readonly Part[], b: readonly Part[]): boolean {
  return textOf(a) === textOf(b);
}

export function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  let shared = 0;
  for (const word of a) if (b.has(word)) shared += 1;
  return shared / (a.size + b.size - shared);
}

/** Whether a schema says enough of its own for its look to tell it apart: more than a bare type. */
export function isTelling(parts: readonly Part[]): boolean {
  return parts.some(
    ({ node }) =>
      isJson(node) &&
      (Object.keys(node).length > 3 || "$ref" in node || "enum" in node || "properties" in node || "pattern" in node),
  );
}

/** Whether two names could be one name before and after: their words overlap or hardly differ. */
export function namesAlike(a: string, b: string): boolean {
  const [x, y] = [a, b].map((name) => name.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase());
  if (x === undefined || y === undefined || x === "" || y === "") return false;
  if (x === y) return true;
  const [from, to] = [wordsOf(a), wordsOf(b)];
  const generic = new Set(["id", "is", "of", "the", "at", "by", "to"]);
  const shared = [...from].filter((word) => to.has(word) && !generic.has(word));
  const [short, long] = x.length < y.length ? [x, y] : [y, x];
  return shared.length > 0 || (short.length >= 4 && long.includes(short));
}

function wordsOf(name: string): Set<string> {
  const spaced = name.replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1 $2").toLowerCase();
  return new Set(spaced.split(/[^\p{L}\p{N}]+/u).filter(Boolean));
}

function words(parts: readonly Part[]): Set<string> {
  return new Set(
    textOf(parts)
      .slice(0, MAX_TEXT)
      .split(/[^\w#/]+/)
      .filter(Boolean),
  );
}

function textOf(parts: readonly Part[]): string {
  return parts.map(({ node }) => plainText(node)).join();
}
