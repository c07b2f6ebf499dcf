import { argumentsOf, placeOf, stringValue } from "../../../source/ast.ts";
import { calleePath } from "../../../source/callee.ts";
import { importsOf } from "../../../source/imports.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";
import { defineRule, type Hit, perTree } from "../../rule.ts";
import { isInTable } from "../secrets/no-setting.ts";
import { isJwtClass, type JwtCall, jwtCalls, jwtNames, libraryCalls } from "./jwt.ts";
import {
  fallbackOf,
  isLabel,
  isSecretName,
  isSecretText,
  literalIn,
  SECRET_WORDS,
  secretIn,
} from "./literal-secret.ts";
import { SESSION_WORDS, sessionSecrets } from "./session-secrets.ts";

const SCRIPT =
  "[(variable_declarator name: (_) @name value: (_) @value) (assignment_expression left: (_) @name right: (_) @value) (pair key: (_) @name value: (_) @value) (public_field_definition name: (_) @name value: (_) @value)] @hit";
const NAMED = {
  python:
    "[(assignment left: (_) @name right: (_) @value) (keyword_argument name: (_) @name value: (_) @value) (pair key: (string) @name value: (_) @value)] @hit",
  typescript: SCRIPT,
  javascript: SCRIPT.replace(
    " (public_field_definition name: (_) @name value: (_) @value)",
    " (field_definition property: (_) @name value: (_) @value)",
  ),
  go: "[(const_spec name: (_) @name value: (expression_list (_) @value)) (var_spec name: (_) @name value: (expression_list (_) @value)) (short_var_declaration left: (expression_list (_) @name) right: (expression_list (_) @value)) (assignment_statement left: (expression_list (_) @name) right: (expression_list (_) @value)) (keyed_element . (literal_element) @name (literal_element) @value)] @hit",
  java: "[(variable_declarator name: (_) @name value: (_) @value) (assignment_expression left: (_) @name right: (_) @value)] @hit",
};
const CALLS = {
  python: "(call) @call",
  typescript: "(call_expression) @call",
  javascript: "(call_expression) @call",
  go: "(call_expression) @call",
  java: "(method_invocation) @call",
};

export default defineRule({
  code: "SEC-005",
  title: "Hardcoded JWT secret",
  severity: "critical",
  category: "security",
  why: "Whoever reads the code can sign tokens for every user.",
  fix: "Read the secret from the environment, and refuse to start without it.",
  languages: ["python", "typescript", "javascript", "go", "java"],
  detect: perTree(
    ["secret", "key", "jwt", "hmac"],
    function* (tree, file) {
      yield* byName(tree, file);
      yield* byFallback(tree, file);
      if (file.language === "go") yield* inGo(tree, file);
      else if (file.language === "java") yield* inJava(tree, file);
      else yield* byUse(tree, file);
    },
    new RegExp(`${SECRET_WORDS.source}|${SESSION_WORDS.source}`, "i"),
  ),
  bad: [
    { file: "auth.py", code: 'JWT_SECRET = "correct-horse-battery"\n' },
    { file: "auth.js", code: 'const JWT_SECRET = "supersecret";\n' },
    { file: "auth.py", code: 'import os\nJWT_SECRET = os.environ.get("JWT_SECRET", "dev-secret-key")\n' },
    { file: "auth.ts", code: 'const jwtSecret = process.env.JWT_SECRET ?? "dev-secret-key";\n' },
    {
      file: "auth.ts",
      code: 'import jwt from "jsonwebtoken";\nconst token = jwt.sign(claims, "correct-horse-battery");\n',
    },
    { file: "auth.go", code: 'package auth\n\nvar jwtSecret = []byte("correct-horse-battery")\n' },
  ],
  good: [
    {
      file: "auth.py",
      code: 'import os\nJWT_SECRET = os.environ["JWT_SECRET"]\nmessage = "JWT_SECRET = correct-horse"\n',
    },
    { file: "auth.ts", code: 'const jwtSecret = process.env.JWT_SECRET ?? "";\nconst tokenKey = "Authorization";\n' },
    { file: "auth.ts", code: 'const jwtSecret = required("JWT_SECRET");\nconst keys = { jwtSecret: "JWT_SECRET" };\n' },
    { file: "test/auth.test.ts", code: 'const jwtSecret = "correct-horse-battery";\n' },
  ],
});

/** Where a secret is written down; the key keeps the text out of the fingerprint. */
function at(node: SyntaxNode, what: string): Hit {
  return { ...placeOf(node), message: `${what}.`, key: what };
}

/** Variables, settings and fields whose name says what they hold. */
function* byName(tree: SyntaxTree, file: SourceFile) {
  for (const { name, value } of tree.matches(NAMED[file.language ?? "python"])) {
    if (!name || !value) continue;
    const label = labelOf(name);
    if (!isSecretName(label) && !/^SIGNING_KEY$/.test(label)) continue;
    const literal = literalIn(value);
    const text = stringValue(literal) ?? "";
    if (literal && isSecretText(text) && !isLabel(label, text) && !isInTable(literal))
      yield at(literal, `${label} is a literal in the code`);
    const fallback = literal ? undefined : literalIn(fallbackOf(value));
    if (fallback && isSecretText(stringValue(fallback) ?? ""))
      yield at(fallback, `${label} falls back to a literal when it is not configured`);
  }
}

