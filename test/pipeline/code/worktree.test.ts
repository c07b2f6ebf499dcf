import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { hashOf } from "../../../src/lib/ids.ts";
import { contractBreaches } from "../../../src/pipeline/code/contracts.ts";
import { worktreeRef } from "../../../src/pipeline/code/repository.ts";
import { commitOutput, mainOf, worktreeOf } from "../../../src/pipeline/code/store.ts";
import { commitWorktree, prepareWorktree } from "../../../src/pipeline/code/worktree.ts";
import { registered, shop } from "../../builders/support.ts";
import { temporaryFolder } from "./folder.ts";
import { openCode, put } from "./store.ts";

/** What a builder's own git says in its folder. */
function git(folder: string, ...args: string[]): string {
  const identity = ["-c", "user.name=agent", "-c", "user.email=agent@localhost"];
  return execFileSync("git", ["-C", folder, ...identity, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();
}

async function prepared() {
  const root = temporaryFolder();
  const code = await openCode(root);
  await prepareWorktree(code, "a");
  const { root: worktree, folder } = worktreeOf(code.work_dir, "a");
  return { root, code, folder, worktree };
}

it("is a worktree of its own branch for the builder's git, which sees its folder only", async () => {
  const { code, folder } = await prepared();
  put(code.output_dir, { "b/main.js": "a neighbour" });
  await commitOutput(code);
  expect(git(folder, "branch", "--show-current")).toBe("service/a");
  expect(git(folder, "status", "--porcelain")).toBe("");
  writeFileSync(join(folder, "main.js"), "1");
  git(folder, "add", "-A");
  git(folder, "commit", "-qm", "by the agent");
  const { tip } = await commitWorktree(code, "a", "nothing is new");
  expect(await code.repository.run(["log", "--format=%an %s", "-1", tip])).toBe("agent by the agent\n");
  expect(git(folder, "ls-files", "--full-name")).toBe("a/main.js");
});

it("whatever a builder does to its branch, index and link, what lies in the folder counts", async () => {
  const { root, code, folder, worktree } = await prepared();
  put(folder, { "main.js": "1", "hidden.js": "1" });
  const first = (await commitWorktree(code, "a", "first")).tip;
  const main = await mainOf(code.repository);
  git(folder, "reset", "-q");
  git(folder, "update-index", "--assume-unchanged", "hidden.js");
  git(folder, "checkout", "-q", "-b", "elsewhere");
  git(folder, "branch", "-q", "-D", "service/a");
  git(folder, "config", "core.hooksPath", "/nowhere");
  put(folder, { "hidden.js": "2" });
  rmSync(join(worktree, ".git"));
  const second = (await commitWorktree(code, "a", "second")).tip;
  expect(await code.repository.run(["log", "--format=%H", second])).toContain(first);
  expect(await code.repository.run(["cat-file", "blob", `${second}:a/hidden.js`])).toBe("2");
  expect(await mainOf(code.repository)).toBe(main);
  await prepareWorktree(await openCode(root), "a");
  expect(git(folder, "branch", "--show-current")).toBe("service/a");
  expect(git(folder, "status", "--porcelain")).toBe("");
  expect(readFileSync(join(folder, "hidden.js"), "utf8")).toBe("2");
});

it("keeps what a killed run left, with what was edited in the output folder since", async () => {
  const { root, code, folder } = await prepared();
  put(folder, { "half.js": "written so far", "node_modules/x/i.js": "installed" });
  put(code.output_dir, { "a/notes.md": "by hand" });
  const next = await openCode(root);
  expect(await prepareWorktree(next, "a")).toEqual({ conflicts: [] });
  for (const path of ["half.js", "notes.md", "node_modules/x/i.js"])
    expect(existsSync(join(folder, path)), path).toBe(true);
  rmSync(next.work_dir, { recursive: true });
  await prepareWorktree(await openCode(root), "a");
  expect([existsSync(join(folder, "half.js")), existsSync(join(folder, "notes.md"))]).toEqual([true, true]);
});

it("killed while edits were brought to it, loses none of them", async () => {
  const { root, code, folder } = await prepared();
  put(folder, { "main.js": "1" });
  const { tip } = await commitWorktree(code, "a", "built");
  // A driver notes where it goes, moves the branch, and dies before the files are written.
  put(code.output_dir, { "a/notes.md": "by hand" });
  const main = await commitOutput(code);
  const tree = await code.repository.treeOf("a", await code.repository.treeAt(main, "a"));
  const merged = await code.repository.commit(tree, [tip, main], "brought");
  for (const ref of [worktreeRef("a"), "refs/super-orchestrator/tip/a", "refs/heads/service/a"])
    await code.repository.run(["update-ref", ref, merged]);
  const again = await commitWorktree(await openCode(root), "a", "again");
  expect(again.tip).toBe(merged);
  expect(existsSync(join(folder, "notes.md"))).toBe(true);
});

it("contracts are compared by hash in what was committed", async () => {
  const { code, folder } = await prepared();
  const own = shop.contracts.map(registered).filter(({ type }) => type === "openapi");
  const contracts = own.map((contract, index) => ({
    ...contract,
    service_name: index === 0 ? "a" : contract.service_name,
  }));
  const [first, second] = contracts;
  const path = `contracts/${second?.service_name}_openapi.json`;
  const breachesOf = async (before = "") => {
    const { tip } = await commitWorktree(code, "a", "built");
    const tree = await code.repository.treeAt(tip, "a");
    return { tree, breaches: await contractBreaches(code.repository, { service: "a", tree, before, contracts }) };
  };
  expect((await breachesOf()).breaches).toEqual([]);
  put(folder, { "contracts/openapi.json": JSON.stringify(first?.spec), [path]: JSON.stringify(second?.spec, null, 4) });
  expect(hashOf(first?.spec)).toBe(first?.spec_hash);
  const { tree, breaches } = await breachesOf();
  expect(breaches).toEqual([]);
  put(folder, { "contracts/openapi.json": "{}", [path]: null });
  expect((await breachesOf(tree)).breaches).toEqual([
    expect.stringContaining("contracts/openapi.json is not the contract that is registered"),
    `It deleted the frozen contract ${path}.`,
  ]);
  put(folder, { contracts: null });
  writeFileSync(join(folder, "contracts"), "a file");
  expect((await breachesOf()).breaches).toEqual(["It put a link or a file where the contracts are."]);
});
