import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readJestJson } from "../../src/builders/verify/report/jest-json.ts";
import { readJunitXml } from "../../src/builders/verify/report/junit-xml.ts";
import { hashOfName, reportOf, type TestCase } from "../../src/builders/verify/report/roster.ts";
import { readTestScript } from "../../src/builders/verify/script.ts";
import { readTestSources } from "../../src/builders/verify/sources.ts";
import { verifyService } from "../../src/builders/verify.ts";
import { spawnGroup } from "../../src/lib/exec.ts";
import { temporaryFolder } from "./support.ts";

const MODULES = join(import.meta.dirname, "..", "..", "node_modules");

function folderWith(files: Record<string, string>): string {
  const folder = join(temporaryFolder(), "svc");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Verify a package with these scripts as the pipeline does, and give what its test command reported. */
async function testsOf(scripts: Record<string, string>, files: Record<string, string>, modules = false) {
  const manifest = JSON.stringify({ name: "svc", type: "module", scripts });
  const directory = folderWith({ "package.json": manifest, ...files });
  if (modules) symlinkSync(MODULES, join(directory, "node_modules"));
  const evidence = await verifyService({
    service: "svc",
    directory,
    // A folder as people name theirs.
    logDir: join(dirname(directory), `it's "logs"`),
    spawn: spawnGroup,
    timeoutMs: 60_000,
    signal: new AbortController().signal,
  });
  const command = evidence.commands.find(({ purpose }) => purpose === "test");
  return { evidence, command, roster: command?.roster, counts: command?.tests };
}

const NODE_TESTS = `import { describe, it, test } from "node:test";
test("adds", () => {});
test.skip("waits", () => {});
describe("an order", () => {
  it("is kept", () => { throw new Error("lost\\u001b[31m it"); });
  it.todo("is sent");
});
`;

describe("node:test", () => {
  it("tells its tests by name, whatever reporter the script asks for", async () => {
    for (const options of ["", " --test-reporter=dot", " --test-reporter=tap --test-reporter-destination=stdout"]) {
      const { counts, roster } = await testsOf(
        { test: `node --test${options} a.test.js` },
        { "a.test.js": NODE_TESTS },
      );
      expect(counts).toEqual({ executed: 2, passed: 1, failed: 1, skipped: 2 });
      expect(roster).toMatchObject({ source: "node-test", total: 4, unloaded: [] });
      expect(roster?.tests).toEqual([
        { name: "a.test.js > adds", outcome: "passed" },
        { name: "a.test.js > waits", outcome: "skipped" },
        { name: "a.test.js > an order > is kept", outcome: "failed" },
        { name: "a.test.js > an order > is sent", outcome: "skipped" },
      ]);
      expect(roster?.failures[0]?.message).toContain("lost");
    }
  });

  it("is summed over the runs of one script, called through other scripts", async () => {
    const scripts = { test: "npm run unit && npm run more", unit: "node --test a.test.js", more: "node b.test.js" };
    const one = 'import { test } from "node:test";\ntest("one", () => {});\n';
    const { counts, roster, evidence } = await testsOf(scripts, { "a.test.js": one, "b.test.js": one });
    expect(evidence.verified).toBe(true);
    expect(counts?.executed).toBe(2);
    expect(roster?.tests.map(({ name }) => name)).toEqual(["a.test.js > one", "b.test.js > one"]);
  });

  it("that cannot load a file says so, and a file without tests is none", async () => {
    const files = { "a.test.js": "export {};", "b.test.js": 'throw new Error("broken");' };
    const { counts, roster, evidence } = await testsOf({ test: "node --test a.test.js b.test.js" }, files);
    expect(counts).toEqual({ executed: 1, passed: 0, failed: 1, skipped: 0 });
    expect(roster).toMatchObject({ total: 0, unloaded: ["b.test.js"] });
    expect(evidence.reason).toContain('1 of 1 tests failed: "b.test.js"');
  });

  it("is believed, not what a script prints beside it", async () => {
    const script = "echo '# tests 9' && echo '# pass 9' && node --test a.test.js || true";
    const { counts, evidence } = await testsOf({ test: script }, { "a.test.js": NODE_TESTS });
    expect(counts).toMatchObject({ executed: 2, failed: 1 });
    expect(evidence.verified).toBe(false);
  });
});

describe("vitest", () => {
  const file = 'import { expect, it } from "vitest";\nit("a", () => expect(1).toBe(1));\nit.skip("b", () => {});\n';

  it("leaves its own report, which the words of a script cannot replace", async () => {
    const scripts = { test: "npm run unit", unit: "echo ' Tests  99 passed (99)' && vitest run --root ." };
    const { counts, roster, command } = await testsOf(scripts, { "a.test.js": file }, true);
    expect(counts).toEqual({ executed: 1, passed: 1, failed: 0, skipped: 1 });
    expect(roster).toMatchObject({ source: "vitest-json", total: 2 });
    expect(roster?.tests[0]).toEqual({ name: "a.test.js > a", outcome: "passed" });
    expect(command?.plain).toBe("npm test");
  });

  it("beside another runner in one script is summed by their words, where a report would leave one of them out", async () => {
    const files = { "a.test.js": file, "node/b.js": 'import { test } from "node:test";\ntest("one", () => {});\n' };
    const { counts, roster } = await testsOf({ test: "node --test node/b.js && vitest run" }, files, true);
    expect(counts).toEqual({ executed: 2, passed: 2, failed: 0, skipped: 1 });
    expect(roster?.source).toBe("text");
  });

  it("is read by its words only where nothing can be appended, and that is told", async () => {
    const { counts, roster } = await testsOf({ test: "vitest run || true" }, { "a.test.js": file }, true);
    expect(counts).toMatchObject({ executed: 1, passed: 1 });
    expect(roster).toMatchObject({ source: "text", total: 0, tests: [] });
  });
});

it("a runner that nobody knows may leave JUnit XML", async () => {
  const write = `import { writeFileSync } from "node:fs"; writeFileSync("junit.xml", '<testsuite><testcase classname="C" name="a"/></testsuite>');`;
  const { roster, evidence } = await testsOf({ test: "sh run.sh" }, { "run.sh": "node w.mjs\n", "w.mjs": write });
  expect(evidence.verified).toBe(true);
  expect(roster).toMatchObject({ source: "junit-xml", tests: [{ name: "C > a", outcome: "passed" }] });
});

it.each([
  ["mvnw", "pom.xml", "orders/target/surefire-reports/TEST-C.xml"],
  ["gradlew", "build.gradle", "orders/build/test-results/integrationTest/TEST-C.xml"],
])("%s leaves a file for each class, in every module; an old one does not count", async (wrapper, manifest, path) => {
  const suite = (name: string) => `<testsuite><testcase classname="C" name="${name}"/></testsuite>`;
  const script = `#!/bin/sh\nmkdir -p "${dirname(path)}" && echo '${suite("now")}' > "${path}"\necho 'Tests run: 7, Failures: 0, Errors: 0, Skipped: 0'\n`;
  const old = path.replace("orders/", "old/");
  const directory = folderWith({ [manifest]: "", [wrapper]: script, [old]: suite("then") });
  chmodSync(join(directory, wrapper), 0o755);
  utimesSync(join(directory, old), 1000, 1000);
  const logDir = join(dirname(directory), "logs");
  const signal = new AbortController().signal;
  const evidence = await verifyService({
    service: "svc",
    directory,
    logDir,
    spawn: spawnGroup,
    timeoutMs: 60_000,
    signal,
  });
  expect(evidence.commands[0]?.roster).toMatchObject({
    source: "junit-xml",
    tests: [{ name: "C > now", outcome: "passed" }],
  });
  expect(evidence.verified).toBe(true);
});

describe.runIf(spawnSync("go", ["version"]).status === 0)("go (needs go, which CI installs)", () => {
  it("names its tests, and a package that does not compile has none missing", async () => {
    const at = (body: string) => ({
      "go.mod": "module example.com/svc\n\ngo 1.21\n",
      "a_test.go": `package svc\n\nimport "testing"\n\n${body}\n`,
    });
    const verify = (files: Record<string, string>) => {
      const directory = folderWith(files);
      const logDir = join(dirname(directory), "logs");
      const signal = new AbortController().signal;
      return verifyService({ service: "svc", directory, logDir, spawn: spawnGroup, timeoutMs: 280_000, signal });
    };
    const good = await verify(at('func TestA(t *testing.T) {}\nfunc TestB(t *testing.T) { t.Skip("later") }'));
    expect(good.commands[0]?.roster?.tests).toEqual([
      { name: "example.com/svc > TestA", outcome: "passed" },
      { name: "example.com/svc > TestB", outcome: "skipped" },
    ]);
    const broken = await verify(at("func TestA(t *testing.T) { nothing() }"));
    expect(broken.commands[0]?.roster?.unloaded).toEqual(["example.com/svc"]);
    // The first run on a machine compiles the standard library.
  }, 300_000);
});

describe("reports in files", () => {
  it("of jest, with a suite that could not be loaded", () => {
    const suites = [
      {
        name: "/w/a.test.js",
        status: "passed",
        assertionResults: [{ title: "x", ancestorTitles: ["A"], status: "passed" }],
      },
      { name: "/w/b.test.js", status: "failed", message: "SyntaxError", assertionResults: [] },
      {
        name: "/w/c.test.js",
        status: "passed",
        assertionResults: [
          { title: "y", status: "pending" },
          { title: "z", status: "todo" },
        ],
      },
    ];
    const report = readJestJson(JSON.stringify({ testResults: suites }), "/w", "jest-json");
    expect(report?.counts).toEqual({ executed: 2, passed: 1, failed: 1, skipped: 2 });
    expect(report?.roster.tests.map(({ name }) => name)).toEqual([
      "a.test.js > A > x",
      "c.test.js > y",
      "c.test.js > z",
    ]);
    for (const text of ["", "{", "{}", "null", '{"testResults": 3}'])
      expect(readJestJson(text, "/w", "jest-json")).toBeUndefined();
  });

  it("of JUnit XML: escapes that XML forbids, cut files, other documents", () => {
    const folder = temporaryFolder();
    const cases = (text: string) => {
      const file = join(folder, "r.xml");
      writeFileSync(file, text);
      return readJunitXml([file], 0)?.counts;
    };
    const suite =
      '<testsuite><testcase name="a"><failure>\u001b[31mred &nbsp;</failure></testcase><testcase name="b"/>';
    expect(cases(`${suite}</testsuite>`)).toEqual({ executed: 2, passed: 1, failed: 1, skipped: 0 });
    expect(cases(`${suite}<testcase name="c"><fail`)).toMatchObject({ executed: 2 });
    expect(cases("<project><testcase name='a'/></project>")).toBeUndefined();
    expect(
      cases('<testsuite><testcase name="m"><error message="collection failure">E</error></testcase></testsuite>'),
    ).toMatchObject({ failed: 1 });
  });

  it("are kept within bounds, and two runs of very many tests keep the same names", () => {
    const many = (count: number): TestCase[] =>
      Array.from({ length: count }, (_, index) => ({ name: `test ${index}`, outcome: "passed" }));
    const all = reportOf("go-json", many(20_000)).roster;
    const fewer = reportOf("go-json", many(19_000)).roster;
    expect([all.total, all.tests.length]).toEqual([20_000, 600]);
    const reach = fewer.tests.map(({ name }) => hashOfName(name)).reduce((a, b) => (a > b ? a : b));
    const kept = new Set(fewer.tests.map(({ name }) => name));
    const lost = all.tests.filter(({ name }) => !kept.has(name) && hashOfName(name) <= reach);
    expect(lost.length).toBeGreaterThan(5);
    expect(lost.every(({ name }) => Number(name.slice(5)) >= 19_000)).toBe(true);
    const long = reportOf("go-json", [{ name: "x".repeat(5000), outcome: "failed", message: "y".repeat(5000) }]).roster;
    expect(JSON.stringify(long).length).toBeLessThan(1200);
  });
});

describe("test scripts", () => {
  it.each([
    ["vitest run", { runner: "vitest", dashes: 0 }],
    ["tsc -p . && NODE_ENV=test npx vitest run --coverage", { runner: "vitest", dashes: 0 }],
    ["node --experimental-vm-modules node_modules/jest/bin/jest.js", { runner: "jest", dashes: 0 }],
    ["cross-env CI=1 mocha 'test/**/*.js'", { runner: "mocha", dashes: 0 }],
    ["npm run unit", { runner: "jest", dashes: 1 }],
    ["yarn unit", { runner: "jest", dashes: 0 }],
    ["vitest run || true", undefined],
    ["vitest run | tee log", undefined],
    ["vitest run; echo done", undefined],
    ["make test", undefined],
    ["npm run loop", undefined],
    ["", undefined],
  ])("%j", (test, last) => {
    expect(readTestScript({ test, unit: "jest", loop: "npm run loop" }).last).toEqual(last);
  });

  it("that all call each other are read in time", () => {
    const names = Array.from({ length: 40 }, (_, index) => `s${index}`);
    const every = names.map((name) => `npm run ${name}`).join(" && ");
    const scripts = Object.fromEntries(names.map((name) => [name, every]));
    expect(readTestScript({ ...scripts, test: every }).text.length).toBeLessThanOrEqual(4000);
  });

  it("are read with what they call", () => {
    const scripts = { pretest: "eslint .", test: "npm run a && npm run b", a: "jest", b: "node --test || true" };
    expect(readTestScript(scripts)).toMatchObject({
      runners: ["jest", "node"],
      text: expect.stringContaining("|| true"),
    });
  });
});

describe("sources of tests", () => {
  it("show what is picked and what checks nothing", () => {
    const directory = folderWith({
      "a.test.js":
        'it.only("one", () => {});\n  describe.only("two", () => {\n// it.only("three", () => {})\nconst s = "it.only(";\nfit("four", async () => { await x(); });\n',
      "test/b.js":
        "test('empty', async () => {\n});\ntest(`claims`, (t) => { expect(true).toBe(true); });\ntest('checks', () => { expect(f()).toBe(true); });\nit('calls', function () { return; });\n",
      "src/c.js": 'it.only("no test file", () => {});\n',
      "test_d.py":
        "def test_pass():\n    pass\n\ndef test_true(): assert True\n\ndef test_real():\n    assert f() is True\n\ndef test_more():\n    pass\n    assert f()\n",
    });
    expect(readTestSources(directory)).toEqual({
      focused: ["a.test.js:1", "a.test.js:2", "a.test.js:5"],
      hollow: ["empty", "claims", "calls", "test_pass", "test_true"],
    });
  });

  it("are read in time however they are written", () => {
    const directory = folderWith({
      "a.test.js": `it("${"a".repeat(300_000)}\n${'test("x", () => {'}${" ".repeat(300_000)}\n${"it(".repeat(100_000)}`,
      "test_b.py": `${"def test_x(".repeat(30_000)}\n${"def test_y():\n".repeat(20_000)}`,
    });
    expect(readTestSources(directory).focused).toEqual([]);
  });
});
