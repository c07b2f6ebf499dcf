import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkOut } from "../../../src/pipeline/code/checkout.ts";
import { bringOutput, commitOutput } from "../../../src/pipeline/code/store.ts";
import { temporaryFolder } from "./folder.ts";
import { openCode, put } from "./store.ts";

/** A service's files as they were committed in the output folder. */
async function committed(files: Record<string, string>) {
  const code = await openCode(temporaryFolder());
  put(join(code.output_dir, "a"), files);
  const { tip } = await bringOutput(code, "a", undefined);
  return { code, tip, target: join(code.output_dir, "a") };
}

describe("a clean checkout", () => {
  it("holds what is committed and nothing else, however often", async () => {
    const { code, tip } = await committed({
      "main.js": "1",
      ".gitignore": "local\n",
      local: "not delivered",
      "d/x": "x",
    });
    for (let round = 0; round < 2; round += 1) {
      const { directory } = await checkOut(code, "a", tip);
      expect([existsSync(join(directory, "d/x")), existsSync(join(directory, "local"))]).toEqual([true, false]);
      put(directory, { stray: "of the round before", "main.js": "spoiled" });
    }
    const { directory, remove } = await checkOut(code, "a", tip);
    expect([existsSync(join(directory, "stray")), readFileSync(join(directory, "main.js"), "utf8")]).toEqual([
      false,
      "1",
    ]);
    remove();
    expect(existsSync(directory)).toBe(false);
  });

  it("tells which committed files were changed", async () => {
    const { code, tip } = await committed({ "main.js": "1", "data.json": "{}", "gone.txt": "x" });
    const checkout = await checkOut(code, "a", tip);
    await checkout.beforeTests();
    put(checkout.directory, { "main.js": "1", "test.db": "new", "node_modules/x/i.js": "" });
    expect(await checkout.changed()).toEqual([]);
    put(checkout.directory, { "data.json": "{}\n", "gone.txt": null });
    expect((await checkout.changed()).toSorted()).toEqual(["data.json", "gone.txt"]);
  });

  it("hands over what was installed and built, in place of older ones, and nothing the tests left", async () => {
    const { code, tip, target } = await committed({ "package.json": "{}", ".gitignore": ".env\nstore/\n" });
    put(target, { "node_modules/old/i.js": "old", ".env": "SECRET=mine", "store/rows": "mine" });
    const checkout = await checkOut(code, "a", tip);
    put(checkout.directory, {
      "node_modules/new/i.js": "new",
      "packages/p/node_modules/q/i.js": "q",
      "gen/made.js": "by the build",
      ".env": "SECRET=made",
      "store/rows": "made",
    });
    await checkout.beforeTests();
    put(checkout.directory, { "test.db": "left", "coverage/x": "left" });
    const before = await commitOutput(code);
    await checkout.moveInstalled(target);
    const there = (path: string) => existsSync(join(target, path));
    expect(
      ["node_modules/new/i.js", "packages/p/node_modules/q/i.js", "gen/made.js"].filter((path) => !there(path)),
    ).toEqual([]);
    expect(["node_modules/old", "test.db", "coverage"].filter(there)).toEqual([]);
    expect(readFileSync(join(target, ".env"), "utf8")).toBe("SECRET=mine");
    expect(readFileSync(join(target, "store/rows"), "utf8")).toBe("mine");
    // What was handed over is nobody's edit.
    expect(await commitOutput(code)).toBe(before);
  });

  it("is the commit for a git that is asked there, not the project around it", async () => {
    const { code, tip } = await committed({ "main.js": "1" });
    execFileSync("git", ["init", "-q", join(code.work_dir, "..")]);
    const { directory } = await checkOut(code, "a", tip);
    const git = (...args: string[]) => execFileSync("git", ["-C", directory, ...args], { encoding: "utf8" }).trim();
    expect([git("rev-parse", "HEAD"), git("status", "--porcelain")]).toEqual([tip, ""]);
  });

  it("of nothing is empty", async () => {
    const { code, tip } = await committed({});
    const checkout = await checkOut(code, "a", tip);
    expect(existsSync(checkout.directory)).toBe(true);
    expect(await checkout.changed()).toEqual([]);
  });
});

const python = ["python3", "python"].find((name) => {
  try {
    execFileSync(name, ["-c", "import venv"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});

describe.skipIf(python === undefined)("a virtual environment (needs Python with venv)", () => {
  it("works where it was moved to: its commands, and packages that are used from their folder", async () => {
    const { code, tip, target } = await committed({ "requirements.txt": "", "pkg/own.py": "VALUE = 7\n" });
    const checkout = await checkOut(code, "a", tip);
    const venv = (folder: string, ...path: string[]) => join(folder, ".venv", ...path);
    execFileSync(python ?? "", ["-m", "venv", "--without-pip", ".venv"], { cwd: checkout.directory });
    const lib = execFileSync(
      venv(checkout.directory, "bin/python"),
      ["-c", "import site; print(site.getsitepackages()[0])"],
      { encoding: "utf8" },
    );
    put(lib.trim(), { "own.pth": `${join(checkout.directory, "pkg")}\n` });
    // As pip writes the commands of packages.
    const script = `#!${venv(checkout.directory, "bin/python")}\nimport own\nprint("served by", own.VALUE)\n`;
    writeFileSync(venv(checkout.directory, "bin/serve"), script, { mode: 0o755 });
    mkdirSync(venv(checkout.directory, "links"));
    symlinkSync("../bin/python", venv(checkout.directory, "links", "py"));
    await checkout.beforeTests();
    await checkout.moveInstalled(target);
    checkout.remove();
    const run = (command: string, ...args: string[]) =>
      execFileSync(venv(target, command), args, { encoding: "utf8" }).trim();
    expect(run("bin/python", "-c", "import own, sys; print(own.VALUE, sys.prefix)")).toBe(`7 ${venv(target)}`);
    expect(run("bin/serve")).toBe("served by 7");
    expect(run("links/py", "-c", "print(1)")).toBe("1");
  }, 120_000);
});
