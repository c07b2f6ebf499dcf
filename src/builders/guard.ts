import { lstatSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { listFiles, writeFileAtomic } from "../lib/fs.ts";

/** What is kept in memory to be put back, at most. */
const MAX_FILE_BYTES = 1_000_000;
const MAX_TOTAL_BYTES = 64_000_000;

interface Seen {
  stamp: string;
  /** undefined when the file is too big to be kept. */
  content: Buffer | undefined;
}

/** Services that are being built or checked in this process: what is written into their own folders is theirs. */
const active = new Set<{ folder: string; others: Set<string> }>();

/** The watch over what lies beside one service's folder. */
export interface Guard {
  /**
   * When the builder has ended: what was written outside meanwhile, one sentence a file. Changed and deleted files have
   * been put back, new ones moved to `aside`.
   */
  check(): string[];
  /** Nothing is written into the service's own folder any more. */
  close(): void;
}

/** Watch what lies beside `folder`, but for folders in which others are at work in the same time. */
export function guardOutside(folder: string, aside: string): Guard {
  const root = dirname(folder);
  const own = { folder, others: new Set([...active].map((one) => one.folder)) };
  for (const one of active) one.others.add(folder);
  active.add(own);
  const before = snapshot(root, folder);
  const check = () => {
    const excluded = [...own.others].map((other) => `${relative(root, other).split(sep).join("/")}/`);
    const mine = (path: string) => !excluded.some((prefix) => path.startsWith(prefix));
    const now = new Map(listOutside(root, folder).map((path) => [path, stampOf(join(root, path))]));
    const breaches: string[] = [];
    for (const [path, { stamp, content }] of before) {
      if (!mine(path) || now.get(path) === stamp) continue;
      const what = now.has(path) ? "changed" : "deleted";
      if (content === undefined) breaches.push(`It ${what} ${path} outside its folder, which could not be put back.`);
      else if (now.has(path) && content.equals(readFileSync(join(root, path)))) continue;
      else {
        writeFileAtomic(join(root, path), content);
        breaches.push(`It ${what} ${path} outside its folder, which was put back.`);
      }
    }
    for (const path of now.keys()) {
      if (before.has(path) || !mine(path)) continue;
      const target = join(aside, path);
      mkdirSync(dirname(target), { recursive: true });
      renameSync(join(root, path), target);
      breaches.push(`It wrote ${path} outside its folder; the file was moved to ${target}.`);
    }
    return breaches;
  };
  return { check, close: () => void active.delete(own) };
}

function snapshot(root: string, folder: string): Map<string, Seen> {
  let total = 0;
  return new Map(
    listOutside(root, folder).map((path) => {
      const full = join(root, path);
      const { size } = lstatSync(full);
      const keep = size <= MAX_FILE_BYTES && total + size <= MAX_TOTAL_BYTES;
      if (keep) total += size;
      return [path, { stamp: stampOf(full), content: keep ? readFileSync(full) : undefined }];
    }),
  );
}

function listOutside(root: string, folder: string): string[] {
  const own = `${basename(folder)}/`;
  return listFiles(root).filter((path) => !path.startsWith(own));
}

function stampOf(full: string): string {
  const { size, mtimeMs, ino, mode } = lstatSync(full);
  return [size, mtimeMs, ino, mode].join(" ");
}
