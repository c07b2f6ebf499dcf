import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { describeRules } from "../../src/quality-gate/catalogue.ts";
import type { Example } from "../../src/quality-gate/rule.ts";
import { scanProject } from "../../src/quality-gate/scan.ts";

const scratch = mkdtempSync(join(tmpdir(), "rules-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let count = 0;
async function scanExample(code: string, example: Example) {
  const root = join(scratch, `example-${++count}`);
  const files = "file" in example ? { [example.file]: example.code } : example.files;
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return scanProject({
    root,
    services: [],
    contracts: "files" in example ? (example.contracts ?? []) : [],
    service_map: "files" in example ? (example.service_map ?? null) : null,
    only: [code],
    signal: new AbortController().signal,
  });
}

const nameOf = (example: Example) =>
  "file" in example
    ? `${example.file}: ${example.code.split("\n")[0]?.slice(0, 60)}`
    : Object.keys(example.files).join(", ");

describe.each(describeRules().map((rule) => [rule.code, rule] as const))("%s", (code, rule) => {
  it("says what it is about", () => {
    for (const text of [rule.title, rule.why, rule.fix]) expect(text.length).toBeGreaterThan(5);
    expect(rule.bad.length).toBeGreaterThan(0);
    expect(rule.good.length).toBeGreaterThan(0);
    expect(rule.languages.length + rule.files.length).toBeGreaterThan(0);
  });
  it.each(rule.bad.map((example, index) => [`${index + 1} ${nameOf(example)}`, example] as const))(
    "finds bad example %s",
    async (_name, example) => {
      const report = await scanExample(code, example);
      expect(report.unparsed).toEqual([]);
      expect([...new Set(report.violations.map((violation) => violation.code))]).toEqual([code]);
    },
  );
  it.each(rule.good.map((example, index) => [`${index + 1} ${nameOf(example)}`, example] as const))(
    "is silent about good example %s",
    async (_name, example) => {
      const report = await scanExample(code, example);
      expect(report.unparsed).toEqual([]);
      expect(report.violations.map(({ message, line }) => `${line}: ${message}`)).toEqual([]);
    },
  );
});
