import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "../../lib/errors.ts";

/** Where the template files are: beside this file in the source, beside the bundle's chunks in `dist`. */
function templateFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const places = ["template", "scaffold-template", "../scaffold-template"].map((place) => join(here, place));
  const found = places.find((place) => existsSync(join(place, "src", "server.js")));
  if (found) return found;
  throw new AppError("ENVIRONMENT", "The scaffold builder's template files are missing.", {
    remedy: "Install super-orchestrator again, or run `npm run build` in its checkout.",
  });
}

/** A template file's text. */
export function templateFile(path: string): string {
  return readFileSync(join(templateFolder(), path), "utf8");
}

/**
 * The files a program needs: `entries` and everything they import, directly or not. What is in `written` stands in for
 * the template's file of that name. Gives path → text of the template files only, so that a service carries no file it
 * does not use.
 */
export function filesNeeded(entries: string[], written: Record<string, string>): Record<string, string> {
  const files: Record<string, string> = {};
  const seen = new Set<string>();
  const pending = [...entries];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const own = written[path];
    const text = own ?? templateFile(path);
    if (own === undefined) files[path] = text;
    const folder = posix.dirname(path);
    for (const [, imported = ""] of text.matchAll(/(?:from|import\()\s*"(\.{1,2}\/[^"]+\.js)"/g))
      pending.push(posix.join(folder, imported));
  }
  return files;
}
