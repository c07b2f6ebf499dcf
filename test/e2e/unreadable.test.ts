import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ScanReport } from "../../src/model/scan-report.ts";
import { CLI } from "./support.ts";

/** Root reads everything: rights only show for another user, which only root can become. */
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const asNobody = (cwd: string, args: string[]) => {
  const env = { PATH: process.env.PATH, HOME: "/nonexistent", NO_COLOR: "1" };
  return spawnSync(process.execPath, [CLI, ...args], { uid: NOBODY, gid: NOBODY, cwd, env, encoding: "utf8" });
};
const runs = isRoot && asNobody("/", ["--version"]).status === 0;
const reason = runs ? "" : isRoot ? " (skipped: the built command is closed to other users)" : " (skipped: needs root)";

const scratch = mkdtempSync(join(tmpdir(), "so-unreadable-"));
chmodSync(scratch, 0o755);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function folder(name: string): string {
  const root = join(scratch, name);
  const files = {
    "orders/app.py": "print(1)\n",
    "orders/settings.py": 'PASSWORD = "kT9vQ2mxZ!"\n',
    "orders/big.txt": "x ".repeat(1024 * 1024),
    "closed/app.py": "print(2)\n",
    "listed/app.py": "print(3)\n",
    "hidden/.gitignore": "app.py\n",
    "hidden/app.py": "print(4)\n",
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const path of ["orders/settings.py", "orders/big.txt", "hidden/.gitignore", "closed"])
    chmodSync(join(root, path), 0);
  // Its names can be read, what they stand for cannot.
  chmodSync(join(root, "listed"), 0o744);
  return root;
}

describe.skipIf(!runs)(`what a user may not read${reason}`, () => {
  it("is named and counted, and the rest is scanned", () => {
    const root = folder("some");
    const { status, stdout, stderr } = asNobody(root, ["scan", ".", "--format", "json"]);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    const report = ScanReport.parse(JSON.parse(stdout));
    expect(report.violations.map(({ code, file_path }) => `${code} ${file_path}`)).toEqual([
      "LOG-001 hidden/app.py",
      "LOG-001 orders/app.py",
    ]);
    const closed = ["closed/", "hidden/.gitignore", "listed/app.py", "orders/big.txt", "orders/settings.py"];
    expect(report.files_skipped.unreadable).toBe(closed.length);
    expect(report.unparsed).toEqual(closed);
  });

  it("does not change what findings mean for the exit status", () => {
    const root = folder("status");
    const { status, stdout } = asNobody(root, ["scan", ".", "--fail-on", "warning"]);
    expect(status).toBe(1);
    expect(stdout).toContain("closed/");
    expect(stdout).toContain("5 unreadable");
  });

  it("ends with status 2 where it is the folder itself", () => {
    const root = folder("root");
    const { status, stdout, stderr } = asNobody("/", ["scan", join(root, "closed")]);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/INVALID_INPUT: The folder .* may not be read\./);
    chmodSync(root, 0o700);
    expect(asNobody("/", ["scan", join(root, "orders")]).status).toBe(2);
  });
});
