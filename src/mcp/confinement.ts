import { existsSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { AppError } from "../lib/errors.ts";
import type { AnyTool } from "../tools/define-tool.ts";

export interface Confinement {
  /** Relative paths are relative to it. */
  workspace: string;
  /** Folders in which everything may be read and written, besides the workspace. */
  folders: readonly string[];
}

/**
 * Refuse paths among a tool's checked arguments that lead out of the allowed folders, also through symbolic links.
 * Errors: INVALID_INPUT with the argument, the path and the folders.
 */
export function assertConfined(
  tool: AnyTool,
  input: Record<string, unknown>,
  { workspace, folders }: Confinement,
): void {
  const allowed = [workspace, ...folders].map(realPath);
  for (const name of tool.paths ?? []) {
    const value = input[name];
    for (const given of [value].flat()) {
      if (typeof given !== "string") continue;
      const path = realPath(meant(workspace, Array.isArray(value) ? fileIn(given) : given));
      if (allowed.some((folder) => isInside(folder, path))) continue;
      throw new AppError("INVALID_INPUT", `${name}: ${given} lies outside the folders that this client may use.`, {
        remedy: `Give a path inside ${[workspace, ...folders].join(" or ")}. Others are added as roots of the client, or with --allow-path when the server is started.`,
      });
    }
  }
}

/** Some tools look for a file in the current folder when the workspace does not have it. */
function meant(workspace: string, path: string): string {
  const inside = resolve(workspace, path);
  return !existsSync(inside) && existsSync(resolve(path)) ? resolve(path) : inside;
}

/** Lists of `service=file` name a file after the first equals sign. */
function fileIn(given: string): string {
  return /^[\w.-]+=(.+)$/s.exec(given)?.[1] ?? given;
}

/** Links to links that lead nowhere are followed so far; what is deeper cannot be opened either. */
const MAX_LINKS = 40;

/** Where a path leads once links are followed, also a link to what is not there yet. */
function realPath(path: string, links = 0): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    if (parent === path) return path;
    const here = join(realPath(parent, links), basename(path));
    const target = linkAt(here);
    return target === undefined || links >= MAX_LINKS ? here : realPath(resolve(dirname(here), target), links + 1);
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && resolve(folder, way) === path);
}
