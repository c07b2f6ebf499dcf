import { fromRequire, importsAt } from "../../source/imports.ts";
import type { Language } from "../../source/languages.ts";
import type { SyntaxNode, SyntaxTree } from "../../source/syntax.ts";
import { exportsOf, otherImports } from "./modules.ts";
import { matchesInOrder, type Outline } from "./outline.ts";
import { elementPath, expressionPath, splitTop, typePath } from "./types.ts";

const SHARED = `
  (class_declaration name: (_) @name body: (_) @body) @class
  (function_declaration name: (_) @name body: (_) @body) @function
  (generator_function_declaration name: (_) @name body: (_) @body) @function
  (method_definition name: (_) @name body: (_) @body) @method
  (variable_declarator name: (_) @name) @variable
  (assignment_expression left: (member_expression) @left right: (_) @right) @assign
  (pair key: (property_identifier) @name value: [(function_expression) (arrow_function)] @value) @pair
  (catch_clause parameter: (identifier) @parameter)
  (for_in_statement left: (identifier) @each right: (_) @over)
  (arrow_function parameter: (identifier) @parameter)
  (import_statement) @import
  (export_clause) @silent
  (namespace_export) @silent
  (decorator) @decorator`;
const TYPED = `[${SHARED}
  (abstract_class_declaration name: (_) @name body: (_) @body) @class
  (function_signature name: (_) @name) @signature
  (abstract_method_signature name: (_) @name) @member
  (interface_declaration name: (_) @name body: (_) @body) @interface
  (method_signature name: (_) @name) @member
  (property_signature name: (_) @name) @field
  (type_alias_declaration name: (_) @name) @type
  (enum_declaration name: (_) @name body: (_) @body) @enum
  (internal_module name: (_) @name body: (_) @body) @namespace
  (public_field_definition name: (_) @name) @field
  (required_parameter) @typed
  (optional_parameter) @typed
]`;
const QUERIES = {
  typescript: TYPED,
  javascript: `[${SHARED}
  (field_definition property: (_) @name) @field
  (formal_parameters (identifier) @parameter)
  (formal_parameters (assignment_pattern left: (identifier) @parameter))
  (formal_parameters (object_pattern) @pattern)
]`,
} as const;

