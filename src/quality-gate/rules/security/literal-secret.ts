import { argumentsOf, stringValue } from "../../../source/ast.ts";
import { valuesOf } from "../../../source/bindings.ts";
import { calleePath } from "../../../source/callee.ts";
import { unwrapped } from "../../../source/members.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";

const NAME =
  /(^|_|\.|-)(jwt|token|auth|signing|hmac)_?(secret|signing_?key|secret_?key|sign_?key)(_key)?$|(^|_|\.|-)(jwt|signing)_?key$|^secret_?key$|^(jwt|token)\.secret$/;
/** NAME without case and camel humps: what a file must hold to be read. */
export const SECRET_WORDS =
  /(jwt|token|auth|signing|hmac)[._-]?(secret|signing|sign_?key)|secret[_-]?key|(jwt|signing)[._-]?key|jwt|jose|jsonwebtoken|SignedString|HMAC\d/i;

/** Whether a variable, setting or environment variable of that name holds what tokens are signed with. */
export function isSecretName(name: string): boolean {
  if (name.length > 80) return false;
  return NAME.test(name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase());
}

/** The literal an expression is, or holds once decoded: "…", []byte("…"), "…".encode(), Buffer.from("…"). */
export function literalIn(node: SyntaxNode | null | undefined, depth = 6): SyntaxNode | undefined {
  if (!node || depth === 0) return undefined;
  const plain = unwrapped(node);
  if (stringValue(plain) !== undefined) return plain;
  if (plain.type === "type_conversion_expression" || plain.type === "call_expression" || plain.type === "call") {
    const fn = plain.childForFieldName("function");
    const last = fn ? (calleePath(fn).at(-1) ?? "") : "";
    if (
      plain.type === "type_conversion_expression" ||
      /^(\[\]byte|encode|from|b64decode|base64url|createSecretKey|bytes|SecretStr|utf8ToBytes)$/.test(last)
    ) {
      const argument = argumentsOf(plain.childForFieldName("arguments"))[0] ?? plain.childForFieldName("operand");
      // "…".encode("utf-8"): the text is what encode is called on.
      const object = fn?.childForFieldName("object") ?? null;
      return (object && stringValue(object) !== undefined ? object : undefined) ?? literalIn(argument, depth - 1);
    }
  }
  if (plain.type === "method_invocation") {
    const name = plain.childForFieldName("name")?.text ?? "";
    if (name === "getBytes") return literalIn(plain.childForFieldName("object"), depth - 1);
    if (/^(decode|hmacShaKeyFor|encodeToString|encode)$/.test(name))
      return literalIn(argumentsOf(plain.childForFieldName("arguments"))[0], depth - 1);
  }
  return undefined;
}

/** A string that could sign: not empty, not a name of a variable, path, header or message, not a template, not public. */
export function isSecretText(text: string): boolean {
  return (
    text.length >= 3 &&
    !/[<>{}]|\$[({A-Z_]|%[(s]|\*{3,}|\.{3}|x{4,}|redacted|placeholder|^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$|^[a-z]+([.:][a-z][\w-]*)+$|^[a-z][A-Za-z]*([.:][a-z][A-Za-z]*)+$|^(\.{0,2}\/|[A-Za-z]:\\|arn:|https?:|vault:|ssm:|env:)|BEGIN (RSA )?(PUBLIC KEY|CERTIFICATE)/.test(
      text,
    ) &&
    !/^\S+( \S+){3,}[.!]?$/.test(text) &&
    !/\b(missing|required|must|invalid|not (set|found)|should)\b/i.test(text)
  );
}

/** A name that speaks of a key may be that of a cookie, a storage entry or a context value. */
export function isLabel(name: string, text: string): boolean {
  return (
    !/secret/i.test(name) &&
    /^(jwt|token|auth|access|refresh|id|bearer|session|claims?|user|payload|key|header|[-_ .:@/])+$/i.test(text)
  );
}

/** The literal secret an expression stands for, through the constants of the file, or falls back to. */
export function secretIn(
  tree: SyntaxTree,
  file: SourceFile,
  node: SyntaxNode | undefined,
  depth = 5,
): SyntaxNode | undefined {
  if (!node || depth === 0) return undefined;
  for (const value of valuesOf(tree, file.language, node)) {
    const literal = literalIn(value) ?? literalIn(fallbackOf(value));
    if (literal && isSecretText(stringValue(literal) ?? "")) return literal;
    // TextEncoder.encode(SECRET), []byte(secret), Decoders.BASE64.decode(SECRET_KEY)
    for (const inner of wrappedNames(value)) {
      const found = secretIn(tree, file, inner, depth - 1);
      if (found) return found;
    }
  }
  return undefined;
}

function wrappedNames(value: SyntaxNode): SyntaxNode[] {
  const fn = value.childForFieldName("function") ?? value.childForFieldName("name");
  const object = value.childForFieldName("object") ?? fn?.childForFieldName("object");
  const last = fn ? (calleePath(fn).at(-1) ?? "") : "";
  const first = argumentsOf(value.childForFieldName("arguments"))[0] ?? value.childForFieldName("operand");
  if (
    value.type === "type_conversion_expression" ||
    /^(\[\]byte|from|createSecretKey|decode|hmacShaKeyFor|b64decode)$/.test(last)
  )
    return first ? [first] : [];
  if (/^(encode|getBytes)$/.test(last))
    return [first, object].filter((one): one is SyntaxNode =>
      /^(identifier|field_access|attribute)$/.test(one?.type ?? ""),
    );
  return [];
}

/** The second operand of `a ?? b`, `a || b`, `a or b`, or the default of a look-up by the name of a secret. */
export function fallbackOf(node: SyntaxNode | null | undefined): SyntaxNode | null | undefined {
  if (node?.type === "binary_expression" && /^(\?\?|\|\|)$/.test(node.childForFieldName("operator")?.text ?? ""))
    return node.childForFieldName("right");
  if (node?.type === "boolean_operator" && node.childForFieldName("operator")?.text === "or")
    return node.childForFieldName("right");
  const fn = node?.childForFieldName("function") ?? node?.childForFieldName("name");
  if (!node || !fn || !/^(call|call_expression|method_invocation)$/.test(node.type)) return undefined;
  const name = calleePath(fn).at(-1) ?? "";
  const given = argumentsOf(node.childForFieldName("arguments"));
  const standard = given.find(
    (one) => one.type === "keyword_argument" && one.childForFieldName("name")?.text === "default",
  );
  if (standard && /^(Field|env|str|config|getenv|get|SecretStr|option)$/.test(name))
    return standard.childForFieldName("value");
  if (name === "Field" && given[0]?.type !== "keyword_argument") return given[0];
  const key = stringValue(given[0]);
  return key !== undefined &&
    isSecretName(key) &&
    !/^(set|put|setItem|add|append|header|log|error|info|warn|debug|replace|print|printf|errorf)$/i.test(name) &&
    given.length === 2
    ? given[1]
    : undefined;
}
