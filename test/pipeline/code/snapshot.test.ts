import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { commitOutput, outputPlace } from "../../../src/pipeline/code/store.ts";
import { temporaryFolder } from "./folder.ts";
import { openCode, put } from "./store.ts";

async function filesOf(code: Awaited<ReturnType<typeof openCode>>): Promise<string[]> {
  const main = await commitOutput(code);
  const listed = await code.repository.run(["ls-tree", "-r", "-z", "--name-only", main]);
  return listed.split("\0").filter(Boolean);
}

describe("what counts as a service's code", () => {
  it("is what lies in its folder, but for what is installed, built or ignored", async () => {
    const code = await openCode(temporaryFolder());
    put(code.output_dir, {
      "a/main.js": "1",
      "a/.gitignore": "secret.txt\n!dist/\n",
      "a/secret.txt": "s",
      "a/dist/kept.js": "its own .gitignore says so",
      "a/node_modules/x/index.js": "x",
      "a/sub/.venv/lib.py": "x",
      "a/[odd] näme\n.js": "x",
      "b/pom.xml": "<project/>",
      "b/mod/target/X.class": "x",
      "b/src/main/X.java": "x",
      "a/src/target/hit.js": "an ordinary name",
      "elsewhere/file.txt": "no service",
    });
    expect(await filesOf(code)).toEqual([
      "a/.gitignore",
      "a/[odd] näme\n.js",
      "a/dist/kept.js",
      "a/main.js",
      "a/src/target/hit.js",
      "b/pom.xml",
      "b/src/main/X.java",
    ]);
    expect(existsSync(join(code.output_dir, ".git"))).toBe(false);
  });

  it("holds the files of repositories that somebody made inside", async () => {
    const code = await openCode(temporaryFolder());
    put(code.output_dir, { "a/main.js": "1", "a/lib/deep/x.js": "x" });
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", join(code.output_dir, "a/lib"), "-c", "user.name=t", "-c", "user.email=t", ...args]);
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "mine");
    execFileSync("git", ["init", "-q", join(code.output_dir, "a")]);
    expect(await filesOf(code)).toEqual(["a/lib/deep/x.js", "a/main.js"]);
    put(code.output_dir, { "a/lib/deep/x.js": null, "a/lib/y.js": "y" });
    expect(await filesOf(code)).toEqual(["a/lib/y.js", "a/main.js"]);
  });

  it("is read anew when an index was damaged, and when a lock was left behind", async () => {
    const root = temporaryFolder();
    const code = await openCode(root);
    put(code.output_dir, { "a/main.js": "1" });
    await filesOf(code);
    writeFileSync(outputPlace(code).index, "no index");
    put(code.output_dir, { "a/more.js": "2" });
    expect(await filesOf(code)).toEqual(["a/main.js", "a/more.js"]);
    for (const lock of ["index-main.lock", "refs/heads/main.lock", "packed-refs.lock"])
      writeFileSync(join(code.repository.dir, lock), "");
    put(code.output_dir, { "a/third.js": "3" });
    expect(await filesOf(await openCode(root))).toHaveLength(3);
  });

  it("stays known where a person has everything ignored", async () => {
    const code = await openCode(temporaryFolder());
    put(code.output_dir, { "a/main.js": "1" });
    await filesOf(code);
    put(code.output_dir, { ".gitignore": "*\n" });
    rmSync(outputPlace(code).index);
    expect(await filesOf(code)).toEqual(["a/main.js"]);
  });

  it("does not depend on a person's own settings of git", async () => {
    const home = temporaryFolder();
    put(home, {
      ".gitconfig":
        "[core]\n autocrlf = true\n hooksPath = hooks\n excludesFile = ~/never\n[commit]\n gpgSign = true\n[user]\n name =\n[init]\n templateDir = ~/t\n",
      ".config/git/ignore": "*.js\n",
      never: "*.js\n",
      "hooks/pre-commit": "#!/bin/sh\nexit 1\n",
      "t/hooks/pre-commit": "#!/bin/sh\nexit 1\n",
    });
    const before = process.env.HOME;
    process.env.HOME = home;
    onTestFinished(() => {
      process.env.HOME = before;
    });
    const code = await openCode(temporaryFolder());
    put(code.output_dir, {
      "a/main.js": "1\r\n2\n",
      "a/.gitattributes": "* text=auto eol=crlf\n*.js filter=x ident\n",
    });
    expect(await filesOf(code)).toEqual(["a/.gitattributes", "a/main.js"]);
    expect(await code.repository.run(["cat-file", "blob", "main:a/main.js"])).toBe("1\r\n2\n");
  });

  it.skipIf(process.getuid?.() === 0)("tells what cannot be read", async () => {
    const code = await openCode(temporaryFolder());
    put(code.output_dir, { "a/main.js": "1", "a/closed.js": "2" });
    chmodSync(join(code.output_dir, "a/closed.js"), 0);
    expect(await filesOf(code)).toEqual(["a/main.js"]);
  });

  it("may be nothing", async () => {
    const code = await openCode(temporaryFolder());
    expect(await filesOf(code)).toEqual([]);
    mkdirSync(join(code.output_dir, "a"), { recursive: true });
    expect(await filesOf(code)).toEqual([]);
    expect(code.notes).toEqual([]);
  });
});

it("thousands of files are committed, and found unchanged", async () => {
  const code = await openCode(temporaryFolder());
  const files = Array.from({ length: 2_000 }, (_, n) => [`a/d${n % 100}/f${n}.js`, `${n}`]);
  put(code.output_dir, Object.fromEntries(files));
  expect(await filesOf(code)).toHaveLength(2_000);
  const main = await commitOutput(code);
  expect(await commitOutput(code)).toBe(main);
});
