import { argumentsOf, stringValue } from "../ast.ts";
import { valuesOf } from "../bindings.ts";
import type { SyntaxNode } from "../syntax.ts";
import type { Reading } from "./reading.ts";

/** Paths of one annotation that are looked at. */
const MOST = 20;

/**
 * The paths of a mapping annotation: a literal, a list, constants of the file, and what is put together of them. A
 * constant of another file stands as a parameter, `{BASE}`. Without a path: one empty path.
 */
export function pathsIn(reading: Reading, annotation: SyntaxNode | undefined): string[] {
  const given = argumentsOf(annotation?.childForFieldName("arguments"));
  const named = given.filter(({ type }) => type === "element_value_pair");
  const value =
    named
      .find((pair) => /^(value|path)$/.test(pair.childForFieldName("key")?.text ?? ""))
      ?.childForFieldName("value") ?? (named.length === 0 ? given[0] : undefined);
  const paths = value
    ? (value.type === "element_value_array_initializer" ? argumentsOf(value).slice(0, MOST) : [value]).map((one) =>
        textOf(reading, one),
      )
    : [];
  return paths.length > 0 ? paths.slice(0, MOST).map(withoutPatterns) : [""];
}

function textOf(reading: Reading, node: SyntaxNode, depth = 6): string {
  const text = stringValue(node);
  if (text !== undefined) return text;
  if (depth === 0) return "";
  if (node.type === "parenthesized_expression") {
    const inner = node.namedChild(0);
    return inner ? textOf(reading, inner, depth - 1) : "";
  }
  if (node.type === "binary_expression")
    return ["left", "right"]
      .map((side) => node.childForFieldName(side))
      .map((side) => (side ? textOf(reading, side, depth - 1) : ""))
      .join("");
  if (!/^(identifier|field_access)$/.test(node.type)) return "";
  const name = node.text.split(".").at(-1) ?? "";
  const known = valuesOf(reading.tree, reading.language, node).find((value) => value.id !== node.id);
  return known ? textOf(reading, known, depth - 1) : `/{${name.slice(0, 40)}}`;
}

/** {id:[0-9]+} is {id}. */
function withoutPatterns(path: string): string {
  return path.replace(/\{(\w{1,60}):(?:[^{}]|\{[^{}]{0,20}\}){1,100}\}/g, "{$1}");
}
