import type { Language } from "../../source/languages.ts";
import { parseSource, type SyntaxNode, type SyntaxTree } from "../../source/syntax.ts";

/** What stands for `$X` while a pattern is parsed: a name no code has. */
const META = "SO_META_";
const REST = "SO_REST_";

/** A code pattern of a project's own rule, parsed. Free `tree` with the process: patterns live as long as their rules. */
export interface Snippet {
  node: SyntaxNode;
  tree: SyntaxTree;
  /** Words that must be in a file for the pattern to fit, in lower case; the longest first. */
  words: string[];
}

/** The name of the metavariable that a leaf stands for: `$X` gives "X", `$$$ARGS` gives "ARGS" and `rest`. */
export function metaOf(node: SyntaxNode): { name: string; rest: boolean } | undefined {
  const text = node.text;
  if (text.startsWith(META) && /^\w+$/.test(text)) return { name: text.slice(META.length), rest: false };
  if (text.startsWith(REST) && /^\w+$/.test(text)) return { name: text.slice(REST.length), rest: true };
  return undefined;
}

/** A snippet needs a place where it may stand in its language. */
const FRAMES: Record<Language, { before: string; after: string; file: string }> = {
  python: { before: "", after: "\n", file: "pattern.py" },
  javascript: { before: "", after: "\n", file: "pattern.js" },
  typescript: { before: "", after: "\n", file: "pattern.ts" },
  go: { before: "package p\nfunc f() {\n", after: "\n}\n", file: "pattern.go" },
  java: { before: "class C { void m() {\n", after: "\n}}\n", file: "Pattern.java" },
};

/**
 * Parse a pattern: code in which `$X` stands for any one piece of code (the same one wherever it stands again), `$$$X`
 * for any number of arguments, elements or statements, `$_` for whatever is there, and the string "..." for any string. The grammar must be loaded.
 * Gives a sentence instead when it is no code of that language or names nothing to look for.
 */
export function parseSnippet(language: Language, pattern: string): Snippet | string {
  const { before, after, file } = FRAMES[language];
  const source = pattern
    .trim()
    .replaceAll(/\$\$\$(_|[A-Z][A-Z0-9_]*)/g, `${REST}$1`)
    .replaceAll(/\$(_|[A-Z][A-Z0-9_]*)/g, `${META}$1`);
  // Java's expressions are statements only with a semicolon.
  const body = language === "java" && !/[;}]$/.test(source) ? `${source};` : source;
  const tree = parseSource(file, language, before + body + after);
  if (tree === null || tree.has_error) return `is no ${language} code`;
  const node = innermost(tree.root, before.length, before.length + source.length);
  const words = [...new Set(source.match(/[A-Za-z_][A-Za-z0-9_]{2,}/g) ?? [])]
    .filter((word) => !word.startsWith(META) && !word.startsWith(REST))
    .map((word) => word.toLowerCase())
    .sort((a, b) => b.length - a.length);
  if (words.length === 0) return "names nothing: it would fit everywhere; write at least one name into it";
  return { node, tree, words };
}

/** The smallest node that holds all of the pattern; a statement that is nothing but an expression gives the expression. */
function innermost(root: SyntaxNode, start: number, end: number): SyntaxNode {
  let node = root;
  for (;;) {
    const inner = node.namedChildren.find(
      (child) => child !== null && child.startIndex <= start && child.endIndex >= end,
    );
    if (!inner) return node;
    node = inner;
  }
}
