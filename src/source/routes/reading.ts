import { argumentsOf } from "../ast.ts";
import { valuesOf } from "../bindings.ts";
import { type Imported, importsOf } from "../imports.ts";
import type { Language } from "../languages.ts";
import { functionAround } from "../scopes.ts";
import type { SourceFile } from "../source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../syntax.ts";
import type { Guarding } from "./model.ts";

/** Names of what checks who calls. */
const AUTH =
  /auth(?!ors?(?![a-z])|ored|ority)|claims|current_?user|known_?user|token|jwt|verif(y|ier|ied)|permission|log_?in(?!g)|logged_?in|guard|protect|secured|secure_?route|api_?key|principal|credential|identity|roles?(?![a-z])|scopes?(?![a-z])|admin|require_?(user|session|role|scope|login|sub)|signed_?in|access_?control|\bacl\b|rbac|bearer|(is|ensure|check|need)_?user|restrict/i;
const NOT_AUTH =
  /(router|routes?|controller|api|module|blueprint|bp|schema|dto|repository|bucket|throttl\w*|throttlerguard|limit(er)?|body|headers?|csrf\w*)s?$|passport\.(initialize|session)$|csrf|throttl/i;
/** What code says that looks at credentials or turns strangers away. */
const EVIDENCE =
  /authoriz(?!e_?net)|authenticat|verify_?(token|jwt|id_?token|session|access|user)|jwt_?verify|jwt\.(verify|decode|parse)|\breq(uest)?\.(user|auth|principal)\b|ctx\.state\.user|(get|require|check|ensure|current)_?(current_?)?(user|auth|admin|role|permission|session|principal)\b|\.getUser\(|get\(["'](user|jwt|claims)|api[-_]?key|is_authenticated|\b40[13]\b|unauthori[sz]ed|forbidden|\bg\.user\b|\bg\.get\("user|redirect\w*\([^;\n]{0,80}log_?in|x-user-id|securitycontext|getRemoteUser|getUserPrincipal/i;
const SIGNATURE = /signature|hmac|constructEvent|createHmac|timingSafeEqual|compare_digest|webhook_?secret|svix|verif/i;

/** What the readers of all frameworks share: names, functions, and code without comments. */
export interface Reading {
  tree: SyntaxTree;
  file: SourceFile;
  language: Language;
  imports: ReadonlyMap<string, Imported>;
  /** Functions and classes of the file by name. */
  named: ReadonlyMap<string, SyntaxNode>;
  /** Text of a node without comments and docstrings. */
  code(node: SyntaxNode): string;
}

const NAMED: Readonly<Record<Language, string>> = {
  python: "[(function_definition name: (_) @name) (class_definition name: (_) @name)] @node",
  typescript:
    "[(function_declaration name: (_) @name) (class_declaration name: (_) @name) (variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)])] @node",
  javascript:
    "[(function_declaration name: (_) @name) (class_declaration name: (_) @name) (variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)])] @node",
  go: "[(function_declaration name: (_) @name) (method_declaration name: (_) @name)] @node",
  java: "[(class_declaration name: (_) @name) (method_declaration name: (_) @name)] @node",
};
const COMMENTS: Readonly<Record<Language, string>> = {
  python: "[(comment) (expression_statement (string))] @comment",
  typescript: "(comment) @comment",
  javascript: "(comment) @comment",
  go: "(comment) @comment",
  java: "[(line_comment) (block_comment)] @comment",
};

export function readingOf(tree: SyntaxTree, file: SourceFile, language: Language): Reading {
  let plain: string | undefined;
  const named = new Map<string, SyntaxNode>();
  for (const { name, node } of tree.matches(NAMED[language])) if (name && node) named.set(name.text, node);
  return {
    tree,
    file,
    language,
    named,
    imports: importsOf(tree, language),
    code(node) {
      plain ??= withoutComments(tree, file.text, language);
      return plain.slice(node.startIndex, Math.min(node.endIndex, node.startIndex + 8000));
    },
  };
}

function withoutComments(tree: SyntaxTree, text: string, language: Language): string {
  const parts: string[] = [];
  let end = 0;
  for (const { comment } of tree.matches(COMMENTS[language])) {
    if (!comment || comment.startIndex < end) continue;
    parts.push(text.slice(end, comment.startIndex), " ".repeat(comment.endIndex - comment.startIndex));
    end = comment.endIndex;
  }
  return parts.join("") + text.slice(end);
}

/** authAdminApi lets the admin's API be called by those it knows; authApi is the API of authentication. */
const GUARDS_AN_API = /(^|\.)(auth(enticate|orize)?|require|ensure|verify|protect|guard)[A-Z]\w*Api$/;

/** Whether a name is that of something that checks callers. */
export function isAuthName(name: string): boolean {
  return AUTH.test(name) && (!NOT_AUTH.test(name) || GUARDS_AN_API.test(name));
}

/** Whether code looks at credentials or turns strangers away. */
export function looksAtCallers(reading: Reading, node: SyntaxNode): boolean {
  return EVIDENCE.test(reading.code(node));
}

/** Whether code checks a signature, as receivers of webhooks do. */
export function looksAtSignature(reading: Reading, node: SyntaxNode): boolean {
  return SIGNATURE.test(reading.code(node));
}

/** Whether a handler takes a password or says that it registers somebody. */
export function takesPassword(reading: Reading, node: SyntaxNode): boolean {
  return /password|register|sign_?up/i.test(reading.code(node));
}

/** The names of the functions and classes of this file that look at credentials: other files may use them. */
export function checksOf(reading: Reading): string[] {
  if (!EVIDENCE.test(reading.file.text)) return [];
  return [...reading.named].flatMap(([name, node]) => (looksAtCallers(reading, node) ? [name] : []));
}

/** Whether a name used as middleware, decorator or dependency guards; by its name, its code here, or a file elsewhere. */
export function guardOfName(reading: Reading, path: readonly string[]): Guarding {
  const root = path[0] ?? "";
  const from = reading.imports.get(root);
  const full = path.join(".");
  if (isAuthName(path.length > 2 ? path.slice(-2).join(".") : full)) return true;
  if (from && path.length === 1 && (isAuthName(from.name) || isAuthModule(from.module)) && !NOT_AUTH.test(full))
    return true;
  const local = from ? undefined : reading.named.get(path.at(-1) ?? "");
  if (local) return looksAtCallers(reading, local) ? true : [];
  if (from)
    return [
      {
        module:
          path.length > 1 && from.name !== "*" && from.name !== "default" ? `${from.module}/${from.name}` : from.module,
        name: path.length > 1 ? (path.at(-1) ?? "") : from.name,
      },
    ];
  // Go: a function of the package, or a method of something made here; other files may hold it.
  return reading.language === "go" && path.length <= 2 ? [{ module: "", name: path.at(-1) ?? "" }] : [];
}

function isAuthModule(module: string): boolean {
  return (
    /(^|[/-])(jwt|auth|bearer-auth|basic-auth|passport|auth0|clerk|keycloak|session-auth)([/-]|$)|koa-jwt|express-jwt/i.test(
      module,
    ) && !/^@fastify\/jwt$|fastify-jwt/.test(module)
  );
}

/** A key for a router's name that tells apart variables and parameters of different functions. */
export function routerKey(reading: Reading, node: SyntaxNode): string {
  const name = node.text.slice(0, 80);
  for (let around = functionAround(node); around; around = functionAround(around)) {
    const parameters = around.childForFieldName("parameters") ?? around.childForFieldName("parameter");
    if (
      parameters &&
      new RegExp(`(^|[^\\w.])${name.replace(/\W/g, "\\$&")}($|[^\\w])`).test(parameters.text.slice(0, 500))
    )
      return `${name}@${around.startIndex}`;
    if (reading.language === "go" && declares(reading, around, name)) return `${name}@${around.startIndex}`;
  }
  return name;
}

const declared = new WeakMap<SyntaxTree, ReadonlySet<string>>();

function declares({ tree }: Reading, around: SyntaxNode, name: string): boolean {
  let places = declared.get(tree);
  if (!places) {
    const made = tree.matches("(short_var_declaration left: (expression_list (identifier) @name)) @hit");
    places = new Set(made.map((one) => `${one.name?.text} ${(one.hit && functionAround(one.hit)?.startIndex) ?? ""}`));
    declared.set(tree, places);
  }
  return places.has(`${name} ${around.startIndex}`);
}

/** The function an argument is: a literal, or a function of this file; undefined when it comes from elsewhere. */
export function handlerOf(reading: Reading, node: SyntaxNode | undefined): SyntaxNode | undefined {
  if (!node) return undefined;
  if (/^(arrow_function|function_expression|func_literal|function_definition|lambda)$/.test(node.type)) return node;
  for (const value of valuesOf(reading.tree, reading.language, node))
    if (/^(arrow_function|function_expression|func_literal)$/.test(value.type)) return value;
  const name = node.text.slice(-80);
  const local = reading.named.get(name.split(".").at(-1) ?? name);
  if (local && !reading.imports.has(name.split(".")[0] ?? "")) return local;
  // asyncHandler(async (req, res) => …), http.HandlerFunc(create)
  const inner = argumentsOf(node.childForFieldName("arguments"));
  return inner.length === 1 ? handlerOf(reading, inner[0]) : undefined;
}

/** What a handler is called where it is given; of a wrapper what it wraps, "" for a function without a name. */
export function namedHandler(node: SyntaxNode | undefined): string {
  if (!node) return "";
  if (/^(identifier|member_expression|selector_expression|attribute)$/.test(node.type)) {
    const text = node.text.replace(/\s+/g, "").replace(/\.bind$/, "");
    return text.length <= 100 ? text : "";
  }
  const callee = node.childForFieldName("function")?.text ?? "";
  // OrdersView.as_view(), handler.bind(this)
  const [, own] = /^([\w.$]+)\.(?:as_view|bind)$/.exec(callee) ?? [];
  if (own !== undefined) return own;
  const inner = argumentsOf(node.childForFieldName("arguments"));
  return callee !== "" && inner.length > 0 ? namedHandler(inner.at(-1)) : "";
}
