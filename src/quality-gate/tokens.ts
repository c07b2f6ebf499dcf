import type { FileInfo, SourceFile } from "../source/source-file.ts";
import { type ByteMatcher, byteMatcher } from "./byte-matcher.ts";

/** What a pattern matched, before anyone judged it. It holds the secret: nothing of it goes into a report as it is. */
export interface TokenMatch {
  match: RegExpExecArray;
  info: FileInfo;
  /** Text around the match, Latin-1: so many bytes before its start and after its start. */
  around(before: number, after: number): string;
  /** The file's text and where the match begins in it (in characters); null when the file is too large to be text. */
  source(): { file: SourceFile; offset: number } | null;
}

/** One shape of secrets, found through keywords in the bytes of a file. */
export interface TokenPattern {
  /** One of them is in every match; ASCII, at least four characters. In lower case it is found in any case. */
  keywords: readonly string[];
  /**
   * Where a match begins: at the keyword when no letter or digit stands before it, at the keyword's second byte, at the
   * name the keyword is part of, at the start of its row of base64url, or of anything but space, quotes and brackets.
   */
  from: "keyword" | "second" | "name" | "base64url" | "row";
  /** Characters one of which stands behind the keyword in every match; spares looking closer. */
  follows?: string;
  /** Sticky, and linear on `reach` characters. */
  pattern: RegExp;
  /** Bytes a match may have, 600 unless told. */
  reach?: number;
  /** Whether the match is a secret; a string is the finding's message, which must not repeat it. */
  where?: (found: TokenMatch) => boolean | string;
  message?: string;
  /** Whether it only means something in text: in a file of megabytes a password belongs to a row of a table. */
  only_text?: true;
  /** Stands for the secret in the finding's identity. */
  key: (match: RegExpExecArray) => string;
}

/** A finding in bytes. */
export interface TokenHit {
  pattern: TokenPattern;
  /** Byte where the match begins. */
  start: number;
  message: string | undefined;
  key: string;
}

/** Bytes in memory that hold a file or a part of one. */
export interface TokenText {
  bytes: Buffer;
  /** Where the bytes that count begin and end in it. */
  from: number;
  to: number;
  info: FileInfo;
  source: () => { file: SourceFile; offsetOf: (byte: number) => number } | null;
}

export type TokenScanner = (text: TokenText) => TokenHit[];

/** Bytes that may stand before a keyword in a match. */
export const REACH_BEFORE = 512;
const DEFAULT_REACH = 600;
/** Bytes the longest match may have, with what is looked at around it. */
export const LONGEST_REACH = 8192;

const WORD = byteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
const NAME = byteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");
const BASE64URL = byteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
const ROW = byteSet(
  [...Array(94).keys()]
    .map((code) => String.fromCharCode(code + 33))
    .filter((sign) => !"\"'`()[]{}<>=,;".includes(sign))
    .join(""),
);
const LONGEST_NAME = 80;
const LONGEST_ROW = 200;

interface Entry {
  pattern: TokenPattern;
  keyword: string;
  follows: Uint8Array | undefined;
}

function entriesOf(patterns: readonly TokenPattern[]): Entry[] {
  return patterns.flatMap((pattern) => {
    const follows = pattern.follows === undefined ? undefined : byteSet(pattern.follows);
    return pattern.keywords.map((keyword) => ({ pattern, keyword, follows }));
  });
}

