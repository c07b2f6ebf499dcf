import type { Entry } from "../../../source/assigned.ts";
import { argumentsOf } from "../../../source/ast.ts";
import { entriesOf, valuesOf } from "../../../source/bindings.ts";
import { calleePath } from "../../../source/callee.ts";
import { type Imported, importsOf } from "../../../source/imports.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../source/syntax.ts";

/** Words that tell that a file handles JSON Web Tokens at all. */
export const JWT_WORDS = /jwt|jose|jsonwebtoken|verify_signature|ParseUnverified|UnsafeAllowNoneSignatureType/i;

const LIBRARIES =
  /^(jwt|jose|authlib\.jose|jsonwebtoken|fast-jwt|jwt-decode|jwt-simple|express-jwt|koa-jwt|passport-jwt|@nestjs\/jwt|@fastify\/jwt|fastify-jwt|hono\/jwt|@elysiajs\/jwt|flask_jwt_extended|flask_jwt|rest_framework_simplejwt|io\.jsonwebtoken|com\.auth0\.jwt)([./].*)?$|(^|\/)(golang-jwt\/jwt|jwt-go|echo-jwt|gin-jwt|jwtauth|jwtware|contrib\/jwt)(\/v\d+)?$/;

/** A call that makes, reads or configures JSON Web Tokens. */
export interface JwtCall {
  node: SyntaxNode;
  /** Last name of what is called, import aliases resolved: decode, verify, createVerifier, … */
  name: string;
  /** The library, "" when the call only looks like one (a service called jwtService). */
  library: string;
  args: SyntaxNode[];
  /** Keyword arguments and the properties of option objects, nested ones too; constants of the file resolved. */
  settings: Entry[];
}

const CALLS = {
  python: "(call function: (_) @fn arguments: (argument_list) @args) @hit",
  script:
    "[(call_expression function: (_) @fn arguments: (arguments) @args) (new_expression constructor: (_) @fn arguments: (arguments) @args)] @hit",
  go: "(call_expression function: (_) @fn arguments: (argument_list) @args) @hit",
  java: "(method_invocation name: (_) @fn arguments: (argument_list) @args) @hit",
};

const known = new WeakMap<SyntaxTree, readonly JwtCall[]>();

/** All such calls of a Python or JavaScript file; computed once a file. */
export function jwtCalls(tree: SyntaxTree, file: SourceFile): readonly JwtCall[] {
  let calls = known.get(tree);
  if (!calls) {
    calls = [...readCalls(tree, file)];
    known.set(tree, calls);
  }
  return calls;
}

function* readCalls(tree: SyntaxTree, file: SourceFile): Generator<JwtCall> {
  const imports = importsOf(tree, file.language);
  const tokens = new Set([...imports].flatMap(([name, { module }]) => (LIBRARIES.test(module) ? [name] : [])));
  const made = file.language === "python" ? CALLS.python : CALLS.script;
  for (const { hit, fn, args } of tree.matches(made)) {
    if (!hit || !fn || !args) continue;
    const path = calleePath(fn);
    const root = path[0] ?? "";
    const given = argumentsOf(args);
    const from = imports.get(root);
    const isLibrary = from !== undefined && tokens.has(root);
    // verify = promisify(jwt.verify), decode = createDecoder()
    const through = isLibrary || from ? undefined : madeBy(tree, file, fn, imports);
    const looks =
      (from === undefined || /^[./@]/.test(from.module)) &&
      path.some((part) => /jwt|jose|token/i.test(part)) &&
      /jwt|jose/i.test(path.join("."));
    const hands =
      (root === "super" && [...imports.values()].some(({ module }) => module === "passport-jwt")) ||
      (path.at(-1) === "register" && given.slice(0, 1).some((argument) => handsOver(argument, tokens)));
    if (!isLibrary && !through && !looks && !hands) continue;
    const name = through?.name ?? (isLibrary && path.length === 1 ? (from?.name ?? "") : (path.at(-1) ?? ""));
    yield {
      node: hit,
      name: name === "default" || name === "*" ? root : name,
      library: through?.module ?? (isLibrary ? (from?.module ?? "") : ""),
      args: given,
      settings: settingsOf(tree, file, args),
    };
  }
}

