import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { findByEnvironment } from "../../../src/lib/process.ts";
import { finishLaying, layService } from "../../../src/pipeline/code/lay.ts";
import { LAYING, MAIN } from "../../../src/pipeline/code/repository.ts";
import { bringOutput, commitOutput, setTip, worktreeOf } from "../../../src/pipeline/code/store.ts";
import { commitWorktree, prepareWorktree } from "../../../src/pipeline/code/worktree.ts";
import { temporaryFolder } from "./folder.ts";
import { openCode, put, ROOT_VARIABLE } from "./store.ts";

type TestCode = Awaited<ReturnType<typeof openCode>>;

/** What a builder does: the worktree is prepared, files are written, and committed. */
async function builds(code: TestCode, files: Record<string, string | null>): Promise<string> {
  await prepareWorktree(code, "a");
  put(worktreeOf(code.work_dir, "a").folder, files);
  return (await commitWorktree(code, "a", "built")).tip;
}

async function lays(code: TestCode, built: string) {
  const { tip, standing, conflicts } = await bringOutput(code, "a", built);
  if (conflicts.length > 0) return { conflicts };
  await setTip(code, "a", tip);
  return { conflicts, main: await layService(code, "a", { tip, standing }) };
}

const textIn = (code: TestCode, path: string) => readFileSync(join(code.output_dir, path), "utf8");
const linesOf = (...lines: string[]) => lines.map((line) => `${line}\n`).join("");

describe("what a builder delivered", () => {
  it("comes beside what others delivered and what a person edited meanwhile", async () => {
    const code = await openCode(temporaryFolder());
    await lays(code, await builds(code, { "main.js": linesOf("one", "two", "three"), "old.js": "old", ".keep/x": "" }));
    put(code.output_dir, {
      "a/main.js": linesOf("one by hand", "two", "three"),
      "a/notes.md": "mine",
      "b/main.js": "b",
    });
    const built = await builds(code, { "main.js": linesOf("one by hand", "two", "three by agent"), "old.js": null });
    put(code.output_dir, { "a/later.md": "while it was tested" });
    expect(await lays(code, built)).toMatchObject({ conflicts: [] });
    expect(textIn(code, "a/main.js")).toBe(linesOf("one by hand", "two", "three by agent"));
    expect(readdirSync(join(code.output_dir, "a")).toSorted()).toEqual([".keep", "later.md", "main.js", "notes.md"]);
    expect(textIn(code, "b/main.js")).toBe("b");
    expect(code.notes.filter(({ kind }) => kind === "output_edited")).toHaveLength(2);
    const log = await code.repository.run(["log", "--format=%s", "--first-parent", "main"]);
    expect(log.split("\n").slice(0, 2)).toEqual(["Merge a", "Edited by hand in the output folder"]);
  });

  it("is not merged over an edit of the same lines; the next run finds both", async () => {
    const code = await openCode(temporaryFolder());
    await lays(code, await builds(code, { "main.js": "one\n", "same.js": "x\n" }));
    const built = await builds(code, { "main.js": "by agent\n", "same.js": "y\n" });
    put(code.output_dir, { "a/main.js": "by hand\n" });
    expect(await lays(code, built)).toEqual({ conflicts: ["main.js"] });
    expect([textIn(code, "a/main.js"), textIn(code, "a/same.js")]).toEqual(["by hand\n", "x\n"]);
    expect(await prepareWorktree(code, "a")).toEqual({ conflicts: ["main.js"] });
    const { folder } = worktreeOf(code.work_dir, "a");
    const marked = readFileSync(join(folder, "main.js"), "utf8");
    for (const part of ["<<<<<<< by-the-builder", "by agent", "by hand", ">>>>>>> in-the-output-folder"])
      expect(marked).toContain(part);
    expect(readFileSync(join(folder, "same.js"), "utf8")).toBe("y\n");
    put(folder, { "main.js": "both\n" });
    expect(await lays(code, (await commitWorktree(code, "a", "settled")).tip)).toMatchObject({ conflicts: [] });
    expect([textIn(code, "a/main.js"), textIn(code, "a/same.js")]).toEqual(["both\n", "y\n"]);
  });

  it("is not merged where somebody deleted what it changed", async () => {
    const code = await openCode(temporaryFolder());
    await lays(code, await builds(code, { "main.js": "one\n", "other.js": "x" }));
    const built = await builds(code, { "main.js": "by agent\n" });
    put(code.output_dir, { "a/main.js": null });
    expect(await lays(code, built)).toEqual({ conflicts: ["main.js"] });
    expect(existsSync(join(code.output_dir, "a/main.js"))).toBe(false);
  });

  it("waits when something else stands there than it was judged with", async () => {
    const code = await openCode(temporaryFolder());
    const built = await builds(code, { "main.js": "one\n" });
    const { tip, standing } = await bringOutput(code, "a", built);
    put(code.output_dir, { "a/hand.md": "now" });
    expect(await layService(code, "a", { tip, standing })).toBeUndefined();
    expect(existsSync(join(code.output_dir, "a/main.js"))).toBe(false);
  });

  it("keeps ignored files of a person that are in its way", async () => {
    const code = await openCode(temporaryFolder());
    put(code.output_dir, { "a/.gitignore": "local\ngen\n", "a/local": "mine", "a/gen": "a file" });
    await commitOutput(code);
    const built = await builds(code, { ".gitignore": "", local: "theirs", "gen/x.js": "x" });
    expect(await lays(code, built)).toMatchObject({ conflicts: [] });
    expect([textIn(code, "a/local"), textIn(code, "a/gen/x.js")]).toEqual(["theirs", "x"]);
    const kept = code.notes.find(({ kind }) => kind === "files_kept")?.data.to;
    expect(readFileSync(join(String(kept), "a/local"), "utf8")).toBe("mine");
    expect(readFileSync(join(String(kept), "a/gen"), "utf8")).toBe("a file");
  });

  it("may hold symbolic links, which are not followed", async () => {
    const root = temporaryFolder();
    const code = await openCode(root);
    put(root, { "outside.txt": "not ours" });
    await prepareWorktree(code, "a");
    const { folder } = worktreeOf(code.work_dir, "a");
    put(folder, { "main.js": "1" });
    symlinkSync(root, join(folder, "link"));
    await lays(code, (await commitWorktree(code, "a", "built")).tip);
    await lays(code, await builds(code, { link: null, "link/outside.txt": "in its own folder" }));
    expect(readFileSync(join(root, "outside.txt"), "utf8")).toBe("not ours");
    expect(textIn(code, "a/link/outside.txt")).toBe("in its own folder");
  });
});

