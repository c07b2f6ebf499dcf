import { cpSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { removeTree, writeFileAtomic } from "../../lib/fs.ts";
import { randomHex } from "../../lib/ids.ts";
import type { Place } from "./snapshot.ts";
import { type CodeStore, checkoutOf, installedFile } from "./store.ts";
import { moveVenvPaths } from "./venv.ts";
import { linkWorktree, setOwnIndex } from "./worktree.ts";

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

/**
 * Check a commit of a service's branch out clean: nothing of an earlier checkout is left. It is a worktree too, so that what
 * asks for git finds this commit, and never the project around it. Errors: ENVIRONMENT.
 */
export async function checkOut(store: CodeStore, service: string, commit: string): Promise<Checkout> {
  const { repository } = store;
  const { root, folder } = checkoutOf(store.work_dir, service);
  const name = `check-${service}`;
  const place: Place = { workTree: root, index: join(repository.dir, `index-${name}`), excludes: "/dev/null" };
  const remove = () => {
    removeTree(root);
    rmSync(place.index, { force: true });
  };
  remove();
  mkdirSync(folder, { recursive: true });
  linkWorktree(store, { name, head: commit, root });
  await repository.run(["read-tree", "--reset", "-u", commit], place);
  mkdirSync(folder, { recursive: true });
  await setOwnIndex(store, { name, root, commit });
  let installed: string[] = [];
  const list = async (...args: string[]) => {
    const found = (await repository.run([...args, "-z", "--", service], place)).split("\0").filter(Boolean);
    return found.map((path) => path.slice(service.length + 1).replace(/\/$/, "")).filter(Boolean);
  };
  return {
    directory: folder,
    beforeTests: async () => {
      installed = await list("ls-files", "--others", "--directory", "--no-empty-directory");
    },
    changed: async () => {
      // Files that were only touched, or made executable, are no changes.
      const sameModes = ["-c", "core.fileMode=false"];
      await repository.attempt([...sameModes, "update-index", "-q", "--refresh"], place);
      return list(...sameModes, "diff-files", "--name-only");
    },
    moveInstalled: async (to) => {
      // Noted first: it must never look like somebody's edit.
      writeFileAtomic(installedFile(store, service), installed.map((path) => `${path}\0`).join(""));
      for (const path of installed) moveInto(folder, to, path);
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
