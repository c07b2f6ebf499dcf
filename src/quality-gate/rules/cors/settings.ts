import type { SourceFile } from "../../../source/source-file.ts";

const SETTINGS = /(^|\/)(application|bootstrap)[\w-]*\.(properties|ya?ml)$/;
const ORIGINS = /^(\s*)(?:[\w.-]*\.)?["']?allowed-?origin(?:s|-?patterns?)?["']?\s*[:=]\s*(.*)$/i;
const STAR = /^[\s["']*\*["'\]\s]*(#.*)?$/;

/** Lines of a Spring settings file that allow every origin: of the gateway, the actuator, GraphQL. */
export function* starsInSettings({ path, lines }: SourceFile): Generator<{ line: number; column: number }> {
  if (!SETTINGS.test(path)) return;
  for (const [index, line] of lines.entries()) {
    const [, indent = "", value = ""] = ORIGINS.exec(line.slice(0, 300)) ?? [];
    if (/^\s*#/.test(line) || !/cors|allowed-?origin/i.test(line.slice(0, 300))) continue;
    const found = value === "" ? listed(lines, index) : value.split(",").some((one) => STAR.test(one));
    if (found) yield { line: index + 1, column: indent.length + 1 };
  }
}

/** `- "*"` on the lines below a key. */
function listed(lines: readonly string[], at: number): boolean {
  if (!ORIGINS.test(lines[at]?.slice(0, 300) ?? "")) return false;
  for (const line of lines.slice(at + 1, at + 20)) {
    const [, item] = /^\s*-\s*(.*)$/.exec(line.slice(0, 300)) ?? [];
    if (item === undefined) return false;
    if (STAR.test(item)) return true;
  }
  return false;
}
