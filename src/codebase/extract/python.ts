import { importsAt } from "../../source/imports.ts";
import type { SyntaxNode, SyntaxTree } from "../../source/syntax.ts";
import { matchesInOrder, type Outline, pathOf } from "./outline.ts";
import { elementPath, expressionPath, splitTop, typePath } from "./types.ts";

const QUERY = `[
  (class_definition name: (_) @name superclasses: (_)? @bases body: (_) @body) @class
  (function_definition name: (_) @name return_type: (_)? @type body: (_) @body) @function
  (decorator) @decorator
  (import_statement) @import
  (import_from_statement) @import
  (future_import_statement) @import
  (assignment left: (_) @left type: (_)? @type right: (_)? @right) @assign
  (parameters (identifier) @parameter)
  (lambda_parameters (identifier) @parameter)
  (parameters (default_parameter name: (identifier) @parameter))
  (parameters [(typed_parameter) (typed_default_parameter)] @typed)
  (as_pattern (_) @value alias: (as_pattern_target (identifier) @alias)) @as
  (for_statement left: (_) @each right: (_) @over)
  (for_in_clause left: (_) @each right: (_) @over)
]`;

/** What Python code defines. */
export function outlinePython(outline: Outline, tree: SyntaxTree): void {
  const { text } = outline;
  const slice = (node: SyntaxNode) => text.slice(node.startIndex, node.endIndex);
  let decorated = -1;
  for (const found of matchesInOrder(tree, QUERY)) {
    const { name, body, left, typed, parameter, alias, value, each } = found;
    if (found.decorator) {
      if (decorated === -1) decorated = found.decorator.startIndex;
      outline.decorate(/^@\s*([\w.]+)/.exec(slice(found.decorator))?.[1] ?? "");
    } else if (name && outline.definedAt.has(name.startIndex)) continue;
    else if (found.class && name) {
      const from = decorated === -1 ? undefined : decorated;
      decorated = -1;
      const bases = found.bases ? splitTop(slice(found.bases).slice(1, -1)).filter((base) => !base.includes("=")) : [];
      outline.declare({
        node: found.class,
        name,
        kind: "class",
        body: body ?? null,
        exported: !slice(name).startsWith("_"),
        bases: bases.map((base) => typePath(base).slice(1)).filter((base) => base !== ""),
        ...(from !== undefined && { from }),
      });
    } else if (found.function && name) {
      const from = decorated === -1 ? undefined : decorated;
      decorated = -1;
      outline.declare({
        node: found.function,
        name,
        kind: "function",
        body: body ?? null,
        exported: !/^_(?!_.*__$)/.test(slice(name)),
        type: found.type ? typePath(slice(found.type)) : "",
        ...(from !== undefined && { from }),
      });
    } else if (found.import) imported(outline, found.import);
    else if (found.assign && left) assigned(outline, found.assign, left, found.type, found.right);
    else if (parameter) outline.hold(parameter.startIndex, slice(parameter), "?");
    else if (typed) {
      const [, own = "", type = ""] = /^[*]*([\w]+)\s*:\s*([^=]+)/.exec(slice(typed)) ?? [];
      outline.hold(typed.startIndex, own, typePath(type) || "?");
      outline.definedAt.add(typed.startIndex);
    } else if (alias && value) outline.hold(alias.startIndex, slice(alias), expressionPath(slice(value)));
    else if (each?.type === "identifier" && found.over)
      outline.hold(each.startIndex, slice(each), elementPath(expressionPath(slice(found.over))));
    else if (each) for (const [own] of slice(each).matchAll(/[A-Za-z_]\w*/g)) outline.hold(each.startIndex, own, "?");
  }
}

function imported({ text, silent, bound }: Outline, node: SyntaxNode): void {
  silent.push({ from: node.startIndex, to: node.endIndex });
  const line = node.startPosition.row + 1;
  for (const [local, { module, name }] of importsAt("python", node))
    bound.push({ role: "import", local, module, name, line });
  const statement = text.slice(node.startIndex, node.endIndex);
  const [, module] = /^from\s+([\w.]+)\s+import\s*\(?\s*\*/.exec(statement) ?? [];
  if (module !== undefined) bound.push({ role: "import", local: "*", module, name: "*", line });
  // `import a.b` binds a, and loads a.b.
  if (statement.startsWith("import"))
    for (const [whole] of statement.slice(6).matchAll(/[\w.]+\.\w+(?!\s+as\b)/g))
      bound.push({ role: "import", local: "", module: whole, name: "*", line });
}

function assigned(
  outline: Outline,
  node: SyntaxNode,
  left: SyntaxNode,
  type: SyntaxNode | undefined,
  right: SyntaxNode | undefined,
): void {
  const { text } = outline;
  const target = text.slice(left.startIndex, left.endIndex);
  const scope = outline.around(node.startIndex);
  const written = type ? typePath(text.slice(type.startIndex, type.endIndex)) : "";
  const path = written || (right ? expressionPath(text.slice(right.startIndex, right.endIndex)) : "");
  if (left.type === "identifier") {
    const owner = outline.declared[scope];
    if (outline.isTop(node.startIndex)) {
      if (owner && owner.kind !== "class") return;
      if (outline.declared.some((one) => one.name === target && one.container === (owner ? pathOf(owner) : ""))) return;
      outline.declare({
        node,
        name: left,
        kind: "variable",
        exported: !target.startsWith("_"),
        type: path === "?" ? "" : outline.rooted(path, scope),
      });
    } else {
      outline.hold(node.startIndex, target, path || "?");
      outline.definedAt.add(left.startIndex);
    }
    return;
  }
  const [, field] = /^self\.(\w+)$/.exec(target) ?? [];
  const owner = field === undefined ? undefined : outline.classOf(scope);
  if (field !== undefined && owner) {
    const held = outline.rooted(path, scope);
    outline.field(owner, field, held === "?" || held === "" ? "" : held, node);
    outline.definedAt.add(left.endIndex - field.length);
  } else if (/^[\w\s,()*[\]]+$/.test(target) && !outline.isTop(node.startIndex))
    for (const [own] of target.matchAll(/[A-Za-z_]\w*/g)) outline.hold(node.startIndex, own, "?");
}
