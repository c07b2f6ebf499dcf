import { argumentsOf, CALLS, calleeOf, stringValue } from "../../../source/ast.ts";
import { takenFrom, valuesOf } from "../../../source/bindings.ts";
import type { Language } from "../../../source/languages.ts";
import { memberOf, unwrapped } from "../../../source/members.ts";
import { functionAround } from "../../../source/scopes.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";
import { checksOrigin } from "./origin-checks.ts";

/** Methods that give text back as it is. */
const KEEPS = /^(toString|trim|toLowerCase|lower|strip|orElse|String|str|valueOf|decode)$/;
const READS = /^(get|header|getHeader|getHeaderString|GetHeader|Get|getFirst|getOrigin|headers)$/;
const REQUEST = /head|req|ctx|context|META|environ|event|(^|\.)(c|r)$/i;
const DEPTH = 6;

/** How an expression leads back to the request's Origin header. */
interface Flow {
  /** Names it passes through. */
  names: Set<string>;
  /** Where it is read. */
  reads: SyntaxNode[];
  /** Parameters of functions that it comes in by. */
  parameters: SyntaxNode[];
}

/** Whether a value is the request's Origin and nothing between the two compares it with what is allowed. */
export function reflectsOrigin(
  tree: SyntaxTree,
  language: Language,
  value: SyntaxNode,
  through = "",
  depth = 2,
): boolean {
  const flow: Flow = { names: new Set(), reads: [], parameters: [] };
  follow(tree, language, value, flow, DEPTH);
  const around = functionAround(value);
  if (flow.reads.length > 0) return !checksOrigin(around ?? tree.root, flow.names, through);
  const name = around && nameOf(around);
  if (depth === 0 || !name || checksOrigin(around, flow.names, through)) return false;
  return flow.parameters.some((parameter) =>
    argumentsFor(tree, language, around, parameter).some((given) =>
      reflectsOrigin(tree, language, given, name, depth - 1),
    ),
  );
}

function follow(tree: SyntaxTree, language: Language, given: SyntaxNode, flow: Flow, depth: number): void {
  const node = unwrapped(given);
  if (depth === 0) return;
  const again = (inner: SyntaxNode | null | undefined) => {
    if (inner) follow(tree, language, inner, flow, depth - 1);
  };
  if (isOriginRead(node)) {
    flow.reads.push(node);
    return;
  }
  switch (node.type) {
    case "identifier": {
      const from = takenFrom(tree, language, node);
      if (from?.property.toLowerCase() === "origin" && /(^|\.)headers?$|^headers?\b/i.test(from.value.text.slice(-40)))
        flow.reads.push(node);
      flow.names.add(node.text);
      const values = valuesOf(tree, language, node);
      if (values.length === 1 && values[0]?.id === node.id) flow.parameters.push(node);
      else values.forEach(again);
      break;
    }
    case "binary_expression":
    case "boolean_operator":
      if (/^(\|\||\?\?|or)$/.test(node.childForFieldName("operator")?.text ?? ""))
        [node.childForFieldName("left"), node.childForFieldName("right")].forEach(again);
      break;
    case "ternary_expression":
      again(node.childForFieldName("consequence"));
      again(node.childForFieldName("alternative"));
      break;
    case "conditional_expression":
      again(node.namedChild(0));
      again(node.namedChild(2));
      break;
    case "template_string":
    case "string":
    case "template_substitution":
    case "interpolation":
    case "list":
    case "array":
      node.namedChildren.forEach(again);
      break;
    case "call":
    case "call_expression":
    case "method_invocation": {
      const fn = node.childForFieldName("function") ?? node.childForFieldName("name");
      const name =
        calleeOf(fn ?? undefined)
          .split(".")
          .at(-1) ?? "";
      if (!KEEPS.test(name)) break;
      again(node.childForFieldName("object") ?? fn?.childForFieldName("object"));
      if (/^(String|str|valueOf)$/.test(name)) argumentsOf(node.childForFieldName("arguments")).forEach(again);
    }
  }
}

/** `req.headers.origin`, `request.META["HTTP_ORIGIN"]`, `r.Header.Get("Origin")`, `request.getHeader(HttpHeaders.ORIGIN)`. */
function isOriginRead(node: SyntaxNode): boolean {
  if (node.text.length > 120) return false;
  const member = memberOf(node);
  if (member)
    return (
      /^(http_)?origin$/i.test(member.key) &&
      /(headers?|META|environ|getHeaders\(\)|\b(req|request)\.(query|body|params|args))$/i.test(member.object.text)
    );
  if (!/^(call|call_expression|method_invocation)$/.test(node.type)) return false;
  const fn = node.childForFieldName("function") ?? node.childForFieldName("name");
  const callee = calleeOf(fn ?? undefined);
  const receiver = (
    node.childForFieldName("object") ??
    fn?.childForFieldName("object") ??
    fn?.childForFieldName("operand")
  )?.text;
  const name = argumentsOf(node.childForFieldName("arguments"))[0];
  if (!READS.test(callee.split(".").at(-1) ?? "") || !REQUEST.test(receiver ?? "")) return false;
  return (
    /^(http_)?origin$/i.test(stringValue(name) ?? "") || /(^|\.)(Header)?ORIGIN$|\.HeaderOrigin$/.test(name?.text ?? "")
  );
}

/** What the calls of a function in this file hand over for one of its parameters. */
function argumentsFor(tree: SyntaxTree, language: Language, fn: SyntaxNode, parameter: SyntaxNode): SyntaxNode[] {
  const name = nameOf(fn);
  const list = fn.childForFieldName("parameters");
  const index = argumentsOf(list).findIndex((one) =>
    new RegExp(`\\b${parameter.text}\\b`).test(one.text.slice(0, 200)),
  );
  if (name === undefined || index === -1) return [];
  return tree.matches(CALLS[language]).flatMap(({ fn: called, args }) => {
    const given = argumentsOf(args)[index];
    return given && calleeOf(called).split(".").at(-1) === name ? [given] : [];
  });
}

function nameOf(fn: SyntaxNode): string | undefined {
  return (fn.childForFieldName("name") ?? fn.parent?.childForFieldName("name"))?.text;
}
