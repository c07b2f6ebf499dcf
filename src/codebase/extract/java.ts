import { importsAt } from "../../source/imports.ts";
import type { SyntaxNode, SyntaxTree } from "../../source/syntax.ts";
import type { Declared } from "./facts.ts";
import { matchesInOrder, type Outline } from "./outline.ts";
import { expressionPath, splitTop, typePath } from "./types.ts";

const QUERY = `[
  (class_declaration name: (_) @name body: (_) @body) @class
  (record_declaration name: (_) @name body: (_) @body) @class
  (interface_declaration name: (_) @name body: (_) @body) @interface
  (annotation_type_declaration name: (_) @name body: (_) @body) @interface
  (enum_declaration name: (_) @name body: (_) @body) @enum
  (enum_constant name: (_) @name) @constant
  (method_declaration type: (_) @type name: (_) @name) @method
  (constructor_declaration name: (_) @name body: (_) @body) @constructing
  (field_declaration type: (_) @type declarator: (variable_declarator name: (_) @name)) @field
  (local_variable_declaration type: (_) @type declarator: (variable_declarator name: (_) @name value: (_)? @value)) @local
  (formal_parameter type: (_) @type name: (_) @name) @parameter
  (enhanced_for_statement type: (_) @type name: (_) @name) @parameter
  (resource type: (_) @type name: (_) @name value: (_) @value) @local
  (catch_formal_parameter name: (_) @name) @untyped
  (lambda_expression parameters: (identifier) @name) @untyped
  (inferred_parameters (identifier) @name) @untyped
  (import_declaration) @import
  (package_declaration) @import
  (marker_annotation name: (_) @annotation)
  (annotation name: (_) @annotation)
]`;

/** What Java code defines. */
export function outlineJava(outline: Outline, tree: SyntaxTree): void {
  const { text } = outline;
  const slice = (node: SyntaxNode) => text.slice(node.startIndex, node.endIndex);
  let last: { declared: Declared; until: number } | undefined;
  for (const found of matchesInOrder(tree, QUERY)) {
    const { name, type, value, body, annotation } = found;
    if (annotation) {
      // Those of parameters stand behind the name.
      if (last && annotation.startIndex >= last.declared.from && annotation.startIndex < last.until)
        last.declared.decorators.push(slice(annotation));
      continue;
    }
    if (found.import) {
      outline.silent.push({ from: found.import.startIndex, to: found.import.endIndex });
      const line = found.import.startPosition.row + 1;
      if (found.import.type === "import_declaration")
        for (const [local, { module, name: what }] of importsAt("java", found.import))
          outline.bound.push({ role: "import", local: local.endsWith(".*") ? "*" : local, module, name: what, line });
      continue;
    }
    if (!name || outline.definedAt.has(name.startIndex)) continue;
    const own = slice(name);
    const declare = (
      node: SyntaxNode,
      kind: Declared["kind"],
      more: Partial<Parameters<Outline["declare"]>[0]> = {},
    ) => {
      const before = text.slice(node.startIndex, name.startIndex);
      const exported = !/\bprivate\s/.test(before.replace(/\([^)]*\)/g, ""));
      last = { declared: outline.declare({ node, name, kind, exported, ...more }), until: name.startIndex };
      // Annotations are no part of what a reader takes for the signature.
      last.declared.signature = last.declared.signature.replace(/^(@[\w.]+(\([^)]*\))?\s*)+/, "");
    };
    const holder = found.class ?? found.interface ?? found.enum;
    if (holder) {
      const head = text.slice(name.endIndex, body?.startIndex ?? name.endIndex);
      const kind = found.interface ? "interface" : found.enum ? "enum" : "class";
      declare(holder, kind, {
        body: body ?? null,
        bases: basesOf(head),
        flags: /\babstract\b/.test(text.slice(holder.startIndex, name.startIndex)) ? ["abstract"] : [],
      });
      if (holder.type === "record_declaration") components(outline, holder, head);
    } else if (found.method && type) {
      const inner = found.method.childForFieldName("body");
      declare(found.method, "method", { body: inner, type: typePath(slice(type)), flags: inner ? [] : ["abstract"] });
    } else if (found.constructing) declare(found.constructing, "method", { body: body ?? null });
    else if (found.field && type) declare(found.field, "variable", { type: typePath(slice(type)) });
    else if (found.constant) declare(found.constant, "variable");
    else {
      outline.definedAt.add(name.startIndex);
      const written = type ? typePath(slice(type)) : "";
      const path = written || (value ? expressionPath(slice(value)) : "?");
      outline.hold(name.startIndex, own, path || "?");
    }
  }
}

function basesOf(head: string): string[] {
  const lists = [...head.matchAll(/\b(?:extends|implements)\s+([\s\S]+?)(?=\b(?:extends|implements|permits)\b|$)/g)];
  return lists.flatMap(([, list = ""]) => splitTop(list).map((base) => typePath(base).slice(1))).filter(Boolean);
}

/** The components of a record are fields, and methods that give them. */
function components(outline: Outline, node: SyntaxNode, head: string): void {
  const owner = outline.declared.at(-1);
  const [, list = ""] = /^\s*(?:<[^>]*>)?\s*\(([\s\S]*)\)/.exec(head) ?? [];
  if (!owner) return;
  for (const part of splitTop(list)) {
    const [, type = "", name = ""] = /^(?:@\w+(?:\([^)]*\))?\s+)*([\w.<>,\s[\]?]+?)\s+(\w+)$/.exec(part) ?? [];
    if (name !== "") outline.field(owner, name, typePath(type), node);
  }
}
