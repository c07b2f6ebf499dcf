import { stringValue } from "../../../source/ast.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode } from "../../../source/syntax.ts";

/** Objects of at least so many entries of which so many hold the same word are tables: what is what, not what is secret. */
const TABLE = { entries: 6, most: 300, alike: 3 };
const LEVELS = 12;
const OBJECTS = /^(object|dictionary)$/;
const KEYED = /^(pair|keyword_argument|assignment)$/;

/** Whether the literal at an offset belongs to an example of documentation, or to a table of words, rather than to a setting. */
export function isNoSetting(file: SourceFile, offset: number): boolean {
  const at = file.tree()?.root.descendantForIndex(offset, offset + 1) ?? null;
  return isExample(at) || isInTable(at);
}

/** `json_schema_extra={"example": {"password": "…"}}`, `examples: [{ … }]` */
function isExample(at: SyntaxNode | null): boolean {
  for (let node = at, level = 0; node && level < LEVELS; node = node.parent, level += 1) {
    if (!KEYED.test(node.type)) continue;
    const key = node.childForFieldName("key") ?? node.childForFieldName("name") ?? node.childForFieldName("left");
    if (/^["']?(openapi_)?(examples?|sample)["']?$/i.test(key?.text.slice(0, 30) ?? "")) return true;
  }
  return false;
}

/** `{ title: "site", icon: "site", password: "private", … }`: groups and types of settings by their names. */
export function isInTable(at: SyntaxNode | null): boolean {
  let pair = at;
  for (let level = 0; pair && pair.type !== "pair" && level < 5; level += 1) pair = pair.parent;
  const table = pair?.parent;
  if (!pair || !table || !OBJECTS.test(table.type)) return false;
  if (table.namedChildCount < TABLE.entries || table.namedChildCount > TABLE.most) return false;
  const values = table.namedChildren.map((child) => stringValue(child?.childForFieldName("value")) ?? "");
  const own = stringValue(pair.childForFieldName("value")) ?? "";
  if (!/^[a-z][a-z_-]*$/i.test(own)) return false;
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  counts.delete("");
  return [...counts.values()].some((count) => count >= TABLE.alike);
}
