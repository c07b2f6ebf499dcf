import { type Dirent, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ignore, { type Ignore } from "ignore";
import { skipByName } from "./languages.ts";
import { type FileStamp, stampOf } from "./read-file.ts";

const DEPENDENCY_FOLDERS = new Set([
  "node_modules",
  "bower_components",
  ".venv",
  "site-packages",
  ".tox",
  ".nox",
  ".yarn",
]);
const VERSION_CONTROL = new Set([".git", ".hg", ".svn", ".super-orchestrator"]);
const CACHE_FOLDERS = new Set([
  "__pycache__",
  ".mypy_cache",
  ".pytest_cache",
  ".ruff_cache",
  ".gradle",
  ".idea",
  ".cache",
]);
const GENERATED_FOLDERS = new Set(["dist", ".next", ".nuxt", ".svelte-kit", ".turbo", "coverage", "htmlcov"]);
/** Folders that are output or vendored code only beside one of these files. */
const BY_SIBLING: Record<string, { siblings: readonly string[]; reason: string }> = {
  vendor: { siblings: ["go.mod", "composer.json", "Gemfile"], reason: "dependency folder" },
  target: { siblings: ["pom.xml", "Cargo.toml"], reason: "generated folder" },
  build: { siblings: ["build.gradle", "build.gradle.kts", "setup.py", "package.json"], reason: "generated folder" },
  out: { siblings: ["tsconfig.json", "next.config.js", "next.config.mjs"], reason: "generated folder" },
};

export interface WalkedFile {
  /** Relative to the folder, with "/". */
  path: string;
  stamp: FileStamp;
}

export interface Walk {
  /** Sorted by path. */
  files: WalkedFile[];
  /** Passed over, by reason; a folder that is not entered counts as one. */
  skipped: Record<string, number>;
  /** Folders and files that could not be looked at; a folder ends in "/". */
  unreadable: string[];
  /** What the result hangs on beside the files: folders that were entered, each with a trailing "/" ("" for the root), and .gitignore files. */
  folders: string[];
  rules: string[];
}

interface IgnoreFile {
  /** Folder of the .gitignore, relative, with a trailing "/" unless it is the root. */
  base: string;
  matcher: Ignore;
}

/** Patterns in the syntax of .gitignore that leave files out, wherever the .gitignore files stand. */
export interface IgnoreList {
  patterns: readonly string[];
  /** Path of the walked folder below the folder the patterns are relative to; "" when it is that folder. */
  prefix: string;
}

/**
 * All files below `root` that a person may have written. Honours .gitignore files at every level, does not follow
 * symbolic links, and counts everything it passes over. `exclude`: folders relative to `root`.
 */
export function walk(
  root: string,
  exclude: readonly string[],
  signal: AbortSignal,
  list: IgnoreList = { patterns: [], prefix: "" },
): Walk {
  const files: WalkedFile[] = [];
  const skipped: Record<string, number> = {};
  const unreadable: string[] = [];
  const folders: string[] = [];
  const rules: string[] = [];
  const skip = (reason: string) => {
    skipped[reason] = (skipped[reason] ?? 0) + 1;
  };
  const listed = list.patterns.length > 0 ? ignore().add([...list.patterns]) : null;
  const prefix = list.prefix === "" ? "" : `${list.prefix.replace(/\/+$/, "")}/`;
  const leftOut = (path: string) => {
    if (exclude.length > 0 && exclude.includes(path.replace(/\/$/, ""))) return "excluded";
    return listed?.ignores(prefix + path) ? "ignored by the configuration" : null;
  };
  const pending: { folder: string; ignores: IgnoreFile[] }[] = [{ folder: "", ignores: [] }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    signal.throwIfAborted();
    const { folder } = next;
    folders.push(folder);
    let entries: Dirent[];
    try {
      entries = readdirSync(join(root, folder), { withFileTypes: true });
    } catch {
      skip("unreadable");
      unreadable.push(folder);
      continue;
    }
    const names = new Set(entries.map(({ name }) => name));
    if (folder !== "" && names.has("pyvenv.cfg")) {
      skip("dependency folder");
      continue;
    }
    if (names.has(".gitignore")) rules.push(`${folder}.gitignore`);
    const ignores = names.has(".gitignore") ? withIgnoreFile(root, folder, next.ignores) : next.ignores;
    for (const entry of entries) {
      const path = folder + entry.name;
      if (entry.isDirectory()) {
        const reason = leftOut(`${path}/`) ?? folderReason(path, entry.name, names, ignores);
        if (reason !== null) skip(reason);
        else pending.push({ folder: `${path}/`, ignores });
        continue;
      }
      const reason = leftOut(path) ?? fileReason(path, entry, ignores);
      const stamp = reason ?? stampAt(`${root}/${path}`);
      if (typeof stamp === "string") skip(stamp);
      if (stamp === "unreadable") unreadable.push(path);
      if (typeof stamp !== "string") files.push({ path, stamp });
    }
  }
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), skipped, unreadable, folders, rules };
}

function folderReason(
  path: string,
  name: string,
  siblings: ReadonlySet<string>,
  ignores: readonly IgnoreFile[],
): string | null {
  if (VERSION_CONTROL.has(name)) return "version control";
  if (DEPENDENCY_FOLDERS.has(name)) return "dependency folder";
  if (CACHE_FOLDERS.has(name)) return "cache folder";
  if (GENERATED_FOLDERS.has(name)) return "generated folder";
  const conditional = Object.hasOwn(BY_SIBLING, name) ? BY_SIBLING[name] : undefined;
  if (conditional?.siblings.some((sibling) => siblings.has(sibling))) return conditional.reason;
  return isIgnored(`${path}/`, ignores) ? "ignored by .gitignore" : null;
}

function fileReason(path: string, entry: Dirent, ignores: readonly IgnoreFile[]): string | null {
  if (entry.isSymbolicLink()) return "symbolic link";
  if (!entry.isFile()) return "not a regular file";
  if (isIgnored(path, ignores)) return "ignored by .gitignore";
  return skipByName(path);
}

/** The file's stamp, or why it is passed over. */
export function stampAt(path: string): FileStamp | string {
  try {
    const stats = lstatSync(path);
    return stampOf(stats);
  } catch {
    return "unreadable";
  }
}

function withIgnoreFile(root: string, folder: string, inherited: IgnoreFile[]): IgnoreFile[] {
  try {
    const matcher = ignore().add(readFileSync(join(root, folder, ".gitignore"), "utf8"));
    return [...inherited, { base: folder, matcher }];
  } catch {
    return inherited;
  }
}

/** The deepest .gitignore that says something about a path decides, as in git. */
function isIgnored(path: string, ignores: readonly IgnoreFile[]): boolean {
  for (let index = ignores.length - 1; index >= 0; index -= 1) {
    const file = ignores[index];
    if (!file) continue;
    const verdict = file.matcher.test(path.slice(file.base.length));
    if (verdict.ignored) return true;
    if (verdict.unignored) return false;
  }
  return false;
}
