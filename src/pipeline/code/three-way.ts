import type { Repository } from "./repository.ts";

export interface Merged {
  /** Tree id; with conflicts, both sides stand in the files named, between markers. */
  tree: string;
  /** Paths in the tree that both sides changed differently. */
  conflicts: string[];
}

/** Merge two trees that come from the same one, as git merges: file by file, line by line. "" is the empty tree. */
export async function mergeTrees(
  repository: Repository,
  { base, ours, theirs }: { base: string; ours: string; theirs: string },
  names: { ours: string; theirs: string },
): Promise<Merged> {
  if (ours === theirs || theirs === base) return { tree: ours, conflicts: [] };
  if (ours === base) return { tree: theirs, conflicts: [] };
  const root = await repository.commit(await repository.treeOf("code", base), [], "base");
  const [one, other] = await Promise.all(
    [ours, theirs].map(async (tree) => repository.commit(await repository.treeOf("code", tree), [root], "side")),
  );
  if (one === undefined || other === undefined) throw new Error("two trees give two commits");
  // References, because their names are what stands in the markers.
  const refs = [`refs/heads/${names.ours}`, `refs/heads/${names.theirs}`];
  await repository.run(["update-ref", refs[0] ?? "", one]);
  await repository.run(["update-ref", refs[1] ?? "", other]);
  try {
    const answer = await repository.attempt([
      "merge-tree",
      "--write-tree",
      "-z",
      "--name-only",
      "--no-messages",
      names.ours,
      names.theirs,
    ]);
    const [root = "", ...files] = answer.stdout.split("\0").filter(Boolean);
    if (answer.code !== 0 && answer.code !== 1) throw new Error(`git merge-tree failed: ${answer.stderr.trim()}`);
    const conflicts = files.map((path) => path.replace(/^code\//, ""));
    return { tree: await repository.treeAt(root, "code"), conflicts: [...new Set(conflicts)].sort() };
  } finally {
    for (const ref of refs) await repository.attempt(["update-ref", "-d", ref]);
  }
}

/** Text files of a commit in which the two sides of a merge still stand between markers that name `ours`. */
export async function filesWithMarkers(repository: Repository, commit: string, ours: string): Promise<string[]> {
  const { code, stdout } = await repository.attempt(["grep", "-I", "-l", "-z", "-e", `^<<<<<<< ${ours}$`, commit]);
  return code === 0
    ? stdout.split("\0").flatMap((found) => (found === "" ? [] : [found.slice(commit.length + 1)]))
    : [];
}
