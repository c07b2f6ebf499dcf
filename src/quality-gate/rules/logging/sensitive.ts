import { argumentsOf, calleeOf, stringValue } from "../../../source/ast.ts";
import { valuesOf } from "../../../source/bindings.ts";
import type { Language } from "../../../source/languages.ts";
import { memberOf, unwrapped } from "../../../source/members.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";
import { snakeCase } from "./log-calls.ts";

const SENSITIVE =
  /(^|[_.-])(password|passwd|pwd|pw|passphrase|secret|token|jwt|api_?key|(private|secret|access|encryption|signing)_key|credit_card(_number)?|card_number|cvv|cvc|ssn|authorization|credentials)$/;
/** What says something about a secret without being one, and tokens that open nothing. */
const HARMLESS =
  /(^|[_.-])(has|is|no|len|length|count|type|kind|id|name|hash|hashed|digest|expir\w*|valid\w*|invalid|missing|max|min|num|mask\w*|redact\w*|encrypted|obfuscated|sanitized|next|prev|previous|page|continuation|continue|cancel|cancell?ation|cursor|sync|public|lexer|unexpected|expected|current|peek)([_.-]|$)/;
/** Calls that give back what they are given, in another form. */
const TRANSPARENT =
  /^(stringify|dumps|str|repr|String|format|inspect|Sprintf|Sprint|Sprintln|toString|valueOf|strip|trim|concat|join|decode|encode|string|Errorf|lower|upper|toLowerCase|toUpperCase|formatted|get_secret_value|getSecretValue|exposeSecret|reveal)$/;
