import { lstatSync } from "node:fs";
import { join } from "node:path";
import { listFiles } from "../../lib/fs.ts";
import type { TreeDiff } from "../port.ts";
import { isDelivered } from "./handover.ts";

interface Stamp {
  size: number;
  stamp: string;
}

/** Sees what a builder changes in its folder, by size and time of its files: no content is read. */
export interface TreeWatch {
  /** Look again. `changed`: whether anything differs from the last look. A folder that is gone counts as empty. */
  look(): { diff: TreeDiff; changed: boolean };
}

/** Watch a service's folder from now on; what we laid there ourselves does not count. */
export function watchTree(root: string): TreeWatch {
  const before = stampsOf(root);
  let last = before;
  return {
    look: () => {
      const now = stampsOf(root);
      const changed = differing(last, now).length > 0;
      last = now;
      const paths = differing(before, now);
      const bytes = paths.reduce((sum, path) => sum + (now.get(path)?.size ?? 0), 0);
      return { diff: { files: paths.length, bytes }, changed };
    },
  };
}

function differing(one: Map<string, Stamp>, other: Map<string, Stamp>): string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter(
    (path) => one.get(path)?.stamp !== other.get(path)?.stamp,
  );
}

function stampsOf(root: string): Map<string, Stamp> {
  const stamps = new Map<string, Stamp>();
  for (const path of filesOf(root)) {
    try {
      const { size, mtimeMs, ino } = lstatSync(join(root, path));
      stamps.set(path, { size, stamp: `${size} ${mtimeMs} ${ino}` });
    } catch {
      // It is gone by now: its builder is at work.
    }
  }
  return stamps;
}

function filesOf(root: string): string[] {
  try {
    return listFiles(root).filter(isDelivered);
  } catch {
    return [];
  }
}
