import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../../lib/errors.ts";
import { randomHex } from "../../lib/ids.ts";
import { LAYING, MAIN, type Repository } from "./repository.ts";
import { type CodeStore, commitOutput, mainOf, outputPlace } from "./store.ts";

/** How often a person may save a file between our look at the folder and our writing. */
const TRIES = 5;

/**
 * Merge a service's branch into `main` and lay it into the output folder, when what stands there is still `standing` (a
 * tree id; "" for nothing). Gives the commit of `main`, or undefined when something else stands there now. Killed at any
 * moment, `finishLaying` goes on with it. Only within `exclusive`. Errors: ENVIRONMENT.
 */
export async function layService(
  store: CodeStore,
  service: string,
  { tip, standing }: { tip: string; standing: string },
): Promise<string | undefined> {
  const { repository } = store;
  const tree = await repository.treeAt(tip, service);
  let said = "";
  for (let tries = 0; tries < TRIES; tries += 1) {
    const main = await commitOutput(store);
    const now = await repository.treeAt(main, service);
    if (now === tree) return main;
    if (now !== standing) return undefined;
    const next = await repository.commit(
      await withFolder(repository, main, service, tree),
      [main, tip],
      `Merge ${service}`,
    );
    await repository.run(["update-ref", LAYING, next]);
    await moveAside(store, main, next);
    const laid = await repository.attempt(["read-tree", "-m", "-u", main, next], outputPlace(store));
    if (laid.code === 0) {
      await arrive(repository, main, next);
      return next;
    }
    // It looks before it writes: nothing was changed.
    await repository.run(["update-ref", "-d", LAYING]);
    said = laid.stderr.trim();
  }
  throw new AppError("ENVIRONMENT", `${service} could not be written to ${store.output_dir}: ${said.slice(-400)}`, {
    remedy: "See that nothing else writes to that folder and that the disk is not full, then resume.",
  });
}

/** Both in one transaction: `main` has moved, and nothing is being laid any more. */
async function arrive(repository: Repository, main: string, next: string): Promise<void> {
  const input = `start\nupdate ${MAIN} ${next} ${main}\ndelete ${LAYING}\ncommit\n`;
  await repository.run(["update-ref", "--stdin"], { input });
}

async function withFolder(repository: Repository, commit: string, name: string, tree: string): Promise<string> {
  const listed = await repository.run(["ls-tree", "-z", commit]);
  const others = listed.split("\0").filter((line) => line !== "" && !line.endsWith(`\t${name}`));
  const all = tree === "" ? others : [...others, `040000 tree ${tree}\t${name}`];
  return (await repository.run(["mktree", "-z"], { input: all.map((line) => `${line}\0`).join("") })).trim();
}

/** Files where new ones go, which git was told to ignore: they are kept, not overwritten. */
async function moveAside(store: CodeStore, main: string, next: string): Promise<void> {
  const added = (await changes(store.repository, main, next)).filter(({ before }) => before === "");
  const inTheWay = added.flatMap(({ path }) => obstacleOn(store.output_dir, path) ?? []);
  const moved = [...new Set(inTheWay)];
  if (moved.length === 0) return;
  const to = join(store.kept_dir, randomHex(4));
  for (const path of moved) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    renameSync(join(store.output_dir, path), join(to, path));
  }
  store.note("files_kept", { files: moved.slice(0, 50), total: moved.length, to });
}

/** What lies where a file goes, or where one of its folders goes. */
function obstacleOn(root: string, path: string): string | undefined {
  const parts = path.split("/");
  for (let count = 1; count <= parts.length; count += 1) {
    const part = parts.slice(0, count).join("/");
    const stat = lstatSync(join(root, part), { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    if (count === parts.length || !stat.isDirectory()) return part;
  }
  return undefined;
}

interface Change {
  path: string;
  /** Object ids; "" when the file is not there. */
  before: string;
  after: string;
}

async function changes(repository: Repository, from: string, to: string): Promise<Change[]> {
  const words = (
    await repository.run(["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", from, to])
  ).split("\0");
  const found: Change[] = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [, , before = "", after = ""] = (words[at] ?? "").split(" ");
    const id = (hash: string) => (/^0+$/.test(hash) ? "" : hash);
    found.push({ path: words[at + 1] ?? "", before: id(before), after: id(after) });
  }
  return found;
}

/**
 * Go on with what a killed driver was laying into the output folder. A file that is neither the old nor the new one, nor a
 * half-written new one, was edited since and stays as it is: `commitOutput` finds it. Only within `exclusive`.
 */
export async function finishLaying(store: CodeStore): Promise<boolean> {
  const { repository, output_dir } = store;
  const next = await repository.commitAt(LAYING);
  if (next === undefined) return false;
  const main = await mainOf(repository);
  const place = outputPlace(store);
  const overwrite: string[] = [];
  for (const { path, before, after } of await changes(repository, main, next)) {
    const full = join(output_dir, path);
    const now = blobAt(full);
    const isOurs = now === before || now === "" || (now !== after && (await isHalfOf(repository, full, after)));
    if (now === after || !isOurs) continue;
    if (after === "") rmSync(full, { force: true });
    else overwrite.push(path);
  }
  mkdirSync(output_dir, { recursive: true });
  await repository.run(["read-tree", next], place);
  if (overwrite.length > 0)
    await repository.run(["checkout-index", "-f", "-z", "--stdin"], {
      ...place,
      input: overwrite.map((path) => `${path}\0`).join(""),
    });
  await arrive(repository, main, next);
  return true;
}

/** The id git gives a file's content; "" when there is no file. */
function blobAt(full: string): string {
  const stat = lstatSync(full, { throwIfNoEntry: false });
  if (stat === undefined || stat.isDirectory()) return "";
  const content = stat.isSymbolicLink() ? Buffer.from(readlinkSync(full)) : readFileSync(full);
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** Whether a file holds the first part of a blob: git was ended while it wrote it. */
async function isHalfOf(repository: Repository, full: string, blob: string): Promise<boolean> {
  if (blob === "") return false;
  const temporary = join(repository.dir, (await repository.run(["unpack-file", blob])).trim());
  try {
    const [half, whole] = [readFileSync(full), readFileSync(temporary)];
    return half.length < whole.length && whole.subarray(0, half.length).equals(half);
  } finally {
    rmSync(temporary, { force: true });
  }
}
