import { AppError } from "./errors.ts";
import { baseEnvironment, outputOf } from "./exec.ts";

/** `git merge-tree --write-tree`, by which trees are merged without a working folder, is there from this version on. */
const LEAST_VERSION = [2, 38] as const;
const LIMITS = { timeoutMs: 600_000, maxBytes: 256 * 1024 * 1024 };
const IDENTITY = { NAME: "super-orchestrator", EMAIL: "super-orchestrator@localhost" };

/**
 * What a person's own settings say must not matter: no hooks, no signing, no filters, no line-end conversion, no ignore
 * lists but ours; and nothing that a repository's settings could have started.
 */
const SETTINGS = [
  "core.hooksPath=/dev/null",
  "core.attributesFile=/dev/null",
  "core.autocrlf=false",
  "core.safecrlf=false",
  "core.quotePath=false",
  "core.fsmonitor=false",
  "core.untrackedCache=false",
  // Written once and read a few times: speed counts, size does not.
  "core.looseCompression=1",
  // Also when the machine goes down; all at once, so that it takes no longer.
  "core.fsync=committed",
  "core.fsyncMethod=batch",
  "commit.gpgSign=false",
  "gc.auto=0",
];

/** Where a command works: a folder of files, an index of its own, a file of patterns to ignore, what it reads. */
export interface GitOptions {
  workTree?: string;
  index?: string;
  excludes?: string;
  input?: string;
}

/** Commands on one repository. */
export interface Git {
  /** Run to the end; gives standard output. Errors: ENVIRONMENT with what git said when it ends with another status than 0. */
  run(args: readonly string[], options?: GitOptions): Promise<string>;
  /** The same; the status is the caller's business. */
  attempt(
    args: readonly string[],
    options?: GitOptions,
  ): Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** Commands on the repository at `gitDir`; `mark` goes into the environment of each, so that leftovers can be told. */
export function gitAt(gitDir: string, mark: Record<string, string> = {}): Git {
  const attempt: Git["attempt"] = (args, { workTree, index, excludes = "/dev/null", input } = {}) =>
    outputOf("git", [...SETTINGS, `core.excludesFile=${excludes}`].flatMap((one) => ["-c", one]).concat(args), {
      cwd: workTree ?? gitDir,
      env: gitEnvironment({
        ...mark,
        GIT_DIR: gitDir,
        ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
        ...(index === undefined ? {} : { GIT_INDEX_FILE: index }),
      }),
      ...LIMITS,
      ...(input === undefined ? {} : { input }),
    });
  return {
    attempt,
    run: async (args, options) => {
      const { code, stdout, stderr } = await attempt(args, options);
      if (code === 0) return stdout;
      throw new AppError("ENVIRONMENT", `git ${args.slice(0, 2).join(" ")} failed: ${stderr.trim().slice(-600)}`, {
        remedy: `See that the disk is not full and that ${gitDir} can be written; then try again.`,
        details: { args, code },
      });
    },
  };
}

function gitEnvironment(extra: Record<string, string>): Record<string, string> {
  const identity = Object.entries(IDENTITY).flatMap(([key, value]) => [
    [`GIT_AUTHOR_${key}`, value],
    [`GIT_COMMITTER_${key}`, value],
  ]);
  return baseEnvironment({
    ...Object.fromEntries(identity),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
    ...extra,
  });
}

/** Why git cannot be used on this machine, as a clause; "" when it can. */
export async function gitObstacle(): Promise<string> {
  let version: string;
  try {
    const answer = await outputOf("git", ["--version"], { cwd: "/", env: gitEnvironment({}), ...LIMITS });
    version = answer.stdout.trim();
  } catch {
    return "git is not installed";
  }
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  const enough = major > LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor >= LEAST_VERSION[1]);
  return enough ? "" : `${version || "git"} is older than ${LEAST_VERSION.join(".")}`;
}
