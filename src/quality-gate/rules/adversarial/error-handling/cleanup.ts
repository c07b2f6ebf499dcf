import { argumentsOf } from "../../../../source/ast.ts";
import type { SyntaxNode } from "../../../../source/syntax.ts";

/** What lets go of something: when it fails, the thing is gone already and nobody can do more. */
const CLEANUP =
  /(^|[._])(close|aclose|unlink|unlinkSync|rm|rmSync|rmtree|rmdir|remove|cancel|abort|disconnect|destroy|dispose|release|shutdown|stop|kill|terminate|end|quit|rollback|cleanup|clean_up|tear_?down|unsubscribe|unref|flush|interrupt|delete_file|removeSync|deleteIfExists)\w{0,12}$/i;

/** Whether a block consists of one call that lets go of something, awaited or not. */
export function onlyCleansUp(block: SyntaxNode | null | undefined): boolean {
  const statements = argumentsOf(block);
  const [only] = statements;
  return statements.length === 1 && only !== undefined && isCleanup(only);
}

/** Whether an expression or expression statement is a call that lets go of something. */
export function isCleanup(node: SyntaxNode): boolean {
  let inner: SyntaxNode | null = node;
  for (let level = 0; inner && level < 4; level += 1) {
    if (/^(call|call_expression|method_invocation)$/.test(inner.type)) {
      const callee: SyntaxNode | null = inner.childForFieldName("function") ?? inner.childForFieldName("name");
      return CLEANUP.test(callee?.text.slice(-60).replace(/\?\./g, ".") ?? "");
    }
    inner = inner.namedChildren[0] ?? null;
  }
  return false;
}