/** What compilers make of an import. */
const INTEROP =
  /^(?:[\w$]+\.)?(?:_interopRequire\w+|__importDefault|__importStar)\(\s*require\(\s*["']([^"'\n]+)["']\s*\)/;
const FUNCTION = /^(arrow_function|function_expression|generator_function|function)$/;

/** What JavaScript and TypeScript define. */
export function outlineScript(outline: Outline, tree: SyntaxTree, language: Language): void {
  const { text } = outline;
  const slice = (node: SyntaxNode) => text.slice(node.startIndex, node.endIndex);
  const before = (node: SyntaxNode) => text.slice(text.lastIndexOf("\n", node.startIndex - 1) + 1, node.startIndex);
  const isExported = (node: SyntaxNode) => /^\s*(@[^\n]*\s)?export\b/.test(before(node));
  const flagsOf = (node: SyntaxNode) => (/\bexport\s+default\b/.test(before(node)) ? (["default"] as const) : []);
  const body = (node: SyntaxNode) => node.childForFieldName("body");
  for (const found of matchesInOrder(tree, QUERIES[language === "typescript" ? "typescript" : "javascript"])) {
    const { name, parameter } = found;
    if (found.decorator) outline.decorate(/^@\s*([\w.]+)/.exec(slice(found.decorator))?.[1] ?? "");
    else if (found.import ?? found.silent) {
      const node = found.import ?? found.silent;
      if (!node) continue;
      outline.silent.push({ from: node.startIndex, to: node.endIndex });
      if (!found.import) continue;
      const line = node.startPosition.row + 1;
      for (const [local, { module, name: what }] of importsAt(language, node))
        outline.bound.push({ role: "import", local, module, name: what, line });
    } else if (parameter) {
      outline.hold(parameter.startIndex, slice(parameter), "?");
      outline.definedAt.add(parameter.startIndex);
    } else if (found.each && found.over) {
      // for…in gives keys.
      const isOf = /\bof\s*$/.test(text.slice(found.each.endIndex, found.over.startIndex));
      outline.hold(
        found.each.startIndex,
        slice(found.each),
        isOf ? elementPath(expressionPath(slice(found.over))) : "?",
      );
      outline.definedAt.add(found.each.startIndex);
    } else if (found.typed) typed(outline, found.typed);
    else if (found.pattern) holdAll(outline, found.pattern, "");
    else if (found.assign && found.left && found.right) assigned(outline, found.assign, found.left, found.right);
    else if (!name || outline.definedAt.has(name.startIndex)) continue;
    else if (found.class ?? found.interface ?? found.enum ?? found.namespace) {
      const node = found.class ?? found.interface ?? found.enum ?? found.namespace;
      if (!node) continue;
      const head = text.slice(name.endIndex, found.body?.startIndex ?? name.endIndex);
      outline.declare({
        node,
        name,
        kind: found.interface ? "interface" : found.enum ? "enum" : "class",
        body: found.body ?? null,
        exported: isExported(node),
        bases: heritageOf(head),
        flags: [...flagsOf(node), ...(node.type.startsWith("abstract") ? (["abstract"] as const) : [])],
      });
    } else if (found.function ?? found.signature) {
      const node = found.function ?? found.signature;
      if (!node) continue;
      const type = returned(text.slice(name.endIndex, found.body?.startIndex ?? node.endIndex));
      const [exported, flags] = [isExported(node), [...flagsOf(node)]];
      outline.declare({ node, name, kind: "function", body: found.body ?? null, exported, flags, type });
    } else if (found.method ?? found.member) {
      const node = found.method ?? found.member;
      if (!node) continue;
      const owner = outline.declared[outline.around(node.startIndex)];
      const type = returned(text.slice(name.endIndex, found.body?.startIndex ?? node.endIndex));
      const hidden = /\b(private|protected)\b/.test(text.slice(node.startIndex, name.startIndex));
      const exported = !hidden && !slice(name).startsWith("#") && (owner?.exported ?? false);
      const flags = found.member ? (["abstract"] as const) : [];
      outline.declare({ node, name, kind: "method", body: found.body ?? null, exported, type, flags: [...flags] });
    } else if (found.pair && found.value) {
      const owner = outline.declared[outline.around(found.pair.startIndex)];
      if (owner?.flags.includes("object"))
        outline.declare({ node: found.pair, name, kind: "method", body: body(found.value), exported: owner.exported });
    } else if (found.field) fieldOf(outline, found.field, name);
    else if (found.type)
      outline.declare({
        node: found.type,
        name,
        kind: "type",
        exported: isExported(found.type),
        type: typePath(slice(found.type).replace(/^[^=]*=\s*/, "")),
      });
    else if (found.variable) variable(outline, found.variable, name, isExported(found.variable));
  }
  outline.bound.push(...otherImports(text, outline.bound), ...exportsOf(text));
}

function heritageOf(head: string): string[] {
  const [, extended = ""] = /\bextends\s+([\s\S]+?)(?=\bimplements\b|$)/.exec(head) ?? [];
  const [, implemented = ""] = /\bimplements\s+([\s\S]+)$/.exec(head) ?? [];
  return [...splitTop(extended), ...splitTop(implemented)]
    .map((base) => typePath(base).slice(1))
    .filter((base) => base !== "");
}

/** The type a function says it returns: what stands behind its last parenthesis. */
function returned(head: string): string {
  const [, type = ""] = /\)\s*:\s*([^)]*(?:\([^)]*\)[^)]*)*)$/.exec(head.trim().replace(/(=>|;)\s*$/, "")) ?? [];
  return typePath(type);
}

