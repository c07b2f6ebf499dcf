import { styleText } from "node:util";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Paint text when colours are on. */
export function paint(style: Style, text: string, colors: boolean): string {
  return colors ? styleText(style, text, { validateStream: false }) : text;
}

/**
 * Text that is safe to print: PRDs, code and builder output reach the terminal, and escape sequences in them could
 * rewrite it. Control characters are shown as `\xNN`; tab and newline stay.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it removes
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.charCodeAt(0);
    return code > 255 ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, "0")}`;
  });
}

/** `printable` that leaves the colours of `paint` in place; colours that came with the data end with the text. */
export function printableInColor(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
  const parts = text.split(/(\u001b\[(?:1|2|22|31|32|33|36|39)m)/);
  const safe = parts.map((part, index) => (index % 2 === 1 ? part : printable(part))).join("");
  return parts.length > 1 ? `${safe}\u001b[0m` : safe;
}

/** `printable`, on one line. */
export function oneLine(text: string): string {
  return printable(text.replace(/\s+/g, " ").trim());
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** East Asian wide and emoji, which take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** Columns that unstyled text takes in a terminal. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += WIDE.test(segment) ? 2 : 1;
  return columns;
}

/** Cut to at most `width` columns, with "…" where something was cut. */
export function cut(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let kept = "";
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) {
    columns += columnsOf(segment);
    if (columns > width - 1) break;
    kept += segment;
  }
  return width < 1 ? "" : `${kept}…`;
}

/** Exactly `width` columns: cut or padded. */
export function inColumns(text: string, width: number, align: "left" | "right" = "left"): string {
  const short = cut(text, width);
  const space = " ".repeat(Math.max(0, width - columnsOf(short)));
  return align === "left" ? short + space : space + short;
}

/** Lines of at most `width` columns, broken between words; continued lines are indented. */
export function wrap(text: string, width: number, indent = "  "): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && columnsOf(line) + 1 + columnsOf(word) > width) {
      lines.push(line);
      line = indent + word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** USD. */
export function money(amount: number): string {
  return `$${amount.toFixed(2)}`;
}

/** "45s", "2m 05s", "2h 15m", "3d 4h". */
export function duration(seconds: number): string {
  const total = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  if (total < 60) return `${total}s`;
  if (total < 3600) return `${Math.floor(total / 60)}m ${two(total % 60)}s`;
  if (total < 86_400) return `${Math.floor(total / 3600)}h ${two(Math.floor((total % 3600) / 60))}m`;
  return `${Math.floor(total / 86_400)}d ${Math.floor((total % 86_400) / 3600)}h`;
}
