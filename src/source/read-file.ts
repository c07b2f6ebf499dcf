import { closeSync, fstatSync, openSync, readSync, type Stats } from "node:fs";
import type { FileKind } from "./languages.ts";

/** What tells that a file was not touched since, without reading it. Times in milliseconds. */
export interface FileStamp {
  size: number;
  mtime: number;
  ctime: number;
  inode: number;
}

export function stampOf({ size, mtimeMs, ctimeMs, ino }: Stats): FileStamp {
  return { size, mtime: mtimeMs, ctime: ctimeMs, inode: ino };
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtime === b.mtime && a.ctime === b.ctime && a.inode === b.inode;
}

/**
 * A stamp tells that a file is unchanged only when it was already old at the time of reading: a second write within the
 * clock tick of the first one leaves it as it is (git calls such entries racy). Milliseconds, the coarsest clock of a
 * common file system.
 */
const RACY = 2000;

/** Whether a file, by its stamp, is still what was read at `read_at`, in milliseconds of the clock. */
export function isUnchanged({ stamp, read_at }: { stamp: FileStamp; read_at: number }, now: FileStamp): boolean {
  return sameStamp(stamp, now) && Math.max(stamp.mtime, stamp.ctime) < read_at - RACY;
}

/** Files over this are data or bundles: 1 MiB. */
export const MAX_BYTES = 1024 * 1024;
/** Why a file over it is passed over, though tokens are still looked for in it. */
export const TOO_LARGE = "too large";

/** Every file is read into the same memory. */
const memory = Buffer.allocUnsafe(MAX_BYTES);

/**
 * The bytes of a file, which hold until the next call, and the stamp they belong to. A file that is written while it is
 * read is read once more; `skip` says why there is nothing to see. `seen`: the stamp of the regular file that was seen there before,
 * which spares asking for it again.
 */
export function readStable(path: string, seen?: FileStamp): { bytes: Buffer; stamp: FileStamp } | { skip: string } {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    let handle: number;
    try {
      handle = openSync(path, "r");
    } catch {
      return { skip: "unreadable" };
    }
    try {
      const before = attempt === 0 && seen ? seen : regularStamp(handle);
      if (!before) return { skip: "not a regular file" };
      if (before.size > MAX_BYTES) return { skip: TOO_LARGE };
      const bytes = memory.subarray(0, readInto(memory, handle, before.size));
      const stamp = regularStamp(handle);
      if (stamp && sameStamp(stamp, before) && bytes.length === stamp.size) return { bytes, stamp };
    } catch {
      return { skip: "unreadable" };
    } finally {
      closeSync(handle);
    }
  }
  return { skip: "changed while read" };
}

function regularStamp(handle: number): FileStamp | undefined {
  const stats = fstatSync(handle);
  return stats.isFile() ? stampOf(stats) : undefined;
}

/** Reads so many bytes or what there is; whether the file has grown since is told by its stamp. */
function readInto(buffer: Buffer, handle: number, size: number): number {
  let length = 0;
  for (let read = -1; read !== 0 && length < size; length += read)
    read = readSync(handle, buffer, length, size - length, null);
  return length;
}

/** Long lines in a script are a bundle, not what somebody wrote. */
const BUNDLE_AVERAGE = 400;

/** Why a file is no text that a person wrote; null when it is one. */
export function passedOver(bytes: Buffer, kind: FileKind): string | null {
  if (bytes.subarray(0, 8192).includes(0)) return "binary";
  // Most files do not have the word: they need no text.
  const isMarked = bytes.subarray(0, 1000).includes("generated");
  if (isMarked && /Code generated .{1,100} DO NOT EDIT|@generated\b/.test(bytes.toString("latin1", 0, 1000)))
    return "generated";
  return kind === "code" && bytes.length > 20_000 && isBundle(bytes) ? "minified" : null;
}

/** Whether lines are long on average; what a person wrote is told after its first few lines. */
function isBundle(bytes: Buffer): boolean {
  const enough = bytes.length / BUNDLE_AVERAGE;
  let lines = 1;
  for (let at = bytes.indexOf(10); at !== -1 && lines < enough; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines < enough;
}

/** The text of a file a person wrote, or why it is none. */
export function textOf(bytes: Buffer, kind: FileKind): { text: string } | { skip: string } {
  const skip = passedOver(bytes, kind);
  return skip === null ? { text: bytes.toString("utf8") } : { skip };
}
