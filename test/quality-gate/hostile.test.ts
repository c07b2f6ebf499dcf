import { execFileSync } from "node:child_process";
import { appendFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { renderScan, SCAN_FORMATS } from "../../src/quality-gate/report/format.ts";
import { scanFolders } from "./folders.ts";

const { folder, scan, remove } = scanFolders();
afterAll(remove);

const PRINTS = "print(1)\n";
const lines = (text: string, count: number) => `${text}\n`.repeat(count);

describe("documents built to blow up", () => {
  it("a contract that holds itself is told as not understood, and the rest is scanned", async () => {
    const report = await scan(
      folder({ "openapi.yaml": "openapi: 3.1.0\npaths: &p\n  /a: *p\n  /b: *p\n", "app.py": PRINTS }),
    );
    expect(report.unparsed).toEqual(["openapi.yaml"]);
    expect(report.violations.map(({ code }) => code)).toEqual(["LOG-001"]);
  });

  it("settings that hold themselves thirty times come to an end", async () => {
    const keys = Array.from({ length: 30 }, (_, index) => `  k${index}: *a\n`).join("");
    const report = await scan(
      folder({
        "orders/package.json": "{}",
        "mail/package.json": "{}",
        "orders/src/main/resources/application.yml": `a: &a\n${keys}topics:\n  placed: orders\n`,
        "orders/app.py": PRINTS,
      }),
    );
    expect(report.violations.map(({ code }) => code)).toEqual(["LOG-001"]);
  });

  it("a Dockerfile of a megabyte is told as not understood", async () => {
    const report = await scan(folder({ Dockerfile: `FROM node:22\nRUN ${lines("x \\", 100_000)}` }));
    expect(report.unparsed).toEqual(["Dockerfile"]);
  });

  it("thousands of decorators, entries, paths and nested calls are read once each", async () => {
    const report = await scan(
      folder({
        "a.py": `from fastapi import FastAPI\n${lines('@app.get("/x")', 5_000)}def f(): ...\n`,
        "b.js": `module.exports = {\n${Array.from({ length: 5_000 }, (_, index) => `password${index}: "kT9vQ2mx",\n`).join("")}};\n`,
        "c.ts": `import { Controller, Get } from "@nestjs/common";\nconst P = [\n${lines('"a",', 20_000)}];\n@Controller(P)\nexport class A {\n${lines("@Get(P) f() {}", 200)}}\n`,
        "d.go": `package a\nimport "net/http"\nvar m = http.NewServeMux()\nvar h = ${lines("auth(", 10_000)}m${")".repeat(10_000)}\n`,
        "e.json": lines("[", 100_000),
        "f.ts": `const password = "kT9vQ2mx!";\nconst x = ${lines("[", 100_000)}${lines("]", 100_000)}`,
      }),
    );
    expect(report.violations.filter(({ code }) => code === "SEC-SECRET-007").length).toBeGreaterThan(100);
    expect(report.unparsed).toContain("f.ts");
  }, 120_000);
});

describe("files that are none", () => {
  it("pipes, links in circles and links to devices are passed over and counted", async () => {
    const root = folder({ "app.py": PRINTS, "deep/er/app.py": PRINTS });
    execFileSync("mkfifo", [join(root, "pipe.py")]);
    symlinkSync(".", join(root, "loop"));
    symlinkSync("/dev/zero", join(root, "zero.py"));
    symlinkSync("nowhere", join(root, "broken.py"));
    const report = await scan(root);
    expect(report.files_scanned).toBe(2);
    expect(report.files_skipped).toMatchObject({ "not a regular file": 1, "symbolic link": 3 });
  });

  it("bytes that are no UTF-8 are read as far as they go", async () => {
    const report = await scan(folder({ "a.py": Buffer.from([0xff, 0xfe, 0x0a, ...Buffer.from(PRINTS), 0xc3, 0x28]) }));
    expect(report.violations.map(({ code, line }) => `${code}:${line}`)).toEqual(["LOG-001:2"]);
  });

  it("a file that grows during every scan is judged by what it held, and by its new text afterwards", async () => {
    const root = folder({ "app.py": PRINTS });
    const path = join(root, "app.py");
    const growing = setInterval(() => appendFileSync(path, "# more\n"), 1);
    try {
      for (let round = 0; round < 5; round += 1) {
        const report = await scan(root);
        const changed = report.files_skipped["changed while read"] ?? 0;
        expect(report.violations.length + changed).toBe(1);
      }
    } finally {
      clearInterval(growing);
    }
    writeFileSync(path, `${PRINTS}${PRINTS}`);
    expect((await scan(root)).violations).toHaveLength(2);
  });
});

describe("names of files", () => {
  const NAMES = [
    "a\n  critical SEC-001 forged.py:1:1 forged.py",
    "\u001b[31mred\u001b[0m.py",
    "]]><x>.py",
    "a|b`c.py",
    "\u202ebell\u0007.py",
  ];
  const options = { fail_on: "error", limit: 100, version: "1.0.0" } as const;

  it.each(SCAN_FORMATS)("forge nothing in %s", async (format) => {
    const report = await scan(folder(Object.fromEntries(NAMES.map((name) => [name, PRINTS]))));
    expect(report.violations).toHaveLength(NAMES.length);
    const text = renderScan(report, format, options);
    expect(text).not.toMatch(/^ {2}critical/m);
    expect(text).not.toContain("]]><x>.py</");
    if (format === "json" || format === "sarif") JSON.parse(text);
    if (format !== "text" && format !== "markdown") expect(text).not.toContain("\u001b");
    if (format === "markdown") expect(text.split("\n").filter((line) => line.startsWith("| warning"))).toHaveLength(5);
  });
});
