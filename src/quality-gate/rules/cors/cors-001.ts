import { placeOf } from "../../../source/ast.ts";
import { LANGUAGES } from "../../../source/languages.ts";
import { defineRule, perFile } from "../../rule.ts";
import { starsInSettings } from "./settings.ts";
import { CORS_KEYWORDS, wildcards } from "./wildcards.ts";

export default defineRule({
  code: "CORS-001",
  title: "Wildcard origin",
  severity: "error",
  category: "cors",
  why: "Any website a user visits may call the API from their browser and read the answers.",
  fix: "List the origins that need access, read from configuration.",
  languages: LANGUAGES,
  files: ["text"],
  detect: perFile(CORS_KEYWORDS, function* (file) {
    if (file.kind === "text") {
      for (const place of starsInSettings(file)) yield { ...place, message: "The settings allow every origin." };
      return;
    }
    const tree = file.tree();
    for (const { node, how } of tree ? wildcards(tree, file) : []) yield { ...placeOf(node), message: `${how}.` };
  }),
  bad: [
    { file: "app.py", code: 'app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET"])\n' },
    { file: "app.py", code: 'origins = ["*"]\napp.add_middleware(CORSMiddleware, allow_origins=origins)\n' },
    { file: "app.py", code: "from flask_cors import CORS\nCORS(app)\n" },
    { file: "app.py", code: 'response.headers["Access-Control-Allow-Origin"] = "*"\n' },
    { file: "app.ts", code: 'import cors from "cors";\napp.use(cors());\n' },
    { file: "app.js", code: 'app.use(cors({ origin: "*", methods: ["GET"] }));\n' },
    { file: "server.ts", code: 'response.setHeader("Access-Control-Allow-Origin", "*");\n' },
    { file: "main.go", code: 'package main\nfunc f() { w.Header().Set("Access-Control-Allow-Origin", "*") }\n' },
    { file: "A.java", code: '@CrossOrigin(origins = "*")\nclass A {}\n' },
  ],
  good: [
    {
      file: "app.py",
      code: 'app.add_middleware(CORSMiddleware, allow_origins=["https://shop.example"])\n# allow_origins=["*"]\n',
    },
    {
      file: "app.py",
      code: 'from flask_cors import CORS\nCORS(app, origins=settings.origins)\nnote = "allow_origins=[*]"\n',
    },
    { file: "app.ts", code: 'import cors from "cors";\napp.use(cors({ origin: config.origins }));\n' },
    { file: "server.ts", code: 'response.setHeader("Access-Control-Allow-Origin", allowed);\n' },
    { file: "test/app.test.ts", code: 'import cors from "cors";\napp.use(cors());\n' },
    { file: "A.java", code: '@CrossOrigin(origins = "https://shop.example")\nclass A {}\n' },
  ],
});
