import { ancestor, enclosingFunction, placeOf } from "../../../../source/ast.ts";
import type { SyntaxNode, SyntaxTree } from "../../../../source/syntax.ts";
import type { Hit } from "../../../rule.ts";
import { type Access, LIFECYCLE, lostUpdate } from "./lost-update.ts";
import { perNode } from "./per-node.ts";

const LOCK = /lock|mutex|exclusive|synchronized|serial|semaphore|limit|acquire|enqueue|transaction|queue\.add/i;
const ADDS = /^(set|add|push|unshift)$/;
const REMOVES = /^(delete|clear|pop|shift)$/;
const PARALLEL = /\.(map|forEach|flatMap)$/;

/** Variables of the module; a query for them takes longer to compile than this takes. */
function moduleVariables(tree: SyntaxTree): Set<string> {
  const statements = tree.root.namedChildren.map((child) =>
    child?.type === "export_statement" ? child.childForFieldName("declaration") : child,
  );
  const declarators = statements.flatMap((child) =>
    /^(lexical|variable)_declaration$/.test(child?.type ?? "") ? (child?.namedChildren ?? []) : [],
  );
  const names = declarators.map((declarator) => declarator?.childForFieldName("name"));
  return new Set(names.flatMap((name) => (name?.type === "identifier" ? [name.text] : [])));
}

/** Shared variables that async functions read before a wait and write after it. */
export function* scriptRaces(tree: SyntaxTree): Generator<Hit> {
  const shared = moduleVariables(tree);
  const seen = new Set<number>();
  for (const { around, name, nodes } of sharedUses(tree, shared)) {
    const waits = around
      .descendantsOfType("await_expression")
      .filter((node): node is SyntaxNode => node !== null && enclosingFunction(node)?.id === around.id);
    const found =
      waits.length > 0
        ? lostUpdate(
            name,
            nodes.map((node) => accessOf(node, around)),
            waits,
          )
        : undefined;
    if (!found) continue;
    seen.add(found.startIndex);
    yield {
      ...placeOf(found),
      message: `${name} is read before a wait and written after it: what happens in between is lost.`,
    };
  }
  for (const { hit, left, right } of tree.matches(
    "(augmented_assignment_expression left: (_) @left right: (_) @right) @hit",
  )) {
    if (!hit || !left || !right || seen.has(hit.startIndex) || !waits(right)) continue;
    if (isSharedAt(left, shared) && !isLocked(hit, null))
      yield {
        ...placeOf(hit),
        message: `${left.text.slice(0, 60)} is read before the wait and written after it: updates in between are lost.`,
      };
  }
}

function waits(right: SyntaxNode): boolean {
  return (
    right.type === "await_expression" ||
    (/\bawait\b/.test(right.text.slice(0, 200)) && right.descendantsOfType("await_expression").length > 0)
  );
}

/** Uses of module variables, and of fields of injected classes, in async functions; by function and name. */
function sharedUses(tree: SyntaxTree, shared: ReadonlySet<string>) {
  const found = new Map<string, { around: SyntaxNode; name: string; nodes: SyntaxNode[] }>();
  const note = (node: SyntaxNode, name: string) => {
    const around = enclosingFunction(node);
    if (!around || !isAsync(around) || LIFECYCLE.test(nameOf(around)) || runsAtOnce(around)) return;
    const key = `${around.id}:${name}`;
    const entry = found.get(key) ?? { around, name, nodes: [] };
    entry.nodes.push(node);
    found.set(key, entry);
  };
  for (const { name } of shared.size > 0 ? tree.matches("(identifier) @name") : [])
    if (name && shared.has(name.text) && !isDeclaredInside(name)) note(name, name.text);
  for (const { member } of tree.matches("(member_expression) @member"))
    if (member?.childForFieldName("object")?.type === "this" && isSingleton(member))
      note(member, member.text.slice(0, 80));
  return found.values();
}

/** (async () => { … })() at the top of a module runs once, before anybody asks. */
function runsAtOnce(around: SyntaxNode): boolean {
  const wrapped = around.parent?.type === "parenthesized_expression" ? around.parent : around;
  const call = wrapped.parent?.type === "call_expression" ? wrapped.parent : null;
  return call?.childForFieldName("function")?.id === wrapped.id && enclosingFunction(call) === null;
}

