import type { SyntaxNode } from "./syntax.ts";

/** The names of `a.b.c`; calls in between count by what they call: `a.b().c()` is a, b, c. At most 40 of them. */
export function calleePath(fn: SyntaxNode): string[] {
  const names: string[] = [];
  let node: SyntaxNode | null = fn;
  for (let level = 0; node && level < 40; level += 1) {
    const last: SyntaxNode | null =
      node.childForFieldName("property") ?? node.childForFieldName("attribute") ?? node.childForFieldName("field");
    if (last) {
      names.unshift(last.text.slice(-80));
      node = node.childForFieldName("object") ?? node.childForFieldName("operand");
    } else {
      const inner: SyntaxNode | null = node.childForFieldName("function") ?? node.childForFieldName("constructor");
      if (!inner) {
        names.unshift(node.text.slice(-80));
        break;
      }
      node = inner;
    }
  }
  return names;
}
