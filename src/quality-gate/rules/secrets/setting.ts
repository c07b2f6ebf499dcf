import { calleeOf, isCodeAt, stringValue } from "../../../source/ast.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode } from "../../../source/syntax.ts";
import type { TokenMatch } from "../../tokens.ts";
import { isNoSetting } from "./no-setting.ts";

/**
 * How code may stand between a setting's name and its literal: a type, a separator, calls that hand the value through or
 * fall back to it, `name || "value"`. The syntax tree decides afterwards; this only finds candidates, linearly.
 */
const BETWEEN =
  "(?:\\?|!)?[\"'`\\])]{0,3}(?:\\s{1,4}value(?=\\s{0,2}=))?(?:\\s{0,4}:\\s{0,4}[\\w.[\\]| ?<>]{1,40}?)?(?:\\s{1,4}(?:string|\\[\\]byte|String))?" +
  "\\s{0,20}(?:=>|:=|[!=]==?|=|:|,|\\(|\\|\\||\\?\\?|or\\s)\\s{0,40}" +
  "(?:default(?:_value)?\\s{0,2}[=:]\\s{0,4})?(?:[\\w.?]{1,60}(?:[([][\"'`][^\"'`\\n]{0,80}[\"'`][)\\]])?\\s{1,4}(?:\\|\\||\\?\\?|or)\\s{1,4})?" +
  "(?:(?:new )?[\\w.[\\]]{1,40}\\(\\s{0,40}(?:[\"'`][^\"'`\\n]{0,80}[\"'`]\\s{0,4},\\s{0,40})?(?:default\\s{0,2}=\\s{0,2})?){0,2}" +
  "[bruBRU@]{0,2}";

/** A sticky pattern for `name … "value"`: groups name, quoted (in matching quotes) and bare (configuration, shell). */
export function settingPattern(names: string): RegExp {
  const name = `(?<name>[\\w.-]{0,80}?(?:${names})(?:_?(?:\\d{1,2}|prod(?:uction)?|live|dev|staging|default))?)(?![\\w-]|\\.\\w)`;
  const quoted = `${BETWEEN}(?<quote>\\\\?["'\`])(?<quoted>(?:(?!\\k<quote>)[^\\n\\\\]){4,300})\\k<quote>`;
  const bare = `["']?[ \\t]{0,8}[:=][ \\t]{0,8}(?<bare>[^\\s"'\`,;{}[\\]&|>#$<][^\\s"'\`,;{}&|><]{3,300})[ \\t]{0,8}(?=\\r?$|\\r?\\n|[ \\t]#)`;
  return new RegExp(`${name}(?:${quoted}|${bare})`, "iy");
}

/** What stands behind the last word of a name that `settingPattern` matches, its suffixes included. */
export const BEHIND_NAME = "\"'`]) \t\r\n=:,(!?|_0123456789PLDS";

/** Files where a value stands without quotes. */
const BARE =
  /(^|\/)\.env[\w.-]*$|\.(env|ya?ml|ini|cfg|cnf|conf|properties|toml|sh|bash|zsh|service|tfvars|npmrc|pgpass)$|(^|\/)\.(npmrc|pypirc|netrc)$|(^|\/)(credentials|config)$/i;

export interface Setting {
  name: string;
  value: string;
  /** Whether the file is configuration: what stands there is a value, not a label. */
  is_config: boolean;
}

