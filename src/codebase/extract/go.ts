import { importsAt } from "../../source/imports.ts";
import type { SyntaxNode, SyntaxTree } from "../../source/syntax.ts";
import { matchesInOrder, type Outline } from "./outline.ts";
import { elementPath, expressionPath, splitTop, typePath } from "./types.ts";

const QUERY = `[
  (function_declaration name: (_) @name) @function
  (method_declaration receiver: (_) @receiver name: (_) @name) @method
  (type_spec name: (_) @name type: (_) @type) @typespec
  (type_alias name: (_) @name) @alias
  (method_elem name: (_) @name) @member
  (field_declaration name: (_) @name type: (_) @type) @field
  (field_declaration !name type: (_) @embedded)
  (const_spec name: (_) @name) @constant
  (var_spec name: (_) @name) @variable
  (parameter_declaration name: (_) @name type: (_) @type) @parameter
  (variadic_parameter_declaration name: (_) @name) @rest
  (short_var_declaration left: (_) @left right: (_) @right) @short
  (range_clause left: (_) @each right: (_) @over) @range
  (type_switch_statement alias: (_) @left) @switch
  (import_spec) @import
]`;

/** `import . "x"` brings all names of x, `import _ "x"` none. */
const GO_LOCAL: Readonly<Record<string, string>> = { ".": "*", _: "" };

const isPublic = (name: string) => /^\p{Lu}/u.test(name);

/** What Go code defines. Methods belong to their receiver's type. */
export function outlineGo(outline: Outline, tree: SyntaxTree): void {
  const { text } = outline;
  const slice = (node: SyntaxNode) => text.slice(node.startIndex, node.endIndex);
  for (const found of matchesInOrder(tree, QUERY)) {
    const { name, type, left, right } = found;
    if (found.import) {
      outline.silent.push({ from: found.import.startIndex, to: found.import.endIndex });
      const line = found.import.startPosition.row + 1;
      for (const [local, { module, name: what }] of importsAt("go", found.import))
        outline.bound.push({ role: "import", local: GO_LOCAL[local] ?? local, module, name: what, line });
    } else if (found.embedded) {
      const owner = outline.classOf(outline.around(found.embedded.startIndex));
      const base = typePath(slice(found.embedded)).slice(1);
      if (owner && base !== "") {
        owner.bases.push(base);
        outline.field(owner, base.split(".").at(-1) ?? base, `:${base}`, found.embedded);
      }
    } else if (found.each && found.over) {
      // for i, order := range orders
      const [index = "", element = ""] = splitTop(slice(found.each));
      if (/^\w+$/.test(index)) outline.hold(found.each.startIndex, index, "?");
      if (/^\w+$/.test(element))
        outline.hold(found.each.startIndex, element, elementPath(expressionPath(slice(found.over))));
      outline.definedAt.add(found.each.startIndex);
    } else if (left) {
      outline.definedAt.add(left.startIndex);
      held(outline, left, right);
    } else if (!name || outline.definedAt.has(name.startIndex)) continue;
    else if (found.function ?? found.method) {
      const node = found.function ?? found.method;
      if (!node) continue;
      const own = slice(name);
      const [, receiver = "", owner = ""] =
        /^\(\s*(\w*)\s*[*&]?\s*(\w+)/.exec(found.receiver ? slice(found.receiver) : "") ?? [];
      const result = node.childForFieldName("result");
      const returned = result ? (result.type === "parameter_list" ? firstResult(slice(result)) : slice(result)) : "";
      outline.declare({
        node,
        name,
        kind: found.method ? "method" : "function",
        body: node.childForFieldName("body"),
        exported: isPublic(own),
        type: typePath(returned),
        container: owner || receiver,
      });
      if (found.receiver) outline.definedAt.add(found.receiver.startIndex + 1);
      if (owner !== "" && receiver !== "") outline.hold(name.startIndex, receiver, `:${owner}`);
    } else if (found.typespec && type) {
      const kind = type.type === "struct_type" ? "class" : type.type === "interface_type" ? "interface" : "type";
      const path = kind === "type" ? typePath(slice(type)) : "";
      outline.declare({ node: found.typespec, name, kind, exported: isPublic(slice(name)), type: path });
    } else if (found.alias)
      outline.declare({
        node: found.alias,
        name,
        kind: "type",
        exported: isPublic(slice(name)),
        type: typePath(slice(found.alias).replace(/^\w+\s*=/, "")),
      });
    else if (found.member)
      outline.declare({
        node: found.member,
        name,
        kind: "method",
        exported: isPublic(slice(name)),
        flags: ["abstract"],
        type: typePath(
          firstResult(
            `(${slice(found.member)
              .replace(/^[^)]*\)/, "")
              .trim()
              .replace(/^\(|\)$/g, "")})`,
          ),
        ),
      });
    else if (found.field && type) {
      const owner = outline.classOf(outline.around(found.field.startIndex));
      outline.definedAt.add(name.startIndex);
      if (owner) outline.field(owner, slice(name), typePath(slice(type)), name);
    } else if (found.parameter && type) {
      outline.definedAt.add(name.startIndex);
      // Receivers are parameters as well, and are known by then.
      outline.hold(name.startIndex, slice(name), typePath(slice(type)) || "?");
    } else if (found.rest) outline.hold(name.startIndex, slice(name), "?");
    else if (found.constant ?? found.variable) spec(outline, found.constant ?? found.variable, name);
  }
}

function firstResult(list: string): string {
  const [first = ""] = splitTop(list.trim().slice(1, -1));
  // (order *Order, err error)
  return /^\w+\s+[*\w[]/.test(first) && !/^(map|chan|func)\b/.test(first) ? first.replace(/^\w+\s+/, "") : first;
}

function spec(outline: Outline, node: SyntaxNode | undefined, name: SyntaxNode): void {
  if (!node) return;
  const { text } = outline;
  const own = text.slice(name.startIndex, name.endIndex);
  const type = node.childForFieldName("type");
  const value = node.childForFieldName("value");
  const written = type ? typePath(text.slice(type.startIndex, type.endIndex)) : "";
  const path = written || (value ? expressionPath(text.slice(value.startIndex, value.endIndex)) : "");
  if (!outline.isTop(node.startIndex)) {
    outline.definedAt.add(name.startIndex);
    outline.hold(node.startIndex, own, path || "?");
    return;
  }
  const known = path === "?" || path === "''" ? "" : path;
  outline.declare({ node, name, kind: "variable", exported: isPublic(own), type: known });
}

/** `a, err := make()`: the call stands for its first result only. */
function held(outline: Outline, left: SyntaxNode, right: SyntaxNode | undefined): void {
  const { text } = outline;
  const targets = splitTop(text.slice(left.startIndex, left.endIndex));
  const values = right ? splitTop(text.slice(right.startIndex, Math.min(right.endIndex, right.startIndex + 600))) : [];
  for (const [index, target] of targets.entries()) {
    if (!/^\w+$/.test(target) || target === "_") continue;
    const value = values.length === targets.length || index === 0 ? values[index] : undefined;
    outline.hold(left.startIndex, target, value === undefined ? "?" : expressionPath(value));
  }
}
