import type { SyntaxNode } from "../../source/syntax.ts";
import { metaOf } from "./snippet.ts";

/** What the metavariables of a match stand for. */
export type Bindings = ReadonlyMap<string, string>;

/** Every node below `root`, itself included, that has the pattern's shape. */
export function* matchesIn(root: SyntaxNode, pattern: SyntaxNode): Generator<{ node: SyntaxNode; bindings: Bindings }> {
  const pending: SyntaxNode[] = [root];
  for (let node = pending.pop(); node; node = pending.pop()) {
    const bindings = match(pattern, node);
    if (bindings) yield { node, bindings };
    // Last in, first out: children go in backwards, so that matches come in the order of the code.
    for (let index = node.namedChildCount - 1; index >= 0; index -= 1) {
      const child = node.namedChild(index);
      if (child) pending.push(child);
    }
  }
}

/** What the metavariables stand for when `node` has the pattern's shape. */
export function match(pattern: SyntaxNode, node: SyntaxNode): Bindings | undefined {
  const bindings = new Map<string, string>();
  return fits(pattern, node, bindings) ? bindings : undefined;
}

function fits(pattern: SyntaxNode, node: SyntaxNode, bindings: Map<string, string>): boolean {
  const meta = metaOf(pattern);
  if (meta) return binds(meta.name, node.text, bindings);
  if (isAnyString(pattern)) return node.type.includes("string");
  if (pattern.type !== node.type) return false;
  if (pattern.childCount === 0 || pattern.type.includes("string")) return unquoted(pattern) === unquoted(node);
  return sequenceFits(parts(pattern), parts(node), bindings);
}

function binds(name: string, text: string, bindings: Map<string, string>): boolean {
  if (name === "_") return true;
  const bound = bindings.get(name);
  if (bound !== undefined) return bound === text;
  bindings.set(name, text);
  return true;
}

/** Children that carry meaning: names, operators, keywords; without commas, semicolons and comments. */
function parts(node: SyntaxNode): SyntaxNode[] {
  return node.children.filter(
    (child): child is SyntaxNode => child !== null && !/^[,;]$/.test(child.type) && !child.type.includes("comment"),
  );
}

/** Whether a list of parts fits, where `$$$X` takes any number. Each `$$$X` is tried shortest first. */
function sequenceFits(pattern: SyntaxNode[], nodes: SyntaxNode[], bindings: Map<string, string>): boolean {
  const [first, ...others] = pattern;
  if (first === undefined) return nodes.length === 0;
  const meta = metaOf(first);
  if (!meta?.rest) {
    const [node, ...left] = nodes;
    return node !== undefined && fits(first, node, bindings) && sequenceFits(others, left, bindings);
  }
  const fixed = others.filter((part) => !metaOf(part)?.rest).length;
  for (let taken = 0; taken <= nodes.length - fixed; taken += 1) {
    const tried = new Map(bindings);
    if (!sequenceFits(others, nodes.slice(taken), tried)) continue;
    for (const [name, text] of tried) bindings.set(name, text);
    return true;
  }
  return false;
}

function isAnyString(node: SyntaxNode): boolean {
  return node.type.includes("string") && unquoted(node) === "...";
}

function unquoted(node: SyntaxNode): string {
  return node.type.includes("string") ? node.text.replace(/^(["'`])([\s\S]*)\1$/, "$2") : node.text;
}
