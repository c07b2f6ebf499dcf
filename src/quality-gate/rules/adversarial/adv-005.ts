import type { SourceFile } from "../../../source/source-file.ts";
import { defineRule, type Hit, perService } from "../../rule.ts";
import { goFaults } from "./error-handling/go.ts";
import { javaFaults } from "./error-handling/java.ts";
import { pythonFaults } from "./error-handling/python.ts";
import { type ScriptHit, scriptFaults } from "./error-handling/script.ts";

type Fact = { hits: ScriptHit[] } | { express: number };

/** Without one of these in its text a file has none of the faults. */
const SIGNS = {
  python: /\bexcept\b|suppress\(|create_task|ensure_future|\basync def\b/,
  script: /\bcatch\b|\basync\b|\.then\(/,
  go: /\b(Unmarshal|Decode|Exec\w*|Commit|Scan|ShouldBind\w*|ListenAndServe\w*|WriteMessages|PublishWithContext|SendMessages?)\(|\bos\.|, _ :?=|\berror\b|!= nil/,
  java: /\bcatch\b/,
};

export default defineRule({
  code: "ADV-005",
  title: "Missing error handling",
  severity: "warning",
  category: "adversarial",
  why: "Failures vanish: the caller waits or goes on with wrong data, and no log tells why.",
  fix: "Catch what can be handled, log it with its cause, and let the rest reach the error handler.",
  languages: ["python", "typescript", "javascript", "go", "java"],
  files: ["text"],
  detect: perService<Fact>({
    collect(file) {
      if (file.kind === "text") return expressIn(file);
      const hits = faultsOf(file).map((hit) => ({
        ...hit,
        key: (file.lines[hit.line - 1] ?? "").trim().slice(0, 300),
      }));
      return hits.length > 0 ? { hits } : undefined;
    },
    *conclude(service, facts) {
      const read = facts.map(({ file, fact }) => ({ file, fact }));
      const isModern = read.some(({ fact }) => "express" in fact && fact.express >= 5);
      for (const { file, fact } of read)
        if ("hits" in fact)
          for (const { express4, ...hit } of fact.hits)
            if (!express4 || !isModern) yield { ...hit, file: file.path, service };
    },
  }),
  bad: [
    { file: "app.py", code: "try:\n    work()\nexcept:\n    log()\n" },
    { file: "app.py", code: "try:\n    work()\nexcept Exception:\n    pass\n" },
    { file: "app.ts", code: "try { work(); } catch {}\n" },
    {
      file: "app.js",
      code: 'const express = require("express");\napp.get("/orders", async (req, res) => { res.json(await load()); });\n',
    },
  ],
  good: [
    { file: "app.py", code: "try:\n    work()\nexcept ValueError:\n    pass\nexcept:\n    cleanup()\n    raise\n" },
    { file: "app.ts", code: "try { work(); } catch {\n  // The cache is optional.\n}\n" },
    {
      file: "app.js",
      code: 'const express = require("express");\napp.get("/orders", async (req, res, next) => { try { res.json(await load()); } catch (error) { next(error); } });\n',
    },
  ],
});

function faultsOf(file: SourceFile): ScriptHit[] {
  const { language, text } = file;
  if (language === null) return [];
  const signs = language === "typescript" || language === "javascript" ? SIGNS.script : SIGNS[language];
  const tree = signs.test(text) ? file.tree() : null;
  if (!tree) return [];
  const faults: Iterable<Hit> =
    language === "python"
      ? pythonFaults(tree, file)
      : language === "go"
        ? goFaults(tree)
        : language === "java"
          ? javaFaults(tree)
          : scriptFaults(tree, file);
  return [...faults];
}

/** The major version of Express that a package.json asks for. */
function expressIn(file: SourceFile): Fact | undefined {
  if (!/(^|\/)package\.json$/.test(file.path)) return undefined;
  const [, major] = /"express"\s{0,4}:\s{0,4}"[^"\d]{0,4}(\d{1,3})/.exec(file.text) ?? [];
  return major === undefined ? undefined : { express: Number(major) };
}
