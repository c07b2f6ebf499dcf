import type { SourceFile } from "../source/source-file.ts";
import type { FileDetector, Hit } from "./rule.ts";
import {
  type TokenHit,
  type TokenPattern,
  type TokenScanner,
  type TokenText,
  tokenFilter,
  tokenScanner,
} from "./tokens.ts";

/** A detector whose patterns can also be looked for in bytes that are no text of a project. */
export interface TokenDetector extends FileDetector {
  tokens: readonly TokenPattern[];
}

const registered: TokenPattern[] = [];
let scanText: TokenScanner | undefined;
let scanData: TokenScanner | undefined;
let filter: ((bytes: Buffer) => boolean) | undefined;
/** What the one pass for all rules found in a file, with the places in its text. */
const found = new WeakMap<SourceFile, { hits: TokenHit[]; offsetOf: (byte: number) => number }>();
let bytes = Buffer.alloc(0);

/** A detector by shapes of tokens. All rules built with it share one pass over each file. */
export function tokenPatterns(tokens: readonly TokenPattern[]): TokenDetector {
  registered.push(...tokens);
  scanText = undefined;
  scanData = undefined;
  filter = undefined;
  return {
    scope: "file",
    keywords: [],
    tokens,
    *find(file) {
      const { hits, offsetOf } = foundIn(file);
      for (const { pattern, start, message, key } of hits) {
        if (!tokens.includes(pattern)) continue;
        const hit: Hit = { ...file.position(offsetOf(start)), key };
        yield message === undefined ? hit : { ...hit, message };
      }
    },
  };
}

export function isTokenDetector(detect: { scope: string }): detect is TokenDetector {
  return "tokens" in detect;
}

/** What a comment that silences findings holds (suppress.ts). */
const SILENCING = ["so-ignore", "nosec", "noqa"];

/**
 * Whether bytes may hold what any of the detectors finds, or a comment that silences it: one look that spares most files
 * from becoming text.
 */
export function mayHoldToken(bytes: Buffer): boolean {
  filter ??= tokenFilter(registered, SILENCING);
  return filter(bytes);
}

/** What the patterns of all detectors find in bytes that are too many to be text. */
export function tokensInData(text: Omit<TokenText, "source">): TokenHit[] {
  scanData ??= tokenScanner(registered.filter(({ only_text }) => !only_text));
  return scanData({ ...text, source: () => null });
}

function foundIn(file: SourceFile) {
  const before = found.get(file);
  if (before) return before;
  scanText ??= tokenScanner(registered);
  // At most three bytes a character; the buffer is kept for the next file.
  if (bytes.length < file.text.length * 3) bytes = Buffer.alloc(Math.max(1 << 16, file.text.length * 3));
  const to = bytes.write(file.text, 0, "utf8");
  const offsetOf = to === file.text.length ? (byte: number) => byte : offsets(Buffer.from(bytes.subarray(0, to)));
  const hits = scanText({ bytes, from: 0, to, info: file, source: () => ({ file, offsetOf }) });
  const result = { hits, offsetOf };
  found.set(file, result);
  return result;
}

/** Bytes from one known place to the next. */
const STEP = 4096;

/** Turns offsets in UTF-8 into offsets in the same text as UTF-16, at a cost that does not grow with the text. */
function offsets(encoded: Buffer): (byte: number) => number {
  const known = [0];
  const count = (from: number, to: number) => {
    let units = 0;
    for (let at = from; at < to; at += 1) {
      const byte = encoded[at] ?? 0;
      // Continuation bytes are none, and what takes four bytes is a pair.
      if ((byte & 0xc0) !== 0x80) units += byte >= 0xf0 ? 2 : 1;
    }
    return units;
  };
  for (let at = STEP; at < encoded.length; at += STEP) known.push((known.at(-1) ?? 0) + count(at - STEP, at));
  return (byte) => {
    const index = Math.floor(byte / STEP);
    return (known[index] ?? 0) + count(index * STEP, byte);
  };
}
