import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ScanReport } from "../../src/model/scan-report.ts";
import { CLI } from "../e2e/support.ts";
import { cutInTwoWays, expressionsIn, nearMiss, repeatedGroups } from "./expressions.ts";

describe("what tells explosive expressions", () => {
  it.each(["(a+)+", "(\\w+\\s?)*", "(a|a)*", "([a-z]+|\\d|x)+", "(.*,?)*", "((ab)*|a+)*", "(\\w|[-_])+"])(
    "knows %s",
    (source) => {
      const groups = repeatedGroups(`^${source}$`);
      expect(groups.length).toBeGreaterThan(0);
      expect(groups.some((group) => cutInTwoWays(group, "", 4) !== undefined)).toBe(true);
    },
  );
  it.each(["(a|b)*", "(\\.\\w+)+", "([A-Z]+_)*", "(?:[\\w.-]+\\/)*", '(?:[^"\\\\]|\\\\.)*'])("lets %s be", (source) => {
    for (const group of repeatedGroups(`^${source}$`)) expect(cutInTwoWays(group, "", 4)).toBeUndefined();
  });
});

describe("expressions that read code", () => {
  const all = expressionsIn(["quality-gate", "source"]);
  it("are looked at, all of them", () => {
    expect(all.length).toBeGreaterThan(1000);
  });
  it("repeat no group that one text fits in two ways, so that none takes exponential time", () => {
    const explosive = all.flatMap(({ file, line, source, flags }) =>
      repeatedGroups(source).flatMap((group) => {
        const text = cutInTwoWays(group, flags, 4);
        return text === undefined ? [] : [`${file}:${line} ${group} on ${JSON.stringify(text)}`];
      }),
    );
    expect(explosive).toEqual([]);
  });
});

describe("texts that nearly match, over and over", () => {
  const scratch = mkdtempSync(join(tmpdir(), "so-baits-"));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  /** Linear work takes seconds; an expression that goes back over a megabyte takes minutes to years. */
  const LIMIT_MS = 240_000;

  function scanned(name: string, files: Record<string, string>, args: string[]): void {
    const root = join(scratch, name);
    mkdirSync(root);
    for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
    const options = { cwd: scratch, timeout: LIMIT_MS, killSignal: "SIGKILL", encoding: "utf8" } as const;
    const child = spawnSync(process.execPath, [CLI, "scan", root, "--format", "json", ...args], {
      ...options,
      maxBuffer: 1 << 28,
    });
    expect(child.signal).toBeNull();
    const report = ScanReport.parse(JSON.parse(child.stdout));
    const skipped = Object.values(report.files_skipped).reduce((sum, one) => sum + one, 0);
    expect(report.files_scanned + skipped).toBe(Object.keys(files).length);
  }

  it("of every expression that looks for secrets, a megabyte each, end", () => {
    const texts = expressionsIn(["quality-gate/rules/secrets"]).flatMap((one) => nearMiss(one) ?? []);
    expect(texts.length).toBeGreaterThan(50);
    const baits = texts.map((text, index) => [`${index}.txt`, text.repeat(1_000_000 / text.length)] as const);
    scanned("secrets", Object.fromEntries(baits), ["--categories", "secrets"]);
  }, 300_000);

  it("of every expression, as files of every kind, end under all rules", () => {
    const kinds = [".py", ".ts", ".go", ".java", ".yaml", ".env", ".Dockerfile"];
    const texts = expressionsIn(["quality-gate", "source"]).flatMap((one) => nearMiss(one) ?? []);
    expect(texts.length).toBeGreaterThan(700);
    const baits = texts.map((text, index) => {
      const line = `${text.repeat(Math.ceil(200 / text.length))}\n`;
      return [`${index}${kinds[index % kinds.length]}`, line.repeat(200)] as const;
    });
    scanned("kinds", Object.fromEntries(baits), []);
  }, 300_000);
});
