import { argumentsOf, CALLS, calleeOf, stringValue } from "../../../source/ast.ts";
import { valuesOf } from "../../../source/bindings.ts";
import type { Language } from "../../../source/languages.ts";
import { unwrapped } from "../../../source/members.ts";
import { functionAround, scopeOf } from "../../../source/scopes.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";

export const ALLOW_ORIGIN = "access-control-allow-origin";
const ALLOW_CREDENTIALS = "access-control-allow-credentials";

/** A place that gives an answer one of the CORS headers. */
export interface HeaderWrite {
  /** In lower case. */
  header: string;
  value: SyntaxNode;
  node: SyntaxNode;
  /** Id of the function around it; 0 at the top of the module. */
  scope: number;
}

/** Calls that name a header and something else without setting it. */
const NO_SETTER = /^(get|has|delete|remove|assert|expect|equal|to|match|log|info|debug|warn|error|print)/i;
/** Calls that send a request: what they carry is no answer. */
const CLIENT = /(^|\.)(fetch|axios|got|ky|request|ajax)$|^(axios|requests|httpx|got|ky|http|client|session)\.\w+$/;

const PAIRS: Readonly<Record<Language, string>> = {
  python:
    "[(pair key: (_) @key value: (_) @value) (assignment left: (subscript subscript: (_) @key) right: (_) @value)] @hit",
  typescript:
    "[(pair key: (_) @key value: (_) @value) (assignment_expression left: (subscript_expression index: (_) @key) right: (_) @value)] @hit",
  javascript:
    "[(pair key: (_) @key value: (_) @value) (assignment_expression left: (subscript_expression index: (_) @key) right: (_) @value)] @hit",
  go: "(keyed_element . (literal_element) @key (literal_element) @value) @hit",
  java: "(method_invocation name: (_) @fn arguments: (argument_list . (_) @key . (_) @value)) @hit",
};

const known = new WeakMap<SyntaxTree, HeaderWrite[]>();

/** Everything in a file that sets a header named Access-Control-Allow-…, as a call, an assignment or an entry. */
export function headerWrites(tree: SyntaxTree, language: Language): HeaderWrite[] {
  let writes = known.get(tree);
  if (!writes) {
    writes = [...fromCalls(tree, language), ...fromPairs(tree, language)];
    known.set(tree, writes);
  }
  return writes;
}

/** Whether the same function also lets browsers send credentials. */
export function headerCredentials(tree: SyntaxTree, language: Language, write: HeaderWrite): boolean {
  return headerWrites(tree, language).some(
    ({ header, value, scope }) =>
      header === ALLOW_CREDENTIALS &&
      scope === write.scope &&
      valuesOf(tree, language, value).some((one) => /^["'`]?true["'`]?$/i.test(one.text)),
  );
}

function* fromCalls(tree: SyntaxTree, language: Language): Generator<HeaderWrite> {
  for (const { hit, fn, args } of tree.matches(CALLS[language])) {
    const given = argumentsOf(args);
    const header = given.length >= 2 ? headerName(tree, language, given[0]) : undefined;
    if (!hit || !given[1] || header === undefined) continue;
    const name = calleeOf(fn).split(".").at(-1) ?? "";
    if (!NO_SETTER.test(name)) yield { header, value: given[1], node: hit, scope: scopeOf(hit) };
  }
}

function* fromPairs(tree: SyntaxTree, language: Language): Generator<HeaderWrite> {
  if (language === "java") return;
  for (const { hit, key, value } of tree.matches(PAIRS[language])) {
    const header = headerName(tree, language, key);
    if (hit && value && header !== undefined && !isSent(hit))
      yield { header, value: unwrapped(value), node: hit, scope: scopeOf(hit) };
  }
}

/** The header that an expression names: a string, a constant of this file or of a framework. */
function headerName(tree: SyntaxTree, language: Language, node: SyntaxNode | undefined): string | undefined {
  if (!node) return undefined;
  const plain = unwrapped(node);
  if (plain.text.length > 80) return undefined;
  const text = stringValue(plain);
  if (text !== undefined) return isCors(text) ? text.toLowerCase() : undefined;
  // HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, echo.HeaderAccessControlAllowOrigin
  const last = plain.text.split(".").at(-1) ?? "";
  if (/access_?control_?allow/i.test(last)) {
    const name = last
      .replace(/^Header/, "")
      .replace(/([a-z])([A-Z])/g, "$1-$2")
      .replaceAll("_", "-");
    if (isCors(name)) return name.toLowerCase();
  }
  if (plain.type !== "identifier") return undefined;
  const value = valuesOf(tree, language, plain).map(stringValue).find(Boolean);
  return value !== undefined && isCors(value) ? value.toLowerCase() : undefined;
}

function isCors(name: string): boolean {
  return /^access-control-allow-(origin|credentials)$/i.test(name);
}

/** Whether an entry belongs to a request that is sent from here. */
function isSent(node: SyntaxNode): boolean {
  const around = functionAround(node)?.id;
  for (let outer = node.parent; outer && outer.id !== around; outer = outer.parent)
    if (/^call/.test(outer.type) && CLIENT.test(calleeOf(outer.childForFieldName("function") ?? undefined)))
      return true;
  return false;
}
