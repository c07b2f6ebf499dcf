import type { Language } from "../../source/languages.ts";
import { type Lexicon, lexiconOf } from "./lexicon.ts";

/**
 * How a name is used: called, instantiated, put on something (decorator, annotation), read, or only named in a string
 * that reads like a reference.
 */
export type UseKind = "c" | "n" | "d" | "r" | "s";

/** A name used in a file. */
export interface RawReference {
  name: string;
  at: number;
  line: number;
  kind: UseKind;
  /**
   * What stands before the dot, as a path: `orders`, `this.repo`, `make().x`, `:Order` for `new Order(…)`, "" for a bare
   * name, "?" for what cannot be written so, "''" for a literal, "^:Base" for what a class inherits (`super`).
   */
  receiver: string;
}

const MAX_CHAIN = 120;
const LITERAL = "''";
/** Strings that read like names of code: handlers, tasks, entry points. */
const NAMING = /^[A-Za-z_]\w*(?:[.:#/][A-Za-z_]\w*)*$/;
const WORTH_NAMING = /[.:#/]|[a-z][A-Z]|_/;

/**
 * Read the uses of names from the text: a syntax tree has them all, but fetching every identifier of it costs more than
 * parsing. Comments and strings are skipped; what a tree knows better (definitions, imports) the caller leaves out.
 */
export function readReferences(text: string, language: Language, take: (reference: RawReference) => void): void {
  const reader = new Reader(text, language, lexiconOf(language), take);
  reader.scan(0, text.length);
}

/** An open bracket: what stood before it, and whether it holds more than one expression. */
interface Frame {
  open: number;
  before: string;
  mixed: boolean;
}

const [TAB, NEWLINE, RETURN, SPACE] = [9, 10, 13, 32];
const [QUOTE, HASH, APOSTROPHE, STAR, DOT, SLASH, BACKSLASH, BACKTICK] = [34, 35, 39, 42, 46, 47, 92, 96];
const [OPEN, CLOSE, OPEN_SQUARE, CLOSE_SQUARE, OPEN_BRACE, CLOSE_BRACE] = [40, 41, 91, 93, 123, 125];
const [AT, COLON, EQUALS, QUESTION, EXCLAMATION, LESS, COMMA] = [64, 58, 61, 63, 33, 60, 44];

const isLetter = (code: number) =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 36 || code > 127;
const isDigit = (code: number) => code >= 48 && code <= 57;

/** One pass over a text. A class, because a dozen places of the scan share its position. */
class Reader {
  private line = 1;
  /** The expression that ends where the scan is. */
  private chain = "";
  /** Code of the last character that was no space; 0 for a keyword. */
  private last = 0;
  private lastKeyword = "";
  private newline = true;
  private readonly frames: Frame[] = [];

  private readonly text: string;
  private readonly language: Language;
  private readonly words: Lexicon;
  private readonly take: (reference: RawReference) => void;

  constructor(text: string, language: Language, words: Lexicon, take: (reference: RawReference) => void) {
    this.text = text;
    this.language = language;
    this.words = words;
    this.take = take;
  }

  scan(from: number, to: number): void {
    const { text, words } = this;
    let at = from;
    while (at < to) {
      const code = text.charCodeAt(at);
      if (code === SPACE || code === TAB || code === RETURN) {
        at += 1;
      } else if (code === NEWLINE) {
        this.line += 1;
        this.newline = true;
        at += 1;
      } else if (isLetter(code)) {
        at = this.word(at, to);
      } else if (isDigit(code)) {
        at += 1;
        while (
          at < to &&
          (isDigit(text.charCodeAt(at)) || isLetter(text.charCodeAt(at)) || text.charCodeAt(at) === DOT)
        )
          at += 1;
        this.other(48, LITERAL);
      } else if (code === HASH && words.hash_comments) {
        at = this.endOfLine(at, to);
      } else if (code === SLASH && words.slash_comments && text.charCodeAt(at + 1) === SLASH) {
        at = this.endOfLine(at, to);
      } else if (code === SLASH && words.slash_comments && text.charCodeAt(at + 1) === STAR) {
        const end = text.indexOf("*/", at + 2);
        at = this.pass(at, end === -1 ? to : end + 2);
      } else if (code === QUOTE || code === APOSTROPHE) {
        at = this.quoted(at, to, "");
      } else if (code === BACKTICK && words.backtick !== null) {
        at = words.backtick === "raw" ? this.raw(at, to) : this.template(at, to);
      } else if (code === SLASH && words.regex && this.mayBeRegex()) {
        at = this.regex(at, to);
      } else at = this.punctuation(code, at);
    }
  }

  private word(from: number, to: number): number {
    const { text, words } = this;
    let at = from + 1;
    for (let code = text.charCodeAt(at); at < to && (isLetter(code) || isDigit(code)); code = text.charCodeAt(at))
      at += 1;
    const name = text.slice(from, at);
    const next = text.charCodeAt(at);
    if (this.words.triple && at - from <= 2 && (next === QUOTE || next === APOSTROPHE)) {
      if (this.language === "python") return this.quoted(at, to, name);
    }
    const afterDot = this.last === DOT;
    const follow = this.following(at, to);
    if (!afterDot && words.keywords.has(name) && !(follow === OPEN && words.contextual.has(name))) {
      const frame = this.frames.at(-1);
      if (frame && name !== "new" && name !== "await") frame.mixed = true;
      this.chain = "";
      this.last = 0;
      this.lastKeyword = name;
      this.newline = false;
      return at;
    }
    const receiver = afterDot ? this.chain : "";
    const isNew = this.isAfter("new");
    const isCall = follow === OPEN || (follow === LESS && this.isGenericCall(at));
    if (!afterDot && this.chain !== "" && this.frames.length > 0) this.mix();
    const kind: UseKind = isNew ? "n" : this.last === AT ? "d" : isCall ? "c" : "r";
    if (!this.isKey(follow, afterDot, at)) this.take({ name, at: from, line: this.line, kind, receiver });
    this.chain = afterDot ? join(receiver, name) : isNew ? `new ${name}` : name;
    if (afterDot && receiver.startsWith("new ")) this.chain = `${receiver}.${name}`;
    this.last = 97;
    this.newline = false;
    return at;
  }

  /** Whether a name is the key of an object or argument rather than a use. */
  private isKey(follow: number, afterDot: boolean, at: number): boolean {
    if (afterDot) return false;
    const { words } = this;
    if (words.colon_keys && follow === COLON) return this.last !== QUESTION && !this.isAfter("case");
    return words.equals_arguments && follow === EQUALS && this.frames.at(-1)?.open === OPEN && !this.isComparison(at);
  }

  private isAfter(keyword: string): boolean {
    return this.last === 0 && this.lastKeyword === keyword;
  }

  private isComparison(at: number): boolean {
    const found = this.text.indexOf("=", at);
    return this.text.charCodeAt(found + 1) === EQUALS;
  }

  private following(at: number, to: number): number {
    let next = at;
    while (next < to) {
      const code = this.text.charCodeAt(next);
      if (code !== SPACE && code !== TAB) {
        // TypeScript's `name?:` and `name!:`
        if ((code === QUESTION || code === EXCLAMATION) && this.text.charCodeAt(next + 1) === COLON) return COLON;
        return code;
      }
      next += 1;
    }
    return 0;
  }

  private isGenericCall(at: number): boolean {
    if (this.language === "go" || this.language === "python") return false;
    return /^\s?<[\w\s,.[\]<>|&?"']{0,120}>\(/.test(this.text.slice(at, at + 130));
  }

  private mix(): void {
    const frame = this.frames.at(-1);
    if (frame) frame.mixed = true;
  }

  private other(code: number, chain: string): void {
    if (this.chain !== "" || chain === "") this.mix();
    this.chain = chain;
    this.last = code;
    this.newline = false;
  }

  private punctuation(code: number, at: number): number {
    switch (code) {
      case DOT:
        if (this.text.charCodeAt(at + 1) === DOT) {
          this.other(0x2026, "");
          return at + (this.text.charCodeAt(at + 2) === DOT ? 3 : 2);
        }
        if (this.chain === "") this.chain = "?";
        this.last = DOT;
        return at + 1;
      case QUESTION:
        // a?.b
        if (this.text.charCodeAt(at + 1) === DOT && this.chain !== "") return at + 1;
        break;
      case EXCLAMATION:
        // a!.b
        if (this.text.charCodeAt(at + 1) === DOT && this.chain !== "") return at + 1;
        break;
      case LESS:
        if (this.chain !== "" && this.isGenericCall(at)) {
          const end = this.text.indexOf(">(", at);
          return end + 1;
        }
        break;
      case OPEN:
      case OPEN_SQUARE:
      case OPEN_BRACE: {
        const applies = this.chain !== "" && !(this.newline && code !== OPEN_BRACE) && this.last !== DOT;
        this.frames.push({ open: code, before: applies ? this.chain : "", mixed: false });
        this.chain = "";
        this.last = code;
        this.newline = false;
        return at + 1;
      }
      case CLOSE:
      case CLOSE_SQUARE:
      case CLOSE_BRACE: {
        const frame = this.frames.pop();
        const inner = this.chain;
        this.chain = frame ? closed(frame, code, inner) : "";
        this.last = code;
        this.newline = false;
        return at + 1;
      }
    }
    if (code === COMMA || code !== AT) this.mix();
    this.chain = "";
    this.last = code;
    this.newline = false;
    return at + 1;
  }

  private endOfLine(at: number, to: number): number {
    const end = this.text.indexOf("\n", at);
    return end === -1 || end > to ? to : end;
  }

  /** Go on behind `to`, counting the lines between. */
  private pass(from: number, to: number): number {
    for (let at = this.text.indexOf("\n", from); at !== -1 && at < to; at = this.text.indexOf("\n", at + 1))
      this.line += 1;
    return to;
  }

  private quoted(from: number, to: number, prefix: string): number {
    const { text } = this;
    const quote = text.charCodeAt(from);
    const triple = this.words.triple && text.charCodeAt(from + 1) === quote && text.charCodeAt(from + 2) === quote;
    const mark = triple ? text.slice(from, from + 3) : "";
    let at = from + (triple ? 3 : 1);
    for (; at < to; at += 1) {
      const code = text.charCodeAt(at);
      if (code === BACKSLASH) at += 1;
      else if (triple ? text.startsWith(mark, at) : code === quote) break;
      // An apostrophe in markup, not a string.
      else if (!triple && code === NEWLINE) {
        this.other(quote, "");
        return from + 1;
      }
    }
    const begin = from + (triple ? 3 : 1);
    const end = Math.min(at, to);
    const behind = Math.min(to, at + (triple ? 3 : 1));
    if (/f/i.test(prefix)) this.holes(begin, end, "{");
    else if (this.isAnnotation() && !triple) this.scan(begin, end);
    else {
      if (!triple) this.naming(begin, end);
      this.pass(begin, end);
    }
    this.other(quote, LITERAL);
    return behind;
  }

  /** `order: "Order"` among parameters: a type that Python reads later. */
  private isAnnotation(): boolean {
    return this.language === "python" && this.last === COLON && this.frames.at(-1)?.open === OPEN;
  }

  private naming(begin: number, end: number): void {
    if (end - begin < 5 || end - begin > 100) return;
    const content = this.text.slice(begin, end);
    if (!NAMING.test(content) || !WORTH_NAMING.test(content)) return;
    const name = /\w+$/.exec(content)?.[0] ?? "";
    this.take({ name, at: begin, line: this.line, kind: "s", receiver: "" });
  }

  private raw(from: number, to: number): number {
    const end = this.text.indexOf("`", from + 1);
    const behind = this.pass(from, end === -1 ? to : end + 1);
    this.other(BACKTICK, LITERAL);
    return behind;
  }

  private template(from: number, to: number): number {
    const end = this.endOfTemplate(from + 1, to);
    this.holes(from + 1, end, "${");
    this.other(BACKTICK, LITERAL);
    return Math.min(to, end + 1);
  }

  private endOfTemplate(from: number, to: number): number {
    const { text } = this;
    for (let at = from; at < to; at += 1) {
      const code = text.charCodeAt(at);
      if (code === BACKSLASH) at += 1;
      else if (code === BACKTICK) return at;
      else if (code === 36 && text.charCodeAt(at + 1) === OPEN_BRACE) at = this.endOfHole(at + 2, to);
    }
    return to;
  }

  /** Where the brace closes that is open at `from`. */
  private endOfHole(from: number, to: number): number {
    const { text } = this;
    let depth = 1;
    for (let at = from; at < to; at += 1) {
      const code = text.charCodeAt(at);
      if (code === BACKSLASH) at += 1;
      else if (code === BACKTICK && this.words.backtick === "template") at = this.endOfTemplate(at + 1, to);
      else if (code === OPEN_BRACE) depth += 1;
      else if (code === CLOSE_BRACE) {
        depth -= 1;
        if (depth === 0) return at;
      }
    }
    return to;
  }

  /** Read what stands in the holes of a template. */
  private holes(from: number, to: number, mark: string): void {
    let done = from;
    for (let at = this.text.indexOf(mark, from); at !== -1 && at < to; at = this.text.indexOf(mark, done)) {
      if (mark === "{" && this.text.charCodeAt(at + 1) === OPEN_BRACE) {
        this.pass(done, at + 2);
        done = at + 2;
        continue;
      }
      const begin = at + mark.length;
      const end = this.endOfHole(begin, to);
      this.pass(done, begin);
      const depth = this.frames.length;
      this.frames.push({ open: OPEN_BRACE, before: "", mixed: true });
      this.chain = "";
      this.last = OPEN_BRACE;
      this.scan(begin, end);
      this.frames.length = depth;
      done = end;
    }
    this.pass(done, to);
  }

  private mayBeRegex(): boolean {
    if (this.last === 0) return !/^(this|super|true|false|null)$/.test(this.lastKeyword);
    return ![97, 48, CLOSE, CLOSE_SQUARE, CLOSE_BRACE, QUOTE, APOSTROPHE, BACKTICK, LESS].includes(this.last);
  }

  private regex(from: number, to: number): number {
    const { text } = this;
    let inClass = false;
    for (let at = from + 1; at < to; at += 1) {
      const code = text.charCodeAt(at);
      if (code === NEWLINE) break;
      if (code === BACKSLASH) at += 1;
      else if (code === OPEN_SQUARE) inClass = true;
      else if (code === CLOSE_SQUARE) inClass = false;
      else if (code === SLASH && !inClass) {
        this.other(SLASH, LITERAL);
        let end = at + 1;
        while (isLetter(text.charCodeAt(end))) end += 1;
        this.last = QUOTE;
        return end;
      }
    }
    this.other(SLASH, "");
    return from + 1;
  }
}

/** The expression that a closing bracket ends. */
function closed({ open, before, mixed }: Frame, code: number, inner: string): string {
  if (before !== "") {
    if (before.startsWith("new ")) return code === CLOSE ? `:${before.slice(4)}` : before;
    if (before.length > MAX_CHAIN) return "?";
    // A literal of Go: Order{…}
    if (code === CLOSE_BRACE) return /^[\w.]+$/.test(before) ? `:${before}` : "?";
    return `${before}${code === CLOSE ? "()" : "[]"}`;
  }
  if (open === OPEN) return mixed || inner === "" ? "?" : inner;
  return open === OPEN_SQUARE ? LITERAL : "";
}

function join(receiver: string, name: string): string {
  return receiver.length + name.length > MAX_CHAIN ? "?" : `${receiver}.${name}`;
}
