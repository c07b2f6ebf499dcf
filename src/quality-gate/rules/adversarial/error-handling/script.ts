import {
  ancestor,
  argumentsOf,
  CALLS,
  calleeOf,
  enclosingFunction,
  placeOf,
  stringValue,
} from "../../../../source/ast.ts";
import type { SourceFile } from "../../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../../source/syntax.ts";
import type { Hit } from "../../../rule.ts";
import { isCleanup, onlyCleansUp } from "./cleanup.ts";

/** Ends of a process: nothing is left to tell when they fail. */
const LIFECYCLE = /^(main|bootstrap|(graceful_?)?shutdown)$/i;
const FUNCTIONS = /^(arrow_function|function_expression|function_declaration|method_definition)$/;

/** A fault, and whether only Express before 5 has it. */
export interface ScriptHit extends Hit {
  express4?: boolean;
}

/** Empty catches and promises whose failure nobody sees. */
export function* scriptFaults(tree: SyntaxTree, file: SourceFile): Generator<ScriptHit> {
  for (const { hit } of tree.matches("(catch_clause) @hit"))
    if (hit?.childForFieldName("body")?.childCount === 2 && !onlyCleansUp(hit.parent?.childForFieldName("body")))
      yield { ...placeOf(hit), message: "An error is caught and nothing is done with it." };
  const asyncs = asyncFunctions(tree);
  const express = /["']express["']/.test(file.text) && !/express-async-errors|express-promise-router/.test(file.text);
  for (const { hit, fn, args } of tree.matches(CALLS[file.language ?? "typescript"])) {
    if (!hit || !fn) continue;
    const given = argumentsOf(args);
    const message = callFault(hit, fn, given, asyncs);
    if (message) yield { ...placeOf(hit), message };
    else if (express && isExpressHandler(fn, given))
      yield {
        ...placeOf(hit),
        message: "An async handler awaits without try: a failure leaves the request unanswered.",
        express4: true,
      };
  }
}

function callFault(
  call: SyntaxNode,
  fn: SyntaxNode,
  given: readonly SyntaxNode[],
  asyncs: ReadonlyMap<string, boolean>,
): string | undefined {
  const method = fn.type === "member_expression" ? fn.childForFieldName("property")?.text : fn.text;
  const [first] = given;
  if (method === "catch" && fn.type === "member_expression" && given.length === 1 && isEmptyFunction(first)) {
    const object = fn.childForFieldName("object");
    return object && isCleanup(object) ? undefined : "A promise's failure is caught and nothing is done with it.";
  }
  if (first && /^(forEach|setInterval|setTimeout)$/.test(method ?? "") && isUnguarded(first))
    return `Nobody sees when the async callback of ${method} fails.`;
  if (call.parent?.type !== "expression_statement" || !enclosingFunction(call)) return undefined;
  if (method === "then" && fn.type === "member_expression" && given.length === 1)
    return /\.catch\(/.test(fn.text.slice(-4000))
      ? undefined
      : "A promise is followed up and its failure is not handled.";
  const name = forgottenName(call, fn);
  return name !== undefined && asyncs.get(name) ? `The promise of ${calleeOf(fn)} is not awaited.` : undefined;
}

/** How `asyncFunctions` knows a function that is called as `name()` or `this.name()`. */
function forgottenName(call: SyntaxNode, fn: SyntaxNode): string | undefined {
  if (fn.type === "identifier") return LIFECYCLE.test(fn.text) ? undefined : `:${fn.text}`;
  const [, method] = /^this\.(#?\w+)$/.exec(fn.text.slice(0, 80)) ?? [];
  const owner = method === undefined ? null : ancestor(call, ["class_body"]);
  return owner ? `${owner.id}:${method}` : undefined;
}

/** Functions by name, with the id of their class: whether all of that name can fail unseen when nobody awaits them. */
function asyncFunctions(tree: SyntaxTree): Map<string, boolean> {
  const found = new Map<string, boolean>();
  const queries = [
    "(function_declaration name: (identifier) @name) @all",
    "(variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)] @all)",
    "(class_body (method_definition name: (_) @name) @all)",
  ];
  for (const query of queries)
    for (const { name, all } of tree.matches(query)) {
      if (!name || !all) continue;
      const owner = all.type === "method_definition" ? all.parent?.id : "";
      const key = `${owner}:${name.text}`;
      found.set(key, (found.get(key) ?? true) && isUnguarded(all));
    }
  return found;
}

/** Whether a function is async and awaits something outside of every try with a catch. */
function isUnguarded(fn: SyntaxNode): boolean {
  if (!FUNCTIONS.test(fn.type) || !fn.children.slice(0, 4).some((child) => child?.type === "async")) return false;
  return fn
    .descendantsOfType("await_expression")
    .some((node) => node !== null && enclosingFunction(node)?.id === fn.id && !isTried(node, fn) && !isCaught(node));
}

function isTried(node: SyntaxNode, within: SyntaxNode): boolean {
  let inner = node;
  for (let outer = node.parent; outer && outer.id !== within.id; outer = outer.parent) {
    const guards = outer.type === "try_statement" && outer.childForFieldName("handler") !== null;
    if (guards && outer.childForFieldName("body")?.id === inner.id) return true;
    inner = outer;
  }
  return false;
}

function isCaught(node: SyntaxNode): boolean {
  return /\.catch$/.test(node.namedChildren[0]?.childForFieldName("function")?.text ?? "");
}

function isEmptyFunction(node: SyntaxNode | undefined): boolean {
  const body = node && FUNCTIONS.test(node.type) ? node.childForFieldName("body") : null;
  return body?.type === "statement_block" && body.childCount === 2;
}

/** Express 4 does not see a rejected promise of a handler: the request hangs. */
function isExpressHandler(fn: SyntaxNode, given: readonly SyntaxNode[]): boolean {
  if (
    fn.type !== "member_expression" ||
    !/^(get|post|put|patch|delete|all|use)$/.test(fn.childForFieldName("property")?.text ?? "")
  )
    return false;
  const object = fn.childForFieldName("object");
  const chained = object?.type === "call_expression";
  if (chained ? !/\.route$/.test(object.childForFieldName("function")?.text ?? "") : !isRouterName(object?.text ?? ""))
    return false;
  if (!chained && stringValue(given[0]) === undefined && given[0]?.type !== "arrow_function") return false;
  return given.some(isUnguarded);
}

const isRouterName = (name: string) =>
  /(^|[a-z_.])(app|api|server|routers?|routes?|express)\d?$/i.test(name.slice(-40));
