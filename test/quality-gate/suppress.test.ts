import { afterAll, describe, expect, it } from "vitest";
import { ScanReport } from "../../src/model/scan-report.ts";
import { scanFolders } from "./folders.ts";

const { folder, scan, remove } = scanFolders();
afterAll(remove);

const password = 'DB_PASSWORD = "hunter22!"';
const found = (report: ScanReport) => report.violations.map(({ code, line }) => `${code}:${line}`);

describe("a comment silences", () => {
  it.each([
    ["on the line", `${password}  # so-ignore SEC-SECRET-007: local database\n`, "local database"],
    ["without a reason", `${password}  # so-ignore SEC-SECRET-007\n`, ""],
    ["alone above", `# so-ignore SEC-SECRET-007: local database\n# more\n\n${password}\n`, "local database"],
    ["for the file", `# so-ignore-file SEC-SECRET-007: local\nx = 1\n${password}\n`, "local"],
    ["by noqa", `${password}  # noqa: SEC-SECRET-007 only here\n`, "only here"],
    ["by noqa above", `# noqa: SEC-SECRET-007\n${password}\n`, ""],
    ["by noqa among other tools' codes", `${password}  # noqa: E501, SEC-SECRET-007\n`, ""],
    ["by nosec", `${password}  # nosec\n`, ""],
    ["by nosec above", `# nosec\n${password}\n`, ""],
    ["by nosec with another tool's code", `${password}  # nosec B105\n`, ""],
    ["by nosec with the code", `${password}  # nosec SEC-SECRET-007 - local\n`, "local"],
  ])("%s", async (_name, code, reason) => {
    const report = await scan(folder({ "app.py": code }));
    expect(report).toMatchObject({ violations: [], suppressed: 1 });
    expect(report.suppressed_findings).toMatchObject([{ code: "SEC-SECRET-007", suppression: { reason } }]);
    expect(ScanReport.parse(report)).toEqual(report);
  });

  it.each([
    ["// noqa", `const ${password}; // noqa: SEC-SECRET-007\n`, "app.ts"],
    ["/* so-ignore */", `/* so-ignore SEC-SECRET-007: fixture */\nconst ${password};\n`, "app.js"],
    ["// nosec", `package a\n// nosec\nvar ${password}\n`, "a.go"],
    ["in a Dockerfile", "# so-ignore DOCKER-001: root is needed\nFROM node:22-alpine\nCMD node a.js\n", "Dockerfile"],
  ])("%s in other languages", async (_name, code, file) => {
    const report = await scan(folder({ [file]: code }));
    expect(report.suppressed).toBeGreaterThan(0);
    expect(report.violations.filter(({ code: one }) => /SEC-SECRET-007|DOCKER-001/.test(one))).toEqual([]);
  });
});

describe("a comment does not silence", () => {
  it.each([
    ["another code", `${password}  # so-ignore SEC-SECRET-001: no\n`],
    ["a bare noqa", `${password}  # noqa\n`],
    ["another tool's noqa", `${password}  # noqa: S105\n`],
    ["text in a string", `note = "so-ignore SEC-SECRET-007: no"\n${password}\n`],
    ["a string that looks like a comment", `${password}; note = "# nosec"\n`],
    ["a line too far", `# so-ignore SEC-SECRET-007: no\nx = 1\n${password}\n`],
    ["a longer word", `${password}  # nosecurity\n`],
  ])("with %s", async (_name, code) => {
    const report = await scan(folder({ "app.py": code }));
    expect(found(report).filter((one) => one.startsWith("SEC-SECRET-007"))).toHaveLength(1);
    expect(report.suppressed).toBe(0);
  });
});

describe("a comment without effect", () => {
  it("is reported as info, code by code", async () => {
    const code = `# so-ignore SEC-001, SEC-SECRET-007: local\n${password}\nx = 1  # noqa: LOG-001\n`;
    const report = await scan(folder({ "app.py": code }));
    expect(found(report)).toEqual(["SUPPRESS-001:1", "SUPPRESS-001:3"]);
    expect(report.violations.map(({ severity, message }) => `${severity} ${message}`)).toEqual([
      "info This comment silences SEC-001, which finds nothing here.",
      "info This comment silences LOG-001, which finds nothing here.",
    ]);
    expect(report.rules_run).toContain("SUPPRESS-001");
  });

  it("that names no rule is told the nearest one; other tools' comments are left alone", async () => {
    const report = await scan(
      folder({ "app.py": "x = 1  # so-ignore SEC-SECRET-999\ny = 2  # noqa: ABC-123\nz = 3  # nosec\n" }),
    );
    expect(report.violations.map(({ message }) => message)).toEqual([
      expect.stringMatching(/There is no rule SEC-SECRET-999 .* did you mean SEC-SECRET-0/),
    ]);
  });

  it("is not judged where its rule did not run, could not see all, or where a document shows it", async () => {
    const root = folder({
      "app.py": "x = 1  # so-ignore SEC-001: later\n",
      "README.md": "    x = 1  # so-ignore SEC-001: like this\n",
      "broken.py": 'def f(:\n    x = 1  # so-ignore SEC-002: seen by nobody\n    jwt.encode(x, "y")\n',
    });
    expect(found(await scan(root, { only: ["SEC-002"] }))).toEqual([]);
    expect(found(await scan(root, { only: ["cors", "suppression"] }))).toEqual([]);
    expect(found(await scan(root, { only: ["SUPPRESS-001"] }))).toEqual(["SUPPRESS-001:1"]);
    expect(found(await scan(root))).toEqual(["SUPPRESS-001:1"]);
  });

  it("can be silenced itself", async () => {
    const report = await scan(folder({ "app.py": "x = 1  # so-ignore SEC-001, SUPPRESS-001: generated\n" }));
    expect(found(report)).toEqual([]);
  });
});

describe("paths of the configuration", () => {
  it("are left out in .gitignore syntax and counted", async () => {
    const root = folder({
      "legacy/a.py": password,
      "app/gen/b.py": password,
      "app/keep.gen.py": password,
      "app/c.gen.py": password,
      "d.py": password,
    });
    const ignore = ["/legacy/", "gen/", "*.gen.py", "!keep.gen.py"];
    const report = await scan(root, { ignore });
    expect(report.violations.map(({ file_path }) => file_path)).toEqual(["app/keep.gen.py", "d.py"]);
    expect(report.files_skipped).toMatchObject({ "ignored by the configuration": 3 });
  });

  it("are relative to the project even when a folder of it is scanned", async () => {
    const root = folder({ "app/legacy/a.py": password, "legacy/b.py": password });
    const paths = async (ignore: string[]) =>
      (await scan(root, { ignore, ignore_prefix: "services/shop" })).violations.map(({ file_path }) => file_path);
    expect(await paths(["/services/shop/legacy/"])).toEqual(["app/legacy/a.py"]);
    expect(await paths(["/legacy/"])).toEqual(["app/legacy/a.py", "legacy/b.py"]);
    expect(await paths(["/services/"])).toEqual([]);
  });
});
