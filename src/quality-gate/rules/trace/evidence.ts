import { calleeOf } from "../../../source/ast.ts";
import type { Language } from "../../../source/languages.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";

/** Headers of the known formats, and what puts them in: https://www.w3.org/TR/trace-context, B3, Jaeger, the clouds'. */
const EVIDENCE =
  /trace_?parent|tracestate|x-b3-|["'`]b3["'`]|uber-trace-id|["'`]sw8["'`]|x-cloud-trace-context|x-amzn-trace-id|x-trace-id|(?<!stop)propagat(ion|or)\b|propagate\.inject|propagate_?(trace|context|headers)|inject_?(trace|context)|\binject\s*\([^)\n]{0,80}(header|carrier|request)|trace_?(context|headers?)\b|(with|traced?)_?(trac(e|ing)|fetch|client)\b|\botel\w*\.|instrument_client/i;

const FUNCTIONS: Readonly<Record<Language, string>> = {
  python: "(function_definition name: (_) @name) @fn",
  typescript:
    "[(function_declaration name: (_) @name) (method_definition name: (_) @name) (variable_declarator name: (identifier) @name value: (arrow_function))] @fn",
  javascript:
    "[(function_declaration name: (_) @name) (method_definition name: (_) @name) (variable_declarator name: (identifier) @name value: (arrow_function))] @fn",
  go: "[(function_declaration name: (_) @name) (method_declaration name: (_) @name)] @fn",
  java: "(method_declaration name: (_) @name) @fn",
};
const MOST_NAMES = 100;
const MOST_NODES = 3000;

/** Whether code, comments left out, hands trace headers on. */
export function passesTrace(text: string, language: Language): boolean {
  if (!EVIDENCE.test(text)) return false;
  return EVIDENCE.test(withoutComments(text, language));
}

/** Code without its comments, roughly: a comment sign inside a string takes the rest of the line along. */
function withoutComments(text: string, language: Language): string {
  if (language === "python") return text.replace(/#.*/g, "");
  const parts: string[] = [];
  let at = 0;
  for (let begin = text.indexOf("/*"); begin !== -1; begin = text.indexOf("/*", at)) {
    parts.push(text.slice(at, begin));
    const end = text.indexOf("*/", begin + 2);
    at = end === -1 ? text.length : end + 2;
  }
  parts.push(text.slice(at));
  return parts.join("").replace(/(^|[\s;{}(,])\/\/.*/gm, "$1");
}

/** Names of the functions of a file that deal with trace headers. */
export function tracingFunctions(tree: SyntaxTree, language: Language, text: string): string[] {
  if (!passesTrace(text, language)) return [];
  return tree
    .matches(FUNCTIONS[language])
    .flatMap(({ name, fn }) => (name && fn && passesTrace(fn.text, language) ? [name.text.slice(0, 80)] : []))
    .slice(0, MOST_NAMES);
}

/** Names of the functions that are called inside a node. */
export function calledIn(node: SyntaxNode): string[] {
  const names = new Set<string>();
  const pending = [node];
  for (let visited = 0; pending.length > 0 && visited < MOST_NODES && names.size < MOST_NAMES; visited += 1) {
    const next = pending.pop();
    if (!next) break;
    const fn = /^(call|call_expression|method_invocation)$/.test(next.type)
      ? (next.childForFieldName("function") ?? next.childForFieldName("name"))
      : null;
    if (fn) names.add(calleeOf(fn).split(".").at(-1) ?? "");
    for (const child of next.namedChildren) if (child) pending.push(child);
  }
  return [...names];
}
