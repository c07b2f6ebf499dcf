import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { verifyService } from "../../src/builders/verify.ts";
import { spawnGroup } from "../../src/lib/exec.ts";
import { digestTree } from "../../src/lib/fs.ts";
import { isAlive, ownIdentity, startTimeOf } from "../../src/lib/process.ts";
import type { Evidence } from "../../src/model/evidence.ts";
import { eventually, temporaryFolder } from "./support.ts";

function project(files: Record<string, string>): string {
  const folder = join(temporaryFolder(), "svc");
  mkdirSync(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function verify(directory: string, over: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<Evidence> {
  const signal = over.signal ?? new AbortController().signal;
  const logDir = join(dirname(directory), "logs");
  return verifyService({ service: "svc", directory, logDir, spawn: spawnGroup, timeoutMs: 60_000, ...over, signal });
}

const manifest = (test: string, more = {}) =>
  JSON.stringify({ name: "svc", type: "module", scripts: { test }, ...more });
const PASSING =
  'import { test } from "node:test";\ntest("a", () => {});\ntest("b", () => {});\ntest.skip("c", () => {});\n';
const testsOf = (evidence: Evidence) => evidence.commands.find(({ purpose }) => purpose === "test")?.tests;
const works = (tool: string, ...args: string[]) => spawnSync(tool, args).status === 0;
const python = works("python3", "-c", "import ensurepip, pytest, venv");

describe("a Node service", () => {
  it("is verified by its own tests, without an install when it needs none", async () => {
    const directory = project({ "package.json": manifest("node --test test/a.test.js"), "test/a.test.js": PASSING });
    const evidence = await verify(directory);
    expect(evidence).toMatchObject({ verified: true, reason: "", tree_digest: digestTree(directory) });
    expect(evidence.commands).toHaveLength(1);
    expect(evidence.commands[0]).toMatchObject({
      purpose: "test",
      command: "npm test",
      exit_code: 0,
      timed_out: false,
    });
    expect(testsOf(evidence)).toEqual({ executed: 2, passed: 2, failed: 0, skipped: 1 });
  });

  it("is not verified when a test fails, and the counts say how many", async () => {
    const failing = `${PASSING}test("d", () => { throw new Error("no"); });\n`;
    const evidence = await verify(
      project({ "package.json": manifest("node --test test/a.test.js"), "test/a.test.js": failing }),
    );
    expect(evidence.verified).toBe(false);
    expect(evidence.reason).toMatch(/^npm test ended with 1; 1 of 3 tests failed/);
    expect(testsOf(evidence)).toEqual({ executed: 3, passed: 2, failed: 1, skipped: 1 });
  });

  it.each([
    [
      "a failing run hidden by the script",
      "node --test test/a.test.js || true",
      'import { test } from "node:test";\ntest("a", () => { throw 1; });',
      /^1 of 1 tests failed/,
    ],
    ["a test file without tests", "node --test test/a.test.js", "export {};", /executed no test/],
    [
      "tests that are all skipped",
      "node --test test/a.test.js",
      'import { test } from "node:test";\ntest.skip("a", () => {});',
      /executed no test/,
    ],
    ["a script that only says so", "echo 12 tests passed, all green", "", /left no test report/],
    ["a tool that is not there", "no-such-runner", "", /^npm test ended with 127/],
  ])("is not verified by %s", async (_name, script, test, reason) => {
    const evidence = await verify(project({ "package.json": manifest(script), "test/a.test.js": test }));
    expect(evidence.verified).toBe(false);
    expect(evidence.reason).toMatch(reason);
  });

  it.each([
    ["no test script", { "package.json": '{ "name": "svc" }' }, "package.json has no test script."],
    [
      "npm's placeholder",
      { "package.json": manifest('echo "Error: no test specified" && exit 1') },
      "package.json has no test script.",
    ],
    ["a broken manifest", { "package.json": "{" }, "package.json cannot be read as a package manifest."],
    ["no manifest", { "main.js": "" }, "There is no manifest that says how to test it"],
    ["no file at all", {}, "Nothing was delivered: the folder is empty."],
  ])("is not verified with %s", async (_name, files, reason) => {
    const evidence = await verify(project(files));
    expect(evidence).toMatchObject({ verified: false, commands: [] });
    expect(evidence.reason).toContain(reason);
  });

  it("is installed first when it has dependencies, and built when it has a build", async () => {
    const dependency = {
      "dep/package.json": '{ "name": "dep", "version": "1.0.0", "type": "module", "exports": "./i.js" }',
    };
    const directory = project({
      ...dependency,
      "dep/i.js": "export const two = 2;\n",
      "package.json": JSON.stringify({
        ...{ name: "svc", type: "module", dependencies: { dep: "file:./dep" } },
        scripts: { build: "node -e \"require('fs').mkdirSync('dist')\"", test: "node --test a.test.js" },
      }),
      "a.test.js":
        'import { test } from "node:test";\nimport { two } from "dep";\ntest("two", () => { if (two !== 2) throw 1; });\n',
    });
    const evidence = await verify(directory);
    expect(evidence.reason).toBe("");
    expect(evidence.commands.map(({ purpose }) => purpose)).toEqual(["install", "build", "test"]);
    expect(existsSync(join(directory, "package-lock.json"))).toBe(false);
  });

  it("is not blamed for a network that is not there", async () => {
    const npmrc = "registry=http://127.0.0.1:1/\nfetch-retries=0\noffline=false\ncache=./.npm-cache\n";
    const directory = project({
      "package.json": manifest("node --test", { dependencies: { "left-pad": "1.3.0" } }),
      ".npmrc": npmrc,
    });
    await expect(verify(directory)).rejects.toMatchObject({ code: "ENVIRONMENT" });
  });

  it("is verified by vitest as well", async () => {
    const directory = project({
      "package.json": manifest("vitest run"),
      "a.test.js": 'import { expect, it } from "vitest";\nit("a", () => expect(1).toBe(1));\n',
    });
    symlinkSync(join(import.meta.dirname, "..", "..", "node_modules"), join(directory, "node_modules"));
    const evidence = await verify(directory);
    expect(evidence.reason).toBe("");
    expect(testsOf(evidence)).toEqual({ executed: 1, passed: 1, failed: 0, skipped: 0 });
  });
});

describe("limits", () => {
  const hanging = {
    "package.json": manifest("node hang.js"),
    "hang.js":
      'import { writeFileSync } from "node:fs";\nimport { spawn } from "node:child_process";\nconst child = spawn("sleep", ["600"]);\nwriteFileSync("pid", String(child.pid));\nsetInterval(() => {}, 1000);\n',
  };
  const runs = (directory: string) => {
    const pid = Number(readFileSync(join(directory, "pid"), "utf8"));
    return isAlive({ pid, started: startTimeOf(pid) ?? "gone" });
  };

  it("ends a test run that does not end, with all its children", async () => {
    const directory = project(hanging);
    const evidence = await verify(directory, { timeoutMs: 3000 });
    expect(evidence.verified).toBe(false);
    expect(evidence.reason).toContain("did not end in time");
    expect(evidence.commands[0]).toMatchObject({ timed_out: true, tests: null });
    expect(runs(directory)).toBe(false);
  });

  it("ends everything when it is stopped", async () => {
    const directory = project(hanging);
    const controller = new AbortController();
    const running = verify(directory, { signal: controller.signal });
    await eventually(() => existsSync(join(directory, "pid")) && runs(directory), "the start of the tests");
    controller.abort(new Error("stopped"));
    await expect(running).rejects.toThrow("stopped");
    expect(runs(directory)).toBe(false);
    expect(isAlive(ownIdentity())).toBe(true);
  });

  it("leaves no server behind that the tests started", async () => {
    const left =
      'import { spawn } from "node:child_process";\nimport { writeFileSync } from "node:fs";\nimport { test } from "node:test";\ntest("a", () => {\n  const child = spawn("sleep", ["600"], { stdio: "ignore" });\n  child.unref();\n  writeFileSync("pid", String(child.pid));\n});\n';
    const directory = project({ "package.json": manifest("node --test a.test.js"), "a.test.js": left });
    expect((await verify(directory)).verified).toBe(true);
    expect(runs(directory)).toBe(false);
  });
});

describe("a missing tool", () => {
  const path = process.env.PATH;
  afterEach(() => {
    process.env.PATH = path;
  });

  it.each([
    ["npm", { "package.json": manifest("node --test") }],
    ["python3", { "requirements.txt": "" }],
    ["go", { "go.mod": "module a\n" }],
    ["mvn", { "pom.xml": "<project/>" }],
    ["gradle", { "build.gradle": "" }],
  ])("%s is ours to provide", async (tool, files) => {
    const directory = project(files);
    process.env.PATH = temporaryFolder();
    await expect(verify(directory)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining(tool),
    });
  });
});

describe.runIf(python)("a Python service (needs python3 with venv and pytest, which CI installs)", () => {
  it("is tested by pytest in an environment of its own", async () => {
    const directory = project({
      "requirements.txt": "# nothing\n",
      "test_a.py": "def test_a():\n    assert 1 + 1 == 2\n\ndef test_b():\n    assert False\n",
    });
    const evidence = await verify(directory);
    expect(evidence.verified).toBe(false);
    expect(evidence.reason).toContain("1 of 2 tests failed");
    writeFileSync(join(directory, "test_a.py"), "def test_a():\n    assert 1 + 1 == 2\n");
    const second = await verify(directory);
    expect(second).toMatchObject({ verified: true, reason: "", tree_digest: digestTree(directory) });
    expect(testsOf(second)).toEqual({ executed: 1, passed: 1, failed: 0, skipped: 0 });
    expect(second.commands.at(-1)?.roster).toMatchObject({ source: "junit-xml", tests: [{ name: "test_a > test_a" }] });
    writeFileSync(join(directory, "test_a.py"), "import nothing_there\n");
    const broken = await verify(directory);
    expect(broken.commands.at(-1)?.roster).toMatchObject({ total: 0, unloaded: [expect.stringContaining("test_a")] });
  });

  it("is not verified without a test", async () => {
    const evidence = await verify(project({ "pyproject.toml": "[tool.x]\n", "app.py": "x = 1\n" }));
    expect(evidence.verified).toBe(false);
    expect(evidence.reason).toContain("ended with 5");
  });
});

describe.runIf(works("go", "version"))("a Go service (needs go, which CI installs)", () => {
  it("is tested by go test", async () => {
    const evidence = await verify(
      project({
        "go.mod": "module example.com/svc\n\ngo 1.21\n",
        "a_test.go": 'package svc\n\nimport "testing"\n\nfunc TestA(t *testing.T) {}\n',
      }),
      { timeoutMs: 280_000 },
    );
    expect(evidence.reason).toBe("");
    expect(testsOf(evidence)).toEqual({ executed: 1, passed: 1, failed: 0, skipped: 0 });
    // The first run on a machine compiles the standard library.
  }, 300_000);
});
