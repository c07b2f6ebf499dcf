import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../lib/ids.ts";
import type { ArtifactReport, IndexReport } from "../../model/codebase.ts";
import { languageOf } from "../../source/languages.ts";
import { discoverServices, ownerOf } from "../../source/services.ts";
import { walk } from "../../source/walk.ts";

/** What a server was told of a file. */
interface Told {
  hash: string;
  lines: number;
  symbols: number;
  indexed: boolean;
}
/** By path, what the server was told over the present connection. */
export type ToldFiles = Map<string, Told>;

/**
 * Bring a server's index up to date file by file: the servers that take files have no tool for a folder, none to forget
 * a file, and none that tells what they know. What was told over the same connection is not told again.
 */
export async function indexFiles(
  workspace: string,
  told: ToldFiles,
  register: (file: { file_path: string; service_name?: string; source: string }) => Promise<ArtifactReport>,
  options: {
    signal?: AbortSignal | undefined;
    onProgress?: ((path: string, done: number, total: number) => void) | undefined;
  },
): Promise<IndexReport> {
  const begin = performance.now();
  const signal = options.signal ?? new AbortController().signal;
  const { files, skipped } = walk(workspace, [], signal);
  const skip = (reason: string, count = 1) => {
    if (count > 0) skipped[reason] = (skipped[reason] ?? 0) + count;
  };
  const all = files.map(({ path }) => path);
  const paths = all.filter((path) => languageOf(path) !== null || path.endsWith(".cs"));
  const owner = ownerOf(discoverServices(workspace, all));
  let read = 0;
  for (const [done, path] of paths.entries()) {
    signal.throwIfAborted();
    options.onProgress?.(path, done, paths.length);
    const source = contentOf(join(workspace, path));
    if (source === undefined) {
      skip("unreadable");
      continue;
    }
    const hash = sha256(source);
    if (told.get(path)?.hash === hash) continue;
    const service = owner(path);
    const report = await register({ file_path: path, ...(service === "" ? {} : { service_name: service }), source });
    const lines = source.split("\n").length;
    told.set(path, { hash, lines, symbols: report.symbols_found ?? 0, indexed: report.indexed });
    read += 1;
  }
  const present = new Set(paths);
  const gone = [...told.keys()].filter((path) => !present.has(path));
  skip("gone, but still in the server's index", gone.length);
  const known = [...told.entries()].filter(([path]) => present.has(path));
  const indexed = known.filter(([, file]) => file.indexed);
  const sum = (value: (file: Told) => number) => indexed.reduce((total, [, file]) => total + value(file), 0);
  const refused = known.filter(([, file]) => !file.indexed).map(([path]) => path);
  skip("refused by the server", refused.length);
  return {
    files: indexed.length,
    files_read: read,
    files_removed: 0,
    lines: sum(({ lines }) => lines),
    symbols: sum(({ symbols }) => symbols),
    skipped,
    unparsed: refused.slice(0, 50),
    duration_ms: performance.now() - begin,
  };
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
