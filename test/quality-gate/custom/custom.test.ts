import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCustomRules } from "../../../src/quality-gate/custom/load.ts";
import { matchesIn } from "../../../src/quality-gate/custom/match.ts";
import { parseSnippet } from "../../../src/quality-gate/custom/snippet.ts";
import { LANGUAGES, type Language } from "../../../src/source/languages.ts";
import { loadGrammars, parseSource } from "../../../src/source/syntax.ts";

beforeAll(() => loadGrammars(LANGUAGES.map((language) => ({ path: "", language }))));

const EXTENSION = { python: "py", javascript: "js", typescript: "ts", go: "go", java: "java" } as const;

/** The code that a pattern fits, and what its metavariables stand for. */
function found(language: Language, pattern: string, code: string) {
  const snippet = parseSnippet(language, pattern);
  if (typeof snippet === "string") throw new Error(snippet);
  const tree = parseSource(`a.${EXTENSION[language]}`, language, code);
  if (!tree) throw new Error("not parsed");
  return [...matchesIn(tree.root, snippet.node)].map(({ node, bindings }) => [node.text, Object.fromEntries(bindings)]);
}

describe("patterns", () => {
  const cases: [string, Language, string, string, string[]][] = [
    ["a call with any argument", "python", "eval($X)", "eval(a + 1)\nevaluate(a)\nx.eval(b)\n", ["eval(a + 1)"]],
    ["a name in a comment or a string is none", "python", "eval($X)", "# eval(a)\ns = 'eval(a)'\n", []],
    [
      "any number of arguments",
      "python",
      "run($$$ARGS)",
      "run()\nrun(1)\nrun(1, b=2)\n",
      ["run()", "run(1)", "run(1, b=2)"],
    ],
    [
      "an argument among others",
      "python",
      "run($$$A, shell=True, $$$B)",
      "run(c, shell=True)\nrun(c, shell=False)\n",
      ["run(c, shell=True)"],
    ],
    [
      "the same thing twice",
      "javascript",
      "$X === $X",
      "a === a; a === b; f(1) === f(1);",
      ["a === a", "f(1) === f(1)"],
    ],
    ["operators count", "javascript", "$X == null", "a == null; a === null; a != null;", ["a == null"]],
    [
      "any string",
      "typescript",
      'fetch("...")',
      "fetch('http://x'); fetch(url); fetch(`a`);",
      ["fetch('http://x')", "fetch(`a`)"],
    ],
    ["quotes do not matter", "typescript", 'require("fs")', "require('fs'); require('fsx');", ["require('fs')"]],
    [
      "a member of anything",
      "typescript",
      "$_.innerHTML = $VALUE",
      "el.innerHTML = x; a.b.innerHTML = y;",
      ["el.innerHTML = x", "a.b.innerHTML = y"],
    ],
    ["Go", "go", "http.Get($URL)", 'package a\nfunc f() { http.Get("x"); http.Post("y") }\n', ['http.Get("x")']],
    ["Java", "java", "System.exit($CODE)", "class A { void f() { System.exit(1); } }", ["System.exit(1)"]],
  ];
  for (const [name, language, pattern, code, expected] of cases)
    it(name, () => {
      if (name.startsWith("the same")) expect(() => found(language, pattern, code)).toThrow(/names nothing/);
      else expect(found(language, pattern, code).map(([text]) => text)).toEqual(expected);
    });

  it("the same piece of code wherever a metavariable stands again", () => {
    expect(found("javascript", "assign($X, $X)", "assign(a, a); assign(a, b);")).toEqual([
      ["assign(a, a)", { X: "a" }],
    ]);
  });

  it("that is no code of its language is refused", () => {
    expect(parseSnippet("python", "eval(")).toMatch(/no python code/);
    expect(parseSnippet("go", "func (")).toMatch(/no go code/);
  });
});

describe("a rule file", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "so-rules-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const load = (yaml: string) => {
    const path = join(folder, "rules.yaml");
    writeFileSync(path, yaml);
    return loadCustomRules(path, ["SEC-001"]);
  };
  const rule = (more: Record<string, unknown> = {}) =>
    JSON.stringify({
      code: "ACME-001",
      message: "Money is a float here: $X.",
      severity: "warning",
      language: "python",
      pattern: "Money(float($X))",
      fix: "Use Decimal.",
      examples: { bad: ["Money(float(a))\n"], good: ["Money(Decimal(a))\n"] },
      ...more,
    });
  const file = (...rules: string[]) => `rules:\n${rules.map((one) => `  - ${one}\n`).join("")}`;

  it("becomes rules like any other", async () => {
    const [one] = await load(file(rule()));
    expect(one).toMatchObject({ code: "ACME-001", severity: "warning", category: "security", languages: ["python"] });
  });

  const wrong: [string, string, RegExp][] = [
    [
      "an example that is not told apart",
      file(rule({ examples: { bad: ["Money(1)\n"], good: ["x\n"] } })),
      /line 2: ACME-001: bad example 1 is not found/,
    ],
    [
      "a good example that is found",
      file(rule({ examples: { bad: ["Money(float(a))\n"], good: ["Money(float(b))\n"] } })),
      /good example 1 is found/,
    ],
    [
      "a pattern that is no code",
      file(rule(), rule({ code: "ACME-002", pattern: "if (" })),
      /line 3: ACME-002: pattern 1 is no python code/,
    ],
    ["a code that is taken", file(rule({ code: "SEC-001" })), /code SEC-001 is taken/],
    ["a code twice", file(rule(), rule()), /line 3: code ACME-001 is taken/],
    ["an unknown key", file(rule({ patern: "x" })), /line 2: .*patern/],
    ["no examples", file(rule({ examples: { bad: [], good: [] } })), /examples\.bad/],
    ["no list", "rule: 1\n", /`rules:` with a list/],
    ["broken YAML", "rules: [", /line 1/],
  ];
  for (const [name, yaml, message] of wrong)
    it(`with ${name} is refused with the line`, async () => {
      await expect(load(yaml)).rejects.toThrow(message);
    });

  it("that is not there is an error", async () => {
    await expect(loadCustomRules(join(folder, "gone.yaml"), [])).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
