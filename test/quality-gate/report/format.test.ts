import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { compileSchema } from "../../../src/lib/json-schema.ts";
import type { ScanReport } from "../../../src/model/scan-report.ts";
import { renderScan, SCAN_FORMATS, type ScanFormat } from "../../../src/quality-gate/report/format.ts";
import { scanFolders } from "../folders.ts";
import { SARIF } from "./sarif-schema.ts";

const bookshop = fileURLToPath(new URL("../../fixtures/scan/bookshop", import.meta.url));
const { folder, scan, remove } = scanFolders();
afterAll(remove);

const render = (report: ScanReport, format: ScanFormat, limit = 50) =>
  renderScan(report, format, { fail_on: "error", limit, version: "1.2.3" });

interface Sarif {
  runs: {
    tool: { driver: { rules: { id: string; help: { text: string } }[] } };
    invocations: { toolExecutionNotifications: { locations: unknown[] }[] }[];
    results: {
      ruleId: string;
      ruleIndex: number;
      level: string;
      baselineState?: string;
      suppressions: { kind: string; justification?: string }[];
      partialFingerprints: Record<string, string>;
      locations: { physicalLocation?: { artifactLocation: { uri: string }; region?: { startLine: number } } }[];
    }[];
  }[];
}
const sarif = (report: ScanReport): Sarif => JSON.parse(render(report, "sarif"));

/** A service with a silenced, a known, an idle, an unparsed and a project finding, and a name full of markup. */
async function mixed() {
  const root = folder({
    "a/package.json": "{}",
    "a/silenced.py": 'DB_PASSWORD = "hunter22!"  # so-ignore SEC-SECRET-007: local | database\n',
    "a/known.py": 'API_PASSWORD = "hunter33!"\n',
    "a/<b>&\"c' d%#?.py": 'DB_PASSWORD = "hunter44!"\nx = 1  # so-ignore SEC-001\n',
    "a/broken.py": 'def f(:\n    print("x"\n',
    "b/package.json": "{}",
    "b/app.ts": 'export const a = "http://c:80";\n',
  });
  const first = await scan(root);
  const known = first.violations.filter(({ file_path }) => file_path === "a/known.py");
  expect(known).toHaveLength(1);
  return scan(root, { baseline: known.map(({ fingerprint }) => fingerprint) });
}

describe("sarif", () => {
  it("is valid, with rules, places, fingerprints and levels", async () => {
    const report = await scan(bookshop);
    const log = sarif(report);
    expect(compileSchema(SARIF)(log)).toEqual([]);
    const [run] = log.runs;
    expect(run?.results).toHaveLength(report.violations.length);
    for (const [index, result] of run?.results.entries() ?? []) {
      const finding = report.violations[index];
      expect(run?.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
      expect(result.ruleId).toBe(finding?.code);
      expect(result.partialFingerprints["superOrchestrator/v1"]).toBe(finding?.fingerprint);
      const place = result.locations[0]?.physicalLocation;
      expect(place?.artifactLocation.uri).toBe(finding?.file_path);
      expect(place?.region?.startLine).toBe(finding?.line || undefined);
    }
    for (const rule of run?.tool.driver.rules ?? []) expect(rule.help.text.length).toBeGreaterThan(20);
    expect(new Set(run?.results.map(({ level }) => level))).toEqual(new Set(["error", "warning"]));
    expect(JSON.stringify(log)).not.toContain(report.root);
  });

  it("holds what is silenced and known as suppressed results, and what could not be parsed as notifications", async () => {
    const log = sarif(await mixed());
    expect(compileSchema(SARIF)(log)).toEqual([]);
    const [run] = log.runs;
    const by = (kind: string) => run?.results.filter(({ suppressions }) => suppressions[0]?.kind === kind);
    expect(by("inSource")).toMatchObject([
      { ruleId: "SEC-SECRET-007", suppressions: [{ justification: "local | database" }] },
    ]);
    expect(by("external")).toMatchObject([{ ruleId: "SEC-SECRET-007", baselineState: "unchanged" }]);
    expect(run?.invocations[0]?.toolExecutionNotifications).toHaveLength(1);
    const uris = run?.results.flatMap(({ locations }) => locations[0]?.physicalLocation?.artifactLocation.uri ?? []);
    expect(uris).toContain("a/%3Cb%3E%26%22c'%20d%25%23%3F.py");
  });

  it("the schema of the test itself refuses what SARIF does not know", async () => {
    const log = sarif(await scan(bookshop));
    const [result] = log.runs[0]?.results ?? [];
    expect(compileSchema(SARIF)({ ...log, runs: [{ ...log.runs[0], results: [{ ...result, line: 1 }] }] })).not.toEqual(
      [],
    );
  });
});

/** Names and attributes of every element, in order; throws when tags do not close in turn. */
function elementsOf(xml: string) {
  const open: string[] = [];
  const found: { name: string; attributes: Record<string, string> }[] = [];
  for (const [, end, name = "", rest = "", empty] of xml.matchAll(
    /<(\/?)([a-z-]+)((?:\s[a-z]+="[^"<]*")*)\s*(\/?)>/g,
  )) {
    if (end) {
      expect(open.pop()).toBe(name);
      continue;
    }
    found.push({
      name,
      attributes: Object.fromEntries([...rest.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, k, v]) => [k, v])),
    });
    if (!empty) open.push(name);
  }
  expect(open).toEqual([]);
  expect(xml.replace(/<\?xml[^>]*\?>|<[^<>]*>/g, "")).not.toMatch(/[<>]/);
  return found;
}

