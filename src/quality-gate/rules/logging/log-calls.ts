import { argumentsOf, CALLS, calleeOf, keywordOf } from "../../../source/ast.ts";
import type { Language } from "../../../source/languages.ts";
import { isToolingPath } from "../../../source/languages.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";
import { isTerminalProgram } from "./terminal.ts";

/** A call that writes to a log, or adds fields to what will be written. */
export interface LogCall {
  node: SyntaxNode;
  arguments: SyntaxNode[];
  /** Whether arguments come in pairs of key and value. */
  pairs: boolean;
}

const LOGGER =
  /(^|_)(log|logs|logger|logging|console|slog|zap|pino|winston|log4j|loguru|klog|glog|zerolog|logrus|sugar|structlog|bunyan|syslog)$/;
const METHOD =
  /^(log|debug|info|warn|warning|error|exception|critical|fatal|panic|trace|verbose|notice|success|severe|fine|print|printf|println|child|bind|with|opt|w?with_?(field|fields|values|context)|add_?key_?value|add_?argument|string|strs?|any|interface|reflect|bytes?|array|object|(debug|info|warn|warning|error|fatal|panic|print|trace)(f|ln|w|s|context|_context|depth)?)$/i;
/** Methods whose arguments are a key and a value each. */
const PAIRED =
  /^(string|strs?|any|interface|reflect|bytes?|with|with_?field|with_?values|add_?key_?value|child|bind)$|w$/i;
const PRINT: Partial<Record<Language, RegExp>> = {
  python: /^(builtins\.)?print$|^sys\.std(out|err)\.write$/,
  go: /^fmt\.F?[Pp]rint(f|ln)?$/,
};
const MAX_CHAIN = 10;

/** Every call of a file that logs. */
export function* logCalls(tree: SyntaxTree, file: SourceFile): Generator<LogCall> {
  const { language } = file;
  if (!language) return;
  const tool = isToolingPath(file.path) || isTerminalProgram(file);
  for (const { hit, fn, args } of tree.matches(CALLS[language])) {
    if (!hit || !fn || !args) continue;
    const receiver = hit.childForFieldName("object") ?? receiverOf(fn);
    const name = (
      fn.childForFieldName("property") ??
      fn.childForFieldName("attribute") ??
      fn.childForFieldName("field") ??
      fn
    ).text;
    // What a tool prints, or what goes into a file, is a result.
    const target = language === "python" ? keywordOf(args, "file") : undefined;
    const prints =
      !tool &&
      (!target || /^sys\.std(out|err)$/.test(target.text)) &&
      (PRINT[language]?.test(calleeOf(fn)) === true ||
        (language === "java" && /^System\.(out|err)$/.test(receiver?.text.slice(0, 20) ?? "")));
    if (!prints && (!receiver || name.length > 40 || !METHOD.test(name) || !isLogger(receiver))) continue;
    const pairs = PAIRED.test(name) || (language === "go" && /slog/.test(receiver?.text.slice(0, 20) ?? ""));
    yield { node: hit, arguments: argumentsOf(args), pairs };
  }
}

function receiverOf(fn: SyntaxNode): SyntaxNode | null {
  return fn.childForFieldName("object") ?? fn.childForFieldName("operand");
}

/** Whether an expression is a logger: named like one, asked for as one, or a chain that began with one. */
function isLogger(receiver: SyntaxNode): boolean {
  let node: SyntaxNode | null = receiver;
  for (let level = 0; node && level < MAX_CHAIN; level += 1) {
    if (/^(call|call_expression|method_invocation)$/.test(node.type)) {
      const fn: SyntaxNode | null = node.childForFieldName("function") ?? node.childForFieldName("name");
      if (/get_?logger$|^(log|logger)$/i.test(calleeOf(fn ?? undefined))) return true;
      node = node.childForFieldName("object") ?? (fn ? receiverOf(fn) : null);
      continue;
    }
    const last =
      node.childForFieldName("property") ??
      node.childForFieldName("attribute") ??
      node.childForFieldName("field") ??
      node;
    return last.text.length < 60 && LOGGER.test(snakeCase(last.text));
  }
  return false;
}

/** `auditLogger`, `_logger` and `LOGGER` in snake case. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
}
