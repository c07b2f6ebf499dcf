import type { Declared } from "../extract/facts.ts";
import { pathOf } from "../extract/outline.ts";
import { stemsIn, stemsOf } from "./words.ts";

/** A piece of a file to be found: number of its definition (MODULE for what lies outside of all), stems of its name and body. */
export type Chunk = readonly [number: number, name: string, body: string];

/** The number of what a file says outside its functions and classes. */
export const MODULE = 65_535;
const MOST_STEMS = 400;

/** The pieces of a file: functions and methods whole, classes without their methods, and the rest. */
export function chunksOf(text: string, path: string, declared: readonly Declared[]): Chunk[] {
  const place = path.replace(/\.\w+$/, "");
  const chunks: Chunk[] = [];
  const taken: { from: number; to: number }[] = [];
  const whole = declared
    .map((one, number) => ({ one, number }))
    .filter(({ one }) => one.to > one.from && isPiece(one))
    .sort((a, b) => a.one.from - b.one.from || b.one.to - a.one.to);
  let reach = -1;
  for (const [index, { one, number }] of whole.entries()) {
    // What is defined inside a function belongs to it.
    if (one.from < reach) continue;
    const isHolder = one.kind === "class" || one.kind === "interface" || one.flags.includes("object");
    const next = whole[index + 1];
    const inner = isHolder && next && next.one.from < one.to ? next.one.from : one.to;
    if (!isHolder) reach = one.to;
    taken.push({ from: one.from, to: isHolder ? inner : one.to });
    chunks.push(chunk(number, pathOf(one), text.slice(one.from, inner), place));
  }
  let rest = "";
  let at = 0;
  for (const { from, to } of taken) {
    if (from > at) rest += text.slice(at, from);
    at = Math.max(at, to);
  }
  rest += text.slice(at);
  const stems = stemsIn(rest);
  if (stems.length > 3) chunks.push([MODULE, stemsIn(place).join(" "), firstOf(stems)]);
  return chunks;
}

function isPiece({ kind, flags }: Declared): boolean {
  return kind !== "variable" || flags.includes("object");
}

function chunk(number: number, name: string, text: string, place: string): Chunk {
  const own = new Set(name.split(".").flatMap((part) => stemsOf(part)));
  return [number, [...own].join(" "), firstOf(stemsIn(text, place))];
}

function firstOf(stems: readonly string[]): string {
  return (stems.length > MOST_STEMS ? stems.slice(0, MOST_STEMS) : stems).join(" ");
}
