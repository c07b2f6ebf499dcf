import { placeOf, stringValue } from "../../../source/ast.ts";
import { itemsOf } from "../../../source/bindings.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";
import { defineRule, perTree } from "../../rule.ts";
import { declaredSettings, isJwtClass, JWT_WORDS, type JwtCall, jwtCalls, jwtNames, libraryCalls } from "./jwt.ts";

const MESSAGE = "The algorithm none is accepted for JSON Web Tokens.";
const ISSUED = "The token is issued without a signature.";

export default defineRule({
  code: "SEC-002",
  title: "JWT algorithm 'none'",
  severity: "critical",
  category: "security",
  why: "Tokens without a signature are accepted: anybody can write themselves one.",
  fix: "Allow only the algorithm the tokens are signed with, e.g. RS256 or HS256.",
  languages: ["python", "typescript", "javascript", "go", "java"],
  detect: perTree(
    ["none", "unsecured", "jwts"],
    function* (tree, file) {
      if (file.language === "go") yield* inGo(tree, file);
      else if (file.language === "java") yield* inJava(tree, file);
      else yield* inCalls(tree, file);
    },
    JWT_WORDS,
  ),
  bad: [
    { file: "auth.py", code: 'import jwt\nclaims = jwt.decode(token, key, algorithms=["HS256", "none"])\n' },
    { file: "auth.ts", code: 'import jwt from "jsonwebtoken";\njwt.verify(token, "", { algorithms: ["none"] });\n' },
    { file: "auth.js", code: 'const jwt = require("jsonwebtoken");\njwt.sign(claims, null, { algorithm: "none" });\n' },
    { file: "Auth.java", code: "class Auth { Object a = JWT.create().sign(Algorithm.none()); }\n" },
  ],
  good: [
    {
      file: "auth.py",
      code: 'import jwt\n# never algorithms=["none"]\nclaims = jwt.decode(token, key, algorithms=["RS256"])\n',
    },
    {
      file: "auth.ts",
      code: 'import jwt from "jsonwebtoken";\nconst compression = { method: "none" };\njwt.verify(token, key, { algorithms: ["RS256"] });\n',
    },
    { file: "zip.py", code: 'pack(data, algorithm="none")\n' },
  ],
});

function* inCalls(tree: SyntaxTree, file: SourceFile) {
  const isNone = (value: SyntaxNode) =>
    itemsOf(tree, file.language, value).some(
      (item) => stringValue(item)?.toLowerCase() === "none" || /(^|\.)ALGORITHMS\.NONE$/.test(item.text.slice(-40)),
    );
  for (const call of jwtCalls(tree, file)) {
    for (const { key, value, node } of call.settings)
      if (/^(alg|algorithms?|JWT_ALGORITHM)$/.test(key) && (isNone(value) || (issues(call) && value.text === "None")))
        yield { ...placeOf(node), message: issues(call) ? ISSUED : MESSAGE };
    // PyJWT and python-jose take the algorithm as the third argument too.
    const third = call.args[2];
    if (
      file.language === "python" &&
      /^(encode|decode)$/.test(call.name) &&
      third &&
      third.type !== "keyword_argument" &&
      isNone(third)
    )
      yield { ...placeOf(third), message: issues(call) ? ISSUED : MESSAGE };
    if (
      call.node.text.length < 2000 &&
      /\bUnsecuredJWT\b/.test(call.node.text) &&
      (call.name === "decode" || call.node.type === "new_expression")
    )
      yield { ...placeOf(call.node), message: call.name === "decode" ? MESSAGE : ISSUED };
  }
  for (const { key, value, node } of declaredSettings(tree, file))
    if (/^((JWT_)?ALGORITHM|algorithms?)$/.test(key) && isNone(value)) yield { ...placeOf(node), message: MESSAGE };
}

function issues({ name }: JwtCall): boolean {
  return /^(encode|sign|signAsync|createSigner|UnsecuredJWT)$/.test(name);
}

function* inGo(tree: SyntaxTree, file: SourceFile) {
  const names = jwtNames(tree, file);
  for (const { hit, object, field } of tree.matches(
    "(selector_expression operand: (_) @object field: (_) @field) @hit",
  ))
    if (hit && names.has(object?.text ?? "") && field?.text === "UnsafeAllowNoneSignatureType")
      yield { ...placeOf(hit), message: MESSAGE };
  for (const { node, path, args } of libraryCalls(tree, file)) {
    if (!names.has(path[0] ?? "")) continue;
    const first = args[0];
    if (/^New(WithClaims)?$/.test(path[1] ?? "") && /\.SigningMethodNone$/.test(first?.text.slice(-60) ?? ""))
      yield { ...placeOf(node), message: ISSUED };
    if (
      path[1] === "WithValidMethods" &&
      first &&
      itemsOf(tree, "go", first).some((item) => stringValue(item)?.toLowerCase() === "none")
    )
      yield { ...placeOf(node), message: MESSAGE };
  }
}

function* inJava(tree: SyntaxTree, file: SourceFile) {
  for (const { node, path, args } of libraryCalls(tree, file)) {
    const [root = "", ...names] = path;
    const last = names.at(-1);
    if (root === "Algorithm" && last === "none" && isJwtClass(tree, file, root))
      yield { ...placeOf(node), message: MESSAGE };
    if (root !== "Jwts") continue;
    if (last === "unsecured") yield { ...placeOf(node), message: MESSAGE };
    if (last === "signWith" && args.some((one) => /(^|\.)NONE$/.test(one.text.slice(-40))))
      yield { ...placeOf(node), message: ISSUED };
    if (names[0] === "builder" && last === "compact" && !names.some((name) => /^(signWith|encryptWith)$/.test(name)))
      yield { ...placeOf(node), message: ISSUED };
  }
}
