import { inWords, type JsonSchema, withoutNull } from "../../src/lib/zod-schema.ts";

/** A table; cells may hold anything. Empty without rows. */
export function table(head: string[], rows: string[][]): string {
  if (rows.length === 0) return "";
  const line = (cells: string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function cell(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("|", "\\|").trim();
}

/** A fenced block whose fence is longer than any run of backticks inside. */
export function fenced(code: string, language = ""): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${code.replace(/\n$/, "")}\n${fence}`;
}

export function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}

/** Sections apart, one newline at the end. */
export function page(parts: string[]): string {
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** A schema's type in words, with "or null" where it is allowed. */
export function typeOf(schema: JsonSchema): string {
  const nullable = JSON.stringify(withoutNull(schema)) !== JSON.stringify(schema);
  return `${inWords(schema).replace(/^an? /, "")}${nullable ? " or null" : ""}`;
}

/** A default as it is written in a file; "" when there is none. */
export function defaultOf({ default: value }: JsonSchema): string {
  return value === undefined ? "" : code(JSON.stringify(value));
}