const ROUNDS = 5;

describe("a merge that was killed", () => {
  it("is finished, and what was edited since stays", async () => {
    const root = temporaryFolder();
    const code = await openCode(root);
    const before = {
      "new.js": "1",
      "half.js": "1",
      "edited.js": "1",
      "gone.js": "1",
      "deleted.js": "1",
      "kept.js": "1",
    };
    await lays(code, await builds(code, before));
    const built = await builds(code, {
      "new.js": "22",
      "half.js": "2222",
      "edited.js": "22",
      "gone.js": "22",
      "deleted.js": null,
      "added.js": "22",
    });
    const main = await commitOutput(code);
    const tree = await code.repository.treeAt(built, "a");
    const root_tree = await code.repository.treeOf("a", tree);
    await code.repository.run([
      "update-ref",
      LAYING,
      await code.repository.commit(root_tree, [main, built], "Merge a"),
    ]);
    // As git and a person may have left it.
    put(code.output_dir, { "a/new.js": "22", "a/half.js": "22", "a/edited.js": "by hand", "a/gone.js": null });
    const next = await openCode(root);
    expect(await finishLaying(next)).toBe(true);
    expect(await finishLaying(next)).toBe(false);
    const found = ["new", "half", "edited", "gone", "added", "kept"].map((name) => textIn(next, `a/${name}.js`));
    expect(found).toEqual(["22", "2222", "by hand", "22", "22", "1"]);
    expect(existsSync(join(next.output_dir, "a/deleted.js"))).toBe(false);
    await commitOutput(next);
    expect(next.notes).toMatchObject([{ kind: "output_edited", data: { files: ["a/edited.js"] } }]);
    expect(await next.repository.run(["cat-file", "blob", "main:a/edited.js"])).toBe("by hand");
  });

  it("at any moment leaves the old or the new once it is opened again", async () => {
    const root = temporaryFolder();
    const version = (n: number) =>
      Object.fromEntries(
        Array.from({ length: 200 }, (_, file) => [`d${file % 7}/f${file}.txt`, `${n} `.repeat(400 + file)]),
      );
    const code = await openCode(root);
    await lays(code, await builds(code, version(0)));
    let standing = 0;
    for (let n = 1; n <= ROUNDS; n += 1) {
      const opened = await openCode(root);
      await builds(opened, version(n));
      const entry = join(import.meta.dirname, "laying.ts");
      const child = spawn(process.execPath, ["--import", "tsx", entry, root], { stdio: ["ignore", "pipe", "inherit"] });
      const ended = once(child, "exit");
      await once(child.stdout, "data");
      if (n < ROUNDS) {
        await sleep(n * 25);
        child.kill("SIGKILL");
        // Its git too, as when the machine goes down.
        for (const { pid } of findByEnvironment(ROOT_VARIABLE, root)) kill(pid);
      }
      await ended;
      const again = await openCode(root);
      await finishLaying(again);
      await commitOutput(again);
      expect(again.notes, `round ${n}`).toEqual([]);
      const now = Number(textIn(again, "a/d0/f0.txt").split(" ")[0]);
      expect([standing, n]).toContain(now);
      for (const [path, text] of Object.entries(version(now)))
        expect(textIn(again, `a/${path}`) === text, path).toBe(true);
      expect(existsSync(join(root, "state", "code.git", "index-main.lock"))).toBe(false);
      standing = now;
    }
    // The last one was left alone.
    expect(standing).toBe(ROUNDS);
  }, 120_000);
});

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It was faster.
  }
}

it("an output folder that is a new place, or was emptied, is no obstacle", async () => {
  const root = temporaryFolder();
  const code = await openCode(root);
  expect(await code.repository.commitAt(MAIN)).toBeDefined();
  mkdirSync(join(root, "output.work"), { recursive: true });
  writeFileSync(join(root, "output.work", "stray"), "");
  const built = await builds(code, { "main.js": "1" });
  await lays(code, built);
  put(code.output_dir, { a: null });
  // Deleting is an edit as any other: it comes to the branch.
  expect((await bringOutput(code, "a", built)).standing).toBe("");
  await prepareWorktree(code, "a");
  expect(readdirSync(worktreeOf(code.work_dir, "a").folder)).toEqual([]);
});
