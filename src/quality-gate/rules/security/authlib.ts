import { calleePath } from "../../../source/callee.ts";
import { importsOf } from "../../../source/imports.ts";
import { functionAround } from "../../../source/scopes.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";
import { nameOfResult } from "./unverified.ts";

const CHOICES = new Set(["if_statement", "elif_clause", "else_clause", "conditional_expression"]);

/**
 * Claims that Authlib decoded and nobody validates, or only on a condition: `decode` checks the signature, `exp` and `nbf`
 * only `claims.validate()` (https://docs.authlib.org/en/latest/jose/jwt.html#jwt-payload-claims-validation).
 */
export function* unvalidatedClaims(tree: SyntaxTree, file: SourceFile): Generator<SyntaxNode> {
  if (!/\bauthlib\b/.test(file.text)) return;
  const imports = importsOf(tree, file.language);
  const isAuthlib = (name: string) => /^authlib\.jose\b/.test(imports.get(name)?.module ?? "");
  const makers = new Set(
    tree
      .matches("(assignment left: (identifier) @name right: (call) @value)")
      .filter(({ value }) => isAuthlib(calleePath(value?.childForFieldName("function") ?? tree.root)[0] ?? ""))
      .map(({ name }) => name?.text ?? ""),
  );
  const calls = tree.matches("(call function: (_) @fn arguments: (argument_list) @args) @hit");
  for (const { fn, hit } of calls) {
    const path = fn ? calleePath(fn) : [];
    const [root = ""] = path;
    if (!hit || path.length !== 2 || path[1] !== "decode" || !(isAuthlib(root) || makers.has(root))) continue;
    const name = nameOfResult(hit)?.text;
    // What is handed on may be validated by whoever gets it.
    if (name === undefined || !/^\w+$/.test(name)) continue;
    const around = functionAround(hit) ?? tree.root;
    const inside = (node: SyntaxNode) => node.startIndex >= around.startIndex && node.endIndex <= around.endIndex;
    const checks = calls.flatMap((one) => {
      const [object, method] = one.fn ? calleePath(one.fn) : [];
      return one.hit && inside(one.hit) && object === name && /^validate(_exp)?$/.test(method ?? "") ? [one.hit] : [];
    });
    if (checks.length === 0 ? reads(around, name, hit) : checks.every((check) => isConditional(check, hit))) yield hit;
  }
}

/** Whether a claim is read of the name: `claims["sub"]`, `claims.get("sub")`. */
function reads(around: SyntaxNode, name: string, call: SyntaxNode): boolean {
  return (
    around
      .descendantsOfType("subscript")
      .some((node) => node?.childForFieldName("value")?.text === name && node.startIndex > call.endIndex) ||
    around
      .descendantsOfType("attribute")
      .some(
        (node) =>
          node?.childForFieldName("object")?.text === name && node.childForFieldName("attribute")?.text === "get",
      )
  );
}

/** Whether a choice stands around a call that does not stand around the other one. */
function isConditional(call: SyntaxNode, other: SyntaxNode): boolean {
  for (let outer = call.parent; outer; outer = outer.parent) {
    if (outer.startIndex <= other.startIndex && outer.endIndex >= other.endIndex) return false;
    if (CHOICES.has(outer.type)) return true;
  }
  return false;
}
