import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { ScanReport } from "../../src/model/scan-report.ts";
import { baselineOf, readBaseline, writeBaseline } from "../../src/quality-gate/baseline.ts";
import { scanFolders } from "./folders.ts";

const { scratch, folder, write, scan, remove } = scanFolders();
afterAll(remove);

const password = (value: string) => `DB_PASSWORD = "${value}"\n`;
const places = (report: ScanReport) =>
  report.violations.map(({ code, file_path, line }) => `${code} ${file_path}:${line}`);

describe("a baseline", () => {
  it("leaves what is known out and counts it, wherever lines move, and finds the same mistake made again", async () => {
    const root = folder({ "a.py": password("hunter22!"), "b.py": password("hunter33!"), "c.py": "print(1)\n" });
    const path = join(root, ".so-baseline.json");
    writeBaseline(path, baselineOf(await scan(root)));
    const baseline = readBaseline(path);
    expect(baseline).toHaveLength(3);
    expect(await scan(root, { baseline })).toMatchObject({ violations: [], baseline_gone: 0, counts: { high: 0 } });
    write(root, {
      "a.py": `# moved\n\n${password("hunter22!")}${password("hunter22!")}`,
      "b.py": "x = 1\n",
      "d.py": password("hunter44!"),
    });
    const report = await scan(root, { baseline });
    expect(places(report)).toEqual(["SEC-SECRET-007 a.py:4", "SEC-SECRET-007 d.py:1"]);
    expect(report.known_findings.map(({ file_path }) => file_path)).toEqual(["a.py", "c.py"]);
    expect(report.baseline_gone).toBe(1);
  });

  it("is a sorted file that holds no secret, no line number and no date", async () => {
    const root = folder({
      "b.py": password("hunter22!"),
      "a.py": password("hunter33!"),
      "z.py": "x = 1  # so-ignore SEC-001\n",
    });
    const [first, second] = [join(root, "one.json"), join(root, "two.json")];
    writeBaseline(first, baselineOf(await scan(root)));
    writeBaseline(second, baselineOf(await scan(root)));
    const text = readFileSync(first, "utf8");
    expect(readFileSync(second, "utf8")).toBe(text);
    expect(text).not.toMatch(/hunter|"line"|20\d\d-/);
    const { findings } = JSON.parse(text) as { findings: Record<string, string>[] };
    expect(findings.map(({ file }) => file)).toEqual(["a.py", "b.py"]);
    expect(Object.keys(findings[0] ?? {})).toEqual(["file", "code", "message", "fingerprint"]);
  });

  it("that cannot be read is said, and never taken for an empty one", () => {
    expect(() => readBaseline(join(scratch, "absent.json"))).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
    for (const text of ["", "{}", "[]", '{"version":2,"findings":[]}', '{"version":1,"findings":[{"file":"a"}]}']) {
      const path = join(scratch, "bad.json");
      writeFileSync(path, text);
      expect(() => readBaseline(path)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
    }
  });
});

function git(root: string, ...args: string[]) {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  const who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"];
  execFileSync("git", [...who, ...args], { cwd: root, env, stdio: "pipe" });
}

describe("changed files only", () => {
  it("judges modified, staged, untracked and renamed files, and no ignored or untouched ones", async () => {
    const root = folder({
      "shop/untouched.py": password("hunter11!"),
      "shop/modified.py": "x = 1\n",
      "shop/staged.py": "x = 2\n",
      "shop/old name.py": password("hunter22!"),
      "shop/deleted.py": password("hunter33!"),
      ".gitignore": "ignored.py\n",
      "elsewhere.py": "y = 1\n",
    });
    git(root, "init", "-q");
    git(root, "add", ".");
    git(root, "commit", "-qm", "one");
    write(root, {
      "shop/modified.py": password("hunter44!"),
      "shop/staged.py": password("hunter55!"),
      "shop/ünträcked.py": password("hunter66!"),
      "shop/ignored.py": password("hunter77!"),
      "elsewhere.py": password("hunter88!"),
    });
    git(root, "add", "shop/staged.py");
    git(root, "mv", "shop/old name.py", "shop/new name.py");
    rmSync(join(root, "shop/deleted.py"));
    const report = await scan(root, { changed_since: "HEAD" });
    expect(report.violations.map(({ file_path }) => file_path)).toEqual([
      "elsewhere.py",
      "shop/modified.py",
      "shop/new name.py",
      "shop/staged.py",
      "shop/ünträcked.py",
    ]);
    expect(report.changed_files).toBe(5);
    const below = await scan(join(root, "shop"), { changed_since: "main" });
    expect(below.violations.map(({ file_path }) => file_path)).toEqual([
      "modified.py",
      "new name.py",
      "staged.py",
      "ünträcked.py",
    ]);
  });

  it("lets rules over the whole project see files that did not change", async () => {
    const root = folder({
      "shop/package.json": "{}",
      "shop/bus.ts": 'bus.publish("order.created", order);\n',
      "mail/package.json": "{}",
      "mail/bus.ts": 'bus.subscribe("order.created", send);\n',
    });
    git(root, "init", "-q");
    git(root, "add", ".");
    git(root, "commit", "-qm", "one");
    write(root, { "shop/bus.ts": 'bus.publish("order.created", order);\nbus.publish("order.lost", order);\n' });
    const report = await scan(root, { changed_since: "HEAD", only: ["ADV-001"] });
    expect(places(report)).toEqual(["ADV-001 shop/bus.ts:2"]);
    // The same after everything was seen once.
    expect((await scan(root, { only: ["ADV-001"] })).violations).toEqual(report.violations);
    expect(places(await scan(root, { changed_since: "HEAD", only: ["ADV-001"] }))).toEqual(places(report));
  });

  it("says why it cannot be told what changed", async () => {
    const root = folder({ "a.py": "x = 1\n" });
    await expect(scan(root, { changed_since: "HEAD" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("not in a git repository"),
    });
    git(root, "init", "-q");
    for (const ref of ["HEAD", "nowhere", "--output=x", "a b", ""])
      await expect(scan(root, { changed_since: ref })).rejects.toMatchObject({
        code: "INVALID_INPUT",
        message: expect.stringContaining("There is no commit"),
      });
  });

  it("runs no program that the repository's settings name", async () => {
    const root = folder({ "a.py": "x = 1\n" });
    git(root, "init", "-q");
    git(root, "add", ".");
    git(root, "commit", "-qm", "one");
    const trace = join(root, "ran");
    for (const name of ["core.fsmonitor", "diff.external", "core.pager"])
      git(root, "config", name, `touch ${trace}; false`);
    write(root, { "a.py": password("hunter22!"), ".gitattributes": "*.py diff=x\n" });
    expect(places(await scan(root, { changed_since: "HEAD" }))).toEqual(["SEC-SECRET-007 a.py:1"]);
    expect(() => readFileSync(trace)).toThrow();
  });
});

describe("services", () => {
  it("keeps to those asked for, and names the ones there are", async () => {
    const root = folder({
      "a/go.mod": "",
      "a/x.py": password("hunter22!"),
      "b/go.mod": "",
      "b/x.py": password("hunter33!"),
    });
    expect(places(await scan(root, { only_services: ["b"] }))).toEqual(["SEC-SECRET-007 b/x.py:1"]);
    await expect(scan(root, { only_services: ["c"] })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      remedy: "Services: a, b.",
    });
  });
});
