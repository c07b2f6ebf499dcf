import { existsSync, lstatSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { AppError } from "../../lib/errors.ts";
import { resolveInside, writeFileAtomic, writeJson } from "../../lib/fs.ts";
import { sha256 } from "../../lib/ids.ts";

/** Which files were written by this builder, with the hash they had: only those are ever removed. */
const MANIFEST = ".scaffold.json";
const Manifest = z.object({ files: z.record(z.string(), z.string()) });

/**
 * Bring a folder to these files (path → text) and remove what an earlier run wrote and this one does not, unless it was
 * changed since. Everything else in the folder stays. Gives the paths that were written anew or removed.
 * Errors: INVALID_INPUT when a path leads through a symbolic link.
 */
export function writeService(root: string, files: Record<string, string>): string[] {
  const before = readManifest(root);
  const changed: string[] = [];
  for (const [path, text] of Object.entries(files)) {
    const full = ownPath(root, path);
    if (existsSync(full) && readFileSync(full, "utf8") === text) continue;
    writeFileAtomic(full, text);
    changed.push(path);
  }
  for (const [path, hash] of Object.entries(before)) {
    if (Object.hasOwn(files, path)) continue;
    if (removeUnchanged(root, path, hash)) changed.push(path);
  }
  const hashes = Object.entries(files).map(([path, text]) => [path, sha256(text)]);
  writeJson(ownPath(root, MANIFEST), { files: Object.fromEntries(hashes) });
  return changed.sort();
}

function readManifest(root: string): Record<string, string> {
  try {
    return Manifest.parse(JSON.parse(readFileSync(ownPath(root, MANIFEST), "utf8"))).files;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    return {};
  }
}

function removeUnchanged(root: string, path: string, hash: string): boolean {
  const full = ownPath(root, path);
  if (!existsSync(full) || sha256(readFileSync(full)) !== hash) return false;
  rmSync(full);
  for (let folder = dirname(full); folder !== root && readdirSync(folder).length === 0; folder = dirname(folder))
    rmdirSync(folder);
  return true;
}

/** A path below the root that no symbolic link can lead elsewhere. */
function ownPath(root: string, path: string): string {
  const full = resolveInside(root, path);
  let current = root;
  for (const part of path.split("/")) {
    current = join(current, part);
    const state = lstatSync(current, { throwIfNoEntry: false });
    if (state === undefined) break;
    if (state.isSymbolicLink() || (current === full && !state.isFile()))
      throw new AppError("INVALID_INPUT", `${current} is a link or a folder where a file of the service belongs.`, {
        remedy: "Remove it, or give the service another folder.",
      });
  }
  return full;
}
