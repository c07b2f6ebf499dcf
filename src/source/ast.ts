import type { Language } from "./languages.ts";
import type { SourceFile } from "./source-file.ts";
import type { SyntaxNode, SyntaxTree } from "./syntax.ts";

const STRING_TYPES = new Set([
  "string",
  "template_string",
  "string_literal",
  "interpreted_string_literal",
  "raw_string_literal",
]);

/** The value of a string literal without interpolation (escapes stay as written); undefined for every other node. */
export function stringValue(node: SyntaxNode | null | undefined): string | undefined {
  if (!node || !STRING_TYPES.has(node.type)) return undefined;
  if (node.namedChildren.some((child) => child?.type === "interpolation" || child?.type === "template_substitution"))
    return undefined;
  const text = node.text.replace(/^[A-Za-z]{1,2}(?=["'])/, "");
  const quotes = text.startsWith('"""') || text.startsWith("'''") ? 3 : 1;
  return text.slice(quotes, -quotes);
}

/** The nearest node around `node` of one of the types, itself excluded; null when there is none. */
export function ancestor(node: SyntaxNode, types: readonly string[]): SyntaxNode | null {
  for (let outer = node.parent; outer; outer = outer.parent) if (types.includes(outer.type)) return outer;
  return null;
}

/** Every call with its function `@fn` and arguments `@args`: one query for all rules, so that it runs once a file. */
export const CALLS: Readonly<Record<Language, string>> = {
  python: "(call function: (_) @fn arguments: (argument_list) @args) @hit",
  typescript: "(call_expression function: (_) @fn arguments: (arguments) @args) @hit",
  javascript: "(call_expression function: (_) @fn arguments: (arguments) @args) @hit",
  go: "(call_expression function: (_) @fn arguments: (argument_list) @args) @hit",
  java: "(method_invocation name: (_) @fn arguments: (argument_list) @args) @hit",
};

/** What a call names, at most its last 80 characters: a chain of calls holds all calls before it in its text. */
export function calleeOf(fn: SyntaxNode | undefined): string {
  return fn?.text.slice(-80) ?? "";
}

const FUNCTION_TYPES = [
  "function_definition",
  "function_declaration",
  "function_expression",
  "arrow_function",
  "method_definition",
  "method_declaration",
  "func_literal",
];

/** The function around a node; null at the top of a module. */
export function enclosingFunction(node: SyntaxNode): SyntaxNode | null {
  return ancestor(node, FUNCTION_TYPES);
}

/** The named children of a call's arguments, comments left out. */
export function argumentsOf(list: SyntaxNode | null | undefined): SyntaxNode[] {
  return (list?.namedChildren ?? []).filter((node): node is SyntaxNode => node !== null && node.type !== "comment");
}

/** The value of a JS object literal's property; undefined when it has none. */
export function propertyOf(object: SyntaxNode | null | undefined, name: string): SyntaxNode | undefined {
  if (object?.type !== "object") return undefined;
  for (const pair of object.namedChildren) {
    const key = pair?.type === "pair" ? pair.childForFieldName("key") : null;
    if (key && key.text.replace(/^["']|["']$/g, "") === name) return pair?.childForFieldName("value") ?? undefined;
  }
  return undefined;
}

/** The value of a Python call's keyword argument; undefined when it has none. */
export function keywordOf(list: SyntaxNode | null | undefined, name: string): SyntaxNode | undefined {
  for (const argument of argumentsOf(list))
    if (argument.type === "keyword_argument" && argument.childForFieldName("name")?.text === name)
      return argument.childForFieldName("value") ?? undefined;
  return undefined;
}

/**
 * Whether an offset of a code file lies in code proper: not in a comment and not inside a string, unless that string is
 * exactly `whole` (an object's key). In other kinds of files everything counts.
 */
export function isCodeAt(file: SourceFile, offset: number, whole?: string): boolean {
  if (file.kind !== "code") return true;
  const node = file.tree()?.root.descendantForIndex(offset, offset + 1);
  if (!node) return true;
  for (let inner: SyntaxNode | null = node, level = 0; inner && level < 4; inner = inner.parent, level += 1) {
    if (inner.type.includes("comment")) return false;
    if (STRING_TYPES.has(inner.type)) return whole !== undefined && stringValue(inner) === whole;
  }
  return true;
}

/** Whether an offset of a code file lies in a comment. */
export function isCommentAt(file: SourceFile, offset: number): boolean {
  const node = file.language ? file.tree()?.root.descendantForIndex(offset, offset + 1) : null;
  return node?.type.includes("comment") ?? false;
}

/** What a name stands for when the same file assigns it a list, string or boolean; otherwise the node itself. */
export function resolved(tree: SyntaxTree, language: Language | null, node: SyntaxNode): SyntaxNode {
  if (node.type !== "identifier") return node;
  const query =
    language === "python"
      ? "(assignment left: (identifier) @name right: (_) @value)"
      : language === "typescript" || language === "javascript"
        ? "(variable_declarator name: (identifier) @name value: (_) @value)"
        : undefined;
  if (query === undefined) return node;
  return tree.matches(query).find(({ name }) => name?.text === node.text)?.value ?? node;
}

/** Where a node begins: line and column from 1. */
export function placeOf(node: SyntaxNode): { line: number; column: number } {
  return { line: node.startPosition.row + 1, column: node.startPosition.column + 1 };
}
