import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../lib/fs.ts";
import { branchOf, startRef, worktreeRef } from "./repository.ts";
import { bringOutput, type CodeStore, lookAtWorktree, setTip, tipOf, worktreeOf, worktreePlace } from "./store.ts";

/**
 * Make ready where a service's builder works: its worktree, on its branch, with what was edited in the output folder since.
 * What an interrupted run has left there is committed and stays. A conflict with an edit is left in the files, between
 * markers, and named. Errors: ENVIRONMENT.
 */
export async function prepareWorktree(store: CodeStore, service: string): Promise<{ conflicts: string[] }> {
  const isThere = existsSync(worktreeOf(store.work_dir, service).folder);
  const left = isThere ? await commitWorktree(store, service, "Left by an earlier run") : undefined;
  const { conflicts, tip } = await store.exclusive(async () =>
    bringOutput(store, service, left?.tip ?? (await tipOf(store, service))),
  );
  await moveWorktree(store, service, tip);
  await store.repository.run(["update-ref", startRef(service), tip]);
  return { conflicts };
}

/** Commit what lies in a service's worktree, which is there; what its tip already has makes no commit. */
export async function commitWorktree(
  store: CodeStore,
  service: string,
  message: string,
): Promise<{ tip: string; unread: string[] }> {
  const { repository } = store;
  const moving = await repository.commitAt(worktreeRef(service));
  // A killed driver was at it: what lies there is neither of the two.
  if (moving !== undefined) await moveWorktree(store, service, moving);
  const { tree, unread } = await lookAtWorktree(store, service);
  const tip = await tipOf(store, service);
  const isNew = tip === undefined || (await repository.rootOf(tip)) !== tree;
  const next = isNew ? await repository.commit(tree, tip === undefined ? [] : [tip], message) : tip;
  await setTip(store, service, next);
  return { tip: next, unread };
}

/**
 * Move a service's branch and the files of its worktree to a commit. All that lies there is in the repository already. Killed
 * at any moment, `commitWorktree` goes on with it.
 */
export async function moveWorktree(store: CodeStore, service: string, commit: string): Promise<void> {
  const { repository, work_dir } = store;
  const { root, folder } = worktreeOf(work_dir, service);
  const place = worktreePlace(store, service);
  await repository.run(["update-ref", worktreeRef(service), commit]);
  await setTip(store, service, commit);
  // An index that knows files of a folder that is gone would have them left out.
  if (!existsSync(folder)) rmSync(place.index, { force: true });
  mkdirSync(folder, { recursive: true });
  linkWorktree(store, { name: adminOf(service), head: `ref: ${branchOf(service)}`, root });
  await repository.run(["read-tree", "--reset", "-u", commit], place);
  // git takes a folder away with its last file.
  mkdirSync(folder, { recursive: true });
  await setOwnIndex(store, { name: adminOf(service), root, commit });
  await repository.run(["update-ref", "-d", worktreeRef(service)]);
}

const adminOf = (service: string) => `build-${service}`;

/**
 * What makes a folder a worktree (gitrepository-layout(5)), on a branch or at a commit. Written anew each time, because a
 * builder may have switched its branch or removed the link, and `git worktree add` wants an empty folder.
 */
export function linkWorktree(
  { repository }: CodeStore,
  { name, head, root }: { name: string; head: string; root: string },
): void {
  const admin = join(repository.dir, "worktrees", name);
  writeFileAtomic(join(admin, "HEAD"), `${head}\n`);
  writeFileAtomic(join(admin, "commondir"), "../..\n");
  writeFileAtomic(join(admin, "gitdir"), `${join(root, ".git")}\n`);
  const pointer = join(root, ".git");
  rmSync(pointer, { recursive: true, force: true });
  writeFileAtomic(pointer, `gitdir: ${admin}\n`);
}

/** What git, run by somebody in a worktree, takes for the state of its files. */
export async function setOwnIndex(
  { repository }: CodeStore,
  { name, root, commit }: { name: string; root: string; commit: string },
): Promise<void> {
  const index = join(repository.dir, "worktrees", name, "index");
  rmSync(index, { force: true });
  await repository.run(["read-tree", commit], { workTree: root, index });
}
