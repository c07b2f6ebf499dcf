import { placeOf } from "../../../source/ast.ts";
import { LANGUAGES } from "../../../source/languages.ts";
import { defineRule, perTree } from "../../rule.ts";
import { CORS_KEYWORDS, wildcards } from "./wildcards.ts";

export default defineRule({
  code: "CORS-002",
  title: "Credentials with a wildcard origin",
  severity: "critical",
  category: "cors",
  why: "Frameworks that answer this by reflecting the origin let every website act as the logged-in user.",
  fix: "List the origins that need access, or switch credentials off.",
  languages: LANGUAGES,
  detect: perTree(CORS_KEYWORDS, function* (tree, file) {
    for (const { node, credentials, how } of wildcards(tree, file))
      if (credentials) yield { ...placeOf(node), message: `${how}, with credentials.` };
  }),
  bad: [
    { file: "app.py", code: 'app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)\n' },
    { file: "app.ts", code: 'import cors from "cors";\napp.use(cors({ origin: "*", credentials: true }));\n' },
    {
      file: "server.js",
      code: 'function answer(res) {\n  res.setHeader("Access-Control-Allow-Origin", "*");\n  res.setHeader("Access-Control-Allow-Credentials", "true");\n}\n',
    },
    {
      file: "main.go",
      code: 'package main\nvar c = cors.New(cors.Options{AllowedOrigins: []string{"*"}, AllowCredentials: true})\n',
    },
  ],
  good: [
    {
      file: "app.py",
      code: 'app.add_middleware(CORSMiddleware, allow_origins=["https://shop.example"], allow_credentials=True)\n',
    },
    { file: "app.py", code: 'app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=False)\n' },
    {
      file: "app.ts",
      code: 'import cors from "cors";\napp.use(cors({ origin: config.origins, credentials: true }));\n',
    },
  ],
});