function isAsync(around: SyntaxNode): boolean {
  return around.children.slice(0, 4).some((child) => child?.type === "async");
}

function nameOf(around: SyntaxNode): string {
  const own = around.childForFieldName("name")?.text;
  return (
    own ?? (around.parent?.type === "variable_declarator" ? (around.parent.childForFieldName("name")?.text ?? "") : "")
  );
}

/** Classes of which NestJS keeps one for all requests. */
function isSingleton(node: SyntaxNode): boolean {
  const owner = ancestor(node, ["class_declaration"]);
  const head = `${owner?.parent?.type === "export_statement" ? owner.parent.text.slice(0, 300) : ""}${owner?.text.slice(0, 300) ?? ""}`;
  return /@(Injectable|Controller|Resolver|WebSocketGateway)\(/.test(head) && !/Scope\.(REQUEST|TRANSIENT)/.test(head);
}

function accessOf(node: SyntaxNode, around: SyntaxNode): Access {
  const locked = () => isLocked(node, around);
  const parent = node.parent;
  const isObject =
    /^(member|subscript)_expression$/.test(parent?.type ?? "") && parent?.childForFieldName("object")?.id === node.id;
  const target = isObject && parent ? parent : node;
  const outer = target.parent;
  if (outer?.type === "call_expression" && outer.childForFieldName("function")?.id === target.id) {
    const method = target.childForFieldName("property")?.text ?? "";
    if (isObject && ADDS.test(method)) return { node: outer, kind: "write", locked };
    if (isObject && REMOVES.test(method)) return { node: outer, kind: "remove", locked };
  }
  const assigns =
    /^(augmented_)?assignment_expression$/.test(outer?.type ?? "") &&
    outer?.childForFieldName("left")?.id === target.id;
  if (outer && assigns) {
    const cleared = /^(undefined|null|false)$/.test(outer.childForFieldName("right")?.text.slice(0, 12) ?? "");
    return { node: outer, kind: cleared ? "remove" : "write", locked };
  }
  return { node, kind: "read", locked };
}

/** Whether the variable left of `+= await` is seen by others: of the module, a field, or captured by parallel callbacks. */
function isSharedAt(left: SyntaxNode, shared: ReadonlySet<string>): boolean {
  const around = enclosingFunction(left);
  if (!around) return false;
  if (left.type === "member_expression") return left.childForFieldName("object")?.type === "this";
  if (left.type !== "identifier" || declares(around, left.text)) return false;
  if (isParallelCallback(around)) return true;
  return shared.has(left.text) && !isDeclaredInside(left);
}

function isParallelCallback(around: SyntaxNode): boolean {
  const call = around.parent?.type === "arguments" ? around.parent.parent : null;
  return PARALLEL.test(call?.childForFieldName("function")?.text.slice(-40) ?? "");
}

/** Whether a function around a name declares the same name. */
function isDeclaredInside(name: SyntaxNode): boolean {
  for (let around = enclosingFunction(name); around; around = enclosingFunction(around))
    if (declares(around, name.text)) return true;
  return false;
}

function declares(around: SyntaxNode, name: string): boolean {
  return declaredNames(around).has(name);
}

const declaredNames = perNode((around) => {
  const parameters = around.childForFieldName("parameters") ?? around.childForFieldName("parameter");
  const words = parameters?.text.slice(0, 2000).match(/[\w$]+/g) ?? [];
  const variables = around
    .descendantsOfType("variable_declarator")
    .flatMap((node) =>
      node && enclosingFunction(node)?.id === around.id ? [node.childForFieldName("name")?.text ?? ""] : [],
    );
  return new Set<string>([...words, ...variables]);
});

function isLocked(node: SyntaxNode, around: SyntaxNode | null): boolean {
  for (let outer = node.parent; outer; outer = outer.parent)
    if (outer.type === "call_expression" && LOCK.test(outer.childForFieldName("function")?.text.slice(-80) ?? ""))
      return true;
  return (
    around !== null &&
    /\b(await|using)\s[^\n;]{0,80}(\.acquire\(|\.lock\()/.test(
      around.text.slice(0, node.startIndex - around.startIndex).slice(-4000),
    )
  );
}
