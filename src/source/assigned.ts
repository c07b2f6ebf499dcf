import { argumentsOf } from "./ast.ts";
import type { Language } from "./languages.ts";
import { memberOf, unwrapped } from "./members.ts";
import { functionAround, scopeOf } from "./scopes.ts";
import type { SyntaxNode, SyntaxTree } from "./syntax.ts";

/** Something a file assigns to a name. */
interface Binding {
  /** Null for a parameter: what it holds is not known here. */
  value: SyntaxNode | null;
  /** Set when the name holds this property of the value: `const { alg } = header`. */
  property?: string;
  /** Id of the function it is in; 0 at the top of the module. */
  scope: number;
}

/** A setting: `key: value` of an object, `key=value` of a call, `options["key"] = value`. */
export interface Entry {
  key: string;
  value: SyntaxNode;
  node: SyntaxNode;
}

interface Names {
  bindings: Map<string, Binding[]>;
  /** `name.key = value` and `name["key"] = value`. */
  changes: Map<string, { entry: Entry; scope: number }[]>;
}

const SCRIPT =
  "[(variable_declarator name: (_) @name value: (_) @value) (assignment_expression left: (_) @name right: (_) @value) (required_parameter pattern: (identifier) @parameter) (optional_parameter pattern: (identifier) @parameter) (public_field_definition name: (_) @name value: (_) @value)]";

const ASSIGNMENTS: Readonly<Record<Language, string>> = {
  python:
    "[(assignment left: (_) @name right: (_) @value) (parameters (identifier) @parameter) (typed_parameter (identifier) @parameter) (default_parameter name: (identifier) @parameter) (typed_default_parameter name: (identifier) @parameter)]",
  typescript: SCRIPT,
  javascript:
    "[(variable_declarator name: (_) @name value: (_) @value) (assignment_expression left: (_) @name right: (_) @value) (formal_parameters (identifier) @parameter) (arrow_function parameter: (identifier) @parameter) (field_definition property: (_) @name value: (_) @value)]",
  go: "[(const_spec name: (_) @name value: (_) @value) (var_spec name: (_) @name value: (_) @value) (short_var_declaration left: (_) @name right: (_) @value) (assignment_statement left: (_) @name right: (_) @value) (parameter_declaration name: (identifier) @parameter)]",
  java: "[(variable_declarator name: (_) @name value: (_) @value) (assignment_expression left: (_) @name right: (_) @value) (formal_parameter name: (_) @parameter)]",
};

/** Assignments of one name that are looked at, the last ones. */
const ASSIGNED = 16;

const known = new WeakMap<SyntaxTree, Names>();

/** What is assigned to a name where `from` stands: by the nearest function that has it, or at the top of the module. */
export function lookup(tree: SyntaxTree, language: Language, name: string, from: SyntaxNode): Binding[] {
  const bindings = namesOf(tree, language).bindings.get(name);
  if (!bindings) return [];
  for (let around = functionAround(from); around; around = functionAround(around)) {
    const id = around.id;
    const own = bindings.filter(({ scope }) => scope === id);
    if (own.length > 0) return own.some(({ value }) => value === null) ? [] : own.slice(-ASSIGNED);
  }
  return bindings.filter(({ scope }) => scope === 0).slice(-ASSIGNED);
}

/** All assignments of a file by name, found once. */
export function namesOf(tree: SyntaxTree, language: Language): Names {
  const before = known.get(tree);
  if (before) return before;
  const names: Names = { bindings: new Map(), changes: new Map() };
  known.set(tree, names);
  for (const { name, value, parameter } of tree.matches(ASSIGNMENTS[language])) {
    if (parameter) add(names.bindings, parameter.text, { value: null, scope: scopeOf(parameter) });
    if (name && value) assign(names, name, value);
  }
  return names;
}

function assign(names: Names, target: SyntaxNode, value: SyntaxNode): void {
  const scope = scopeOf(target);
  const member = memberOf(target);
  if (member) {
    const object = member.object.text.slice(-100);
    add(names.changes, object, { entry: { key: member.key, value: unwrapped(value), node: target }, scope });
    if (/^(this|self|cls)$/.test(object)) add(names.bindings, target.text, { value, scope: 0 });
  } else if (target.type === "object_pattern")
    for (const child of target.namedChildren) {
      const name = child?.type === "pair_pattern" ? child.childForFieldName("value")?.text : child?.text;
      const property = child?.type === "pair_pattern" ? child.childForFieldName("key")?.text : child?.text;
      if (name && property) add(names.bindings, name, { value: unwrapped(value), property, scope });
    }
  else if (target.type === "expression_list" || value.type === "expression_list") {
    const targets = target.type === "expression_list" ? argumentsOf(target) : [target];
    const values = value.type === "expression_list" ? argumentsOf(value) : [value];
    for (const [index, one] of targets.entries()) {
      // a, err := f(): the call stands for its first result only.
      const given = values.length === targets.length ? values[index] : index === 0 ? values[0] : undefined;
      if (given) add(names.bindings, one.text, { value: given, scope });
    }
  } else if (target.text.length <= 100) add(names.bindings, target.text, { value, scope });
}

function add<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
