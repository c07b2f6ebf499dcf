import { existsSync } from "node:fs";
import type { BuilderResult } from "../../model/builder.ts";
import type { Code } from "./open.ts";
import { commitOutput, lookAtWorktree, worktreeOf } from "./store.ts";

/** Git tree ids of what stands in the output folder now, by service; "" for nothing. Edits are committed on the way. */
export async function standingTrees(code: Code): Promise<Map<string, string>> {
  const main = await code.exclusive(() => commitOutput(code));
  const found = new Map<string, string>();
  for (const service of code.services) found.set(service, await code.repository.treeAt(main, service));
  return found;
}

/** Whether somebody has edited a service that was not merged, in its worktree, since it was judged. */
export async function isWorktreeEdited(
  code: Code,
  service: string,
  { delivery, evidence }: BuilderResult,
): Promise<boolean> {
  if (delivery?.merged !== false || !existsSync(worktreeOf(code.work_dir, service).folder)) return false;
  const { tree } = await lookAtWorktree(code, service);
  return (await code.repository.treeAt(tree, service)) !== evidence?.git_tree;
}
