import { argumentsOf, CALLS, calleeOf, enclosingFunction, keywordOf, placeOf } from "../../../source/ast.ts";
import { importsOf } from "../../../source/imports.ts";
import { isToolingPath } from "../../../source/languages.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxTree } from "../../../source/syntax.ts";
import { defineRule, type Hit } from "../../rule.ts";
import { printsInServices } from "./by-hand.ts";
import { isStructuredLine } from "./structured-line.ts";
import { isTerminalProgram, SERVES } from "./terminal.ts";

const IMPORTED = /^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+\(?([\w, \t]*)|import[ \t]+([\w., \t]+))/gm;

export default defineRule({
  code: "LOG-001",
  title: "print() instead of a logger",
  severity: "warning",
  category: "logging",
  why: "Printed lines have no level, time or trace id: they cannot be filtered, and are lost where logs are collected.",
  fix: "Use logging.getLogger(__name__) and a fitting level.",
  languages: ["python"],
  files: ["text"],
  detect: printsInServices({
    keyword: "print(",
    guard: /^if\s+\(?\s*(__name__\s*==\s*["']__main__["']|["']__main__["']\s*==\s*__name__)/m,
    serves: SERVES.python,
    imports: ({ text }) => [...new Set([...text.matchAll(IMPORTED)].flatMap(namesImported))],
    find: printsIn,
  }),
  bad: [{ file: "app.py", code: 'def create(order):\n    print("created", order)\n' }],
  good: [
    { file: "app.py", code: 'log = logging.getLogger(__name__)\nlog.info("print(1)")  # print(1)\n' },
    { file: "app.py", code: 'if __name__ == "__main__":\n    print("listening")\n' },
    { file: "cli.py", code: 'print("done")\n' },
    { file: "report.py", code: "import argparse\n\ndef main():\n    print(argparse)\n" },
    { file: "purge.py", code: 'def main():\n    print("purged")\n\nif __name__ == "__main__":\n    main()\n' },
    { file: "tests/test_app.py", code: 'print("debug")\n' },
  ],
});

function* printsIn(file: SourceFile): Generator<Hit> {
  if (isToolingPath(file.path) || isTerminalProgram(file)) return;
  const tree = file.tree();
  for (const { hit, fn, args } of tree?.matches(CALLS.python) ?? []) {
    if (!tree || !hit || !isPrint(tree, calleeOf(fn)) || keywordOf(args, "file") || isUnderMain(hit)) continue;
    if (isStructuredLine(tree, "python", argumentsOf(args)[0])) continue;
    yield { ...placeOf(hit), message: `${calleeOf(fn)}() is used in service code.` };
  }
}

/** The last segments of what a line imports: modules, or names that may be modules. */
function namesImported([, from = "", names = "", modules = ""]: RegExpMatchArray): string[] {
  return [from, ...`${names},${modules}`.split(",")].flatMap(
    (name) =>
      name
        .trim()
        .split(/\s/)[0]
        ?.split(".")
        .findLast((part) => part !== "") ?? [],
  );
}

function isUnderMain(node: Parameters<typeof enclosingFunction>[0]): boolean {
  if (enclosingFunction(node)) return false;
  for (let outer = node.parent; outer; outer = outer.parent)
    if (outer.type === "if_statement" && /__name__/.test(outer.childForFieldName("condition")?.text ?? "")) return true;
  return false;
}

/** The built-in print and pprint, unless the file has a function of that name. */
function isPrint(tree: SyntaxTree, name: string): boolean {
  const imported = importsOf(tree, "python").get(name.split(".")[0] ?? "");
  if (name === "builtins.print" || name === "pprint.pprint") return true;
  if (imported?.module === "pprint") return /^pp?(rint)?$/.test(imported.name);
  if (name !== "print" || imported) return false;
  return !tree.root.namedChildren.some(
    (node) => node?.type === "function_definition" && node.childForFieldName("name")?.text === "print",
  );
}