function variable(outline: Outline, node: SyntaxNode, name: SyntaxNode, exported: boolean): void {
  const { text } = outline;
  const value = node.childForFieldName("value");
  const type = node.childForFieldName("type");
  const written = type ? typePath(text.slice(type.startIndex, type.endIndex)) : "";
  // What is required is an import.
  if (value && /^\s*(await\s+)?(require|import)\s*\(/.test(text.slice(value.startIndex, value.startIndex + 20))) {
    const line = node.startPosition.row + 1;
    const bound = [...fromRequire(name, value)];
    for (const [local, { module, name: what }] of bound)
      outline.bound.push({ role: "import", local, module, name: what, line });
    outline.definedAt.add(name.startIndex);
    if (name.type !== "identifier") outline.silent.push({ from: name.startIndex, to: name.endIndex });
    if (bound.length > 0) return;
  }
  const [, wrapped] = INTEROP.exec(value ? text.slice(value.startIndex, value.startIndex + 200) : "") ?? [];
  if (wrapped !== undefined && name.type === "identifier") {
    const local = text.slice(name.startIndex, name.endIndex);
    outline.bound.push({ role: "import", local, module: wrapped, name: "*", line: node.startPosition.row + 1 });
    outline.definedAt.add(name.startIndex);
    return;
  }
  if (name.type !== "identifier") {
    const path = value ? expressionPath(text.slice(value.startIndex, value.endIndex)) : "?";
    holdAll(outline, name, path === "?" ? "" : path);
    return;
  }
  if (value && FUNCTION.test(value.type)) {
    const body = value.childForFieldName("body");
    const head = text.slice(value.startIndex, body?.startIndex ?? value.endIndex);
    outline.declare({ node, name, kind: "function", body, exported, type: returned(head.replace(/=>\s*$/, "")) });
    return;
  }
  const isTop = outline.isTop(node.startIndex);
  if (value?.type === "class") {
    const body = value.childForFieldName("body");
    const bases = heritageOf(text.slice(value.startIndex, body?.startIndex ?? value.endIndex));
    outline.declare({ node, name, kind: "class", body, exported, bases });
    return;
  }
  const path = written || (value ? expressionPath(text.slice(value.startIndex, value.endIndex)) : "");
  if (!isTop) {
    outline.hold(node.startIndex, text.slice(name.startIndex, name.endIndex), path || "?");
    outline.definedAt.add(name.startIndex);
    return;
  }
  const isObject =
    value?.type === "object" || /^(Object\.freeze|reactive|defineStore)\(\s*\{/.test(value?.text.slice(0, 40) ?? "");
  const held = outline.rooted(path, outline.around(node.startIndex));
  outline.declare({
    node,
    name,
    kind: "variable",
    exported,
    type: held === "?" || held === "''" ? "" : held,
    flags: isObject ? ["object"] : [],
    body: isObject ? value : null,
  });
}

function fieldOf(outline: Outline, node: SyntaxNode, name: SyntaxNode): void {
  const { text } = outline;
  const value = node.childForFieldName("value");
  const type = node.childForFieldName("type");
  const owner = outline.declared[outline.around(node.startIndex)];
  const hidden = /\b(private|protected)\b/.test(text.slice(node.startIndex, name.startIndex));
  const exported = !hidden && (owner?.exported ?? false);
  if (value && FUNCTION.test(value.type)) {
    outline.declare({ node, name, kind: "method", body: value.childForFieldName("body"), exported });
    return;
  }
  const written = type ? typePath(text.slice(type.startIndex, type.endIndex)) : "";
  const path = written || (value ? expressionPath(text.slice(value.startIndex, value.endIndex)) : "");
  const held = outline.rooted(path, outline.around(node.startIndex));
  outline.declare({ node, name, kind: "variable", exported, type: held === "?" || held === "''" ? "" : held });
}

/** A parameter; in a constructor it may be a field as well: `private readonly repo: Repo`. */
function typed(outline: Outline, node: SyntaxNode): void {
  const { text } = outline;
  const pattern = node.childForFieldName("pattern");
  const type = node.childForFieldName("type");
  if (!pattern) return;
  const path = type ? typePath(text.slice(type.startIndex, type.endIndex)) : "";
  if (pattern.type !== "identifier") {
    holdAll(outline, pattern, path);
    return;
  }
  const name = text.slice(pattern.startIndex, pattern.endIndex);
  outline.definedAt.add(pattern.startIndex);
  outline.hold(node.startIndex, name, path || "?");
  if (!/\b(private|public|protected|readonly)\s/.test(text.slice(node.startIndex, pattern.startIndex))) return;
  const owner = outline.classOf(outline.around(node.startIndex));
  if (owner) outline.field(owner, name, path, node);
}

/** The names of `{ a, b: c }` and `[d]`; of an object whose path is known, its members. */
function holdAll(outline: Outline, pattern: SyntaxNode, path: string): void {
  const written = outline.text.slice(pattern.startIndex, pattern.endIndex);
  const isObject = written.startsWith("{");
  for (const part of splitTop(written.slice(1, -1))) {
    const [, key = "", own = key] = /^(?:\.\.\.)?([A-Za-z_$][\w$]*)(?:\s*:\s*([A-Za-z_$][\w$]*))?/.exec(part) ?? [];
    if (own !== "")
      outline.hold(
        pattern.startIndex,
        own,
        isObject && path !== "" && !part.startsWith("...") ? `${path}.${key}` : "?",
      );
  }
}

/** `this.repo = repo`, `exports.create = …`, `Order.prototype.total = function …`. */
function assigned(outline: Outline, node: SyntaxNode, left: SyntaxNode, right: SyntaxNode): void {
  const { text } = outline;
  const target = text.slice(left.startIndex, Math.min(left.endIndex, left.startIndex + 150)).replace(/\s+/g, "");
  const scope = outline.around(node.startIndex);
  const [, own] = /^this\.(#?\w+)$/.exec(target) ?? [];
  const name = left.childForFieldName("property");
  if (!name) return;
  const isFunction = FUNCTION.test(right.type);
  if (own !== undefined) {
    const owner = outline.classOf(scope);
    if (!owner || isFunction) return;
    const held = outline.rooted(expressionPath(text.slice(right.startIndex, right.endIndex)), scope);
    outline.field(owner, own, held === "?" || held === "''" ? "" : held, node);
    return;
  }
  if (!isFunction) return;
  const [, holder = ""] = /^([\w$.]+)\.[\w$]+$/.exec(target) ?? [];
  const body = right.childForFieldName("body");
  if (/^(module\.)?exports$/.test(holder)) outline.declare({ node, name, kind: "function", body, exported: true });
  else if (/^[\w$]+(\.prototype)?$/.test(holder) && outline.isTop(node.startIndex)) {
    const container = holder.replace(/\.prototype$/, "");
    outline.declare({ node, name, kind: "method", body, exported: true, container });
  }
}
