import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { AppError } from "../../src/lib/errors.ts";
import { ScanReport } from "../../src/model/scan-report.ts";
import type { ScanRequest } from "../../src/quality-gate/port.ts";
import { scanProject, scanText } from "../../src/quality-gate/scan.ts";

const bookshop = fileURLToPath(new URL("../fixtures/scan/bookshop", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "scan-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let count = 0;
function folder(files: Record<string, string | Uint8Array> = {}): string {
  const root = join(scratch, `project-${++count}`);
  mkdirSync(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

function scan(root: string, over: Partial<ScanRequest> = {}) {
  const signal = new AbortController().signal;
  return scanProject({ root, services: [], contracts: [], service_map: null, only: [], signal, ...over });
}

const codes = (report: ScanReport) => report.violations.map(({ code }) => code);

describe("a project with known faults", () => {
  it("gives exactly these findings, and none in comments, strings, tests and clean code", async () => {
    const report = await scan(bookshop);
    expect(ScanReport.parse(report)).toEqual(report);
    expect(report.unparsed).toEqual([]);
    const found = report.violations.map(
      (one) => `${one.severity} ${one.code} ${one.service} ${one.file_path}:${one.line}`,
    );
    expect(found).toEqual([
      "error DOCKER-001 catalog catalog/Dockerfile:1",
      "warning DOCKER-003 catalog catalog/Dockerfile:1",
      "warning DOCKER-005 catalog catalog/Dockerfile:1",
      "critical DOCKER-002 catalog catalog/Dockerfile:2",
      "warning DOCKER-004 catalog catalog/Dockerfile:3",
      "high SEC-SECRET-007 catalog catalog/app/db.py:7",
      "critical SEC-SECRET-005 catalog catalog/app/db.py:8",
      "error LOG-005 catalog catalog/app/db.py:12",
      "warning HEALTH-001 catalog catalog/app/main.py:10",
      "error CORS-001 catalog catalog/app/main.py:13",
      "critical CORS-002 catalog catalog/app/main.py:13",
      "error SEC-001 catalog catalog/app/main.py:23",
      "warning LOG-001 catalog catalog/app/main.py:25",
      "warning ADV-005 catalog catalog/app/main.py:33",
      "critical SEC-003 catalog catalog/app/main.py:39",
      "high SEC-004 catalog catalog/app/main.py:39",
      "warning TRACE-001 catalog catalog/app/main.py:43",
      "high DOCKER-008 orders docker-compose.yml:4",
      "critical DOCKER-006 catalog docker-compose.yml:9",
      "warning DOCKER-007 orders docker-compose.yml:15",
      "warning ADV-003 orders orders/src/app.ts:0",
      "error CORS-001 orders orders/src/app.ts:6",
      "error SEC-001 orders orders/src/app.ts:10",
      "error SEC-001 orders orders/src/app.ts:11",
      "high CORS-003 orders orders/src/app.ts:12",
      "warning LOG-004 orders orders/src/app.ts:14",
      "critical SEC-005 orders orders/src/auth.ts:3",
      "critical SEC-002 orders orders/src/auth.ts:6",
      "high SEC-006 orders orders/src/auth.ts:10",
      "warning ADV-006 orders orders/src/client.ts:4",
      "warning TRACE-001 orders orders/src/client.ts:6",
      "warning ADV-005 orders orders/src/client.ts:7",
    ]);
    expect(report.counts).toEqual({ info: 0, warning: 13, error: 7, high: 5, critical: 7 });
  });

  it("never repeats a secret", async () => {
    const report = await scan(bookshop);
    expect(codes(report)).toContain("SEC-SECRET-005");
    for (const text of [JSON.stringify(report), scanText(report)])
      for (const secret of ["tr0ub4dor", "dev-only-secret"]) expect(text).not.toContain(secret);
  });

  it("gives the same report twice, and the same fingerprints when lines move", async () => {
    const root = join(scratch, "moved");
    cpSync(bookshop, root, { recursive: true });
    const before = await scan(root);
    expect({ ...(await scan(root)), duration_ms: 0 }).toEqual({ ...before, duration_ms: 0 });
    const path = join(root, "catalog/app/main.py");
    writeFileSync(path, `# one\n# two\n\n${readFileSync(path, "utf8")}`);
    const after = await scan(root);
    expect(after.violations.map(({ fingerprint }) => fingerprint)).toEqual(
      before.violations.map(({ fingerprint }) => fingerprint),
    );
    expect(after.violations.map(({ line }) => line)).not.toEqual(before.violations.map(({ line }) => line));
    expect(new Set(before.violations.map(({ fingerprint }) => fingerprint)).size).toBe(before.violations.length);
  });

  it("takes names of services and rules, and leaves folders out", async () => {
    const services = [{ name: "shop", directory: "orders" }];
    const report = await scan(bookshop, { services, only: ["cors", "SEC-002"], exclude: ["catalog"] });
    expect(report.violations.map(({ code, service }) => `${code} ${service}`)).toEqual([
      "CORS-001 shop",
      "CORS-003 shop",
      "SEC-002 shop",
    ]);
    expect(report.rules_run).toEqual(["SEC-002", "CORS-001", "CORS-002", "CORS-003"]);
    expect(report.files_skipped.excluded).toBe(1);
  });

  it("tells an unknown rule by its nearest name", async () => {
    const error = await scan(bookshop, { only: ["secret"] }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: "INVALID_INPUT", remedy: expect.stringContaining("Did you mean secrets?") });
  });
});

describe("what is passed over", () => {
  it("honours .gitignore at every level and counts what it skips", async () => {
    const bad = 'DB_PASSWORD = "hunter22!"\n';
    const report = await scan(
      folder({
        ".gitignore": "secret.py\n/generated/\n*.log.py\n",
        "secret.py": bad,
        "generated/a.py": bad,
        "api/.gitignore": "local.py\n!keep.log.py\n",
        "api/local.py": bad,
        "api/keep.log.py": bad,
        "api/generated/a.py": bad,
        "node_modules/x/index.py": bad,
        ".venv/lib/x.py": bad,
        "env/pyvenv.cfg": "",
        "env/x.py": bad,
        ".git/config": bad,
        "package-lock.json": "{}",
        "logo.png": "x",
        "data.bin.txt": "a\0b",
        "api.pb.go": "// Code generated by protoc. DO NOT EDIT.\npackage a\n",
        "big.txt": `${bad}${"x".repeat(1024 * 1024)}`,
        "bundle.js": `var a=1;${"f();".repeat(10_000)}`,
      }),
    );
    expect(report.violations.map(({ file_path }) => file_path)).toEqual(["api/generated/a.py", "api/keep.log.py"]);
    expect(report.files_skipped).toEqual({
      binary: 2,
      "dependency folder": 3,
      generated: 1,
      "ignored by .gitignore": 3,
      "lock file": 1,
      minified: 1,
      "too large": 1,
      "version control": 1,
    });
  });

  it("finds services by their manifests and gives each file to the deepest", async () => {
    const bad = 'PASSWORD = "hunter22!"\n';
    const report = await scan(
      folder({ "a/package.json": "{}", "a/x.py": bad, "a/inner/go.mod": "module m", "a/inner/y.py": bad, "z.py": bad }),
    );
    expect(report.violations.map(({ service, file_path }) => `${service} ${file_path}`)).toEqual([
      "inner a/inner/y.py",
      "a a/x.py",
      " z.py",
    ]);
  });
});

describe("hostile input", () => {
  it("says so when there is no such folder, or when it is a file", async () => {
    await expect(scan(join(scratch, "absent"))).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(scan(join(folder({ "a.txt": "" }), "a.txt"))).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it("scans an empty folder without calling it right", async () => {
    const report = await scan(folder());
    expect(report).toMatchObject({ files_scanned: 0, violations: [], unparsed: [] });
    expect(scanText(report)).toContain("nothing is shown to be right");
  });

  it("does not follow symbolic links, in circles or outside", async () => {
    const root = folder({ "a/app.py": 'PASSWORD = "hunter22!"\n' });
    symlinkSync(root, join(root, "a/loop"));
    symlinkSync("nowhere", join(root, "broken.py"));
    const report = await scan(root);
    expect(codes(report)).toEqual(["SEC-SECRET-007"]);
    expect(report.files_skipped).toEqual({ "symbolic link": 2 });
    symlinkSync(root, join(scratch, "entry"));
    expect(codes(await scan(join(scratch, "entry")))).toEqual(["SEC-SECRET-007"]);
  });

  it("passes over sockets and what it may not read", async () => {
    const root = folder({ "closed/app.py": "x = 1\n", "app.py": "x = 1\n" });
    const server = createServer().listen(join(root, "s.sock"));
    await new Promise((ready) => server.once("listening", ready));
    chmodSync(join(root, "closed"), 0);
    chmodSync(join(root, "app.py"), 0);
    chmodSync(root, 0o755);
    chmodSync(scratch, 0o755);
    const privileged = process.getuid?.() === 0;
    if (privileged) process.seteuid?.(65534);
    try {
      const report = await scan(root);
      expect(report.files_skipped).toEqual({ "not a regular file": 1, unreadable: 2 });
    } finally {
      if (privileged) process.seteuid?.(0);
      chmodSync(join(root, "closed"), 0o755);
      server.close();
    }
  });

  it("reads invalid UTF-8 and Windows line ends", async () => {
    const bytes = Buffer.concat([
      Buffer.from([0x23, 0xff, 0xfe, 0xc3, 0x28, 0x0d, 0x0a]),
      Buffer.from('PASSWORD = "hunter22!"\r\n'),
    ]);
    const report = await scan(folder({ "app.py": bytes }));
    expect(report.violations).toMatchObject([{ code: "SEC-SECRET-007", line: 2, column: 1 }]);
  });

  it("stands a line of megabytes and a line of 900,000 characters", async () => {
    const long = `x = "${"password = ".repeat(80_000)}"`;
    const report = await scan(
      folder({ "line.txt": "a".repeat(5_000_000), "line.py": long, "eyJ.txt": "eyJ".repeat(300_000) }),
    );
    expect(report.files_skipped).toMatchObject({ "too large": 1 });
    expect(report.violations).toEqual([]);
  });

  it.each([
    ["brackets.js", `x=${"[\n".repeat(50_000)}`],
    ["brackets.py", `x=${"(\n".repeat(50_000)}1${")\n".repeat(50_000)}`],
    ["templates.ts", `const jwt = ${"`${\n".repeat(20_000)}`],
    ["blocks.py", Array.from({ length: 600 }, (_, depth) => `${" ".repeat(depth)}if jwt:`).join("\n")],
  ])("gives up on %s, nested too deeply, and says so", async (name, text) => {
    const code = `${text}\nprint("verify_signature secret_key")\nconsole.log("jwt secret_key verify_signature")\n`;
    const report = await scan(folder({ [name]: code, "app.py": "print(1)\n" }));
    expect(report.unparsed).toEqual([name]);
    expect(report.violations.find(({ file_path }) => file_path === "app.py")).toMatchObject({ code: "LOG-001" });
  });

  it("ends on a chain of a hundred thousand calls", async () => {
    const report = await scan(folder({ "chain.js": `cors${".use()\n".repeat(70_000)};\nconsole.log("x");\n` }));
    expect(report.files_scanned).toBe(1);
  });

  it("lists what it cannot parse and goes on", async () => {
    const report = await scan(
      folder({
        "broken.py": 'def f(:\n    print("x"\n',
        "docker-compose.yml": "services:\n  a: [unclosed\n  privileged: true\n",
        Dockerfile: "RUN nothing before FROM\n",
        "deep/docker-compose.yml": `services: ${"[".repeat(10_000)} privileged`,
        "bomb/docker-compose.yml": [
          "a0: &a0 [x,x]",
          ...Array.from({ length: 40 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n},*a${n}]`),
          "services:\n  s:\n    privileged: true\n    cap_add: *a40",
        ].join("\n"),
        "openapi.json": "{",
      }),
    );
    expect(report.unparsed).toEqual([
      "Dockerfile",
      "broken.py",
      "deep/docker-compose.yml",
      "docker-compose.yml",
      "openapi.json",
    ]);
    expect(report.violations.find(({ code }) => code === "DOCKER-006")).toMatchObject({
      file_path: "bomb/docker-compose.yml",
    });
  });

  it("scans ten thousand files and tells how far it is", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, n) => [`d${n % 100}/f${n}.py`, `value = ${n}\n`]),
    );
    const seen: number[] = [];
    const report = await scan(folder({ ...files, "d7/bad.py": "print(1)\n" }), {
      onProgress: (_message, done) => seen.push(done),
    });
    expect(report.files_scanned).toBe(10_001);
    expect(codes(report)).toEqual(["LOG-001"]);
    expect(seen.length).toBeGreaterThan(100);
    expect(seen.at(-1)).toBe(10_001);
  });

  it("stops when told to", async () => {
    const controller = new AbortController();
    const root = folder(Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`f${n}.py`, "x = 1\n"])));
    const stopped = new AppError("INTERRUPTED", "Stopped.", { remedy: "None." });
    const onProgress = (_message: string, done: number) => {
      if (done > 0) controller.abort(stopped);
    };
    await expect(scan(root, { signal: controller.signal, onProgress })).rejects.toBe(stopped);
  });
});
