import { stringValue } from "../../../source/ast.ts";
import { itemsOf } from "../../../source/bindings.ts";
import type { Language } from "../../../source/languages.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";
import { checksOrigin } from "./origin-checks.ts";

/** A pattern, without backslashes and slashes around it, that every origin fits. */
const MATCHES_ALL = /^\^?\(?(https?\??:\/\/)?\)?\??\(?\.[*+]\)?\$?$/;

/** How a library's setting lets every origin in by sending it back; undefined when it does not. */
export function acceptsAll(tree: SyntaxTree, language: Language, origins: SyntaxNode): string | undefined {
  for (const value of origins.type === "method_definition" ? [origins] : itemsOf(tree, language, origins)) {
    if (value.text === "true" && /^(type|java)script$/.test(language)) return "origin: true reflects every origin";
    if (isPattern(value)) return "The pattern matches every origin";
    if (isOpenFunction(functionOf(tree, value))) return "The origin function accepts every origin";
  }
  return undefined;
}

function isPattern(node: SyntaxNode): boolean {
  const text =
    node.type === "regex"
      ? node.childForFieldName("pattern")?.text
      : (stringValue(node) ?? /^re\.compile\(\s*r?["'](.{1,60})["']/.exec(node.text.slice(0, 100))?.[1]);
  return text !== undefined && text.length < 60 && MATCHES_ALL.test(text.replaceAll("\\", ""));
}

/** The function that a value is, or that the file declares by its name. */
function functionOf(tree: SyntaxTree, node: SyntaxNode): SyntaxNode | undefined {
  if (/^(arrow_function|function_expression|method_definition|func_literal)$/.test(node.type)) return node;
  if (node.type !== "identifier" || node.tree.rootNode.id !== tree.root.id) return undefined;
  return (
    tree.root.namedChildren.find(
      (child) => child?.type === "function_declaration" && child.childForFieldName("name")?.text === node.text,
    ) ?? undefined
  );
}

/** A function of an origin that says yes, or gives it back, whatever it is. */
function isOpenFunction(fn: SyntaxNode | undefined): boolean {
  if (!fn || fn.text.length > 2000) return false;
  const list = fn.childForFieldName("parameters") ?? fn.childForFieldName("parameter");
  const names = (list?.type === "identifier" ? [list] : (list?.namedChildren ?? [])).map(
    (one) => (one?.childForFieldName("pattern") ?? one?.childForFieldName("name") ?? one)?.text ?? "",
  );
  const [origin = "", callback = ""] = names;
  const body = fn.childForFieldName("body");
  if (!body || checksOrigin(body, new Set([origin]))) return false;
  const yes = origin === "" ? "true" : `(?:true|${escaped(origin)})`;
  if (body.type !== "statement_block" && body.type !== "block" && new RegExp(`^${yes}$`).test(body.text)) return true;
  const answers = [
    ...body.text.matchAll(/\breturn\s+([^;\n}]{1,80})/g),
    ...(callback === ""
      ? []
      : body.text.matchAll(
          new RegExp(`\\b${escaped(callback)}\\(\\s*([^;\\n]{1,80}?)\\s*\\)\\s*(?:;|\\n|\\}|$)`, "g"),
        )),
  ].map(([, answer = ""]) => answer.trim());
  const verdicts = answers.filter((answer) => callback === "" || !answer.startsWith(`${callback}(`));
  return (
    verdicts.length > 0 &&
    verdicts.every((answer) =>
      new RegExp(`^(?:null\\s*,\\s*|undefined\\s*,\\s*)?${yes}(?:\\s*,\\s*nil)?$`).test(answer),
    )
  );
}

function escaped(name: string): string {
  return name.replace(/[^\w]/g, "\\$&");
}
