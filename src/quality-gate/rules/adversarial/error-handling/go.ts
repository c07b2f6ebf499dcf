import { ancestor, argumentsOf, calleeOf, placeOf } from "../../../../source/ast.ts";
import { calleePath } from "../../../../source/callee.ts";
import type { SyntaxNode, SyntaxTree } from "../../../../source/syntax.ts";
import type { Hit } from "../../../rule.ts";

/** Calls that give nothing but an error, or whose error decides whether they did anything. */
const MUST_BE_CHECKED =
  /^(json|xml|yaml|proto|toml|bson)\.Unmarshal$|\.Decode$|\.ShouldBind\w*$|\.(Exec|ExecContext|Commit|Scan|WriteMessages|PublishWithContext|SendMessages?)$|^os\.(WriteFile|MkdirAll|Mkdir|Rename)$|(^|\.)ListenAndServe(TLS)?$/;
/** Calls whose value is worth nothing when they fail. */
const VALUE_WITH_ERROR =
  /^(io|ioutil)\.Read(All|File)$|^os\.(ReadFile|Open|OpenFile|Create)$|^(http|client|c)\.(Get|Post|Do)$|Client\.(Do|Get|Post)$|\.(Query|QueryContext|Begin|BeginTx|BeginTxx|Queryx)$|^strconv\.(Atoi|Parse\w+)$|^time\.Parse(Duration|InLocation)?$|^uuid\.Parse$|^(amqp|net|grpc|nats|sql)\.(Dial|Connect|NewClient)\w*$|^jwt\.Parse\w*$|Conn\.Channel$/;

/** What lets go of something, or keeps its error until the end. */
const MAY_BE_DROPPED = /(^|\.)(close|rollback|flush|write|print|parse\w*form|stop|cleanup|remove)\w*$/i;

/** Errors that are dropped, blanked, or looked at without consequence. */
export function* goFaults(tree: SyntaxTree): Generator<Hit> {
  const fallible = fallibleFunctions(tree);
  for (const { hit, fn } of tree.matches("(expression_statement (call_expression function: (_) @fn)) @hit")) {
    if (!hit || !fn) continue;
    const callee = calleeOf(fn);
    if (MUST_BE_CHECKED.test(callee) || (fallible.has(localName(hit, fn)) && !MAY_BE_DROPPED.test(callee)))
      yield { ...placeOf(hit), message: `The error of ${shortName(fn)} is dropped.` };
  }
  const blanked =
    "(short_var_declaration left: (expression_list) @left right: (expression_list . (call_expression function: (_) @fn) .)) @hit";
  for (const { hit, left, fn } of tree.matches(blanked)) {
    const names = argumentsOf(left).map(({ text }) => text);
    const [value] = names;
    if (!hit || !fn || names.length !== 2 || names[1] !== "_" || value === undefined || value === "_") continue;
    if (VALUE_WITH_ERROR.test(calleeOf(fn)) && !isCompared(hit, value))
      yield { ...placeOf(hit), message: `The error of ${shortName(fn)} is blanked, and ${value} is used.` };
  }
  const checks =
    '(if_statement condition: (binary_expression left: (identifier) @name operator: "!=" right: (nil)) consequence: (block) @body) @hit';
  for (const { hit, name, body } of tree.matches(checks))
    if (hit && /^(\w*err|\w+Err)$/.test(name?.text ?? "") && body && body.childCount === 2)
      yield { ...placeOf(hit), message: "An error is looked at and nothing is done with it." };
}

/** The last names of a chain of calls, without what they are given. */
const shortName = (fn: SyntaxNode) => calleePath(fn).slice(-3).join(".").slice(-60);

/** Functions and methods of this file whose last result is an error. */
function fallibleFunctions(tree: SyntaxTree): Set<string> {
  const found = new Set<string>();
  for (const { name, result } of tree.matches("(function_declaration name: (_) @name result: (_) @result)"))
    if (name && givesError(result)) found.add(name.text);
  for (const { name, result, receiver } of tree.matches(
    "(method_declaration receiver: (_) @receiver name: (_) @name result: (_) @result)",
  ))
    if (name && givesError(result)) found.add(`${typeOfReceiver(receiver)}.${name.text}`);
  return found;
}

function givesError(result: SyntaxNode | undefined): boolean {
  return /^error$|(^|[\s,(])error\)$/.test(result?.text.slice(-200) ?? "");
}

function typeOfReceiver(receiver: SyntaxNode | null | undefined): string {
  return /(\w+)(\[[^\]]*\])?\)$/.exec(receiver?.text.slice(-100) ?? "")?.[1] ?? "";
}

/** The name under which `fallibleFunctions` knows what a call names: a function, or a method on the own receiver. */
function localName(call: SyntaxNode, fn: SyntaxNode): string {
  if (fn.type === "identifier") return fn.text;
  const [, object, method] = /^(\w+)\.(\w+)$/.exec(fn.text.slice(-80)) ?? [];
  const around = ancestor(call, ["method_declaration"])?.childForFieldName("receiver");
  return around && object && new RegExp(`^\\(\\s*${object}\\s`).test(around.text)
    ? `${typeOfReceiver(around)}.${method}`
    : "";
}

/** Whether a value is tested afterwards: zero then stands for "not given". */
function isCompared(declaration: SyntaxNode, name: string): boolean {
  const tested = new RegExp(`\\b${name}\\b`);
  let node = declaration.nextNamedSibling;
  for (let steps = 0; node && steps < 50; node = node.nextNamedSibling, steps += 1) {
    if (!/^(if_statement|expression_switch_statement)$/.test(node.type)) continue;
    if (tested.test(node.childForFieldName("condition")?.text ?? node.childForFieldName("value")?.text ?? ""))
      return true;
  }
  return false;
}
