import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readBuilderLog } from "../../src/pipeline/builder-log.ts";
import type { Lease } from "../../src/pipeline/lease.ts";
import { claimBuilderRun, startBuilderRun } from "../../src/pipeline/ledger.ts";
import { pipelinePaths } from "../../src/pipeline/paths.ts";
import { emptyProject, newPipeline, type Project } from "./harness.ts";

const MAX = 8000;
let project: Project;
let lease: Lease;
let file: string;
beforeEach(() => {
  project = emptyProject();
  lease = newPipeline(project, "shop-1");
  file = join(pipelinePaths(project.workspace, "shop-1").logs, "orders.builder-1.log");
  mkdirSync(dirname(file), { recursive: true });
  begin(1);
});
afterEach(() => project.remove());

const begin = (attempt: number) =>
  startBuilderRun(
    { db: project.db, lease },
    { service: "orders", attempt, phase: "builders_running", round: 0, backend: "command" },
  );
const end = (attempt: number) =>
  claimBuilderRun({ db: project.db, lease }, "orders", attempt, {
    success: true,
    cost: null,
    error: "",
    test_passed: null,
    test_total: null,
    convergence_ratio: null,
  });
const read = (over: { cursor?: number; tail?: number; attempt?: number; service?: string } = {}) =>
  readBuilderLog(project, { pipeline_id: "shop-1", service: "orders", tail: 50, maxBytes: MAX, ...over });

it("a log is read in parts that follow on each other, nothing twice and nothing left out", () => {
  const lines = Array.from({ length: 3000 }, (_, n) => `line ${n} ${"ä".repeat(n % 40)}`);
  writeFileSync(file, `${lines.join("\n")}\n`);
  const parts: string[] = [];
  let cursor = 0;
  for (;;) {
    const part = read({ cursor });
    expect(Buffer.byteLength(part.text)).toBeLessThanOrEqual(MAX);
    if (part.cursor === cursor) break;
    parts.push(part.text);
    cursor = part.cursor;
  }
  expect(parts.join("")).toBe(`${lines.join("\n")}\n`);
  expect(parts.length).toBeGreaterThan(5);
  expect(read({ cursor })).toMatchObject({ text: "", cursor });
  appendFileSync(file, "news\nhalf a li");
  expect(read({ cursor })).toMatchObject({ text: "news\n", cursor: cursor + 5 });
  appendFileSync(file, "ne\n");
  expect(read({ cursor: cursor + 5 }).text).toBe("half a line\n");
});

it("without a cursor it is the last lines, whole ones, and goes on from there", () => {
  writeFileSync(file, Array.from({ length: 2000 }, (_, n) => `line ${n}\n`).join(""));
  const { text, cursor, size } = read({ tail: 3 });
  expect(text).toBe("line 1997\nline 1998\nline 1999\n");
  expect(cursor).toBe(size);
  expect(read({ tail: 500 }).text.split("\n")[0]).toMatch(/^line \d+$/);
});

it("the last line of a builder that has ended needs no line end", () => {
  writeFileSync(file, "one\ntwo");
  expect(read().text).toBe("one\n");
  end(1);
  expect(read().text).toBe("one\ntwo");
});

it("one endless line is passed between its words, and no secret is cut in two", () => {
  const secret = `sk-ant-${"a1B2".repeat(20)}`;
  writeFileSync(file, `${`word ${secret} `.repeat(400)}\n`);
  let text = "";
  for (let cursor = 0, before = -1; cursor !== before; ) {
    const part = read({ cursor });
    before = cursor;
    cursor = part.cursor;
    text += part.text;
  }
  expect(text).not.toContain("a1B2");
  expect(text.match(/sk-ant-\[redacted\]/g)).toHaveLength(400);
  writeFileSync(file, `${"x".repeat(20_000)}\n`);
  expect(read({ cursor: 0 }).cursor).toBe(MAX);
});

it("each attempt has its own; what was not written is empty, what was not made is told", () => {
  writeFileSync(file, "first\n");
  end(1);
  begin(2);
  expect(read()).toMatchObject({ attempt: 2, text: "", cursor: 0, size: 0 });
  expect(read({ attempt: 1 })).toMatchObject({ attempt: 1, text: "first\n" });
  expect(() => read({ attempt: 3 })).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  expect(() => read({ service: "order" })).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  expect(() => read({ service: "../../../etc/passwd" })).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  expect(() => read({ cursor: 7 })).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
});