function labelOf(name: SyntaxNode): string {
  const last =
    name.childForFieldName("subscript") ??
    name.childForFieldName("index") ??
    name.childForFieldName("attribute") ??
    name.childForFieldName("property") ??
    name.childForFieldName("field") ??
    name;
  return last.text.slice(0, 100).replace(/^[a-z]?["'`]|["'`]$/gi, "");
}

/** `getEnv("JWT_SECRET", "dev")`, wherever it stands; Spring's @Value("${jwt.secret:dev}"). */
function* byFallback(tree: SyntaxTree, file: SourceFile) {
  for (const { call } of tree.matches(CALLS[file.language ?? "python"])) {
    const fallback = call && literalIn(fallbackOf(call));
    const key = call && stringValue(argumentsOf(call.childForFieldName("arguments"))[0]);
    if (fallback && key !== undefined && isSecretName(key) && isSecretText(stringValue(fallback) ?? ""))
      yield at(fallback, `${key} falls back to a literal when it is not configured`);
  }
  if (file.language !== "java") return;
  for (const { name, text } of tree.matches(
    "(annotation name: (_) @name arguments: (annotation_argument_list (string_literal) @text))",
  )) {
    const [, key = "", value = ""] = /^\$\{([\w.-]+):([^}]*)\}$/.exec(stringValue(text) ?? "") ?? [];
    if (text && name?.text === "Value" && isSecretName(key.replaceAll(".", "_")) && isSecretText(value))
      yield at(text, `${key} falls back to a literal when it is not configured`);
  }
}

/** Keys of JWT calls, whatever they are called, and secrets that sign sessions. */
function* byUse(tree: SyntaxTree, file: SourceFile) {
  for (const { node, name } of sessionSecrets(tree, file)) {
    const literal = secretIn(tree, file, node);
    if (literal) yield at(literal, `${name} is given a literal secret`);
  }
  for (const call of jwtCalls(tree, file))
    for (const key of keysOf(call)) {
      const literal = secretIn(tree, file, key);
      if (literal) yield at(literal, `${call.name} is called with a literal secret`);
    }
  // new SignJWT(…).setProtectedHeader(…).sign(secret)
  if (
    file.language === "python" ||
    ![...importsOf(tree, file.language).values()].some(({ module }) => module === "jose")
  )
    return;
  for (const { call } of tree.matches(CALLS.typescript)) {
    const path = call ? calleePath(call) : [];
    if (path[0] === "SignJWT" && path.at(-1) === "sign") {
      const literal = secretIn(tree, file, argumentsOf(call?.childForFieldName("arguments"))[0]);
      if (literal) yield at(literal, "sign is called with a literal secret");
    }
  }
}

function keysOf({ name, args, settings }: JwtCall): SyntaxNode[] {
  const named = settings.filter(({ key }) => /^(key|secret|secretOrKey|secretKey|secret_key|privateKey)$/.test(key));
  const second = /^(sign|verify|encode|decode|signAsync|verifyAsync|jwtVerify)$/.test(name) ? args[1] : undefined;
  const plain = second && !/^(keyword_argument|object|dictionary)$/.test(second.type) ? [second] : [];
  return [...named.map(({ value }) => value), ...plain];
}

function* inGo(tree: SyntaxTree, file: SourceFile) {
  const names = jwtNames(tree, file);
  if (names.size === 0) return;
  for (const { path, args } of libraryCalls(tree, file)) {
    const last = path.at(-1) ?? "";
    const keys: (SyntaxNode | null | undefined)[] = [];
    if (last === "SignedString") keys.push(args[0]);
    if (names.has(path[0] ?? "") && /^(JWT|New)$/.test(last))
      keys.push(...args.filter((one) => /^\[\]byte\(/.test(one.text.slice(0, 20))));
    if (/^Parse(WithClaims)?$/.test(last))
      for (const keyfunc of args.filter(({ type }) => type === "func_literal"))
        keys.push(...keyfunc.descendantsOfType("return_statement").map((one) => one?.namedChild(0)?.namedChild(0)));
    for (const key of keys) {
      const literal = secretIn(tree, file, key ?? undefined);
      if (literal) yield at(literal, "A literal signs tokens");
    }
  }
  for (const { key, value } of tree.matches("(keyed_element . (literal_element) @key (literal_element) @value)")) {
    const literal = /^(SigningKey|Key|Secret)$/.test(key?.text ?? "") ? secretIn(tree, file, value) : undefined;
    if (literal) yield at(literal, `${key?.text} is a literal in the code`);
  }
}

function* inJava(tree: SyntaxTree, file: SourceFile) {
  for (const { path, args } of libraryCalls(tree, file)) {
    const [root = "", ...names] = path;
    const last = names.at(-1) ?? "";
    const signs =
      (root === "Algorithm" && /^HMAC\d+$/.test(last) && isJwtClass(tree, file, root)) ||
      (root === "Keys" && last === "hmacShaKeyFor") ||
      (root === "Jwts" && /^(signWith|setSigningKey|verifyWith)$/.test(last));
    for (const literal of signs ? args.map((one) => secretIn(tree, file, one)) : [])
      if (literal) yield at(literal, `${last} is given a literal`);
  }
}
