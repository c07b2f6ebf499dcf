import { join } from "node:path";
import { type FileStamp, isUnchanged } from "./read-file.ts";
import { stampAt, type Walk, type WalkedFile, walk } from "./walk.ts";

/** A folder and what an earlier walk found below it. */
export interface WalkMemory {
  readonly root: string;
  /** Changes whenever other files may be there. */
  version: number;
  last: Remembered | undefined;
}

interface Remembered {
  walked: Walk;
  /** Absolute paths, so that they are joined once. */
  files: string[];
  /** What the list of files hangs on: folders and .gitignore files. */
  guards: { path: string; stamp: FileStamp }[];
  read_at: number;
}

export function walkMemory(root: string): WalkMemory {
  return { root, version: 0, last: undefined };
}

/**
 * `walk` without exclusions, as it would be now. While no folder and no .gitignore file has changed, the same files are
 * there: then they are only asked for their stamps, neither listed nor judged again.
 */
export function walkAgain(memory: WalkMemory, signal: AbortSignal): Walk {
  const { root, last } = memory;
  const again = last && sameFiles(last, signal);
  if (again) return again;
  const read_at = Date.now();
  const walked = walk(root, [], signal);
  const guards: Remembered["guards"] = [];
  memory.version += 1;
  memory.last = undefined;
  for (const one of [...walked.folders, ...walked.rules]) {
    const path = join(root, one);
    const stamp = stampAt(path);
    if (typeof stamp === "string") return walked;
    guards.push({ path, stamp });
  }
  memory.last = { walked, files: walked.files.map(({ path }) => join(root, path)), guards, read_at };
  return walked;
}

function sameFiles({ walked, files, guards, read_at }: Remembered, signal: AbortSignal): Walk | undefined {
  for (const { path, stamp } of guards) {
    const now = stampAt(path);
    if (typeof now === "string" || !isUnchanged({ stamp, read_at }, now)) return undefined;
  }
  signal.throwIfAborted();
  const found: WalkedFile[] = [];
  for (const [index, { path }] of walked.files.entries()) {
    const stamp = stampAt(files[index] ?? "");
    if (typeof stamp === "string") return undefined;
    found.push({ path, stamp });
  }
  return { ...walked, files: found };
}