const GETTER = /^get_?(?=[A-Za-z])/i;
const LABEL =
  /(^|[\s"'{(,])(password|passwd|secret|api[ _-]?key|(access |refresh |auth |bearer )?token|authorization)\s?[:=]\s?["']?$/i;
const MAX_NODES = 300;
const MAX_DEPTH = 4;

/** The secret that an expression holds, by its name; undefined when it holds none or it is masked. */
export function sensitiveIn(tree: SyntaxTree, language: Language, given: SyntaxNode): string | undefined {
  const pending: { node: SyntaxNode; depth: number }[] = [{ node: given, depth: 0 }];
  for (let visited = 0; pending.length > 0 && visited < MAX_NODES; visited += 1) {
    const next = pending.pop();
    if (!next) break;
    const { node, depth } = next;
    const name = nameIn(tree, language, node);
    if (name !== undefined) return name;
    for (const inner of innerOf(tree, language, node, depth)) pending.push(inner);
  }
  return undefined;
}

/** Whether a name stands for a secret. */
export function isSensitive(name: string): boolean {
  const snake = snakeCase(name);
  return name.length < 60 && SENSITIVE.test(snake) && !HARMLESS.test(snake);
}

/** Whether an expression can hold a secret under a key that says so: no literal, comparison or masking call. */
export function isRevealing(node: SyntaxNode): boolean {
  const plain = unwrapped(node);
  if (
    !/identifier$|^(member_expression|attribute|selector_expression|field_access|subscript|subscript_expression|index_expression|template_string|await)$/.test(
      plain.type,
    )
  )
    return false;
  return !HARMLESS.test(snakeCase(lastName(plain))) && !isSlice(plain);
}

function nameIn(tree: SyntaxTree, language: Language, node: SyntaxNode): string | undefined {
  if (/^(identifier|shorthand_property_identifier)$/.test(node.type))
    return isSensitive(node.text) && !isMaskedAbove(tree, language, node) ? node.text : undefined;
  const member = memberOf(node);
  if (member) return isSensitive(member.key) && !isSlice(node) ? member.key : undefined;
  if (/^(call|call_expression|method_invocation)$/.test(node.type)) return fromGetter(node);
  if (/^(pair|keyword_argument|keyed_element)$/.test(node.type)) {
    const key = (node.childForFieldName("key") ?? node.childForFieldName("name") ?? node.namedChild(0))?.text ?? "";
    const value = node.childForFieldName("value") ?? node.namedChild(1);
    const plain = key.replace(/["'`]/g, "");
    return isSensitive(plain) && value && isRevealing(value) ? plain : undefined;
  }
  if (/^(interpolation|template_substitution)$/.test(node.type)) {
    const before = node.previousSibling?.text.slice(-40) ?? "";
    const value = node.namedChild(0);
    return LABEL.test(before) && value && isRevealing(value) ? before.trim().replace(/\W+$/, "") : undefined;
  }
  return undefined;
}

/** `user.getPassword()`, `headers.get("Authorization")`, `os.getenv("API_KEY")`. */
function fromGetter(call: SyntaxNode): string | undefined {
  const fn = call.childForFieldName("function") ?? call.childForFieldName("name");
  const name =
    calleeOf(fn ?? undefined)
      .split(".")
      .at(-1) ?? "";
  const [key] = argumentsOf(call.childForFieldName("arguments"));
  const text = stringValue(key);
  if (
    /^(get|getenv|Getenv|header|getHeader|getString|FormValue|pop|getProperty|GetString|GetHeader|PostForm)$/.test(name)
  )
    return text !== undefined && isSensitive(text) ? text : undefined;
  const asked = name.replace(GETTER, "");
  if (GETTER.test(name) && isSensitive(asked)) return name;
  // A record's accessor in Java.
  return call.type === "method_invocation" && key === undefined && isSensitive(name) ? name : undefined;
}

function innerOf(
  tree: SyntaxTree,
  language: Language,
  node: SyntaxNode,
  depth: number,
): { node: SyntaxNode; depth: number }[] {
  const at = (nodes: readonly (SyntaxNode | null | undefined)[], deeper = 0) =>
    nodes.flatMap((inner) => (inner ? [{ node: inner, depth: depth + deeper }] : []));
  if (/^(call|call_expression|method_invocation)$/.test(node.type)) {
    const fn = node.childForFieldName("function") ?? node.childForFieldName("name");
    if (
      !TRANSPARENT.test(
        calleeOf(fn ?? undefined)
          .split(".")
          .at(-1) ?? "",
      )
    )
      return [];
    const receiver = node.childForFieldName("object") ?? fn?.childForFieldName("object");
    return at([receiver, ...argumentsOf(node.childForFieldName("arguments"))]);
  }
  if (node.type === "ternary_expression")
    return at([node.childForFieldName("consequence"), node.childForFieldName("alternative")]);
  if (node.type === "conditional_expression") return at([node.namedChild(0), node.namedChild(2)]);
  // What a pointer points at, in Go.
  if (node.type === "unary_expression" && /^[*&]/.test(node.text)) return at([node.childForFieldName("operand")]);
  if (
    /^(new_expression|comparison_operator|not_operator|unary_expression|boolean_operator|lambda|arrow_function|function_expression|func_literal|lambda_expression|instanceof_expression)$/.test(
      node.type,
    )
  )
    return [];
  if (node.type === "binary_expression" && !/^(\+|\|\||\?\?)$/.test(node.childForFieldName("operator")?.text ?? ""))
    return [];
  if (/^(pair|keyword_argument|keyed_element)$/.test(node.type))
    return at([node.childForFieldName("value") ?? node.namedChild(1)]);
  if (memberOf(node)) return [];
  if (node.type === "identifier") {
    if (depth >= MAX_DEPTH) return [];
    const values = valuesOf(tree, language, node);
    return values.length === 1 && values[0]?.id === node.id ? [] : at(values, 1);
  }
  return at(node.namedChildren);
}

/** `token[:4]`: what is left says little. */
function isSlice(node: SyntaxNode): boolean {
  return /^(subscript|index_expression|slice_expression)$/.test(node.type) && node.text.includes(":");
}

/** Whether the file gives the name only what a masking call made. */
function isMaskedAbove(tree: SyntaxTree, language: Language, node: SyntaxNode): boolean {
  const values = valuesOf(tree, language, node);
  return (
    values.some(({ id }) => id !== node.id) &&
    values.every((value) =>
      /mask|redact|hash|obfusc|scrub|sanit|censor/i.test(
        calleeOf(value.childForFieldName("function") ?? value.childForFieldName("name") ?? undefined),
      ),
    )
  );
}

function lastName(node: SyntaxNode): string {
  return memberOf(node)?.key ?? node.text.slice(0, 60);
}
