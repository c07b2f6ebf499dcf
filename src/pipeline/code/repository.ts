import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Git, gitAt } from "../../lib/git.ts";
import { randomHex } from "../../lib/ids.ts";

export const MAIN = "refs/heads/main";
export const branchOf = (service: string) => `refs/heads/service/${service}`;
/** Where we left a service's branch: a builder may move the branch itself. */
export const tipRef = (service: string) => `refs/super-orchestrator/tip/${service}`;
/** Where a service's branch stood when its newest run began. */
export const startRef = (service: string) => `refs/super-orchestrator/start/${service}`;
/** Names the commit to which a service's worktree is being moved. */
export const worktreeRef = (service: string) => `refs/super-orchestrator/moving/${service}`;
const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
/** Names the commit that is being laid into the output folder: a driver that finds it goes on with that. */
export const LAYING = "refs/super-orchestrator/laying";

/** The versions of one pipeline's code: a bare repository that no folder of the user's points to. */
export interface Repository extends Git {
  dir: string;
  /** The commit of a reference; undefined when there is none. */
  commitAt(ref: string): Promise<string | undefined>;
  /** Id of the tree at a path of a commit; "" when there is nothing, or no folder. */
  treeAt(commit: string, path: string): Promise<string>;
  /** Id of a commit's whole tree. */
  rootOf(commit: string): Promise<string>;
  /** Id of a tree that holds one folder; of the empty tree when that is "". */
  treeOf(name: string, tree: string): Promise<string>;
  /** A new commit of a tree. Nothing points to it yet. */
  commit(tree: string, parents: readonly string[], message: string): Promise<string>;
}

/**
 * Open the repository in `dir`, making it when it is not there, and take away what a killed command left locked. The
 * caller is the only one who writes to it. Errors: ENVIRONMENT.
 */
export async function openRepository(dir: string, mark: Record<string, string>): Promise<Repository> {
  if (!existsSync(dir)) await makeRepository(dir, mark);
  removeLocks(dir);
  setUp(dir);
  const git = gitAt(dir, mark);
  const hasMain = await git.attempt(["rev-parse", "--verify", "--quiet", `${MAIN}^{commit}`]);
  if (hasMain.code !== 0) await git.run(["update-ref", MAIN, await firstCommit(git)]);
  return withTrees(git, dir);
}

/** Made beside its place and moved there: a killed driver leaves no half of one. */
async function makeRepository(dir: string, mark: Record<string, string>): Promise<void> {
  const fresh = `${dir}.${randomHex(4)}.tmp`;
  mkdirSync(fresh, { recursive: true });
  const git = gitAt(fresh, mark);
  await git.run(["init", "--bare", "--quiet", "--template=", "--object-format=sha1", "--initial-branch=main"]);
  // Builders commit in their worktrees by themselves: packing would take away what is not referred to yet.
  await git.run(["config", "gc.auto", "0"]);
  copyFileSync(join(fresh, "config"), join(fresh, CONFIG));
  renameSync(fresh, dir);
}

/** The settings as they were made: builders' own git writes to the same file. */
const CONFIG = "config.made";

function setUp(dir: string): void {
  copyFileSync(join(dir, CONFIG), join(dir, "config"));
  mkdirSync(join(dir, "info"), { recursive: true });
  // Bytes as they are, whatever .gitattributes a service brings.
  writeFileSync(join(dir, "info", "attributes"), "* -text -ident -filter -working-tree-encoding !merge !diff\n");
  rmSync(join(dir, "info", "exclude"), { force: true });
}

async function firstCommit(git: Git): Promise<string> {
  const empty = (await git.run(["mktree"], { input: "" })).trim();
  return (await git.run(["commit-tree", empty, "-m", "Nothing is built yet"])).trim();
}

/** Only for the one who holds the pipeline: nobody else is at work in its repository. */
function removeLocks(dir: string): void {
  const pending = [dir];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop())
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && path !== join(dir, "objects")) pending.push(path);
      else if (entry.isFile() && entry.name.endsWith(".lock")) rmSync(path, { force: true });
    }
}

function withTrees(git: Git, dir: string): Repository {
  const line = async (args: readonly string[], input?: string) =>
    (await git.run(args, input === undefined ? {} : { input })).trim();
  const lookUp = async (name: string) => {
    const { code, stdout } = await git.attempt(["rev-parse", "--verify", "--quiet", name]);
    return code === 0 ? stdout.trim() : undefined;
  };
  return {
    ...git,
    dir,
    commitAt: (ref) => lookUp(`${ref}^{commit}`),
    treeAt: async (commit, path) => {
      const [type, id] = (await line(["ls-tree", "--format=%(objecttype) %(objectname)", commit, "--", path])).split(
        " ",
      );
      return type === "tree" && id !== undefined && id !== EMPTY_TREE ? id : "";
    },
    rootOf: (commit) => line(["rev-parse", `${commit}^{tree}`]),
    treeOf: (name, tree) => line(["mktree"], tree === "" ? "" : `040000 tree ${tree}\t${name}\n`),
    commit: (tree, parents, message) =>
      line(["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-F", "-"], message),
  };
}

/** The folder's text file, or "". */
export function textAt(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
