import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { patternSample } from "../../src/lib/pattern-sample.ts";

const SOURCES = join(import.meta.dirname, "..", "..", "src");

export interface Expression {
  file: string;
  line: number;
  source: string;
  flags: string;
}

/** Every regular expression written in some folders of the sources. */
export function expressionsIn(folders: readonly string[]): Expression[] {
  return folders.flatMap((folder) =>
    readdirSync(join(SOURCES, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .sort()
      .flatMap((file) => expressionsOf(join(folder, file))),
  );
}

function expressionsOf(file: string): Expression[] {
  const tree = ts.createSourceFile(file, readFileSync(join(SOURCES, file), "utf8"), ts.ScriptTarget.Latest, true);
  const found: Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree));
      found.push({ file, line: line + 1, source: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/**
 * Groups that repeat without bound and hold a repetition or a choice: only these can take exponential time, namely where
 * one text can be cut into rounds of the group in two ways.
 */
export function repeatedGroups(source: string): string[] {
  const found: string[] = [];
  const open: { at: number; flexible: boolean }[] = [];
  for (let at = 0; at < source.length; at += 1) {
    const char = source[at];
    const around = open.at(-1);
    if (char === "\\") at += 1;
    else if (char === "[") {
      for (at += 1; at < source.length && source[at] !== "]"; at += 1) if (source[at] === "\\") at += 1;
    } else if (char === "(") open.push({ at, flexible: false });
    else if (char === ")") {
      const group = open.pop();
      const repeats = /^(?:[*+]|\{\d+,\})/.test(source.slice(at + 1));
      if (group?.flexible && repeats) found.push(source.slice(group.at, at + 1));
      const outer = open.at(-1);
      if (outer && (repeats || group?.flexible)) outer.flexible = true;
    } else if (around && (char === "*" || char === "+" || char === "|" || /^\{\d+,\}/.test(source.slice(at))))
      around.flexible = true;
  }
  return found;
}

/** A text that rounds of a group make up in two ways; undefined when none of at most `length` characters does. */
export function cutInTwoWays(group: string, flags: string, length: number): string | undefined {
  const round = optionsOf(group).map((option) => new RegExp(`^(?:${option})$`, flags.replace(/[gy]/g, "")));
  const alphabet = alphabetOf(group);
  const ways = (text: string) => {
    const found = [1, ...Array.from({ length: text.length }, () => 0)];
    for (let end = 1; end <= text.length; end += 1)
      for (let begin = 0; begin < end; begin += 1)
        if (found[begin])
          for (const one of round)
            if (one.test(text.slice(begin, end))) found[end] = (found[end] ?? 0) + (found[begin] ?? 0);
    return found[text.length] ?? 0;
  };
  let texts = [""];
  for (let round = 0; round < length; round += 1) {
    texts = texts.flatMap((text) => alphabet.map((letter) => text + letter));
    const ambiguous = texts.find((text) => ways(text) > 1);
    if (ambiguous !== undefined) return ambiguous;
  }
  return undefined;
}

/** The alternatives of a group; a group without any is its only one. */
function optionsOf(group: string): string[] {
  const inner = group.slice(1, -1).replace(/^\?(?::|<\w+>)/, "");
  const options: string[] = [];
  let depth = 0;
  let begin = 0;
  for (let at = 0; at < inner.length; at += 1) {
    const char = inner[at];
    if (char === "\\") at += 1;
    else if (char === "[") {
      for (at += 1; at < inner.length && inner[at] !== "]"; at += 1) if (inner[at] === "\\") at += 1;
    } else if (char === "(") depth += 1;
    else if (char === ")") depth -= 1;
    else if (char === "|" && depth === 0) {
      options.push(inner.slice(begin, at));
      begin = at + 1;
    }
  }
  return [...options, inner.slice(begin)];
}

/** Letters that stand for all that a group tells apart: what it names, and one of each common class. */
function alphabetOf(group: string): string[] {
  const named = group.replace(/\\[wdsSDWbB]/g, "").match(/[^\\()[\]{}?*+|^$]/g) ?? [];
  return [...new Set(["a", "A", "0", " ", "-", ...named.filter((letter) => !/[a-zA-Z0-9]/.test(letter))])].slice(0, 9);
}

/**
 * A text that begins like what an expression looks for and ends one letter short of it; undefined for expressions that
 * cannot be written out.
 */
export function nearMiss({ source }: Expression): string | undefined {
  let plain = source;
  // Look-around within look-around is undone from the inside.
  for (let level = 0; level < 5; level += 1)
    plain = plain.replace(/\(\?<?[=!](?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)/g, "");
  plain = plain
    .replace(/\(\?<\w+>/g, "(?:")
    .replace(/\\[bB]/g, "")
    .replace(/([*+?}])\?/g, "$1")
    .replace(/(^|[^\\])[\^$]/g, "$1");
  let turn = 0;
  const pick = (below: number) => {
    turn = (turn * 7 + 3) % 9973;
    return turn % below;
  };
  return patternSample(plain, pick, { min: 8, max: 400 })?.slice(0, -1);
}
