/** Marks, and blanks that are not single spaces between words. */
const MARKED = /[*`]|^\s|\s$|\s\s|[^\S ]/;

/** Rich text (see tree.ts) without its marks. */
export function plain(text: string): string {
  if (!MARKED.test(text)) return text;
  return text.replaceAll("**", "").replaceAll("`", "").replace(/\s+/g, " ").trim();
}

/** The contents of the code spans of a rich text, in order. */
export function codeSpans(text: string): string[] {
  return [...text.matchAll(/`([^`]*)`/g)].map((match) => match[1] ?? "");
}

/** Letters and digits only, lower case: two spellings of one name have one key. */
export function key(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

/** A heading without its numbering: "4.1 ", "E.2 ", "3) ", "Appendix A: ". */
export function headingText(text: string): string {
  const bare = text.trim().replace(/^(?:section|chapter|part)\s+(?=\d)/i, "");
  return bare
    .replace(/^(?:\d+|[A-Z])(?:\.\d+)+[.):]?\s+/, "")
    .replace(/^\d+[.):]?\s+/, "")
    .replace(/^[A-Z][.)]\s+/, "")
    .trim();
}

const OPENING = "([{";
const CLOSING = ")]}";

/** Splits at a separator that is outside brackets, quotes and code spans; parts are trimmed, empty ones dropped. */
export function splitTop(text: string, separators = ","): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = "";
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === '"' || char === "`") quote = text.includes(char, index + 1) ? char : "";
    else if (OPENING.includes(char)) depth += 1;
    else if (CLOSING.includes(char)) depth = Math.max(0, depth - 1);
    else if (depth === 0 && separators.includes(char)) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

/** Names in a list such as "A, B and C", "A / B", without marks. */
export function namesIn(text: string): string[] {
  return splitTop(text.replace(/\.(\**)$/, "$1"), ",;")
    .flatMap((part) => part.split(/\s+(?:and|or)\s+|^(?:and|or)\s+|\s+[&/]\s+/i))
    .map((part) => plain(part))
    .filter((part) => part !== "");
}

/** The sentences of a rich text. Dots inside code spans and names (order.created, 3.12) do not end one. */
export function sentences(text: string): string[] {
  return text.split(/(?<=[.!?;][)*"']{0,3})\s+(?=[\p{Lu}`*"(])/u).filter((part) => part.trim() !== "");
}

export interface Label {
  /** Lower case, without marks. */
  label: string;
  /** Rich text behind the colon. */
  value: string;
}

/**
 * "**Port:** 3001", "**Response 200**: …", "Owner: x": a short label in front of a colon. Null when the text has none.
 * A label is at most eight words and holds no sentence punctuation.
 */
export function labelled(text: string): Label | null {
  const strong = /^\*\*([^*]{1,100}?)\s*(?::\s*\*\*|\*\*\s*(?::|—|–|--?(?=\s)|$))\s*(.*)$/s.exec(text);
  const match = strong ?? /^([\p{L}][\p{L}\p{N} '/&()-]{0,60}?):(?:\s+|$)(.*)$/su.exec(text);
  if (match === null) return null;
  const label = plain(match[1] ?? "").toLowerCase();
  if (label === "" || label.split(" ").length > 8) return null;
  return { label, value: (match[2] ?? "").trim() };
}

/** The singular of an English noun, good enough to match "orders" with "Order". */
export function singular(word: string): string {
  if (/(?:ss|us|is|news|series|settings|analytics|logistics|metrics)$/i.test(word) || word.length < 4) return word;
  if (/ies$/i.test(word)) return `${word.slice(0, -3)}y`;
  if (/(?:sses|shes|ches|xes|zes|uses)$/i.test(word)) return word.slice(0, -2);
  return /s$/i.test(word) ? word.slice(0, -1) : word;
}

/** Key of an entity name: spelling, spaces and number do not matter. */
export function entityKey(name: string): string {
  return key(singular(plain(name)));
}

/** "journal entry", "journal_entry" and "JournalEntry" as "JournalEntry"; capitals inside a word are kept. */
export function pascal(text: string): string {
  return plain(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "")
    .map(
      (word) =>
        word.charAt(0).toUpperCase() + (/^[A-Z0-9]{4,}$/.test(word) ? word.slice(1).toLowerCase() : word.slice(1)),
    )
    .join("");
}
