import type { SyntaxNode } from "./syntax.ts";

const FUNCTIONS = new Set([
  "function_definition",
  "lambda",
  "function_declaration",
  "function_expression",
  "generator_function",
  "generator_function_declaration",
  "arrow_function",
  "method_definition",
  "method_declaration",
  "constructor_declaration",
  "lambda_expression",
  "func_literal",
]);

/** Id of the function around a node; 0 at the top of a module. */
export function scopeOf(node: SyntaxNode): number {
  return functionAround(node)?.id ?? 0;
}

interface Span {
  node: SyntaxNode;
  start: number;
  end: number;
  /** Position of the function around it; -1 when there is none. */
  outer: number;
}

const spans = new WeakMap<object, readonly Span[]>();

/** The function around a node, lambdas and constructors included; null at the top of a module. */
export function functionAround(node: SyntaxNode): SyntaxNode | null {
  const all = functionsOf(node);
  const { startIndex: start, endIndex: end, id } = node;
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle]?.start ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  for (let at = low - 1; at >= 0; at = all[at]?.outer ?? -1) {
    const one = all[at];
    if (one && one.end >= end && one.node.id !== id) return one.node;
  }
  return null;
}

/** All functions of the file in order, found once: asking a node for its parent costs a walk from the root each time. */
function functionsOf({ tree }: SyntaxNode): readonly Span[] {
  const before = spans.get(tree);
  if (before) return before;
  const all: Span[] = [];
  const open: number[] = [];
  for (const node of tree.rootNode.descendantsOfType([...FUNCTIONS])) {
    if (!node) continue;
    while (open.length > 0 && (all[open.at(-1) ?? 0]?.end ?? 0) <= node.startIndex) open.pop();
    all.push({ node, start: node.startIndex, end: node.endIndex, outer: open.at(-1) ?? -1 });
    open.push(all.length - 1);
  }
  spans.set(tree, all);
  return all;
}
