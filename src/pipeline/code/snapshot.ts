import { existsSync, lstatSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UNOWNED_DIRECTORIES } from "../../lib/fs.ts";
import type { GitOptions } from "../../lib/git.ts";
import type { Repository } from "./repository.ts";

/** A folder whose services are looked at: where it is, which file keeps its index, which one its ignore patterns. */
export interface Place extends GitOptions {
  workTree: string;
  index: string;
  excludes: string;
}

export interface Snapshot {
  /** Tree id of what lies there now, but for what is ignored. */
  tree: string;
  /** What could not be read, in git's words. */
  unread: string[];
}

/**
 * Put into the repository what lies in these folders of a place now. The index is ours: a builder may have told its own
 * to overlook files. Where there is none yet, the commit `seed` says what was known: what is ignored and known stays known.
 * A repository that somebody made inside counts by its files. Errors: ENVIRONMENT.
 */
export async function snapshot(
  repository: Repository,
  place: Place,
  services: readonly string[],
  { patterns, seed }: { patterns: string; seed: string | undefined },
): Promise<Snapshot> {
  writeFileSync(place.excludes, patterns);
  const there = services.filter((name) => lstatSync(join(place.workTree, name), { throwIfNoEntry: false }));
  const gone = services.filter((name) => !there.includes(name));
  const look = async () => {
    if (!existsSync(place.index) && seed !== undefined) await repository.run(["read-tree", seed], place);
    if (gone.length > 0)
      await repository.run(["rm", "-r", "--cached", "--quiet", "--ignore-unmatch", "--", ...gone], place);
    if (there.length === 0) return "";
    // git enters a folder with a repository of its own only when it knows a file in it.
    for (const folder of there.flatMap((name) => repositoriesBelow(place.workTree, name)))
      await repository.run(["update-index", "--add", "--cacheinfo", `100644,${EMPTY_BLOB},${folder}/.known`], place);
    return addAll(repository, place, there);
  };
  let said: string;
  try {
    said = await look();
  } catch {
    // An index that cannot be used is only a cache.
    rmSync(place.index, { force: true });
    said = await look();
  }
  const tree = (await repository.run(["write-tree"], place)).trim();
  const unread = said
    .split("\n")
    .flatMap((line) => /^(?:error|warning): (.*Permission denied.*)$/.exec(line)?.[1] ?? []);
  return { tree, unread };
}

async function addAll(repository: Repository, place: Place, folders: readonly string[]): Promise<string> {
  const { code, stderr } = await repository.attempt(["add", "-A", "--ignore-errors", "--", ...folders], place);
  if (code === 0 || /^error: open\(/m.test(stderr)) return stderr;
  if (/^The following paths are ignored/m.test(stderr)) {
    // A person has the folder itself ignored: what is known of it is followed, each folder for itself.
    const [first = "", ...others] = folders;
    if (others.length === 0) return repository.run(["add", "-u", "--", first], place);
    const said: string[] = [];
    for (const folder of folders) said.push(await addAll(repository, place, [folder]));
    return said.join("\n");
  }
  return repository.run(["add", "-A", "--", ...folders], place);
}

const EMPTY_BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

/** Folders, relative to the root, that hold a repository of their own. */
function repositoriesBelow(root: string, folder: string): string[] {
  const found: string[] = [];
  const pending = [folder];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    let entries: ReturnType<typeof readEntries>;
    try {
      entries = readEntries(join(root, next));
    } catch {
      continue;
    }
    if (entries.some(({ name }) => name === ".git")) found.push(next);
    for (const entry of entries)
      if (entry.isDirectory() && !UNOWNED_DIRECTORIES.has(entry.name)) pending.push(`${next}/${entry.name}`);
  }
  return found;
}

function readEntries(folder: string) {
  return readdirSync(folder, { withFileTypes: true });
}
