import { spawn } from "node:child_process";
import { existsSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { callersOf, codebaseFolders } from "./folders.ts";

const folders = codebaseFolders();
const { write } = folders;
afterAll(() => folders.remove(), 300_000);

const OLD = 1_700_000_000;
const INDEXER = join(import.meta.dirname, "index-process.ts");

/** A process that indexes a folder; resolves with what it reported, or null when it was killed. */
function indexing(root: string, killAfter?: number) {
  const child = spawn(process.execPath, ["--import", "tsx", INDEXER, root, `${root}.db`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
    const lines = text.split("\n").filter((line) => line.startsWith("progress"));
    if (killAfter !== undefined && lines.length >= killAfter) child.kill("SIGKILL");
  });
  return new Promise<{ files: number; files_read: number } | null>((resolve) => {
    child.on("close", () => {
      const report = text.split("\n").find((line) => line.startsWith("{"));
      resolve(report ? (JSON.parse(report) as { files: number; files_read: number }) : null);
    });
  });
}

function manyFiles(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => [
      `part${n % 50}/file${n}.ts`,
      `import { shared } from "../shared";\n\nexport function own${n}() {\n  return shared(${n});\n}\n`,
    ]),
  );
}

describe("the index", () => {
  it("reads nothing again that did not change, and only what did", async () => {
    const { root, codebase } = folders.project({ "a.py": "def one():\n    pass\n", "b.py": "def two():\n    pass\n" });
    for (const file of ["a.py", "b.py"]) utimesSync(join(root, file), OLD, OLD);
    expect(await codebase.index({})).toMatchObject({ files: 2, files_read: 2 });
    writeFileSync(join(root, "b.py"), "def three():\n    pass\n");
    expect((await codebase.findDefinition({ symbol: "three" }))[0]).toMatchObject({ file: "b.py" });
    await expect(codebase.findDefinition({ symbol: "two" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("sees files that appear, move, are ignored and come back while the rest is old", async () => {
    const { root, codebase } = folders.project({
      "a/one.py": "def one():\n    pass\n",
      "a/b/two.py": "def two():\n    pass\n",
    });
    const paths = ["a/one.py", "a/b/two.py", "a/b", "a", "."];
    const age = () => {
      for (const path of paths) utimesSync(join(root, path), OLD, OLD);
    };
    const files = async () => {
      const { files } = await codebase.index({});
      return files;
    };
    age();
    // The change times are new, so only a second look two seconds on trusts what it remembers.
    await new Promise((ready) => setTimeout(ready, 2500));
    expect(await files()).toBe(2);
    expect(await codebase.index({})).toMatchObject({ files: 2, files_read: 0 });
    write(root, { "a/b/three.py": "def three():\n    pass\n" });
    expect(await codebase.index({})).toMatchObject({ files: 3, files_read: 1 });
    write(root, { "a/.gitignore": "b/\n" });
    expect(await files()).toBe(1);
    write(root, { "a/.gitignore": "one.py\n" });
    expect(await files()).toBe(2);
    renameSync(join(root, "a/b"), join(root, "c"));
    expect((await codebase.findDefinition({ symbol: "three" }))[0]).toMatchObject({ file: "c/three.py" });
    rmSync(join(root, "c"), { recursive: true });
    expect(await files()).toBe(0);
  });

  it("looks again at a large folder after a moment, and at once when it is told to", async () => {
    const { root, codebase } = folders.project(manyFiles(2100));
    await codebase.findDefinition({ symbol: "own7" });
    write(root, { "part7/file7.ts": "export function another7() {}\n" });
    await codebase.index({});
    expect((await codebase.findDefinition({ symbol: "another7" }))[0]).toMatchObject({ file: "part7/file7.ts" });
    write(root, { "part7/file7.ts": "export function third7() {}\n" });
    await new Promise((ready) => setTimeout(ready, 200));
    expect((await codebase.findDefinition({ symbol: "third7" }))[0]).toMatchObject({ file: "part7/file7.ts" });
  }, 300_000);

  it("follows renamed and deleted files", async () => {
    const { root, codebase } = folders.project({
      "lib.py": "def helper():\n    pass\n",
      "app.py": "from lib import helper\n\nhelper()\n",
    });
    expect(await callersOf(codebase, "helper")).toEqual(["app.py:3"]);
    renameSync(join(root, "lib.py"), join(root, "tools.py"));
    expect(await callersOf(codebase, "helper")).toEqual([]);
    write(root, { "app.py": "from tools import helper\n\n\nhelper()\n" });
    expect(await callersOf(codebase, "helper")).toEqual(["app.py:4"]);
    rmSync(join(root, "app.py"));
    expect(await callersOf(codebase, "helper")).toEqual([]);
    expect(await codebase.index({})).toMatchObject({ files: 1 });
  });

  it("has nothing to say of an empty folder, and says so", async () => {
    const { codebase } = folders.project();
    expect(await codebase.index({})).toMatchObject({ files: 0, symbols: 0, lines: 0 });
    expect(await codebase.checkDeadCode({})).toEqual([]);
    expect(await codebase.searchSemantic({ query: "anything" })).toEqual([]);
    await expect(codebase.findDefinition({ symbol: "x" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("refuses a folder that does not exist, and a file", () => {
    const root = folders.folder({ "a.py": "" });
    expect(() => folders.open(join(root, "missing"))).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
    expect(() => folders.open(join(root, "a.py"))).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  });

  it("takes what it can of files with broken syntax, and names them", async () => {
    const { codebase } = folders.project({
      "broken.ts": "export function good() {}\nexport function bad( {\n  good();\n",
      "broken.py": "def fine():\n    pass\n\ndef worse(:\n    fine()\n",
      "broken.go": "package p\n\nfunc Fine() {}\n\nfunc Worse( {\n",
      "Broken.java": "class Broken { void fine() {} void worse( { }",
    });
    const report = await codebase.index({});
    expect(report.unparsed.sort()).toEqual(["Broken.java", "broken.go", "broken.py", "broken.ts"]);
    for (const symbol of ["good", "fine", "Fine"])
      expect((await codebase.findDefinition({ symbol })).length).toBeGreaterThan(0);
  });

  it("passes over binary and generated files, minified code and loops of symbolic links, with the reasons", async () => {
    const { root, codebase } = folders.project({
      "a.py": "def one():\n    pass\n",
      "binary.py": "x\0y",
      "generated.go": "// Code generated by protoc. DO NOT EDIT.\npackage p\n",
      "bundle.js": `var a = "${"x".repeat(30_000)}";`,
    });
    symlinkSync(root, join(root, "loop"));
    const report = await codebase.index({});
    expect(report.skipped).toMatchObject({ binary: 1, generated: 1, minified: 1, "symbolic link": 1 });
    expect((await codebase.findDefinition({ symbol: "one" })).length).toBe(1);
  });

  it("keeps services with the same names apart", async () => {
    const same = "def create_order():\n    pass\n\n\ndef run():\n    create_order()\n";
    const { codebase } = folders.project({
      "shop/requirements.txt": "",
      "shop/app.py": same,
      "stock/requirements.txt": "",
      "stock/app.py": same,
      "stock/other.py": "from app import create_order\n\ncreate_order()\n",
    });
    const found = await codebase.findDefinition({ symbol: "create_order" });
    expect(found.map(({ service_name }) => service_name)).toEqual(["shop", "stock"]);
    expect(await callersOf(codebase, "stock/app.py:create_order")).toEqual(["stock/app.py:6 run", "stock/other.py:3"]);
    expect(await callersOf(codebase, "shop/app.py:create_order")).toEqual(["shop/app.py:6 run"]);
  });

  it("is begun anew when its file is damaged", async () => {
    const { root, codebase } = folders.project({ "a.py": "def one():\n    pass\n" });
    await codebase.index({});
    codebase.close();
    truncateSync(`${root}.db`, 3000);
    rmSync(`${root}.db-wal`, { force: true });
    expect((await folders.open(root).findDefinition({ symbol: "one" })).length).toBe(1);
  });

  it("works where no file can be written", async () => {
    const root = folders.folder({ "a.py": "def one():\n    pass\n", blocked: "" });
    const { createBuiltinCodebase } = await import("../../src/codebase/builtin.ts");
    const codebase = createBuiltinCodebase({ root, index: join(root, "blocked", "index.db") });
    expect((await codebase.findDefinition({ symbol: "one" })).length).toBe(1);
    codebase.close();
  });

  it("indexes ten thousand files, tells how far it is, and finds every caller", async () => {
    const { codebase } = folders.project({
      "shared.ts": "export function shared(n: number) {\n  return n;\n}\n",
      ...manyFiles(10_000),
    });
    const steps: number[] = [];
    const report = await codebase.index({ onProgress: (_path, done) => void steps.push(done) });
    expect(report.files).toBe(10_001);
    expect(steps.at(-1)).toBe(10_001);
    const { callers, total } = await codebase.findCallers({ symbol: "shared", max_results: 20 });
    expect(total).toBe(10_000);
    expect(callers).toHaveLength(20);
    const [own] = await codebase.findDefinition({ symbol: "own9999" });
    expect(own?.file).toBe("part49/file9999.ts");
  }, 300_000);

  it("stops when told to, and goes on from there", async () => {
    const { codebase } = folders.project({ "shared.ts": "export const shared = 1;\n", ...manyFiles(1200) });
    // Stamps younger than two seconds are not trusted: what was read would be read again.
    await new Promise((ready) => setTimeout(ready, 2500));
    const stop = new AbortController();
    const aborted = codebase.index({
      signal: stop.signal,
      onProgress: (_path, done) => {
        if (done > 300) stop.abort(new Error("enough"));
      },
    });
    await expect(aborted).rejects.toThrow("enough");
    const report = await codebase.index({});
    expect(report.files).toBe(1201);
    expect(report.files_read).toBeLessThan(1201);
  });

  it("is written by one process at a time: what the first has read the second need not read", async () => {
    const root = folders.folder({ "shared.ts": "export const shared = 1;\n", ...manyFiles(600) });
    // Stamps younger than two seconds are not trusted.
    for (const path of ["shared.ts", ...Object.keys(manyFiles(600))]) utimesSync(join(root, path), OLD, OLD);
    await new Promise((ready) => setTimeout(ready, 2500));
    const reports = await Promise.all([indexing(root), indexing(root)]);
    expect(reports.map((report) => report?.files)).toEqual([601, 601]);
    expect(reports.reduce((sum, report) => sum + (report?.files_read ?? 0), 0)).toBe(601);
  });

  it("goes on after a process was killed in the middle", async () => {
    const root = folders.folder({ "shared.ts": "export const shared = 1;\n", ...manyFiles(2000) });
    expect(await indexing(root, 20)).toBeNull();
    expect(existsSync(`${root}.db`)).toBe(true);
    const codebase = folders.open(root);
    expect(await codebase.index({})).toMatchObject({ files: 2001 });
    expect((await codebase.findCallers({ symbol: "own1" })).total).toBe(0);
    expect((await codebase.findDefinition({ symbol: "own1999" })).length).toBe(1);
  });
});
