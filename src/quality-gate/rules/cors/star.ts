import { argumentsOf, calleeOf, stringValue } from "../../../source/ast.ts";
import { itemsOf } from "../../../source/bindings.ts";
import type { Language } from "../../../source/languages.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";

/** `*`, and what stands for it: any host of a scheme. */
const STAR = /^\s*(\*|https?:\/\/\*|\*:\/\/\*)\s*$/;

/** Whether an expression is, holds or falls back to the origin `*`. */
export function hasStar(tree: SyntaxTree, language: Language, node: SyntaxNode, depth = 5): boolean {
  if (depth === 0) return false;
  const again = (inner: SyntaxNode | null | undefined) => !!inner && hasStar(tree, language, inner, depth - 1);
  return itemsOf(tree, language, node).some((item) => {
    const text = stringValue(item);
    if (text !== undefined) return text.split(",").some((one) => STAR.test(one));
    switch (item.type) {
      case "binary_expression":
      case "boolean_operator":
        return (
          /^(\|\||\?\?|or)$/.test(item.childForFieldName("operator")?.text ?? "") &&
          [item.childForFieldName("left"), item.childForFieldName("right")].some(again)
        );
      case "call":
      case "call_expression":
        return fromCall(item, again);
      case "method_invocation":
        // List.of("*"), Arrays.asList("*"), Collections.singletonList("*")
        return (
          /^(List|Set|Arrays|Collections|ImmutableList|Stream)$/.test(item.childForFieldName("object")?.text ?? "") &&
          argumentsOf(item.childForFieldName("arguments")).some(again)
        );
      case "array_creation_expression":
        return again(item.childForFieldName("value"));
      case "array_initializer":
      case "element_value_array_initializer":
        return argumentsOf(item).some(again);
      case "identifier":
        // const { CORS_ORIGIN = "*" } = process.env
        return (
          /^(type|java)script$/.test(language) &&
          tree
            .matches("(object_assignment_pattern left: (_) @name right: (_) @value)")
            .some(({ name, value }) => name?.text === item.text && again(value))
        );
      default:
        return item.text === "CorsConfiguration.ALL";
    }
  });
}

/** `os.getenv("ORIGINS", "*")`, `env.list("ORIGINS", default=["*"])`, `"*".split(",")`. */
function fromCall(call: SyntaxNode, again: (node: SyntaxNode | null | undefined) => boolean): boolean {
  const fn = call.childForFieldName("function");
  const name = calleeOf(fn ?? undefined);
  if (/\.(split|strip|trim|map|filter)$/.test(name)) {
    const member = fn?.childForFieldName("object");
    return again(member);
  }
  if (!/(^|\.)(getenv|get|env|list|config|getEnv|Field)$/.test(name)) return false;
  const given = argumentsOf(call.childForFieldName("arguments"));
  return given.some((argument, index) =>
    argument.type === "keyword_argument"
      ? argument.childForFieldName("name")?.text === "default" && again(argument.childForFieldName("value"))
      : index > 0 && again(argument),
  );
}
