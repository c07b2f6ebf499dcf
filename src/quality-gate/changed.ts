import { AppError } from "../lib/errors.ts";
import { baseEnvironment, outputOf } from "../lib/exec.ts";

/** A repository's own settings may name programs to run; looking at what changed must run none of them. */
const HARMLESS = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"];
const LIMITS = { timeoutMs: 60_000, maxBytes: 64 * 1024 * 1024 };

/**
 * Files below `root` that differ from a git commit, untracked ones included; paths relative to `root`, with "/".
 *
 * Errors: INVALID_INPUT when the folder is in no repository or `ref` names no commit; ENVIRONMENT without git.
 */
export async function changedFiles(root: string, ref: string, signal: AbortSignal): Promise<Set<string>> {
  const run = async (args: string[]) => {
    const result = await outputOf("git", [...HARMLESS, ...args], {
      cwd: root,
      env: baseEnvironment({ GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0" }),
      signal,
      ...LIMITS,
    });
    signal.throwIfAborted();
    return result;
  };
  const inside = await run(["rev-parse", "--is-inside-work-tree"]);
  if (inside.code !== 0 || inside.stdout.trim() !== "true")
    throw new AppError("INVALID_INPUT", `${root} is not in a git repository, so what changed is not known.`, {
      remedy: "Scan the whole folder, or give a folder of a repository.",
      details: { git: inside.stderr.trim().slice(0, 500) },
    });
  const commit = await run(["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`]);
  const id = commit.stdout.trim();
  if (commit.code !== 0 || !/^[0-9a-f]{40,64}$/.test(id))
    throw new AppError("INVALID_INPUT", `There is no commit ${ref} in the repository of ${root}.`, {
      remedy: "Name a branch, a tag or a commit, e.g. HEAD or origin/main.",
    });
  const lists = [
    await run(["diff", "--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "--relative", "-z", id, "--"]),
    await run(["ls-files", "--others", "--exclude-standard", "-z"]),
  ];
  const failed = lists.find(({ code }) => code !== 0);
  if (failed)
    throw new AppError("ENVIRONMENT", `git could not tell what changed in ${root}.`, {
      remedy: "Run git status there and set right what it says, or scan the whole folder.",
      details: { git: failed.stderr.trim().slice(0, 500) },
    });
  return new Set(lists.flatMap(({ stdout }) => stdout.split("\0").filter((path) => path !== "")));
}
