import { argumentsOf, stringValue } from "../ast.ts";
import { valuesOf } from "../bindings.ts";
import type { Language } from "../languages.ts";
import { memberOf, unwrapped } from "../members.ts";
import { functionAround } from "../scopes.ts";
import type { SyntaxNode, SyntaxTree } from "../syntax.ts";
import type { Part, Value } from "./value.ts";

/** A file's tree with its language. */
export interface Source {
  tree: SyntaxTree;
  language: Language;
}

/** A name that is handed in: parameter `index` of the function `name`. */
export interface Handed {
  name: string;
  index: number;
}

const DEPTH = 6;
const ENVIRONMENT =
  /^(?:process\.env|import\.meta\.env|os\.environ|Deno\.env|config|env|settings)(?:\.|\[["'`])([A-Z][A-Z0-9_]{1,80})(?:["'`]\])?!?$/;
const GETENV =
  /^(?:os\.getenv|os\.environ\.get|os\.Getenv|System\.getenv|getEnv|env|getenv|config\.get|this\.config(?:Service)?\.get)$/;

/** The names an expression may be: strings, templates, constants, settings with a default. */
export function namesOf(source: Source, node: SyntaxNode, depth = DEPTH): Value[] {
  if (depth === 0) return [[null]];
  return valuesOf(source.tree, source.language, node).map((value) => nameOf(source, value, depth));
}

function nameOf(source: Source, node: SyntaxNode, depth: number): Value {
  const text = stringValue(node);
  if (text !== undefined) return withProperties(text, source.language);
  const first = (inner: SyntaxNode | null): Value =>
    inner ? (namesOf(source, inner, depth - 1)[0] ?? [null]) : [null];
  switch (node.type) {
    case "template_string":
      return templateParts(node, "template_substitution", first);
    case "string":
      return templateParts(node, "interpolation", first);
    case "unary_expression":
    case "pointer_expression":
      return first(node.childForFieldName("operand"));
    case "concatenated_string":
      return argumentsOf(node).flatMap((part) => [...first(part)]);
    case "binary_expression":
    case "binary_operator":
    case "boolean_operator": {
      const [left, right] = [node.childForFieldName("left"), node.childForFieldName("right")];
      const operator = node.childForFieldName("operator")?.text;
      return operator === "+"
        ? [...first(left), ...first(right)]
        : /^(\?\?|\|\||or)$/.test(operator ?? "")
          ? first(right)
          : [null];
    }
    case "call":
    case "call_expression":
    case "method_invocation":
      return fromCall(node, first);
  }
  const reference = referenceOf(node);
  const [, variable] = ENVIRONMENT.exec(reference) ?? [];
  if (variable !== undefined) return [{ ref: `env:${variable}` }];
  return isConstant(reference) ? [{ ref: reference.replace(/\.value$/, "") }] : [null];
}

/** `os.getenv("TOPIC", "orders")`, `"a.%s" % b` and the like; anything else is not known. */
function fromCall(node: SyntaxNode, first: (inner: SyntaxNode | null) => Value): Value {
  const callee =
    node.childForFieldName("function")?.text ??
    `${node.childForFieldName("object")?.text}.${node.childForFieldName("name")?.text}`;
  const [key, fallback] = argumentsOf(node.childForFieldName("arguments"));
  if (GETENV.test(callee.slice(-60))) {
    if (fallback) return first(fallback);
    const name = stringValue(key);
    return name === undefined ? [null] : [{ ref: `env:${name}` }];
  }
  if (/^(fmt\.Sprintf|String\.format)$/.test(callee)) {
    const format = stringValue(key);
    return format === undefined
      ? [null]
      : format.split(/%[a-z]/).flatMap((piece, index): Part[] => (index === 0 ? [piece] : [null, piece]));
  }
  if (/^(aws\.String|kafka\.String|String|str)$/.test(callee) && key) return first(key);
  return [null];
}

function templateParts(node: SyntaxNode, hole: string, first: (inner: SyntaxNode | null) => Value): Value {
  return node.namedChildren.flatMap((child): Part[] => {
    if (child?.type === hole) return [...first(child.namedChild(0))];
    return child && /^string_(content|fragment)$/.test(child.type) ? [child.text] : [];
  });
}

/** Spring's `${app.topic:orders}`. */
function withProperties(text: string, language: Language): Value {
  const [, key, fallback] =
    language === "java" ? (/^[$#]\{'?([\w.-]{1,100})(?::([^{}]{0,100}))?\}/.exec(text) ?? []) : [];
  if (key === undefined) return [text];
  return fallback !== undefined ? [fallback] : [{ ref: `property:${key}` }];
}

/** A name or a path of names, as it is written; "" for other expressions. */
export function referenceOf(node: SyntaxNode): string {
  const plain = unwrapped(node);
  if (/identifier$/.test(plain.type) || memberOf(plain))
    return plain.text.length <= 120 ? plain.text.replace(/\s+/g, "") : "";
  return "";
}

/** Whether a reference looks like a constant of this or another file: ORDER_CREATED, Topics.OrderCreated, topics.ORDERS. */
export function isConstant(reference: string): boolean {
  return (
    /^[\w$]+(\.[\w$]+){0,4}$/.test(reference) &&
    /(^|\.)[A-Z][A-Z0-9_]{2,}$|^[A-Z]\w*\.\w+$|(^|\.)[A-Z]\w*\.[A-Z]\w*$|^(TOPIC|Topic|Queue|Event|Subject|Channel)\w+$|(^|\.)([Tt]opics?|[Ee]vents?|[Qq]ueues?|[Cc]hannels?|[Ss]ubjects?)\.\w+$/.test(
      reference.replace(/\.value$/, ""),
    )
  );
}

/** Which parameter of which function an expression is, when it is one. */
export function handedIn({ language }: Source, node: SyntaxNode): Handed | undefined {
  const plain = unwrapped(node);
  if (!/identifier$/.test(plain.type)) return undefined;
  for (
    let around = functionAround(plain), level = 0;
    around && level < 3;
    around = functionAround(around), level += 1
  ) {
    const parameters = parameterNames(around, language);
    const index = parameters.indexOf(plain.text);
    if (index === -1) continue;
    const name = around.childForFieldName("name")?.text ?? nameByAssignment(around);
    return name === undefined ? undefined : { name, index };
  }
  return undefined;
}

function nameByAssignment({ parent }: SyntaxNode): string | undefined {
  return parent && /^(variable_declarator|public_field_definition|field_definition|pair)$/.test(parent.type)
    ? (parent.childForFieldName("name") ?? parent.childForFieldName("key") ?? parent.childForFieldName("property"))
        ?.text
    : undefined;
}

function parameterNames(around: SyntaxNode, language: Language): string[] {
  const list = around.childForFieldName("parameters") ?? around.childForFieldName("parameter");
  if (!list) return [];
  if (list.type === "identifier") return [list.text];
  const names = argumentsOf(list).flatMap((node) => {
    if (language === "go") return node.childrenForFieldName("name").map((name) => name?.text ?? "");
    const pattern = node.childForFieldName("pattern") ?? node.childForFieldName("name") ?? node;
    const name = /identifier$/.test(pattern.type)
      ? pattern
      : (pattern.namedChildren.find((child) => child?.type === "identifier") ?? pattern);
    return [name.text.slice(0, 80)];
  });
  return language === "python" && /^(self|cls)$/.test(names[0] ?? "") ? names.slice(1) : names;
}
