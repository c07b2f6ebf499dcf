import type { SyntaxNode } from "../../../../source/syntax.ts";

/** A function of nodes that is computed once for each node, as long as its tree lives. */
export function perNode<T>(compute: (node: SyntaxNode) => T): (node: SyntaxNode) => T {
  const trees = new WeakMap<object, Map<number, { value: T }>>();
  return (node) => {
    const known = trees.get(node.tree) ?? new Map<number, { value: T }>();
    trees.set(node.tree, known);
    let entry = known.get(node.id);
    if (!entry) {
      entry = { value: compute(node) };
      known.set(node.id, entry);
    }
    return entry.value;
  };
}
