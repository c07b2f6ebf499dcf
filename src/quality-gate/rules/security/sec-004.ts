import type { Entry } from "../../../source/assigned.ts";
import { placeOf } from "../../../source/ast.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";
import { defineRule, perTree } from "../../rule.ts";
import { unvalidatedClaims } from "./authlib.ts";
import { secondsOf } from "./duration.ts";
import { declaredSettings, JWT_WORDS, type JwtCall, jwtCalls, jwtNames, libraryCalls } from "./jwt.ts";

const A_DAY = 86_400;
const OFF = "Expired JSON Web Tokens are accepted.";
const UNVALIDATED = "Authlib decodes the token, and nothing validates its claims: expired ones are accepted.";
const TOLERANT = "JSON Web Tokens are accepted a day or more after they expired.";

export default defineRule({
  code: "SEC-004",
  title: "JWT expiration check disabled",
  severity: "high",
  category: "security",
  why: "A token that leaked once works forever.",
  fix: "Check the expiration; remove the option.",
  languages: ["python", "typescript", "javascript", "go", "java"],
  detect: perTree(
    [
      "verify_exp",
      "ignoreexpiration",
      "leeway",
      "clocktolerance",
      "claimsvalidation",
      "clockskew",
      "acceptexpiresat",
      "token_expires",
      "verification",
      "authlib",
    ],
    function* (tree, file) {
      if (file.language === "go") yield* inGo(tree, file);
      else if (file.language === "java") yield* inJava(tree, file);
      else yield* inSettings(tree, file);
      if (file.language === "python")
        for (const node of unvalidatedClaims(tree, file)) yield { ...placeOf(node), message: UNVALIDATED };
    },
    JWT_WORDS,
  ),
  bad: [
    {
      file: "auth.py",
      code: 'import jwt\nclaims = jwt.decode(token, key, algorithms=["HS256"], options={"verify_exp": False})\n',
    },
    { file: "auth.ts", code: 'import jwt from "jsonwebtoken";\njwt.verify(token, key, { ignoreExpiration: true });\n' },
  ],
  good: [
    {
      file: "auth.py",
      code: 'import jwt\nclaims = jwt.decode(token, key, algorithms=["HS256"], options={"verify_exp": True})\n',
    },
    { file: "auth.ts", code: 'import jwt from "jsonwebtoken";\njwt.verify(token, key); // ignoreExpiration: true\n' },
  ],
});

function* inSettings(tree: SyntaxTree, file: SourceFile) {
  const given = jwtCalls(tree, file).flatMap((call) => call.settings.map((entry) => ({ entry, call })));
  const declared = declaredSettings(tree, file).map((entry) => ({ entry, call: undefined }));
  for (const { entry, call } of [...given, ...declared]) {
    if (isOff(entry)) yield { ...placeOf(entry.node), message: OFF };
    else if (isTolerant(entry, call)) yield { ...placeOf(entry.node), message: TOLERANT };
  }
}

function isOff({ key, value }: Entry): boolean {
  if (key === "ignoreExpiration") return value.text === "true";
  return (
    /^(verify_exp|verification\.exp|JWT_VERIFY_EXPIRATION|JWT_ACCESS_TOKEN_EXPIRES)$/.test(key) &&
    /^(False|false)$/.test(value.text)
  );
}

function isTolerant({ key, value }: Entry, call: JwtCall | undefined): boolean {
  if (!/^(leeway|JWT_LEEWAY|LEEWAY|clockTolerance)$/.test(key)) return false;
  // fast-jwt counts milliseconds.
  const unit = call?.library === "fast-jwt" ? 1000 : 1;
  return (secondsOf(value) ?? 0) / unit >= A_DAY;
}

function* inGo(tree: SyntaxTree, file: SourceFile) {
  const names = jwtNames(tree, file);
  if (names.size === 0) return;
  for (const { node, path, args } of libraryCalls(tree, file)) {
    if (!names.has(path[0] ?? "")) continue;
    if (path[1] === "WithoutClaimsValidation") yield { ...placeOf(node), message: OFF };
    if (path[1] === "WithLeeway" && (secondsOf(args[0]) ?? 0) >= A_DAY) yield { ...placeOf(node), message: TOLERANT };
  }
  for (const { hit, left, right } of tree.matches(
    "[(assignment_statement left: (expression_list (selector_expression field: (_) @left)) right: (_) @right) (keyed_element . (literal_element) @left (literal_element) @right)] @hit",
  ))
    if (hit && left?.text === "SkipClaimsValidation" && right?.text === "true") yield { ...placeOf(hit), message: OFF };
}

function* inJava(tree: SyntaxTree, file: SourceFile) {
  for (const { node, path, args } of libraryCalls(tree, file))
    if (
      /^(Jwts|JWT)$/.test(path[0] ?? "") &&
      /^((setAllowedClockSkew|clockSkew)Seconds|acceptLeeway|acceptExpiresAt)$/.test(path.at(-1) ?? "") &&
      (secondsOf(args[0]) ?? 0) >= A_DAY
    )
      yield { ...placeOf(lastName(node)), message: TOLERANT };
}

function lastName(call: SyntaxNode): SyntaxNode {
  return call.childForFieldName("name") ?? call;
}
