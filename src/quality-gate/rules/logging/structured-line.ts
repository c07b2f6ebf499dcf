import { argumentsOf, calleeOf } from "../../../source/ast.ts";
import { entriesOf } from "../../../source/bindings.ts";
import type { Language } from "../../../source/languages.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";

/** Whether an argument is a structured log line: JSON of an object with a level. */
export function isStructuredLine(tree: SyntaxTree, language: Language, argument: SyntaxNode | undefined): boolean {
  if (!/(^|\.)(dumps|stringify)$/.test(calleeOf(argument?.childForFieldName("function") ?? undefined))) return false;
  const [object] = argumentsOf(argument?.childForFieldName("arguments"));
  return entriesOf(tree, language, object).some(({ key }) => /^(level|severity|lvl|loglevel)$/i.test(key));
}
