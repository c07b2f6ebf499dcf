import type { SyntaxNode } from "./syntax.ts";

/** An expression without parentheses, `as const`, await, Object.freeze and the like. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  let inner = node;
  for (let level = 0; level < 8; level += 1) {
    const next =
      /^(parenthesized_expression|as_expression|satisfies_expression|non_null_expression|await_expression|await|literal_element)$/.test(
        inner.type,
      ) ||
      (inner.type === "expression_list" && inner.namedChildCount === 1)
        ? inner.namedChild(0)
        : inner.type === "call_expression" && inner.childForFieldName("function")?.text === "Object.freeze"
          ? inner.childForFieldName("arguments")?.namedChild(0)
          : null;
    if (!next) return inner;
    inner = next;
  }
  return inner;
}

/** Object and key of `object.key` and `object["key"]`. */
export function memberOf(node: SyntaxNode): { object: SyntaxNode; key: string } | null {
  const object =
    node.childForFieldName("object") ?? node.childForFieldName("operand") ?? node.childForFieldName("value");
  const key =
    node.childForFieldName("property") ??
    node.childForFieldName("attribute") ??
    node.childForFieldName("field") ??
    node.childForFieldName("subscript") ??
    node.childForFieldName("index");
  if (
    !/^(member_expression|subscript_expression|attribute|subscript|selector_expression|index_expression|field_access)$/.test(
      node.type,
    )
  )
    return null;
  return object && key ? { object, key: plainKey(key.text) } : null;
}

/** A key without quotes. */
export function plainKey(text: string): string {
  return text.slice(0, 100).replace(/^[a-z]?["'`]|["'`]$/gi, "");
}