/** fastify.register(jwtPlugin, …), fastify.register(require("@fastify/jwt"), …) */
function handsOver(argument: SyntaxNode, tokens: ReadonlySet<string>): boolean {
  return (
    tokens.has(argument.text.slice(0, 80)) ||
    /^(require|import)\(["']@?fastify[-/]jwt["']\)$/.test(argument.text.slice(0, 80))
  );
}

function madeBy(
  tree: SyntaxTree,
  file: SourceFile,
  fn: SyntaxNode,
  imports: ReadonlyMap<string, Imported>,
): Pick<Imported, "module" | "name"> | undefined {
  if (fn.type !== "identifier") return undefined;
  for (const value of valuesOf(tree, file.language, fn)) {
    if (!/^(call|call_expression|member_expression|attribute)$/.test(value.type)) continue;
    const maker = value.childForFieldName("function");
    const isWrapped = /promisify$/.test(maker?.text.slice(-20) ?? "");
    const source = isWrapped ? value.childForFieldName("arguments")?.namedChild(0) : (maker ?? value);
    const path = source ? calleePath(source) : [];
    const from = imports.get(path[0] ?? "");
    if (from && LIBRARIES.test(from.module))
      return { module: from.module, name: path.length > 1 ? (path.at(-1) ?? "") : from.name };
  }
  return undefined;
}

/** Keyword arguments and properties of the objects a call is given, two levels deep (`verify: { … }`, `options={…}`). */
function settingsOf(tree: SyntaxTree, file: SourceFile, args: SyntaxNode): Entry[] {
  const named = entriesOf(tree, file.language, args);
  const objects =
    file.language === "python" ? [] : argumentsOf(args).flatMap((one) => entriesOf(tree, file.language, one));
  const first = [...named, ...objects];
  return [...first, ...first.flatMap((entry) => nested(tree, file, entry))];
}

function nested(tree: SyntaxTree, file: SourceFile, { key, value }: Entry): Entry[] {
  return /options|^(header|headers|verify|sign|verification)$/i.test(key)
    ? entriesOf(tree, file.language, value).map((entry) => ({
        ...entry,
        key: key === "verification" ? `verification.${entry.key}` : entry.key,
      }))
    : [];
}

const DECLARED = {
  python: "[(assignment left: (_) @name right: (_) @value)]",
  script: "(variable_declarator name: (identifier) @name value: (_) @value)",
};

/** Settings that are declared under a name of theirs and used in other files: JWT_AUTH = {…}, app.config["JWT_…"]. */
export function declaredSettings(tree: SyntaxTree, file: SourceFile): Entry[] {
  if (file.language !== "python" && file.language !== "typescript" && file.language !== "javascript") return [];
  const query = file.language === "python" ? DECLARED.python : DECLARED.script;
  return tree.matches(query).flatMap(({ name, value }) => {
    if (!name || !value || name.text.length > 100) return [];
    const key = (name.type === "subscript" ? name.childForFieldName("subscript")?.text : name.text) ?? "";
    if (!/jwt|token_options|decode_options/i.test(key)) return [];
    const own = { key: key.replace(/^["']|["']$/g, ""), value, node: name };
    return [own, ...entriesOf(tree, file.language, value)];
  });
}

/** The calls of a Go or Java file whose receiver's root is a JWT library, with the path of what is called. */
export function* libraryCalls(
  tree: SyntaxTree,
  file: SourceFile,
): Generator<{ node: SyntaxNode; path: string[]; args: SyntaxNode[] }> {
  const query = file.language === "go" ? CALLS.go : CALLS.java;
  for (const { hit, fn, args } of tree.matches(query)) {
    if (!hit || !fn) continue;
    const path = file.language === "go" ? calleePath(fn) : javaPath(hit);
    yield { node: hit, path, args: argumentsOf(args) };
  }
}

/** The names of a chain: `Jwts.parser().build().parse(t)` is Jwts, parser, build, parse. */
function javaPath(call: SyntaxNode): string[] {
  const names: string[] = [];
  let node: SyntaxNode | null = call;
  for (let level = 0; node && level < 40; level += 1) {
    if (node.type === "method_invocation") {
      names.unshift(node.childForFieldName("name")?.text ?? "");
      node = node.childForFieldName("object");
    } else {
      names.unshift(node.text.slice(-80));
      break;
    }
  }
  return names;
}

/** Whether a Go or Java file imports a JWT library, and under which names. */
export function jwtNames(tree: SyntaxTree, file: SourceFile): ReadonlySet<string> {
  const names = [...importsOf(tree, file.language)].filter(([, { module }]) => LIBRARIES.test(module));
  return new Set(names.map(([name]) => name));
}

/** Whether a Java class name is that of a JWT library here: imported by name or with an asterisk, or not imported at all. */
export function isJwtClass(tree: SyntaxTree, file: SourceFile, name: string): boolean {
  const from = importsOf(tree, file.language).get(name);
  return from === undefined || LIBRARIES.test(from.module);
}
