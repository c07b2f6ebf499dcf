import { placeOf } from "../../../source/ast.ts";
import { LANGUAGES } from "../../../source/languages.ts";
import { defineRule, perTree } from "../../rule.ts";
import { acceptsAll } from "./accept-all.ts";
import { ALLOW_ORIGIN, headerWrites } from "./headers.ts";
import { reflectsOrigin } from "./origin-flow.ts";
import { setupsOf } from "./setups.ts";

export default defineRule({
  code: "CORS-003",
  title: "Origin reflection",
  severity: "high",
  category: "cors",
  why: "Sending the caller's origin back unchecked is a wildcard that works with credentials too.",
  fix: "Compare the origin with a list of allowed ones before sending it back.",
  languages: LANGUAGES,
  detect: perTree(
    ["origin"],
    function* (tree, file) {
      const { language } = file;
      if (!language) return;
      for (const { header, value, node } of headerWrites(tree, language))
        if (header === ALLOW_ORIGIN && reflectsOrigin(tree, language, value))
          yield { ...placeOf(node), message: "The request's origin is sent back unchecked." };
      for (const { origins } of setupsOf({ tree, language, file })) {
        const how = origins && acceptsAll(tree, language, origins);
        if (origins && how !== undefined) yield { ...placeOf(origins), message: `${how}.` };
      }
    },
    /access[-_]?control[-_]?allow[-_]?origin|cors|allow_origin_regex/i,
  ),
  bad: [
    { file: "server.ts", code: 'res.setHeader("Access-Control-Allow-Origin", req.headers.origin ?? "");\n' },
    { file: "app.js", code: "app.use(cors({ origin: true, credentials: true }));\n" },
    { file: "app.js", code: "app.use(cors({ origin: (origin, callback) => callback(null, true) }));\n" },
    { file: "app.py", code: 'response.headers["Access-Control-Allow-Origin"] = request.headers.get("origin")\n' },
    { file: "app.py", code: 'app.add_middleware(CORSMiddleware, allow_origin_regex=".*")\n' },
  ],
  good: [
    { file: "server.ts", code: 'if (allowed.has(origin)) res.setHeader("Access-Control-Allow-Origin", origin);\n' },
    { file: "app.js", code: "app.use(cors({ origin: (origin, callback) => callback(null, allowed.has(origin)) }));\n" },
    { file: "app.py", code: 'app.add_middleware(CORSMiddleware, allow_origin_regex=r"https://.*\\.shop\\.example")\n' },
  ],
});
