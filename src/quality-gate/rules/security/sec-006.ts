import { placeOf, stringValue } from "../../../source/ast.ts";
import { itemsOf, takenFrom, valuesOf } from "../../../source/bindings.ts";
import { calleePath } from "../../../source/callee.ts";
import { memberOf } from "../../../source/members.ts";
import { functionAround } from "../../../source/scopes.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";
import { defineRule, perTree } from "../../rule.ts";
import { isJwtClass, JWT_WORDS, type JwtCall, jwtCalls, jwtNames, libraryCalls } from "./jwt.ts";

const MIXED = "Symmetric and asymmetric algorithms are accepted for one key.";
const PUBLIC = "HS algorithms are accepted with a public key.";
const HEADER = "The token itself chooses the algorithm it is verified with.";

const PUBLIC_KEY =
  /public_?(key|pem|cert)|pub_?key|_pub\b|(key|rsa|ec|jwt)_?pub(lic)?\b|BEGIN (RSA )?(PUBLIC KEY|CERTIFICATE)|[\w/-]*(public|pubkey|cert)[\w-]*\.(pem|key|crt|cer|der)|\.(pub|crt)\b|X509|createPublicKey/i;

export default defineRule({
  code: "SEC-006",
  title: "JWT algorithm confusion",
  severity: "high",
  category: "security",
  why: "Where HS256 is accepted beside a public key, anyone can sign tokens with that public key as the secret.",
  fix: "Accept only the asymmetric algorithm the key belongs to, e.g. algorithms: ['RS256'].",
  languages: ["python", "typescript", "javascript", "go", "java"],
  detect: perTree(
    ["hs256", "hs384", "hs512", "algorithm", "alg", "jose", "hmac", "parse", "encode"],
    function* (tree, file) {
      if (file.language === "go") yield* inGo(tree, file);
      else if (file.language === "java") yield* inJava(tree, file);
      else for (const call of jwtCalls(tree, file)) yield* inCall(tree, file, call);
    },
    JWT_WORDS,
  ),
  bad: [
    { file: "auth.py", code: 'claims = jwt.decode(token, key, algorithms=["RS256", "HS256"])\n' },
    { file: "auth.ts", code: 'jwt.verify(token, publicKey, { algorithms: ["HS256"] });\n' },
    {
      file: "auth.js",
      code: 'const jwt = require("jsonwebtoken");\nconst { header } = jwt.decode(token, { complete: true });\njwt.verify(token, key, { algorithms: [header.alg] });\n',
    },
  ],
  good: [
    { file: "auth.py", code: 'claims = jwt.decode(token, public_key, algorithms=["RS256"])\n' },
    { file: "auth.ts", code: 'jwt.verify(token, secret, { algorithms: ["HS256"] }); // not publicKey\n' },
  ],
});

function* inCall(tree: SyntaxTree, file: SourceFile, call: JwtCall) {
  if (/^(encode|sign|signAsync|createSigner|SignJWT)$/.test(call.name)) return;
  const setting = call.settings.filter(({ key }) => /^(algorithms?|alg)$/.test(key));
  const isJose = /^jose(\.jwt|\.jws)?$/.test(call.library) && file.language === "python";
  const isDecode = file.language === "python" && /^(decode|decode_complete|verify)$/.test(call.name);
  const third = isDecode ? call.args[2] : undefined;
  const listed = setting[0]?.value ?? (third?.type === "keyword_argument" ? undefined : third);
  const place = setting[0]?.node ?? listed ?? call.node;

  if (!listed || listed.text === "None") {
    const splat = call.args.some(({ type }) => type === "dictionary_splat");
    const unverified = call.settings.some(({ key, value }) => key === "verify_signature" && value.text === "False");
    if (isJose && isDecode && !splat && !unverified) yield { ...placeOf(place), message: HEADER };
    if (keysOf(call).some((key) => isHmacOfPublic(tree, file, key))) yield { ...placeOf(call.node), message: PUBLIC };
    return;
  }
  const items = itemsOf(tree, file.language, listed);
  const names = items.map((item) => stringValue(item) ?? item.text.slice(-40).replace(/^.*\bALGORITHMS\./, ""));
  const symmetric = names.some((name) => /^HS\d{3}$/.test(name));
  const asymmetric = names.some((name) => /^((RS|ES|PS)\d{3}|ES256K|EdDSA|Ed25519)$/.test(name));
  if (symmetric && asymmetric) yield { ...placeOf(place), message: MIXED };
  else if (symmetric && keysOf(call).some((key) => isPublic(tree, file, key)))
    yield { ...placeOf(place), message: PUBLIC };
  if ([listed, ...items].some((item) => isFromHeader(tree, file, item) || isEverything(item)))
    yield { ...placeOf(place), message: HEADER };
}

/** The expressions a call may take its key from. */
function keysOf(call: JwtCall): SyntaxNode[] {
  const named = call.settings.filter(({ key }) =>
    /^(key|secret|secretOrKey|publicKey|secretOrPublicKey|public)$/.test(key),
  );
  const second = /^(decode|decode_complete|verify|verifyAsync|jwtVerify|compactVerify)$/.test(call.name)
    ? call.args[1]
    : undefined;
  const plain = second && !/^(keyword_argument|object|dictionary)$/.test(second.type) ? [second] : [];
  return [...named.map(({ value }) => value), ...plain];
}

function isPublic(tree: SyntaxTree, file: SourceFile, key: SyntaxNode): boolean {
  return [key, ...valuesOf(tree, file.language, key)].some(
    (node) => node.text.length < 4000 && PUBLIC_KEY.test(node.text),
  );
}

