import { posix } from "node:path";
import type { FileFacts } from "./model.ts";

/** Gives the files that a module's name may mean where `from` imports it, in their order. */
export function moduleIndex(
  files: readonly FileFacts[],
): (module: string, from: FileFacts | undefined) => readonly FileFacts[] {
  const byLast = new Map<string, FileFacts[]>();
  const places = new Map<FileFacts, number>();
  for (const [place, file] of files.entries()) {
    places.set(file, place);
    const last = lastOf(bareOf(file.path));
    const same = byLast.get(last);
    if (same) same.push(file);
    else byLast.set(last, [file]);
  }
  const known = new Map<string, readonly FileFacts[]>();
  return (module, from) => {
    const id = `${module}\0${isRelative(module) ? (from?.path ?? "") : ""}`;
    const before = known.get(id);
    if (before) return before;
    // Whatever a module means, the last part of its path is that of the file's.
    const names = new Set([relativeTo(module, from?.path ?? ""), scriptPath(module), pythonPath(module)].map(lastOf));
    const found = [...names]
      .flatMap((name) => byLast.get(name) ?? [])
      .filter(({ path }) => isModule(path, module, from?.path ?? ""))
      .sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
    known.set(id, found);
    return found;
  };
}

function isModule(path: string, module: string, from: string): boolean {
  const bare = bareOf(path);
  const isPython = path.endsWith(".py");
  if (isRelative(module) && !isPython) return relativeTo(module, from) === bare;
  const plain = isPython ? pythonPath(module) : scriptPath(module);
  return plain !== "" && (bare === plain || bare.endsWith(`/${plain}`));
}

/** A path as others import it: without its ending, a folder for its index file. */
function bareOf(path: string): string {
  return path.replace(/\.(d\.)?[cm]?[jt]sx?$|\.py$/, "").replace(/\/(index|__init__)$/, "");
}

function isRelative(module: string): boolean {
  return module.startsWith("./") || module.startsWith("../") || module === "." || module === "..";
}

function relativeTo(module: string, from: string): string {
  return posix.join(posix.dirname(from), module.replace(/\.[cm]?[jt]sx?$/, "")).replace(/\/(index)?$/, "");
}

function pythonPath(module: string): string {
  return module
    .replace(/^\.+/, "")
    .replaceAll(".", "/")
    .replace(/\/index$/, "");
}

function scriptPath(module: string): string {
  return module
    .replace(/^[@~#]\//, "")
    .replace(/\.[cm]?[jt]sx?$/, "")
    .replace(/\/index$/, "");
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
