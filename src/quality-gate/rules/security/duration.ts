import { argumentsOf, stringValue } from "../../../source/ast.ts";
import type { SyntaxNode } from "../../../source/syntax.ts";

const UNITS: Record<string, number> = { s: 1, sec: 1, second: 1, m: 60, min: 60, minute: 60, h: 3600, hour: 3600 };
const LONG: Record<string, number> = {
  d: 86_400,
  day: 86_400,
  w: 604_800,
  week: 604_800,
  y: 31_557_600,
  year: 31_557_600,
};
const SECONDS = { ...UNITS, ...LONG };

/**
 * The seconds a duration expression stands for: numbers and products, `timedelta(days=1)`, "10 years", 24*time.Hour,
 * Integer.MAX_VALUE, Infinity. Undefined when it cannot be told.
 */
export function secondsOf(node: SyntaxNode | null | undefined, depth = 20): number | undefined {
  if (!node || depth === 0) return undefined;
  const text = node.text.slice(0, 100);
  if (/^(Integer\.MAX_VALUE|Long\.MAX_VALUE|Infinity|Number\.\w+|math\.MaxInt\d*|float\("inf"\))$/.test(text))
    return Infinity;
  if (/^[\d_.]+[lL]?$/.test(text)) return Number(text.replace(/[_lL]/g, ""));
  const unit = /^time\.(Second|Minute|Hour)$/.exec(text)?.[1];
  if (unit) return SECONDS[unit.toLowerCase()];
  const words = /^(\d+)\s*([a-z]+?)s?$/i.exec(stringValue(node) ?? "");
  if (words) return Number(words[1]) * (SECONDS[(words[2] ?? "").toLowerCase()] ?? 1);
  if (/^binary_(expression|operator)$/.test(node.type) && node.childForFieldName("operator")?.text === "*") {
    const left = secondsOf(node.childForFieldName("left"), depth - 1);
    const right = secondsOf(node.childForFieldName("right"), depth - 1);
    return left === undefined || right === undefined ? undefined : left * right;
  }
  if (node.type === "call" && /(^|\.)timedelta$/.test(node.childForFieldName("function")?.text ?? ""))
    return timedelta(node, depth);
  return undefined;
}

function timedelta(node: SyntaxNode, depth: number): number | undefined {
  let total = 0;
  for (const [index, argument] of argumentsOf(node.childForFieldName("arguments")).entries()) {
    const name = argument.childForFieldName("name")?.text ?? (index === 0 ? "days" : "");
    const value = secondsOf(argument.childForFieldName("value") ?? argument, depth - 1);
    if (value === undefined) return undefined;
    total += value * (SECONDS[name.replace(/s$/, "")] ?? 0);
  }
  return total;
}