/** jose: `new TextEncoder().encode(publicKey)` and `createSecretKey(publicKey)` are HMAC keys. */
function isHmacOfPublic(tree: SyntaxTree, file: SourceFile, key: SyntaxNode): boolean {
  return valuesOf(tree, file.language, key).some(
    (node) =>
      node.type === "call_expression" &&
      /^(encode|createSecretKey)$/.test(calleePath(node).at(-1) ?? "") &&
      isPublic(tree, file, node.childForFieldName("arguments") ?? node),
  );
}

/** `header["alg"]`, `decoded.header.alg`, `get_unverified_header(token).get("alg")`, and names that hold it. */
function isFromHeader(tree: SyntaxTree, file: SourceFile, item: SyntaxNode): boolean {
  const taken = takenFrom(tree, file.language, item);
  if (taken) return taken.property === "alg" && isHeader(tree, file, taken.value);
  return valuesOf(tree, file.language, item).some((node) => {
    if (/^call/.test(node.type)) {
      const got = memberOf(node.childForFieldName("function") ?? node);
      const argument = node.childForFieldName("arguments")?.namedChild(0);
      return got?.key === "get" && stringValue(argument) === "alg" && isHeader(tree, file, got.object);
    }
    const member = memberOf(node);
    return member?.key === "alg" && isHeader(tree, file, member.object);
  });
}

function isHeader(tree: SyntaxTree, file: SourceFile, node: SyntaxNode): boolean {
  if (/header'?"?\]?$/i.test(node.text.slice(-40))) return true;
  return valuesOf(tree, file.language, node).some((value) =>
    /(unverified_headers?|decodeProtectedHeader|decode_complete)$/.test(calleePath(value).at(-1) ?? ""),
  );
}

function isEverything(item: SyntaxNode): boolean {
  return /get_default_algorithms\(\)|(^|\.)ALGORITHMS\.(ALL|SUPPORTED)$/.test(item.text.slice(0, 200));
}

function* inGo(tree: SyntaxTree, file: SourceFile) {
  const names = jwtNames(tree, file);
  if (names.size === 0) return;
  const isMixed = (node: SyntaxNode) => {
    const methods = itemsOf(tree, "go", node).map(
      (item) => stringValue(item) ?? item.text.replace(/^.*SigningMethod|\.Alg\(\)$|\.Name$/g, ""),
    );
    return methods.some((one) => /^HS\d/.test(one)) && methods.some((one) => /^(RS|ES|PS|Ed)/.test(one));
  };
  for (const { hit, key, value } of tree.matches(
    "(keyed_element . (literal_element) @key (literal_element) @value) @hit",
  ))
    if (hit && value && key?.text === "ValidMethods" && isMixed(value)) yield { ...placeOf(hit), message: MIXED };
  for (const { node, path, args } of libraryCalls(tree, file)) {
    const last = path.at(-1) ?? "";
    if (names.has(path[0] ?? "") && last === "WithValidMethods" && args[0] && isMixed(args[0]))
      yield { ...placeOf(node), message: MIXED };
    if (!/^Parse(WithClaims)?$/.test(last) || args.some((one) => /WithValidMethods/.test(one.text.slice(0, 60))))
      continue;
    const keyfunc = args.find(({ type }) => type === "func_literal");
    if (keyfunc && !/RSA|ECDSA|"(RS|ES|PS)\d/.test(keyfunc.text)) {
      const key = keyfunc
        .descendantsOfType("return_statement")
        .map((one) => one?.namedChild(0)?.namedChild(0))
        .find((one) => one && isPublicBytes(tree, file, one));
      if (key) yield { ...placeOf(key), message: PUBLIC };
    }
  }
}

/** A public key that is still text: a parsed one has a type no HMAC method accepts. */
function isPublicBytes(tree: SyntaxTree, file: SourceFile, node: SyntaxNode): boolean {
  return valuesOf(tree, file.language, node).some(
    (value) =>
      /^(\[\]byte\(|os\.ReadFile\(|ioutil\.ReadFile\(|["`])/.test(value.text.slice(0, 40)) &&
      (PUBLIC_KEY.test(value.text.slice(0, 2000)) || PUBLIC_KEY.test(node.text.slice(0, 200))),
  );
}

function* inJava(tree: SyntaxTree, file: SourceFile) {
  const calls = [...libraryCalls(tree, file)];
  for (const { node, path, args } of calls) {
    const [root = "", ...names] = path;
    const last = names.at(-1) ?? "";
    const makesHmac =
      (root === "Algorithm" && /^HMAC\d+$/.test(last) && isJwtClass(tree, file, root)) ||
      (root === "Keys" && last === "hmacShaKeyFor") ||
      (root === "Jwts" &&
        last === "setSigningKey" &&
        /getEncoded\(\)|getBytes\(/.test(args[0]?.text.slice(0, 300) ?? ""));
    if (makesHmac && args[0] && isPublic(tree, file, args[0])) yield { ...placeOf(node), message: PUBLIC };
    // An Algorithm picked by what the token says, HMAC among them.
    if (root === "Algorithm" && /^HMAC\d+$/.test(last) && picksByHeader(node))
      yield { ...placeOf(node), message: HEADER };
  }
}

function picksByHeader(hmac: SyntaxNode): boolean {
  const around = functionAround(hmac);
  for (let outer = hmac.parent; outer && outer.id !== around?.id; outer = outer.parent) {
    const condition = outer.childForFieldName("condition");
    if (condition && /\.getAlgorithm\(\)|\.getHeaderClaim\("alg"\)/.test(condition.text.slice(0, 500)))
      return /Algorithm\.(RSA|ECDSA)\d+\(/.test(outer.text.slice(0, 4000));
  }
  return false;
}
