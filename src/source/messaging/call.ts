import type { Entry } from "../assigned.ts";
import { argumentsOf } from "../ast.ts";
import { entriesOf, itemsOf } from "../bindings.ts";
import type { SyntaxNode } from "../syntax.ts";
import type { Source } from "./names.ts";

/** A call as the tables of messaging libraries look at it. */
export interface Call {
  node: SyntaxNode;
  method: string;
  /** What stands before the method, at most its last 80 characters; "" for a plain function. */
  receiver: string;
  positional: readonly SyntaxNode[];
  /** A keyword argument, or a property of the first object that is given. */
  option(...names: string[]): SyntaxNode | undefined;
  /** The items of a list, or of a list that a name stands for; the expression itself otherwise. */
  items(node: SyntaxNode | undefined): SyntaxNode[];
}

/** Methods that may have to do with messages: all others are not looked at. */
const MAYBE =
  /(send|produc|publish|subscri|consum|bind|emit|listen|declare|assert|queue|topic|exchange|message|event|pattern|request|rpc|xadd|handl|regist|notify|dispatch|raise|broadcast)\w{0,24}$|(^|[.@])(on|once|many|with|name|setHeader|AddHandler)$/i;

export function mayBeMessaging(fn: SyntaxNode | undefined): boolean {
  return MAYBE.test(fn?.text.slice(-60) ?? "");
}

/** The last name of what a method is called on: `producer` of `this.kafka.producer`. */
export function lastName(receiver: string): string {
  return /([\w$]+)(?:\([^()]{0,40}\))?[!?]?$/.exec(receiver)?.[1] ?? "";
}

export function callOf(
  source: Source,
  node: SyntaxNode,
  fn: SyntaxNode | undefined,
  args: SyntaxNode | undefined,
): Call {
  const given = argumentsOf(args);
  const positional = given.filter(({ type }) => type !== "keyword_argument");
  const text = fn?.text.slice(-120).replace(/\s+/g, "") ?? "";
  const object =
    node.type === "method_invocation"
      ? (node.childForFieldName("object")?.text.slice(-80) ?? "")
      : /^(.*?)[?!]*\.[\w$#]+$/.exec(text)?.[1];
  let entries: Entry[] | undefined;
  return {
    node,
    method: /([\w$]+)$/.exec(text)?.[1] ?? "",
    receiver: (object ?? "").slice(-80),
    positional,
    option(...names) {
      entries ??= given.flatMap((one) =>
        one.type === "keyword_argument"
          ? keyword(one)
          : /^(object|identifier|composite_literal|unary_expression)$/.test(one.type)
            ? entriesOf(
                source.tree,
                source.language,
                one.type === "unary_expression" ? one.childForFieldName("operand") : one,
              )
            : [],
      );
      return entries.find(({ key }) => names.includes(key))?.value;
    },
    items: (one) =>
      one
        ? itemsOf(
            source.tree,
            source.language,
            one.type === "list_splat" || one.type === "spread_element" ? (one.namedChild(0) ?? one) : one,
          )
        : [],
  };
}

function keyword(node: SyntaxNode): Entry[] {
  const [name, value] = [node.childForFieldName("name"), node.childForFieldName("value")];
  return name && value ? [{ key: name.text, value, node }] : [];
}