describe("junit", () => {
  it("has a suite for each service and a case for each rule, failing at the threshold", async () => {
    const report = await scan(bookshop);
    const elements = elementsOf(render(report, "junit"));
    const suites = elements.filter(({ name }) => name === "testsuite");
    expect(suites.map(({ attributes }) => attributes.name)).toEqual(["catalog", "orders", "reviews"]);
    expect(elements.filter(({ name }) => name === "testcase")).toHaveLength(3 * report.rules_run.length);
    const failing = report.violations.filter(({ severity }) => severity !== "warning" && severity !== "info");
    const cases = new Set(failing.map(({ service, code }) => `${service} ${code}`));
    expect(elements.filter(({ name }) => name === "failure")).toHaveLength(cases.size);
    expect(elements[0]?.attributes).toMatchObject({ failures: String(cases.size), errors: "0", skipped: "0" });
  });

  it("escapes what files are called and counts what was not checked as skipped", async () => {
    const text = render(await mixed(), "junit");
    expect(text).toContain("a/&lt;b&gt;&amp;&quot;c&apos; d%#?.py");
    expect(elementsOf(text)[0]?.attributes.skipped).toBe("1");
    expect(elementsOf(render(await scan(folder()), "junit"))[0]?.attributes.skipped).toBe("1");
  });
});

describe("markdown", () => {
  it("is a table of the worst findings with everything escaped, the rest folded", async () => {
    const text = render(await mixed(), "markdown");
    expect(text).toMatch(/^## Scan: ❌ 1 at or above error\n/);
    expect(text.split("\n").filter((line) => line.startsWith("| high"))).toHaveLength(1);
    expect(text).toContain("<details><summary>1 silenced by comments</summary>");
    expect(text).toContain("local \\| database");
    expect(text).toContain("1 known to the baseline");
    expect(text).toContain("1 files not fully read");
    for (const line of text.split("\n").filter((one) => one.startsWith("| ")))
      expect(line.replace(/\\./g, "").match(/\|/g)).toHaveLength(6);
    expect(render(await scan(bookshop), "markdown", 3)).toContain("… and ");
    expect(render(await scan(folder()), "markdown")).toContain("nothing was scanned");
  });
});

describe("text", () => {
  it("groups by service, worst first, with the line of code", async () => {
    const text = render(await scan(bookshop), "text");
    expect(text).toMatch(/^catalog:\n {2}critical /);
    expect(text).toMatch(/CORS-001 catalog\/app\/main\.py:13:\d+ .*\n {6}> allow_origins=\["\*"\],\n {6}fix: /);
    expect(text).toMatch(/\n\d+ findings in 14 files: /);
  });
});

describe("every format", () => {
  const secrets = ["hunter22!", "s3cr3tS1gning", "p4ssw0rdInUrl", "hunter5555", "qX7vB2mK9pL4wR8tY3zN", "multi0secret"];
  it.each(SCAN_FORMATS)("%s never repeats a secret", async (format) => {
    const [a, b, c, d, e, f] = secrets;
    const root = folder({
      "db.py": `DB_PASSWORD = "${a}"; print("${a}")\n"postgres://app:${c}@db.internal:5432/shop"\n`,
      ".env": `DB_PASSWORD=${d}\nAPI_KEY = ${e}\n`,
      "auth.ts": `import jwt from "jsonwebtoken";\nexport const t = jwt.sign({ a: 1 }, "${b}");\nconsole.log(password === "${f}", "${e}");\n`,
      Dockerfile: `FROM node:22\nENV API_TOKEN=${e}\nENV DB_PASSWORD ${d}\n`,
    });
    const report = await scan(root);
    expect(report.violations.length).toBeGreaterThan(4);
    const text = render(report, format);
    for (const secret of secrets) expect(text).not.toContain(secret);
  });
});
