import { stringValue } from "./ast.ts";
import type { Language } from "./languages.ts";
import type { SyntaxNode, SyntaxTree } from "./syntax.ts";

/** What a local name stands for: `name` of `module`; "*" is the module itself, "default" its default export. Lines from 1. */
export interface Imported {
  module: string;
  name: string;
  line: number;
}

/** A local name with what it stands for. */
export type Found = [string, Omit<Imported, "line">];

const IMPORTS: Readonly<Record<Language, string>> = {
  python: "[(import_statement) (import_from_statement)] @import",
  typescript: "[(import_statement) @import (variable_declarator name: (_) @name value: (_) @value)]",
  javascript: "[(import_statement) @import (variable_declarator name: (_) @name value: (_) @value)]",
  go: "(import_spec) @import",
  java: "(import_declaration) @import",
};

const known = new WeakMap<SyntaxTree, ReadonlyMap<string, Imported>>();

/** The names a file imports (`import`, `require`, await import), aliases resolved; computed once a file. */
export function importsOf(tree: SyntaxTree, language: Language | null): ReadonlyMap<string, Imported> {
  let names = known.get(tree);
  if (!names) {
    names = new Map(language ? [...read(tree, language)] : []);
    known.set(tree, names);
  }
  return names;
}

function* read(tree: SyntaxTree, language: Language): Generator<[string, Imported]> {
  for (const { import: node, name, value } of tree.matches(IMPORTS[language])) {
    const line = ((node ?? name)?.startPosition.row ?? 0) + 1;
    const found = node ? importsAt(language, node) : name && value ? fromRequire(name, value) : [];
    for (const [local, imported] of found) yield [local, { ...imported, line }];
  }
}

/** The names that one import statement binds. */
export function importsAt(language: Language, node: SyntaxNode): Iterable<Found> {
  switch (language) {
    case "python":
      return fromPython(node);
    case "go":
      return fromGo(node);
    case "java":
      return fromJava(node);
    default:
      return fromScript(node);
  }
}

function* fromPython(node: SyntaxNode): Generator<Found> {
  const from = node.childForFieldName("module_name");
  for (const child of node.childrenForFieldName("name")) {
    if (!child) continue;
    const name = (child.type === "aliased_import" ? child.childForFieldName("name") : child)?.text ?? "";
    const alias = child.childForFieldName("alias")?.text;
    if (from) yield [alias ?? name, { module: from.text, name }];
    // `import a.b` binds a; `import a.b as c` binds a.b.
    else
      yield [alias ?? name.split(".")[0] ?? name, { module: alias ? name : (name.split(".")[0] ?? name), name: "*" }];
  }
}

function* fromGo(node: SyntaxNode): Generator<Found> {
  const module = stringValue(node.childForFieldName("path"));
  if (module === undefined) return;
  // The package of github.com/golang-jwt/jwt/v5 is jwt, that of gopkg.in/yaml.v3 is yaml.
  const parts = module.split("/").filter((part) => !/^v\d+$/.test(part));
  const last = (parts.at(-1) ?? module).replace(/\.v\d+$/, "").replace(/^go-|[-.]go$/g, "");
  yield [node.childForFieldName("name")?.text ?? last, { module, name: "*" }];
}

function* fromJava(node: SyntaxNode): Generator<Found> {
  const path = node.namedChildren.find((child) => child && /identifier$/.test(child.type))?.text ?? "";
  if (node.namedChildren.some((child) => child?.type === "asterisk")) {
    yield [`${path}.*`, { module: path, name: "*" }];
    return;
  }
  const at = path.lastIndexOf(".");
  yield [path.slice(at + 1), { module: path.slice(0, at), name: path.slice(at + 1) }];
}

function* fromScript(node: SyntaxNode): Generator<Found> {
  const module = stringValue(node.childForFieldName("source"));
  if (module === undefined) {
    // import jwt = require("jsonwebtoken")
    const [, name, from] = /^import\s+(\w+)\s*=\s*require\(\s*["']([^"']+)["']/.exec(node.text.slice(0, 300)) ?? [];
    if (name && from) yield [name, { module: from, name: "*" }];
    return;
  }
  const clause = node.namedChildren.find((child) => child?.type === "import_clause");
  for (const child of clause?.namedChildren ?? []) {
    if (child?.type === "identifier") yield [child.text, { module, name: "default" }];
    else if (child?.type === "namespace_import") yield [child.namedChild(0)?.text ?? "", { module, name: "*" }];
    else
      for (const specifier of child?.namedChildren ?? []) {
        const name = specifier?.childForFieldName("name")?.text ?? "";
        if (name) yield [specifier?.childForFieldName("alias")?.text ?? name, { module, name }];
      }
  }
}

/** The names that `const a = require("b")` binds; none for any other value. */
export function* fromRequire(target: SyntaxNode, value: SyntaxNode): Generator<Found> {
  let from = value.type === "await_expression" ? (value.namedChild(0) ?? value) : value;
  let property = "*";
  if (from.type === "member_expression") {
    property = from.childForFieldName("property")?.text ?? "*";
    from = from.childForFieldName("object") ?? from;
  }
  if (from.type !== "call_expression" || !/^(require|import)$/.test(from.childForFieldName("function")?.text ?? ""))
    return;
  const module = stringValue(from.childForFieldName("arguments")?.namedChild(0));
  if (module === undefined) return;
  if (target.type === "identifier") yield [target.text, { module, name: property }];
  if (target.type !== "object_pattern") return;
  for (const child of target.namedChildren) {
    if (child?.type === "shorthand_property_identifier_pattern") yield [child.text, { module, name: child.text }];
    if (child?.type === "pair_pattern")
      yield [
        child.childForFieldName("value")?.text ?? "",
        { module, name: child.childForFieldName("key")?.text ?? "" },
      ];
  }
}
