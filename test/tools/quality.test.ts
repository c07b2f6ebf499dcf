import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { runOperation } from "../../src/lib/operation.ts";
import { addGlobalOptions, addToolCommand } from "../../src/terminal/commands.ts";
import { runProgram } from "../../src/terminal/run.ts";
import { COMMANDS } from "../../src/tools/commands.ts";
import type { ToolCall } from "../../src/tools/define-tool.ts";
import { pageOf } from "../../src/tools/findings.ts";
import { TOOLS } from "../../src/tools/index.ts";
import { fakeIo } from "../terminal/fake-io.ts";

const scratch = mkdtempSync(join(tmpdir(), "tools-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const password = (value: string) => `DB_PASSWORD = "${value}"\n`;
let workspace: string;
let count = 0;
beforeEach(() => {
  workspace = join(scratch, `w${++count}`);
  write({
    ".super-orchestrator/config.yaml": "quality_gate:\n  ignore: [legacy/]\n",
    "a/go.mod": "",
    "a/db.py": password("hunter22!"),
    "a/quiet.py": `${password("hunter33!").trim()}  # nosec - local\n`,
    "b/go.mod": "",
    "b/app.py": "print(1)\n",
    "legacy/db.py": password("hunter44!"),
  });
});
function write(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
}
const context = () => ({ workspace, close: () => {} }) as unknown as ToolCall["ctx"];

async function call(name: string, given: Record<string, unknown> = {}) {
  const tool = TOOLS.find((one) => one.name === name);
  if (!tool) throw new Error(`There is no tool ${name}.`);
  const answer = await runOperation(tool, given, async () => ({
    ctx: context(),
    signal: new AbortController().signal,
    progress: () => {},
  }));
  expect(tool.text(answer).length).toBeGreaterThan(0);
  return answer;
}

async function run(...args: string[]) {
  const io = fakeIo();
  const program = addGlobalOptions(new Command("so"));
  for (const { tool, spelling } of COMMANDS)
    if (tool.toolset === "quality") addToolCommand(program, tool, context, io.io, spelling);
  await runProgram(program, args, io.io);
  return { status: io.status(), out: io.output(), err: io.errors() };
}

interface Page {
  total: number;
  next_cursor: string | null;
  violations: { file_path: string; code: string }[];
}

describe("scan_security", () => {
  it("honours the configuration's ignored paths and tells what comments silence on demand", async () => {
    const plain = await call("scan_security");
    expect(plain).toMatchObject({ total: 2, suppressed: 1, suppressed_findings: [], next_cursor: null });
    expect(plain.files_skipped).toMatchObject({ "ignored by the configuration": 1 });
    const shown = await call("scan_security", { show_suppressed: true });
    expect(shown).toMatchObject({
      suppressed_findings: [{ file_path: "a/quiet.py", suppression: { reason: "local" } }],
    });
  });

  it("takes codes, categories and services, and refuses unknown ones", async () => {
    expect(await call("scan_security", { codes: ["LOG-001,SEC-001"] })).toMatchObject({ total: 1, rules_run: 2 });
    expect(await call("scan_security", { categories: ["secrets"], codes: ["LOG-001"] })).toMatchObject({ total: 2 });
    expect(await call("scan_security", { services: ["b"] })).toMatchObject({ total: 1 });
    await expect(call("scan_security", { codes: ["LOG-999"] })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(call("scan_security", { services: ["c"] })).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await expect(call("scan_security", { changed_only: true })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it("goes on where a page stopped, even when what it showed was fixed", async () => {
    write(Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`b/p${n}.py`, "print(1)\n"])));
    const first = (await call("scan_security", { codes: ["LOG-001"], limit: 4 })) as unknown as Page;
    expect(first.total).toBe(10);
    write({ "b/app.py": "x = 1\n" });
    const seen = first.violations.map(({ file_path }) => file_path);
    for (let cursor = first.next_cursor; cursor !== null; ) {
      const next = (await call("scan_security", { codes: ["LOG-001"], limit: 4, cursor })) as unknown as Page;
      seen.push(...next.violations.map(({ file_path }) => file_path));
      cursor = next.next_cursor;
    }
    expect(seen).toEqual(["b/app.py", ...Array.from({ length: 9 }, (_, n) => `b/p${n}.py`)]);
    await expect(call("scan_security", { cursor: "x" })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});

describe("pageOf", () => {
  it("goes on by place when the last finding shown is gone", () => {
    const list = ["a", "b", "c", "d"].map((fingerprint) => ({ fingerprint }));
    const { next_cursor } = pageOf(list, 2, undefined);
    const left = list.filter(({ fingerprint }) => fingerprint !== "b");
    expect(pageOf(left, 2, next_cursor ?? undefined).page).toEqual([{ fingerprint: "d" }]);
    expect(pageOf([], 2, next_cursor ?? undefined)).toEqual({ page: [], next_cursor: null });
    expect(pageOf(list, 4, undefined).next_cursor).toBeNull();
  });
});

describe("a baseline", () => {
  it("lets scan and gate judge only what is new", async () => {
    const made = await call("create_baseline", { file: "known.json" });
    expect(made).toMatchObject({ findings: 2, file: join(workspace, "known.json") });
    expect(readFileSync(join(workspace, "known.json"), "utf8")).not.toContain("hunter");
    expect(await call("scan_security", { baseline: "known.json" })).toMatchObject({ total: 0, known: 2 });
    const gate = await call("run_quality_gate", { path: ".", baseline: "known.json" });
    expect(gate).toMatchObject({ blocking: 0, total: 0 });
    expect(JSON.stringify(gate.layers)).toContain("2 findings are known to the baseline");
    write({ "b/new.py": password("hunter55!") });
    expect(await call("run_quality_gate", { path: ".", baseline: "known.json" })).toMatchObject({
      verdict: "failed",
      blocking: 1,
      findings: [{ code: "SEC-SECRET-007", where: "b/new.py:1" }],
    });
    await expect(call("scan_security", { baseline: "absent.json" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("lies in the scanned folder when no place is named, and is no finding itself", async () => {
    await call("create_baseline");
    expect(await call("scan_security", { baseline: ".so-baseline.json" })).toMatchObject({ total: 0 });
  });
});

describe("run_quality_gate", () => {
  it("takes categories, services and a least severity", async () => {
    const all = await call("run_quality_gate", { path: "." });
    expect(all).toMatchObject({ verdict: "failed", blocking: 1, total: 2 });
    expect(await call("run_quality_gate", { path: ".", min_severity: "high" })).toMatchObject({
      total: 2,
      findings: [{ code: "SEC-SECRET-007" }],
    });
    expect(await call("run_quality_gate", { path: ".", services: ["b"] })).toMatchObject({ blocking: 0, total: 1 });
    const logging = await call("run_quality_gate", { path: ".", categories: ["logging"], layers: [3] });
    expect(logging).toMatchObject({ verdict: "partial", blocking: 0, total: 1 });
    await expect(call("run_quality_gate", { pipeline_id: "p", services: ["b"] })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});

describe("codes", () => {
  it("are listed and explained, of every layer", async () => {
    const { codes } = (await call("list_codes")) as unknown as { codes: { code: string; category: string }[] };
    expect(new Set(codes.map(({ code }) => code)).size).toBe(codes.length);
    for (const code of ["SEC-001", "SUPPRESS-001", "TEST-001", "INT-001", "CONTRACT-CHANGE"])
      expect(await call("explain_code", { code: code.toLowerCase() })).toMatchObject({ code });
    for (const { code } of codes) {
      const explained = await call("explain_code", { code });
      expect(String(explained.why).length + String(explained.fix).length).toBeGreaterThan(30);
    }
    expect(await call("list_codes", { category: "cors" })).toMatchObject({ total: 3 });
    await expect(call("list_codes", { category: "corse" })).rejects.toMatchObject({
      remedy: expect.stringContaining("Did you mean cors?"),
    });
    await expect(call("explain_code", { code: "SEC-0001" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      remedy: expect.stringContaining("Did you mean SEC-001?"),
    });
  });
});

describe("the scan command", () => {
  it.each([
    [["scan", "."], 1],
    [["scan", ".", "--fail-on", "critical"], 0],
    [["scan", ".", "--fail-on", "warning", "--codes", "LOG-001"], 1],
    [["scan", ".", "--codes", "LOG-001,SEC-001"], 0],
    [["scan", ".", "--services", "b"], 0],
    [["scan", "absent"], 2],
    [["scan", ".", "--changed-only"], 2],
    [["scan", ".", "--baseline", "absent.json"], 2],
    [["scan", ".", "--format", "xml"], 2],
  ])("%j ends with %i", async (args, status) => {
    expect((await run(...args)).status).toBe(status);
  });

  it.each(["text", "json", "sarif", "junit", "markdown"])("writes %s and nothing else", async (format) => {
    const { out, err } = await run("scan", ".", "--format", format);
    expect(err).toBe("");
    expect(out).toContain("SEC-SECRET-007");
    expect(out).not.toContain("hunter");
    if (format === "json" || format === "sarif") expect(JSON.parse(out)).toBeTypeOf("object");
  });

  it("lists what is silenced when asked", async () => {
    expect((await run("scan", ".", "--show-suppressed")).out).toContain(
      "silenced high SEC-SECRET-007 a/quiet.py:1 by line 1: local",
    );
  });
});
