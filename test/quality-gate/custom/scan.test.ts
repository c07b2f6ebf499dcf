import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scanProject } from "../../../src/quality-gate/scan.ts";

const RULES = `rules:
  - code: ACME-001
    message: Money is a float here ($X).
    severity: error
    language: python
    pattern: Money(float($X))
    fix: Use Decimal.
    examples: { bad: ["Money(float(a))\\n"], good: ["Money(Decimal(a))\\n"] }
`;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "so-own-"));
  mkdirSync(join(root, "billing"));
  writeFileSync(join(root, "rules.yaml"), RULES);
  writeFileSync(join(root, "billing", "requirements.txt"), "fastapi\n");
  writeFileSync(
    join(root, "billing", "app.py"),
    "a = Money(float(price))\nb = Money(float(cost))  # noqa: ACME-001 legacy\n# Money(float(x))\n",
  );
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const scan = (only: string[]) =>
  scanProject({
    root,
    services: [],
    contracts: [],
    service_map: null,
    only,
    rule_files: [join(root, "rules.yaml")],
    cache: null,
    signal: new AbortController().signal,
  });

describe("a project's own rules in a scan", () => {
  it("find, are silenced and counted like any other", async () => {
    const report = await scan([]);
    expect(report.violations).toMatchObject([
      {
        code: "ACME-001",
        service: "billing",
        file_path: "billing/app.py",
        line: 1,
        message: "Money is a float here (price).",
      },
    ]);
    expect(report.suppressed_findings).toMatchObject([{ code: "ACME-001", line: 2 }]);
    expect(report.rules_run).toContain("ACME-001");
  });

  it("run when their code or category is asked for, and only then", async () => {
    expect((await scan(["ACME-001"])).rules_run).toEqual(["ACME-001"]);
    expect((await scan(["security"])).violations).toHaveLength(1);
    expect((await scan(["docker"])).violations).toHaveLength(0);
    await expect(scan(["ACME-009"])).rejects.toThrow(/no rule or category ACME-009/);
  });
});