/** The setting a match stands for, when it really is one: not in a comment, a string, or somewhere beside the literal. */
export function settingIn({ match, info, around }: TokenMatch): Setting | undefined {
  // Neither rule that reads settings looks at tests; this spares parsing them.
  if (info.is_test) return undefined;
  const { name = "", quoted, bare } = match.groups ?? {};
  const value = quoted ?? bare ?? "";
  const is_config = info.kind === "compose" || (info.kind === "text" && BARE.test(info.path));
  if (bare !== undefined && !is_config) return undefined;
  // Bare words in a shell script belong to an assignment or an option only when nothing stands around the sign.
  if (bare !== undefined && /\.(sh|bash|zsh)$/.test(info.path) && !match[0].includes(`=${bare}`)) return undefined;
  const begun = around(200, 0);
  const before = begun.slice(begun.lastIndexOf("\n") + 1);
  if (info.kind === "dockerfile" && /^\s*(ENV|ARG)\s/i.test(before)) return undefined;
  // Outside code a comma or a line end separates things that have nothing to do with each other.
  const between = quoted === undefined ? "" : match[0].slice(name.length, match[0].length - quoted.length);
  const isDefined = /\bdefine\(\s{0,4}["']$/.test(before);
  if (info.kind !== "code" && ((!isDefined && /^\S{0,3}\s*,/.test(between)) || between.includes("\n")))
    return undefined;
  if (info.kind !== "code") return /^\s*(#|\/\/|\*|--|;|<!--|%)/.test(before) ? undefined : { name, value, is_config };
  return { name, value, is_config };
}

/**
 * Whether the syntax tree binds the literal to the name: an assignment, an argument, a key, a default. Costs a parse, so
 * it comes last.
 */
export function isBound({ match, info, source, around }: TokenMatch): boolean {
  if (info.kind !== "code") return true;
  const begun = around(200, 0);
  // What a line's beginning tells needs no tree.
  const comment = info.language === "python" ? /^\s*#/ : /^\s*(\/\/|\*)/;
  if (comment.test(begun.slice(begun.lastIndexOf("\n") + 1))) return false;
  const whole = source();
  const { name = "", quoted = "" } = match.groups ?? {};
  if (!whole) return false;
  const { file, offset } = whole;
  const valueAt = offset + match[0].length - 1 - quoted.length;
  return isCodeAt(file, offset, name) && binds(file, offset, valueAt) && !isNoSetting(file, valueAt);
}

const BINDINGS = new Set(
  (
    "assignment keyword_argument default_parameter typed_default_parameter pair variable_declarator assignment_expression " +
    "public_field_definition field_definition required_parameter optional_parameter assignment_pattern enum_assignment " +
    "object_assignment_pattern const_spec var_spec short_var_declaration assignment_statement keyed_element " +
    "element_value_pair named_expression"
  ).split(" "),
);
const HANDED_THROUGH = new Set(
  (
    "parenthesized_expression argument_list arguments expression_list literal_element as_expression satisfies_expression " +
    "concatenated_string ternary_expression conditional_expression await_expression string type_conversion_expression"
  ).split(" "),
);
const CALLS = new Set(["call", "call_expression", "method_invocation", "new_expression", "object_creation_expression"]);
const KEEPS_VALUE = /(^|\.)(Secret(Str|Bytes)?|str|bytes|String|from|quote(_plus)?|\[\]byte|of)$/;
/** "…".encode(): the literal is what the method is called on. */
const KEEPS_RECEIVER = /\.?(encode|toCharArray|getBytes|trim|strip|toString)$/;
const HAS_DEFAULT = /env|default|(^|\.)(get|pop|config|getProperty|getOrDefault|Field|field|String|option|Option)$/i;
const SETS =
  /env|default|(^|\.)(set|put|get|add|append|property|setProperty|withProperty|String|StringVar|option|add_argument|add_option|config|header|setHeader)$/i;

/** Climbs from the literal to the node that also holds the name, through nothing but what hands a value on. */
function binds(file: SourceFile, nameAt: number, valueAt: number): boolean {
  let node = literalAt(file, valueAt);
  if (node === undefined) return true;
  if (node === null) return false;
  let below = node;
  node = node.parent;
  for (let level = 0; node && level < 10; level += 1, below = node, node = node.parent) {
    const holdsName = node.startIndex <= nameAt && nameAt < node.endIndex;
    if (holdsName) return bindsAt(node, below, nameAt);
    if (HANDED_THROUGH.has(node.type)) continue;
    if (node.type === "binary_expression" || node.type === "boolean_operator") {
      if (!/^(\|\||\?\?|or)$/.test(node.childForFieldName("operator")?.text ?? "")) return false;
      continue;
    }
    if (node.type === "keyword_argument") {
      if (!/^(default|value|default_value)$/.test(node.childForFieldName("name")?.text ?? "")) return false;
      continue;
    }
    if (/^(attribute|member_expression|selector_expression)$/.test(node.type)) continue;
    if (!CALLS.has(node.type)) return false;
    const callee = calleeName(node);
    const position = positionOf(node, valueAt);
    if (position === -1 ? KEEPS_RECEIVER.test(callee) : KEEPS_VALUE.test(callee)) continue;
    if (position < 1 || !HAS_DEFAULT.test(callee)) return false;
  }
  return false;
}

function bindsAt(node: SyntaxNode, below: SyntaxNode, nameAt: number): boolean {
  if (BINDINGS.has(node.type)) return true;
  if (node.type === "argument_list" || node.type === "arguments")
    return (
      node.parent !== null &&
      SETS.test(calleeName(node.parent)) &&
      positionOf(node, nameAt) < positionOf(node, below.startIndex)
    );
  // setPassword("…"), .password("…"): the name is the function itself.
  if (CALLS.has(node.type))
    return (
      /(^|\.)(set_?|with_?|use_?)?[a-z0-9]{0,12}_?(passw(or)?d|passphrase|pwd|api_?key|token|secret)$/i.test(
        calleeName(node),
      ) && /^(set|with|use|passw|pwd|api|token|secret|auth|client|access)/i.test(calleeName(node).replace(/^.*\./s, ""))
    );
  if (node.type === "binary_expression" || node.type === "boolean_operator" || node.type === "comparison_operator") {
    const operator = node.childForFieldName("operator")?.text ?? node.child(1)?.text ?? "";
    return /^(\|\||\?\?|or|===?|!==?)$/.test(operator);
  }
  return false;
}

function calleeName(node: SyntaxNode): string {
  const fn =
    node.childForFieldName("function") ??
    node.childForFieldName("constructor") ??
    node.childForFieldName("name") ??
    node.childForFieldName("type");
  return calleeOf(fn ?? undefined).replace(/\s+/g, "");
}

/** Which argument of a call an offset lies in; -1 when in none. */
function positionOf(node: SyntaxNode, offset: number): number {
  const list = CALLS.has(node.type) ? node.childForFieldName("arguments") : node;
  return (list?.namedChildren ?? []).findIndex(
    (child) => child && child.startIndex <= offset && offset < child.endIndex,
  );
}

/** The string literal around an offset; null when there is none, undefined when there is no tree to tell. */
function literalAt(file: SourceFile, offset: number): SyntaxNode | null | undefined {
  const root = file.tree()?.root;
  if (!root) return undefined;
  let node: SyntaxNode | null = root.descendantForIndex(offset, offset + 1);
  for (let level = 0; node && level < 4; level += 1, node = node.parent)
    if (stringValue(node) !== undefined) return node;
  return null;
}

/** A setting's name as messages may show it: never what may itself be data. */
export function shown(name: string): string {
  const last = name.replace(/^-+/, "");
  return last.length <= 60 && !/\d{4}|[A-Za-z0-9]{40}/.test(last) ? last : "A setting";
}
