import { argumentsOf, calleeOf } from "../../../source/ast.ts";
import { unwrapped } from "../../../source/members.ts";
import type { SyntaxNode } from "../../../source/syntax.ts";

/** Calls that take the origin without judging it. */
const INDIFFERENT =
  /^(set|setHeader|header|append|add|Set|Add|Header|addHeader|putSingle|put|setdefault|set_header|send_header|log|debug|info|warn|error|trace|String|str|get|Get|GetHeader|getHeader|getHeaderString|next|writeHead|headers|update|trim|toLowerCase|toString|lower|strip|push|json|send|callback|cb|done|vary|isEmpty|isBlank|isNotBlank|hasText|hasLength|isNullOrEmpty|len|print|printf|println|Print|Printf|Println|Boolean|bool|nonNull|isNull|split|replace)$/;
/** What an origin is compared with to see whether there is one. */
const NOTHING = /^(null|undefined|None|nil|""|''|"null"|'null'|"undefined"|true|false|"\*"|'\*')$/;
/** Methods that give back the answer they changed. */
const SETS = /^(set|setHeader|header|headers|append|add|addHeader|status|code|type|vary|writeHead)$/;
const MOST_NODES = 4000;

/**
 * Whether a function compares the origin, read from the request or held by one of `names`, with anything: a list, a
 * pattern, another string, a function of one's own but for the one named `indifferent`.
 */
export function checksOrigin(fn: SyntaxNode, names: ReadonlySet<string>, indifferent = ""): boolean {
  const pending: SyntaxNode[] = [fn];
  for (let visited = 0; pending.length > 0 && visited < MOST_NODES; visited += 1) {
    const node = pending.pop();
    if (!node) break;
    if (isCheck(node, names, indifferent)) return true;
    for (const child of node.namedChildren) if (child) pending.push(child);
  }
  return false;
}

function isCheck(node: SyntaxNode, names: ReadonlySet<string>, indifferent: string): boolean {
  switch (node.type) {
    case "call":
    case "call_expression":
    case "method_invocation": {
      const fn = node.childForFieldName("function") ?? node.childForFieldName("name");
      const name =
        calleeOf(fn ?? undefined)
          .split(".")
          .at(-1) ?? "";
      if (name === indifferent || INDIFFERENT.test(name)) return false;
      const receiver = node.childForFieldName("object") ?? fn?.childForFieldName("object");
      const asked = isAnswer(receiver) ? [] : [receiver];
      return [...asked, ...argumentsOf(node.childForFieldName("arguments"))].some((one) => mentions(one, names));
    }
    case "binary_expression":
    case "comparison_operator": {
      const operator = node.childForFieldName("operator")?.text ?? node.childForFieldName("operators")?.text ?? "";
      if (/^(\|\||\?\?|&&|\+|instanceof)$/.test(operator)) return false;
      const [left, right] = [node.namedChild(0), node.namedChild(node.namedChildCount - 1)];
      if ([left, right].some((side) => side && (NOTHING.test(side.text) || /^typeof\b/.test(side.text)))) return false;
      return mentions(left, names) || mentions(right, names);
    }
    case "subscript":
    case "subscript_expression":
    case "index_expression":
      return mentions(node.childForFieldName("subscript") ?? node.childForFieldName("index"), names);
    case "switch_statement":
    case "switch_expression":
    case "expression_switch_statement":
    case "match_statement":
      return mentions(node.childForFieldName("value") ?? node.childForFieldName("subject"), names);
    default:
      return false;
  }
}

/** Whether a call goes on with the answer that another one gave its headers: `res.setHeader(…).end()`. */
function isAnswer(receiver: SyntaxNode | null | undefined): boolean {
  if (!receiver || !/^(call|call_expression|method_invocation)$/.test(receiver.type)) return false;
  const fn = receiver.childForFieldName("function") ?? receiver.childForFieldName("name");
  return SETS.test(
    calleeOf(fn ?? undefined)
      .split(".")
      .at(-1) ?? "",
  );
}

/** Whether an expression is the origin, or short text made of it. */
function mentions(given: SyntaxNode | null | undefined, names: ReadonlySet<string>): boolean {
  if (!given) return false;
  const node = unwrapped(given);
  if (/function|lambda|object|dictionary|string_literal/.test(node.type) || node.text.length > 120) return false;
  if (/\bheaders?\b[^\n]{0,20}\borigin\b|HTTP_ORIGIN/i.test(node.text)) return true;
  return node.text.split(/[^\w$]+/).some((word) => names.has(word)) && !/^["'`]/.test(node.text);
}
