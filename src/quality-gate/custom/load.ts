import { readFileSync } from "node:fs";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { AppError, messageOf } from "../../lib/errors.ts";
import { ScanCategory, Severity } from "../../model/finding.ts";
import { placeOf } from "../../source/ast.ts";
import { LANGUAGES, type Language } from "../../source/languages.ts";
import { sourceFile } from "../../source/source-file.ts";
import { loadGrammars, parseSource } from "../../source/syntax.ts";
import { defineRule, perTree, type Rule } from "../rule.ts";
import { match, matchesIn } from "./match.ts";
import { parseSnippet, type Snippet } from "./snippet.ts";

const patterns = z.union([z.string(), z.array(z.string()).min(1)]).transform((given) => [given].flat());

/** One rule of a project's own, as its YAML file gives it. */
const CustomRule = z.strictObject({
  code: z
    .string()
    .regex(/^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$/, "capital letters and digits joined by hyphens, e.g. ACME-001"),
  message: z.string().min(1),
  severity: Severity,
  category: ScanCategory.default("security"),
  language: z.enum(LANGUAGES),
  /** Code that is a finding; any of them. */
  pattern: patterns,
  /** Code that is none although a pattern fits. */
  except: patterns.default([]),
  why: z.string().default(""),
  fix: z.string().min(1),
  examples: z.strictObject({ bad: z.array(z.string()).min(1), good: z.array(z.string()).min(1) }),
});
type CustomRule = z.infer<typeof CustomRule>;

const RuleFile = z.strictObject({ rules: z.array(z.unknown()) });

/** A rule file is small; parsing a large one is a mistake. */
const MAX_BYTES = 1_000_000;

/**
 * The rules of a project's own YAML file. Each is checked as it is loaded: its code is nobody else's, its patterns are
 * code, and its own examples are told apart. Errors: NOT_FOUND; CONFIG_INVALID with file and line of every fault.
 */
export async function loadCustomRules(path: string, taken: readonly string[]): Promise<Rule[]> {
  const text = read(path);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax) throw invalid(path, [`line ${lines.linePos(syntax.pos[0]).line}: ${syntax.message.split("\n")[0]}`]);
  const file = RuleFile.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (!file.success) throw invalid(path, ["line 1: a rule file is `rules:` with a list of rules"]);
  await loadGrammars(LANGUAGES.map((language) => ({ path: "", language })));
  const lineOf = (index: number) => {
    const node = document.getIn(["rules", index], true);
    const offset = z.object({ range: z.tuple([z.number(), z.number(), z.number()]) }).safeParse(node).data?.range[0];
    return offset === undefined ? 1 : lines.linePos(offset).line;
  };
  const codes = new Set(taken);
  const faults: string[] = [];
  const rules: Rule[] = [];
  file.data.rules.forEach((given, index) => {
    const outcome = ruleOf(given, codes);
    if ("rule" in outcome) rules.push(outcome.rule);
    else faults.push(...outcome.faults.map((fault) => `line ${lineOf(index)}: ${fault}`));
  });
  if (faults.length > 0) throw invalid(path, faults);
  return rules;
}

function read(path: string): string {
  try {
    const text = readFileSync(path, "utf8");
    if (text.length > MAX_BYTES) throw invalid(path, [`it is larger than ${MAX_BYTES / 1e6} MB`]);
    return text;
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("NOT_FOUND", `The rule file cannot be read: ${messageOf(cause)}.`, {
      remedy: "Check the path under quality_gate.rules in the configuration.",
      cause,
    });
  }
}

function invalid(path: string, problems: string[]): AppError {
  return new AppError("CONFIG_INVALID", `${path}: ${problems.join("; ")}.`, {
    remedy: "Correct those rules; docs/custom-rules.md shows how one is written.",
    details: { problems },
  });
}

function ruleOf(given: unknown, codes: Set<string>): { rule: Rule } | { faults: string[] } {
  const parsed = CustomRule.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "rule"}: ${message}`);
    return { faults };
  }
  const { code, language } = parsed.data;
  if (codes.has(code)) return { faults: [`code ${code} is taken`] };
  codes.add(code);
  const compiled = [...parsed.data.pattern, ...parsed.data.except].map((pattern) => parseSnippet(language, pattern));
  const wrong = compiled.flatMap((snippet, index) =>
    typeof snippet === "string" ? [`${code}: pattern ${index + 1} ${snippet}`] : [],
  );
  if (wrong.length > 0) return { faults: wrong };
  const snippets = compiled.filter((snippet): snippet is Snippet => typeof snippet !== "string");
  const rule = build(
    parsed.data,
    snippets.slice(0, parsed.data.pattern.length),
    snippets.slice(parsed.data.pattern.length),
  );
  const misjudged = exampleFaults(rule, language);
  return misjudged.length > 0 ? { faults: misjudged } : { rule };
}

function build(given: CustomRule, wanted: Snippet[], exceptions: Snippet[]): Rule {
  const file = `example${EXTENSIONS[given.language]}`;
  return defineRule({
    code: given.code,
    title: given.message.replace(/\.$/, ""),
    severity: given.severity,
    category: given.category,
    why: given.why,
    fix: given.fix,
    languages: [given.language],
    detect: perTree(
      wanted.map(({ words }) => words[0] ?? ""),
      function* (tree) {
        const seen = new Set<number>();
        for (const { node: pattern } of wanted)
          for (const { node, bindings } of matchesIn(tree.root, pattern)) {
            if (seen.has(node.id) || exceptions.some((exception) => match(exception.node, node))) continue;
            seen.add(node.id);
            yield { ...placeOf(node), message: filled(given.message, bindings) };
          }
      },
    ),
    bad: given.examples.bad.map((code) => ({ file, code })),
    good: given.examples.good.map((code) => ({ file, code })),
  });
}

const EXTENSIONS: Record<Language, string> = {
  python: ".py",
  javascript: ".js",
  typescript: ".ts",
  go: ".go",
  java: ".java",
};

/** The message with `$X` replaced by the code it stands for, cut short. */
function filled(message: string, bindings: ReadonlyMap<string, string>): string {
  return message.replace(/\$([A-Z][A-Z0-9_]*)/g, (whole, name: string) => {
    const text = bindings.get(name)?.replace(/\s+/g, " ");
    return text === undefined ? whole : text.length > 60 ? `${text.slice(0, 57)}...` : text;
  });
}

/** A rule that does not do on its own examples what it says is worse than none. */
function exampleFaults(rule: Rule, language: Language): string[] {
  const finds = (code: string) => {
    const path = `example${EXTENSIONS[language]}`;
    const tree = parseSource(path, language, code);
    const info = { path, service: "", kind: "code" as const, language, is_test: false };
    const file = sourceFile(
      info,
      code,
      () => tree,
      () => {},
    );
    try {
      if (rule.detect.scope !== "file") return false;
      const worthLooking = rule.detect.keywords.some((keyword) => file.lower.includes(keyword));
      return worthLooking && [...rule.detect.find(file)].length > 0;
    } finally {
      tree?.delete();
    }
  };
  const check = (kind: "bad" | "good", expected: boolean) =>
    rule[kind].flatMap((example, index) =>
      "code" in example && finds(example.code) !== expected
        ? [`${rule.code}: ${kind} example ${index + 1} is ${expected ? "not " : ""}found`]
        : [],
    );
  return [...check("bad", true), ...check("good", false)];
}