/** Builds one pass over bytes for many patterns: keywords first, the pattern on a short Latin-1 window behind them. */
export function tokenScanner(patterns: readonly TokenPattern[]): TokenScanner {
  const entries = entriesOf(patterns);
  const match = withBeginning(entries, byteMatcher(entries.map(({ keyword }) => keyword)));
  return ({ bytes, from, to, info, source }) => {
    const hits: TokenHit[] = [];
    const tried = new Map<TokenPattern, number>();
    match(bytes, from, to, (index, at) => {
      const entry = entries[index];
      if (!entry) return;
      const { pattern } = entry;
      const hit = matchAt(entry, bytes, from, to, at);
      // Two keywords of one pattern may lie in one match.
      if (!hit || tried.get(pattern) === hit.start) return;
      const { start, match: found } = hit;
      tried.set(pattern, start);
      const verdict = pattern.where?.({
        match: found,
        info,
        around: (before, after) =>
          bytes.toString("latin1", Math.max(from, start - before), Math.min(to, start + after)),
        source: () => {
          const whole = source();
          return whole && { file: whole.file, offset: whole.offsetOf(start) };
        },
      });
      if (verdict === false) return;
      const message = typeof verdict === "string" ? verdict : pattern.message;
      hits.push({ pattern, start, message, key: pattern.key(found) });
    });
    return hits;
  };
}

/** Whether bytes hold one of the words, or a match of a pattern whatever would be thought of it. */
export function tokenFilter(patterns: readonly TokenPattern[], words: readonly string[]): (bytes: Buffer) => boolean {
  const entries = entriesOf(patterns);
  const match = withBeginning(entries, byteMatcher([...entries.map(({ keyword }) => keyword), ...words]));
  return (bytes) => {
    let found = false;
    match(bytes, 0, bytes.length, (index, at) => {
      if (found) return;
      const entry = entries[index];
      found = entry === undefined || matchAt(entry, bytes, 0, bytes.length, at) !== undefined;
    });
    return found;
  };
}

const BYTE_ORDER_MARK = Buffer.from("\ufeff");

/**
 * A keyword whose first byte only says that something new begins (`second`) also stands at the very beginning of a file,
 * where no byte says so.
 */
function withBeginning(entries: readonly Entry[], match: ByteMatcher): ByteMatcher {
  const beginnings = new Map<string, number>();
  for (const [index, { pattern, keyword }] of entries.entries())
    if (pattern.from === "second" && !beginnings.has(keyword.slice(1))) beginnings.set(keyword.slice(1), index);
  return (bytes, from, to, found) => {
    const marked = BYTE_ORDER_MARK.every((byte, at) => bytes[from + at] === byte);
    const begin = marked ? from + BYTE_ORDER_MARK.length : from;
    for (const [text, index] of beginnings) {
      let at = 0;
      while (at < text.length && begin + at < to && bytes[begin + at] === text.charCodeAt(at)) at += 1;
      if (at === text.length) found(index, begin - 1);
    }
    match(bytes, from, to, found);
  };
}

/** The match of a pattern with a keyword at `at`, and where it begins. */
function matchAt({ pattern, keyword, follows }: Entry, bytes: Buffer, from: number, to: number, at: number) {
  if (follows && follows[bytes[at + keyword.length] ?? 0] !== 1) return undefined;
  const start = startOf(pattern, bytes, from, at);
  if (start === -1) return undefined;
  const text = bytes.toString("latin1", start, Math.min(to, start + (pattern.reach ?? DEFAULT_REACH)));
  pattern.pattern.lastIndex = 0;
  const match = pattern.pattern.exec(text);
  return match ? { start, match } : undefined;
}

/** Where a match with a keyword at `at` would begin; -1 when there can be none. */
function startOf({ from: kind }: TokenPattern, bytes: Buffer, from: number, at: number): number {
  if (kind === "keyword") return at > from && WORD[bytes[at - 1] ?? 0] === 1 ? -1 : at;
  if (kind === "second") return at + 1;
  const allowed = kind === "name" ? NAME : kind === "row" ? ROW : BASE64URL;
  const limit = Math.max(
    from,
    at - (kind === "base64url" ? REACH_BEFORE : kind === "row" ? LONGEST_ROW : LONGEST_NAME),
  );
  let start = at;
  while (start > limit && allowed[bytes[start - 1] ?? 0] === 1) start -= 1;
  // What goes on before the limit is no name but data.
  return start > from && start === limit && allowed[bytes[start - 1] ?? 0] === 1 ? -1 : start;
}

function byteSet(characters: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const byte of Buffer.from(characters, "latin1")) set[byte] = 1;
  return set;
}
