import { placeOf } from "../../../source/ast.ts";
import { isForBrowser } from "../../../source/browser.ts";
import { functionAround } from "../../../source/scopes.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";
import { defineRule, perTree } from "../../rule.ts";
import { declaredSettings, isJwtClass, JWT_WORDS, type JwtCall, jwtCalls, jwtNames, libraryCalls } from "./jwt.ts";
import { becomesCaller, isReturned, readsPerson, readsRoutingOnly } from "./unverified.ts";

/** Each call is followed through the function around it: no file people write has more. */
const MAX_CALLS = 100;

const DECODERS = /^(decode|decodeJwt|jwtDecode|jwt_decode|createDecoder|jwtDecode)$/;

export default defineRule({
  code: "SEC-003",
  title: "JWT signature verification disabled",
  severity: "critical",
  category: "security",
  why: "Whatever a caller writes into a token is believed.",
  fix: "Verify the signature with the issuer's key; remove the option.",
  languages: ["python", "typescript", "javascript", "go", "java"],
  detect: perTree(
    ["verify", "unverified", "decode", "jwts"],
    function* (tree, file) {
      const message = "The signature of JSON Web Tokens is not verified.";
      for (const node of unverified(tree, file)) yield { ...placeOf(node), message };
    },
    JWT_WORDS,
  ),
  bad: [
    { file: "auth.py", code: 'import jwt\nclaims = jwt.decode(token, options={"verify_signature": False})\n' },
    { file: "auth.py", code: "import jwt\nclaims = jwt.decode(token, key, verify=False)\n" },
    {
      file: "auth.go",
      code: 'package auth\nimport "github.com/golang-jwt/jwt/v5"\nfunc f(p *jwt.Parser) { p.ParseUnverified(token, claims) }\n',
    },
    {
      file: "auth.js",
      code: 'const jwt = require("jsonwebtoken");\nmodule.exports = (req, res, next) => { req.user = jwt.decode(req.cookies.token); next(); };\n',
    },
  ],
  good: [
    {
      file: "auth.py",
      code: 'import jwt\n# options={"verify_signature": False}\nclaims = jwt.decode(token, key, algorithms=["RS256"])\n',
    },
    { file: "client.py", code: "import jwt\nanswer = requests.get(url, verify=False)\n" },
    {
      file: "auth.py",
      code: 'import jwt\nissuer = jwt.decode(token, options={"verify_signature": False})["iss"]\n',
    },
  ],
});

function* unverified(tree: SyntaxTree, file: SourceFile): Generator<SyntaxNode> {
  if (file.language === "go") yield* inGo(tree, file);
  else if (file.language === "java") yield* inJava(tree, file);
  else {
    for (const call of jwtCalls(tree, file).slice(0, MAX_CALLS)) yield* inCall(tree, file, call);
    for (const { key, value, node } of declaredSettings(tree, file))
      if (
        /^(JWT_VERIFY|verify_signature)$/.test(key) &&
        /^(False|false)$/.test(value.text) &&
        !usedInCall(tree, file, node)
      )
        yield node;
  }
}

function* inCall(tree: SyntaxTree, file: SourceFile, call: JwtCall): Generator<SyntaxNode> {
  const off = call.settings.find(
    ({ key, value }) =>
      (key === "verify_signature" && /^(False|false)$/.test(value.text)) ||
      (key === "verify" && value.text === "False" && call.name === "decode"),
  );
  const third =
    file.language === "python" && call.name === "decode" && call.args[2]?.text === "False" ? call.args[2] : undefined;
  if (off || third) {
    if (isHarmless(tree, file, call.node)) return;
    yield off?.node ?? third ?? call.node;
  } else if (call.name === "get_unverified_claims") {
    if (!isHarmless(tree, file, call.node)) yield call.node;
  } else if (file.language !== "python" && DECODERS.test(call.name) && isDecoder(call)) {
    const trusted = becomesCaller(tree, file, call.node) || (readsPerson(call.node) && isServer(tree, file));
    if (trusted && !verifiesBeside(tree, file, call.node)) yield call.node;
  }
}

/** Code for servers that verifies no token anywhere: what it reads of one it believes. */
function isServer(tree: SyntaxTree, file: SourceFile): boolean {
  if (isForBrowser(file) || /(^|\/)(web|client|ui|app|mobile)\/src\//.test(file.path)) return false;
  return !jwtCalls(tree, file).some(({ name }) => /verify/i.test(name));
}

/** createDecoder() itself decodes nothing: what it made does. */
function isDecoder({ name, node }: JwtCall): boolean {
  return name !== "createDecoder" || node.childForFieldName("function")?.text !== "createDecoder";
}

/** Looked at to choose a key or to know a lifetime, or beside a verification and not what comes of it. */
function isHarmless(tree: SyntaxTree, file: SourceFile, call: SyntaxNode): boolean {
  return readsRoutingOnly(call) || (verifiesBeside(tree, file, call) && !isReturned(call));
}

/** Whether the same function verifies as well. */
function verifiesBeside(tree: SyntaxTree, file: SourceFile, call: SyntaxNode): boolean {
  const around = functionAround(call);
  if (!around) return false;
  return jwtCalls(tree, file).some(
    ({ name, node, settings }) =>
      node.id !== call.id &&
      node.startIndex >= around.startIndex &&
      node.endIndex <= around.endIndex &&
      (/verify/i.test(name) ||
        (file.language === "python" &&
          name === "decode" &&
          !settings.some(({ value, key }) => /^verify/.test(key) && value.text === "False"))),
  );
}

function usedInCall(tree: SyntaxTree, file: SourceFile, node: SyntaxNode): boolean {
  return jwtCalls(tree, file).some(({ settings }) => settings.some((entry) => entry.node.id === node.id));
}

function* inGo(tree: SyntaxTree, file: SourceFile): Generator<SyntaxNode> {
  if (jwtNames(tree, file).size === 0) return;
  const calls = [...libraryCalls(tree, file)];
  for (const { node, path } of calls) {
    if (path.at(-1) !== "ParseUnverified") continue;
    const around = functionAround(node);
    const verifies = calls.some(
      (one) =>
        /^Parse(WithClaims)?$/.test(one.path.at(-1) ?? "") &&
        around !== null &&
        one.node.startIndex >= around.startIndex &&
        one.node.endIndex <= around.endIndex,
    );
    if (!verifies) yield node;
  }
}

function* inJava(tree: SyntaxTree, file: SourceFile): Generator<SyntaxNode> {
  const calls = [...libraryCalls(tree, file)];
  const verifies = calls.some(({ path }) => path[0] === "JWT" && path[1] === "require");
  const authenticates = /\b(setAuthentication|setSecurityContext|setUserPrincipal|setAttribute)\(/.test(file.text);
  for (const { node, path, args } of calls) {
    const [root = "", ...names] = path;
    const last = names.at(-1) ?? "";
    const isParser = root === "Jwts" && /^parser(Builder)?$/.test(names[0] ?? "");
    if (
      isParser &&
      /^(parse(ClaimsJwt|PlaintextJwt|UnsecuredClaims|UnsecuredContent|ContentJwt)?)$/.test(last) &&
      args.length === 1
    )
      yield node;
    if (
      root === "JWT" &&
      last === "decode" &&
      isJwtClass(tree, file, root) &&
      !verifies &&
      (authenticates || readsPerson(node)) &&
      !readsRoutingOnly(node)
    )
      yield node;
  }
}
