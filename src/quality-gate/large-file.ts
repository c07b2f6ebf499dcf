import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type FileStamp, passedOver, sameStamp, stampOf, TOO_LARGE } from "../source/read-file.ts";
import type { FileInfo } from "../source/source-file.ts";
import { digestOfKey, type FileHit } from "./examine.ts";
import { appliesTo, type Rule } from "./rule.ts";
import { isTokenDetector, tokensInData } from "./token-rule.ts";
import { LONGEST_REACH, REACH_BEFORE } from "./tokens.ts";

/** Read at a time: 4 MiB. */
const PART = 4 * 1024 * 1024;
/** Larger files are not read at all: 1 GiB. */
const LARGEST = 1024 * 1024 * 1024;
/** Findings of one rule in one file; who has more has one problem, not thousands. */
const MOST = 100;

export interface LargeFile {
  stamp: FileStamp;
  /** Hexadecimal, of the whole content. */
  digest: string;
  hits: { code: string; hit: FileHit }[];
}

/**
 * Looks for tokens in a file that is too large to be text, part by part: memory does not grow with the file, nor with
 * its longest line. Columns count bytes. What needs a syntax tree or a line's context is not looked for. `skip` says why
 * there is nothing to see.
 */
export function examineLarge(path: string, info: FileInfo, rules: readonly Rule[]): LargeFile | { skip: string } {
  let handle: number;
  try {
    handle = openSync(path, "r");
  } catch {
    return { skip: "unreadable" };
  }
  try {
    const before = fstatSync(handle);
    if (!before.isFile()) return { skip: "not a regular file" };
    if (before.size > LARGEST) return { skip: TOO_LARGE };
    const hash = createHash("sha256");
    const hits = lookThrough(handle, info, rules, (part) => hash.update(part));
    if (typeof hits === "string") return { skip: hits };
    const stamp = stampOf(fstatSync(handle));
    if (!sameStamp(stamp, stampOf(before))) return { skip: "changed while read" };
    return { stamp, digest: hash.digest("hex").slice(0, 32), hits };
  } catch {
    return { skip: "unreadable" };
  } finally {
    closeSync(handle);
  }
}

/** The findings, or why the file is passed over. */
function lookThrough(
  handle: number,
  info: FileInfo,
  rules: readonly Rule[],
  onPart: (part: Buffer) => void,
): LargeFile["hits"] | string {
  const applying = rules.filter((rule) => appliesTo(rule, info));
  const codeOf = new Map(
    applying.flatMap(({ code, detect }) =>
      isTokenDetector(detect) ? detect.tokens.map((token) => [token, code] as const) : [],
    ),
  );
  const counts = new Map<string, number>();
  const hits: LargeFile["hits"] = [];
  const bytes = Buffer.allocUnsafe(REACH_BEFORE + PART + LONGEST_REACH);
  const lines = lineCounter();
  // `bytes[0, length)` is the file from `begin` on; what begins before `judged` was judged with the part before.
  let begin = 0;
  let judged = 0;
  let length = 0;
  for (;;) {
    const read = fill(handle, bytes, length);
    onPart(bytes.subarray(length, length + read));
    length += read;
    const isLast = length < bytes.length;
    if (begin === 0 && judged === 0) {
      const skip = passedOver(bytes.subarray(0, Math.min(length, 65536)), info.kind);
      if (skip !== null) return skip;
    }
    // A match that may go on behind this part waits for the next one.
    const until = isLast ? length : length - LONGEST_REACH;
    for (const { pattern, start, message, key } of tokensInData({ bytes, from: 0, to: length, info })) {
      const code = codeOf.get(pattern);
      if (code === undefined || begin + start < judged || start >= until) continue;
      const count = (counts.get(code) ?? 0) + 1;
      counts.set(code, count);
      if (count > MOST) continue;
      const place = lines(bytes, begin, start);
      hits.push({ code, hit: { ...place, key: digestOfKey(key), ...(message !== undefined && { message }) } });
    }
    if (isLast) return hits;
    lines(bytes, begin, until);
    judged = begin + until;
    const kept = until - REACH_BEFORE;
    bytes.copyWithin(0, kept, length);
    begin += kept;
    length -= kept;
  }
}

function fill(handle: number, bytes: Buffer, from: number): number {
  let at = from;
  for (let read = -1; read !== 0 && at < bytes.length; at += read)
    read = readSync(handle, bytes, at, bytes.length - at, null);
  return at - from;
}

/** Counts lines as it is asked for places further and further on; a place before the last one costs a look back. */
function lineCounter(): (bytes: Buffer, begin: number, at: number) => { line: number; column: number } {
  let line = 1;
  let lineBegin = 0;
  let counted = 0;
  return (bytes, begin, at) => {
    const place = begin + at;
    for (let next = bytes.indexOf(10, Math.max(0, counted - begin)); next !== -1 && next < at; ) {
      line += 1;
      lineBegin = begin + next + 1;
      next = bytes.indexOf(10, next + 1);
    }
    counted = Math.max(counted, place);
    return { line, column: Math.max(1, place - lineBegin + 1) };
  };
}
