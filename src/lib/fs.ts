import { createHash } from "node:crypto";
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { AppError } from "./errors.ts";
import { randomHex } from "./ids.ts";

/** Write a file so that a crash leaves either the old content or the new, never half of it. */
export function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${randomHex(4)}.tmp`;
  const handle = openSync(temporary, "wx", mode);
  try {
    writeSync(handle, typeof data === "string" ? Buffer.from(data) : data);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  try {
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  }
}

/** Write a value as indented JSON, atomically. */
export function writeJson(path: string, value: unknown): void {
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Remove a folder with all that is in it, also what was made read-only. Nothing happens when it is not there. */
export function removeTree(root: string): void {
  try {
    rmSync(root, { recursive: true, force: true });
  } catch {
    const pending = [root];
    for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
      chmodSync(folder, 0o700);
      for (const entry of readdirSync(folder, { withFileTypes: true }))
        if (entry.isDirectory()) pending.push(join(folder, entry.name));
    }
    rmSync(root, { recursive: true, force: true });
  }
}

/** Directories that never belong to what a person or a builder wrote. */
export const UNOWNED_DIRECTORIES = new Set([
  ".git",
  "node_modules",
  ".super-orchestrator",
  ".agent-team",
  "__pycache__",
  ".venv",
  "dist",
  "coverage",
]);

/** Relative paths (with "/") of all files below a folder, sorted; symbolic links are not followed. */
export function listFiles(root: string, skip: ReadonlySet<string> = UNOWNED_DIRECTORIES): string[] {
  const found: string[] = [];
  const pending = [root];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!skip.has(entry.name)) pending.push(path);
      } else if (entry.isFile()) found.push(relative(root, path).split(sep).join("/"));
    }
  }
  return found.sort();
}

/**
 * SHA-256 over the names and contents of all files below a folder (those that `counts` names when it is given): what a
 * piece of evidence was gathered on.
 */
export function digestTree(root: string, counts: (path: string) => boolean = () => true): string {
  const hash = createHash("sha256");
  for (const file of listFiles(root).filter(counts)) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/** `path` resolved below `root`; an error when it would leave it. */
export function resolveInside(root: string, path: string): string {
  const full = resolve(root, path);
  if (full !== resolve(root) && !full.startsWith(resolve(root) + sep))
    throw new AppError("INVALID_INPUT", `${path} lies outside ${root}.`, { remedy: "Give a path inside that folder." });
  return full;
}

/** The real path of a folder. Errors: NOT_FOUND when there is none, INVALID_INPUT when it is something else or closed. */
export function folderAt(path: string): string {
  const remedy = "Give the path of an existing folder.";
  try {
    const root = realpathSync(path);
    if (statSync(root).isDirectory()) {
      accessSync(root, constants.R_OK | constants.X_OK);
      return root;
    }
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EACCES")
      throw new AppError("INVALID_INPUT", `The folder ${path} may not be read.`, {
        remedy: "Give this user the right to read it, or run as its owner.",
        cause,
      });
    throw new AppError("NOT_FOUND", `The folder ${path} does not exist.`, { remedy, cause });
  }
  throw new AppError("INVALID_INPUT", `${path} is not a folder.`, { remedy });
}
