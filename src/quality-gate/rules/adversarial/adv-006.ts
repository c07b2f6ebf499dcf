import { defineRule, perTree } from "../../rule.ts";
import { goRaces } from "./race/go.ts";
import { javaRaces } from "./race/java.ts";
import { pythonRaces } from "./race/python.ts";
import { scriptRaces } from "./race/script.ts";

export default defineRule({
  code: "ADV-006",
  title: "Race condition",
  severity: "warning",
  category: "adversarial",
  why: "Two requests at the same time read the same old value, and one of the changes is lost.",
  fix: "Keep the state in the database in one transaction, or hold a lock from reading to writing.",
  languages: ["python", "typescript", "javascript", "go", "java"],
  detect: perTree(
    [
      "global",
      "await",
      "map[",
      "func",
      "controller",
      "service",
      "component",
      "repository",
      "singleton",
      "scoped",
      "@path",
      "httpservlet",
      "flask",
      "fastapi",
      "django",
      "threading",
    ],
    function* (tree, file) {
      if (file.language === "python") yield* pythonRaces(tree, file.text);
      else if (file.language === "go") yield* goRaces(tree);
      else if (file.language === "java") yield* javaRaces(tree);
      else if (/\bawait\b/.test(file.text)) yield* scriptRaces(tree);
    },
    /\bglobal |\bawait\b|\bmap\[|\+\+|--|[+-]=|\bappend\(|\.(put|add|remove|merge|compute)\w*\(| [+-] /,
  ),
  bad: [
    {
      file: "app.py",
      code: "counter = 0\n\nasync def create():\n    global counter\n    counter += 1\n    await save(counter)\n",
    },
    {
      file: "app.ts",
      code: "let total = 0;\nexport async function add(id: string) {\n  total += await price(id);\n}\n",
    },
    {
      file: "main.go",
      code: "package main\n\nvar carts = map[string]int{}\n\nfunc add(id string) { carts[id] = 1 }\n",
    },
  ],
  good: [
    {
      file: "app.py",
      code: "counter = 0\n\nasync def create():\n    global counter\n    async with lock:\n        counter += 1\n",
    },
    { file: "app.py", code: "pool = None\n\nasync def start():\n    global pool\n    pool = await connect()\n" },
    {
      file: "app.ts",
      code: "export async function add(ids: string[]) {\n  let total = 0;\n  for (const id of ids) total += await price(id);\n  return total;\n}\n",
    },
    {
      file: "main.go",
      code: 'package main\n\nimport "sync"\n\nvar mu sync.Mutex\nvar carts = map[string]int{}\n\nfunc add(id string) { mu.Lock(); carts[id] = 1; mu.Unlock() }\n',
    },
  ],
});
