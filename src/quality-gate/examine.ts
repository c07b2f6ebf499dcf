import { sha256 } from "../lib/ids.ts";
import { type FileInfo, type SourceFile, sourceFile } from "../source/source-file.ts";
import { parseSource, type SyntaxTree } from "../source/syntax.ts";
import { appliesTo, type Hit, type Rule } from "./rule.ts";
import { type Suppression, suppressionsOf } from "./suppress.ts";

/** A finding of a file rule. */
export interface FileHit extends Omit<Hit, "key"> {
  /** Digest of what identifies it beside code and file: it may be made of a line that holds a secret. */
  key: string;
}

/** What the rules that ran took from one file: plain data that is kept until the file changes. */
export interface Outcome {
  /** Why its content was not looked at (binary, generated, …); null when it was. */
  skip: string | null;
  hits: { code: string; hit: FileHit }[];
  /** What project rules collected, by code. */
  facts: Record<string, unknown>;
  suppressions: Suppression[];
  /** Codes of rules that asked for a syntax tree, or for structure, which could not be had in full. */
  blind: string[];
}

/** What is told of a file at every scan; facts are only told to the rule that collected them. */
export type Notes = Omit<Outcome, "facts">;

export function emptyOutcome(): Outcome {
  return { skip: null, hits: [], facts: {}, suppressions: [], blind: [] };
}

/** Run rules over the text of one file. `parser` stands in for the parser where a test looks on. */
export function examine(
  info: FileInfo,
  text: string,
  rules: readonly Rule[],
  parser: typeof parseSource = parseSource,
): Outcome {
  let tree: SyntaxTree | null | undefined;
  let asked = false;
  let givenUp = false;
  const parse = () => {
    tree = info.language ? parser(info.path, info.language, text) : null;
    return tree;
  };
  const file = sourceFile(
    info,
    text,
    parse,
    () => {
      givenUp = true;
    },
    () => {
      asked = true;
    },
  );
  const outcome = emptyOutcome();
  try {
    outcome.suppressions = suppressionsOf(file);
    const applying = rules.filter((rule) => appliesTo(rule, file));
    for (const rule of applying) {
      asked = false;
      givenUp = false;
      run(rule, file, outcome);
      if (asked && (!tree || tree.has_error || tree.exhausted)) outcome.blind.push(rule.code);
      // Rules of one category share what they read a document with; the first to read it hears that it is broken.
      if (givenUp) for (const { code, category } of applying) if (category === rule.category) outcome.blind.push(code);
    }
    return outcome;
  } finally {
    tree?.delete();
  }
}

function run({ code, detect }: Rule, file: SourceFile, outcome: Outcome): void {
  if (detect.scope !== "file") {
    const fact = detect.collect(file);
    if (fact !== undefined) outcome.facts[code] = fact;
    return;
  }
  const { keywords, requires } = detect;
  if (keywords.length > 0 && !keywords.some((keyword) => file.lower.includes(keyword))) return;
  if (requires && !requires.test(file.text)) return;
  for (const hit of detect.find(file)) outcome.hits.push({ code, hit: { ...hit, key: digestOfKey(keyOf(hit, file)) } });
}

function keyOf(hit: Hit, file: SourceFile): string {
  return hit.key ?? (file.lines[hit.line - 1] ?? "").slice(0, 500).replace(/\s+/g, " ").trim();
}

/** Identities are compared, never shown. */
export function digestOfKey(key: string): string {
  return sha256(key).slice(0, 24);
}
