import type { Shape, ShapeField } from "../outline.ts";
import { plain } from "./text.ts";

/** Objects nested deeper than this are cut off; recursion stays bounded on hostile input. */
const MAX_DEPTH = 16;

const TYPE =
  /^(?:uuid|guid|string|str|text|int(?:eger)?|bigint|number|numeric|decimal|float|double|money|bool(?:ean)?|date-?time|date|time|timestamp|iso ?-?8601|json|object|array|list|enum|email|url|uri|any|null|file|binary)\b/i;

/**
 * A body or payload as written: `{ field: type, nested: { … } }`, JSON samples, `[Order]`, `Order[]`, a class name or a type
 * word. Null for prose ("Updated user object") and for "".
 */
export function parseShape(text: string): Shape | null {
  const source = text
    .trim()
    .replace(/^`+|`+$/g, "")
    .trim();
  if (source === "") return null;
  if (/^[{[]/.test(source)) return new Reader(source).value(0);
  const bare = plain(source).replace(/\.$/, "");
  const listed =
    /^(?:array|list) of ([\p{L}][\p{L}\p{N}]*?)(?:s|es)?(?: objects?)?$/iu.exec(bare)?.[1] ??
    /^([\p{L}][\p{L}\p{N}]*)\[\]$/u.exec(bare)?.[1];
  if (listed !== undefined) return { kind: "array", items: { kind: "scalar", type: listed } };
  const single = /^(?:the |an? |created |updated |full )*([\p{L}][\p{L}\p{N}]*)\??(?: (?:object|entity|dto))?$/iu.exec(
    bare,
  )?.[1];
  if (single === undefined) return null;
  return TYPE.test(single) || /^\p{Lu}\p{Ll}/u.test(single) ? { kind: "scalar", type: single } : null;
}

/** The shape of a text that holds one `{…}` or `[…]` somewhere; null when it holds none. */
export function shapeWithin(text: string): Shape | null {
  const start = text.search(/[{[]/);
  if (start < 0) return parseShape(text);
  const shape = new Reader(text.slice(start)).value(0);
  return shape.kind === "object" && shape.fields.length === 0 ? null : shape;
}

/** Reads the notation from left to right, skipping what it does not know; it always moves on, so it ends. */
class Reader {
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Shape {
    this.#space();
    const char = this.#text.charAt(this.#at);
    if (char === "{") return this.#object(depth);
    if (char === "[") return this.#array(depth);
    const raw = this.#raw();
    return { kind: "scalar", type: typeOf(raw) };
  }

  #object(depth: number): Shape {
    const fields: ShapeField[] = [];
    this.#at += 1;
    while (this.#at < this.#text.length) {
      this.#space();
      if (this.#text.charAt(this.#at) === "}") break;
      const before = this.#at;
      const field = this.#field(depth);
      if (field !== null) fields.push(field);
      if (this.#at === before) this.#at += 1;
    }
    this.#at += 1;
    return { kind: "object", fields };
  }

  #field(depth: number): ShapeField | null {
    const key = /^(?:"([^"\n]*)"|'([^'\n]*)'|([\p{L}_$@][\p{L}\p{N}_$.-]*))\s*(\[\])?\s*(\?)?/u.exec(this.#ahead());
    if (key === null) {
      this.#raw();
      return null;
    }
    this.#at += key[0].length;
    const name = key[1] ?? key[2] ?? key[3] ?? "";
    const marked = key[5] !== undefined;
    this.#blank();
    if (this.#text.charAt(this.#at) !== ":") {
      const note = this.#raw();
      if (name.replaceAll(".", "") === "") return null;
      const scalar: Shape = { kind: "scalar", type: "any" };
      return {
        name,
        optional: marked || /optional|\?/.test(note),
        shape: key[4] === undefined ? scalar : { kind: "array", items: scalar },
        note: noteOf(note),
      };
    }
    this.#at += 1;
    this.#space();
    const start = this.#at;
    const nested = /[{[]/.test(this.#text.charAt(this.#at)) && depth < MAX_DEPTH;
    const shape = nested ? this.value(depth + 1) : ({ kind: "scalar", type: "any" } satisfies Shape);
    const raw = this.#raw();
    if (nested)
      return name === ""
        ? null
        : { name, optional: marked || /\boptional\b|^\s*\?/.test(raw), shape, note: noteOf(raw) };
    const written = this.#text.slice(start, this.#at);
    const optional = marked || /\boptional\b|\?(?=$|\s|"|')|\|\s*null\b/.test(written);
    return name === "" ? null : { name, optional, shape: scalarOf(raw), note: noteOf(raw) };
  }

  #array(depth: number): Shape {
    this.#at += 1;
    let items: Shape = { kind: "scalar", type: "any" };
    let first = true;
    while (this.#at < this.#text.length) {
      this.#space();
      if (this.#text.charAt(this.#at) === "]") break;
      const before = this.#at;
      if (/^(?:\.{3}|…)/.test(this.#ahead())) this.#raw();
      else if (depth >= MAX_DEPTH) this.#raw();
      else {
        const item = this.value(depth + 1);
        if (first) items = item;
        first = false;
      }
      if (this.#at === before) this.#at += 1;
    }
    this.#at += 1;
    return { kind: "array", items };
  }

  /** Everything up to the comma, bracket or line end that closes a value; strings and parentheses are kept whole. */
  #raw(): string {
    const start = this.#at;
    let parens = 0;
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === '"') {
        const end = this.#text.indexOf('"', this.#at + 1);
        this.#at = end < 0 ? this.#text.length : end + 1;
        continue;
      }
      if (char === "(") parens += 1;
      else if (char === ")") parens = Math.max(0, parens - 1);
      else if (
        parens === 0 &&
        (char === "," || char === "}" || char === "]" || char === "\n" || (char === ";" && this.#at > start))
      )
        break;
      else if ((char === "[" || char === "{") && parens === 0) {
        this.#skipBrackets();
        continue;
      }
      this.#at += 1;
    }
    return this.#text.slice(start, this.#at).trim();
  }

  #skipBrackets(): void {
    let depth = 0;
    for (; this.#at < this.#text.length; this.#at += 1) {
      const char = this.#text.charAt(this.#at);
      if (char === "[" || char === "{") depth += 1;
      else if (char === "]" || char === "}") depth -= 1;
      if (depth === 0) {
        this.#at += 1;
        return;
      }
    }
  }

  /** A window of what comes next, enough for a key. */
  #ahead(): string {
    return this.#text.slice(this.#at, this.#at + 200);
  }

  /** Blanks only: a comma or line end behind a key closes it. */
  #blank(): void {
    while (this.#text.charAt(this.#at) === " " || this.#text.charAt(this.#at) === "\t") this.#at += 1;
  }

  #space(): void {
    for (;;) {
      const skipped = /^(?:[\s,;]+|\/\/[^\n]{0,190}|#[^\n]{0,190}|\/\*.{0,190}?\*\/)/s.exec(this.#ahead());
      if (skipped === null) return;
      this.#at += skipped[0].length;
    }
  }
}

/** The shape of a scalar as written: "string[]", "string?", "\"UUID (optional)\"", 12.5. */
function scalarOf(raw: string): Shape {
  const type = typeOf(raw);
  if (type.endsWith("[]") && type.length > 2)
    return { kind: "array", items: { kind: "scalar", type: type.slice(0, -2) } };
  return { kind: "scalar", type };
}

function typeOf(raw: string): string {
  const text = raw.trim();
  const quoted = /^["'](.*?)["']?$/s.exec(text)?.[1];
  if (quoted !== undefined && !/^["'][^"']*["']\s*\|/.test(text)) return sampleType(quoted);
  if (/^(?:true|false)\b/.test(text)) return "boolean";
  if (/^-?\d+$/.test(text)) return "integer";
  if (/^-?\d+\.\d+$/.test(text)) return "number";
  if (text === "" || /^(?:\.{3}|…)/.test(text)) return "any";
  if (/^iso ?-?8601\b/i.test(text)) return "datetime";
  if (/^["'][^"']*["']\s*\|/.test(text))
    return `enum [${text
      .split("|")
      .map((part) => part.replace(/["'\s]/g, ""))
      .join(", ")}]`;
  const enumerated = /^enum\s*[:=]?\s*[[({]?([^\])}]+)[\])}]?/i.exec(text)?.[1];
  if (enumerated !== undefined)
    return `enum [${enumerated
      .split(/[,|/]/)
      .map((part) => part.trim())
      .join(", ")}]`;
  return (
    text
      .replace(/\s*\|\s*null\b.*$/, "")
      .replace(/\s*[(].*$/s, "")
      .replace(/\?$/, "")
      .trim()
      .split(/\s{2,}|\s+(?:—|–|-|\/\/|#)\s/)[0] ?? "any"
  ).slice(0, 60);
}

/** What a sample value shows, or the type that it names: "UUID", "string (optional)", "2026-02-17T10:30:00Z". */
function sampleType(value: string): string {
  const named = /^([\p{L}\d]+(?:\[\])?)\??(?:\s*\|\s*null|\s*\(.*\)|\s*,.*)?$/su.exec(value)?.[1];
  if (
    named !== undefined &&
    TYPE.test(named) &&
    !(named === value && /^(?:email|file|text|date|time|list|money|any|url|object|enum)$/i.test(named))
  )
    return /^iso/i.test(named) ? "datetime" : named.toLowerCase();
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value)) return "uuid";
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(value)) return "datetime";
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return "date";
  if (/^[^\s@]+@[^\s@]+\.[a-z]+$/i.test(value)) return "email";
  return /^https?:\/\//.test(value) ? "url" : "string";
}

function noteOf(raw: string): string {
  return (/\(([^()]*(?:\([^()]*\)[^()]*)*)\)/.exec(raw)?.[1] ?? "").trim();
}
