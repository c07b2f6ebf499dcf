import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import type { Log } from "../../lib/log.ts";
import { excludesIn } from "./excludes.ts";
import { branchOf, MAIN, type Repository, textAt, tipRef } from "./repository.ts";
import { type Place, type Snapshot, snapshot } from "./snapshot.ts";
import { type Merged, mergeTrees } from "./three-way.ts";

/** One pipeline's code: its versions, the folder people see, and the folder in which work is done. */
export interface CodeStore {
  repository: Repository;
  /** The working tree of `main`; it holds no trace of the repository. */
  output_dir: string;
  /** Worktrees and clean checkouts. */
  work_dir: string;
  /** Names of all services. */
  services: string[];
  /** Where files of users' that were in the way are kept. */
  kept_dir: string;
  /** One at a time: whatever reads or writes `main`, or merges. */
  exclusive<Result>(work: () => Promise<Result>): Promise<Result>;
  note(kind: string, data: Record<string, unknown>): void;
  log: Log;
}

/**
 * Where the worktrees and checkouts of a pipeline are: beside the output folder, on the same disk. Not in the state folder,
 * whose name begins with a dot: servers such as Express refuse to send files from below such a folder, and a service's own
 * tests would fail there. There it is only when the output folder holds the project, or the folder around it is closed.
 */
export function workDirOf(
  { id, output_dir }: { id: string; output_dir: string },
  { workspace, root }: { workspace: string; root: string },
): string {
  const within = relative(output_dir, workspace);
  const holdsProject = !within.startsWith("..") && !isAbsolute(within);
  const parent = dirname(output_dir);
  return holdsProject || !isWritable(parent) ? join(root, "work") : join(parent, `${id}.work`);
}

function isWritable(folder: string): boolean {
  let at = folder;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  try {
    accessSync(at, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where a service's builder works: its worktree, and in it the service's own folder. */
export function worktreeOf(work_dir: string, service: string): { root: string; folder: string } {
  const root = join(work_dir, "build", service);
  return { root, folder: join(root, service) };
}

/** Where a service is installed, built and tested as it was committed: laid out as its worktree. */
export function checkoutOf(work_dir: string, service: string): { root: string; folder: string } {
  const root = join(work_dir, "check", service);
  return { root, folder: join(root, service) };
}

export function outputPlace({ repository, output_dir }: Pick<CodeStore, "repository" | "output_dir">): Place {
  return {
    workTree: output_dir,
    index: join(repository.dir, "index-main"),
    excludes: join(repository.dir, "excludes-main"),
  };
}

export function worktreePlace({ repository, work_dir }: CodeStore, service: string): Place {
  const own = (name: string) => join(repository.dir, `${name}-of-${service}`);
  return { workTree: worktreeOf(work_dir, service).root, index: own("index"), excludes: own("excludes") };
}

/** Names the paths, relative to a service's folder, that an install or a build left there. */
export function installedFile({ repository }: Pick<CodeStore, "repository">, service: string): string {
  return join(repository.dir, `installed-of-${service}`);
}

export function installedIn(store: Pick<CodeStore, "repository">, service: string): string[] {
  return textAt(installedFile(store, service)).split("\0").filter(Boolean);
}

/** Put into the repository what lies in a place now; `seed` is the commit that was there last. */
function look(
  store: CodeStore,
  place: Place,
  services: readonly string[],
  seed: string | undefined,
): Promise<Snapshot> {
  mkdirSync(place.workTree, { recursive: true });
  const patterns = excludesIn(place.workTree, services, (service) => installedIn(store, service));
  return snapshot(store.repository, place, services, { patterns, seed });
}

/** Put into the repository what lies in a service's worktree now. */
export async function lookAtWorktree(store: CodeStore, service: string): Promise<Snapshot> {
  return look(store, worktreePlace(store, service), [service], await tipOf(store, service));
}

/**
 * Bring `main` to what lies in the output folder: what a person has edited there since the last merge (or a running
 * service has written) is a commit of its own, so that no merge can lose it. Gives the commit. Only within `exclusive`.
 */
export async function commitOutput(store: CodeStore): Promise<string> {
  const { repository } = store;
  const main = await mainOf(repository);
  const { tree } = await look(store, outputPlace(store), store.services, main);
  if (tree === (await repository.rootOf(main))) return main;
  const listed = await repository.run(["diff-tree", "-r", "-z", "--name-only", "--no-renames", main, tree]);
  const files = listed.split("\0").filter(Boolean);
  const next = await repository.commit(tree, [main], "Edited by hand in the output folder");
  await repository.run(["update-ref", MAIN, next, main]);
  store.note("output_edited", { files: files.slice(0, 50), total: files.length, commit: next });
  return next;
}

export async function mainOf(repository: Repository): Promise<string> {
  const main = await repository.commitAt(MAIN);
  if (main === undefined) throw new Error(`${repository.dir} has no ${MAIN}`);
  return main;
}

/** The tip of a service's branch with what stands in the output folder merged into it. */
export interface Brought {
  tip: string;
  /** Files, relative to the service's folder, in which both sides stand between markers. */
  conflicts: string[];
  /** Tree id of the service's folder in the output folder; "" when nothing is there. */
  standing: string;
}

/** Named in the markers of a conflict. */
export const SIDES = { ours: "by-the-builder", theirs: "in-the-output-folder" };

/** Merge the output folder into a branch without moving it. Only within `exclusive`. */
export async function bringOutput(store: CodeStore, service: string, tip: string | undefined): Promise<Brought> {
  const { repository } = store;
  const main = await commitOutput(store);
  const standing = await repository.treeAt(main, service);
  const branch = (tree: string, parents: string[], message: string) =>
    repository.treeOf(service, tree).then((root) => repository.commit(root, parents, message));
  if (tip === undefined) {
    const first = await branch(standing, standing === "" ? [] : [main], `Start of ${service}`);
    return { tip: first, conflicts: [], standing };
  }
  const common = (await repository.attempt(["merge-base", main, tip])).stdout.trim();
  const base = common === "" ? "" : await repository.treeAt(common, service);
  const ours = await repository.treeAt(tip, service);
  if (standing === base || standing === ours) return { tip, conflicts: [], standing };
  const merged: Merged = await mergeTrees(repository, { base, ours, theirs: standing }, SIDES);
  const next = await branch(merged.tree, [tip, main], `Edits in the output folder, brought to ${service}`);
  return { tip: next, conflicts: merged.conflicts, standing };
}

/**
 * The newest commit of a service's branch; undefined before the first. A builder's own commits count when they go on from
 * ours, however it has moved its branch.
 */
export async function tipOf({ repository }: CodeStore, service: string): Promise<string | undefined> {
  const [ours, theirs] = [await repository.commitAt(tipRef(service)), await repository.commitAt(branchOf(service))];
  if (ours === undefined || theirs === undefined || ours === theirs) return ours ?? theirs;
  const { code } = await repository.attempt(["merge-base", "--is-ancestor", ours, theirs]);
  return code === 0 ? theirs : ours;
}

export async function setTip({ repository }: CodeStore, service: string, commit: string): Promise<void> {
  for (const ref of [tipRef(service), branchOf(service)]) await repository.run(["update-ref", ref, commit]);
}
