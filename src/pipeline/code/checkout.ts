import { cpSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { removeTree, writeFileAtomic } from "../../lib/fs.ts";
import { randomHex } from "../../lib/ids.ts";
import type { Place } from "./snapshot.ts";
import { type CodeStore, checkoutOf, installedFile } from "./store.ts";
import { moveVenvPaths } from "./venv.ts";

/** A service as it was committed, in a folder of its own, to be installed, built and tested there. */
export interface Checkout {
  directory: string;
  /** To be called before the tests begin: what lies there beside the commit then was installed or built. */
  beforeTests(): Promise<void>;
  /** Committed files that the build or the tests have changed or deleted. */
  changed(): Promise<string[]>;
  /** Move what was installed and built to where the service runs, so that nothing is installed twice. */
  moveInstalled(to: string): Promise<void>;
  remove(): void;
}

/** Check a tree of a service out clean: nothing of an earlier checkout is left. Errors: ENVIRONMENT. */
export async function checkOut(store: CodeStore, service: string, tree: string): Promise<Checkout> {
  const { repository } = store;
  const directory = checkoutOf(store, service);
  const place: Place = {
    workTree: directory,
    index: join(repository.dir, `index-check-${service}`),
    excludes: "/dev/null",
  };
  const remove = () => {
    removeTree(directory);
    rmSync(place.index, { force: true });
  };
  remove();
  mkdirSync(directory, { recursive: true });
  if (tree !== "") await repository.run(["read-tree", "--reset", "-u", tree], place);
  let installed: string[] = [];
  const list = async (...args: string[]) => (await repository.run(args, place)).split("\0").filter(Boolean);
  return {
    directory,
    beforeTests: async () => {
      const found = await list("ls-files", "--others", "--directory", "--no-empty-directory", "-z");
      installed = found.map((path) => path.replace(/\/$/, ""));
    },
    changed: async () => {
      if (tree === "") return [];
      // Files that were only touched are no changes.
      await repository.attempt(["update-index", "-q", "--refresh"], place);
      return list("diff-files", "--name-only", "-z");
    },
    moveInstalled: async (to) => {
      // Noted first: it must never look like somebody's edit.
      writeFileAtomic(installedFile(store, service), installed.map((path) => `${path}\0`).join(""));
      for (const path of installed) moveInto(directory, to, path);
    },
    remove,
  };
}

/** What installing and building makes anew each time: an older one is replaced. */
const REPLACED = new Set([
  ...["node_modules", ".venv", "venv", "dist", "build", "target", "out", ".next", ".nuxt", ".svelte-kit", ".gradle"],
  ...["__pycache__", "site-packages"],
]);

function moveInto(from: string, to: string, path: string): void {
  const [source, target] = [join(from, path), join(to, path)];
  if (!existsSync(source)) return;
  const older = lstatSync(target, { throwIfNoEntry: false });
  if (older !== undefined) {
    // Anything else may be somebody's: settings, or what the service keeps.
    if (!REPLACED.has(basename(path)) && !path.endsWith(".egg-info")) return;
    const aside = `${source}.${randomHex(4)}.old`;
    move(target, aside);
    removeTree(aside);
  }
  mkdirSync(dirname(target), { recursive: true });
  move(source, target);
  if (existsSync(join(target, "pyvenv.cfg"))) moveVenvPaths(target, from, to);
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EXDEV")) throw cause;
    cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    removeTree(from);
  }
}
