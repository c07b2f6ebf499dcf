import { ancestor, argumentsOf, enclosingFunction, placeOf } from "../../../../source/ast.ts";
import type { SyntaxNode, SyntaxTree } from "../../../../source/syntax.ts";
import type { Hit } from "../../../rule.ts";
import { LIFECYCLE } from "./lost-update.ts";
import { perNode } from "./per-node.ts";

const HANDLER = /http\.ResponseWriter|gin\.Context|echo\.Context|fiber\.Ctx|fasthttp\.RequestCtx/;
const LOCKS = /\.(R?Lock|TryLock)\(\)|\.Do\(/;
const SAFE = /\bsync\.|\batomic\.|\bchan\b/;
const KEEPS_STATE = /store|repo(sitory)?$|cache|session|inmemory|inventory/i;
const REGISTERS =
  /^(register|define|add_?handler|must|new|with|configure|load|use|generate|build|prepare|populate|compile|parse|fill)/i;

/** What a function writes: `target` is a variable or `receiver.field`. */
interface Write {
  node: SyntaxNode;
  target: SyntaxNode;
  /** A map's entry; otherwise a counter or slice. */
  entry: boolean;
}

/** Maps and counters that requests or goroutines change without a lock. */
export function* goRaces(tree: SyntaxTree): Generator<Hit> {
  const variables = packageVariables(tree);
  const structs = unguardedStructs(tree);
  const { served, early } = callers(tree);
  for (const write of writesOf(tree)) {
    const around = enclosingFunction(write.node);
    if (!around || isLocked(write.node)) continue;
    const name = write.target.text.slice(0, 80);
    if (write.target.type === "selector_expression") {
      if (write.entry && isUnguardedField(write.target, structs, served))
        yield { ...placeOf(write.node), message: `${name} is written without a lock, and its struct has none.` };
      continue;
    }
    const spawned = goroutineAround(write.node);
    const kind = declaredInside(write.target, spawned ?? outermost(around)) ? undefined : variables.get(name);
    const outerFunction = outermost(around);
    const functionName = outerFunction.childForFieldName("name")?.text ?? "";
    const inRequests = HANDLER.test(headOf(around)) || HANDLER.test(headOf(outerFunction)) || served.has(functionName);
    if (kind === "map" && write.entry) {
      const once = LIFECYCLE.test(functionName) || REGISTERS.test(functionName) || early.has(functionName);
      if (inRequests || spawned || !once)
        yield { ...placeOf(write.node), message: `The map ${name} is written without a lock.` };
    } else if (kind === "value" && !write.entry && (inRequests || spawned))
      yield { ...placeOf(write.node), message: `${name} is shared by all requests and changed without a lock.` };
    else if (kind === undefined && spawned && isCaptured(write, spawned))
      yield { ...placeOf(write.node), message: `Several goroutines change ${name} without a lock.` };
  }
}

function* writesOf(tree: SyntaxTree): Generator<Write> {
  for (const { hit } of tree.matches("[(inc_statement) (dec_statement) (assignment_statement)] @hit")) {
    if (!hit) continue;
    const left =
      hit.type === "assignment_statement" ? argumentsOf(hit.childForFieldName("left")) : argumentsOf(hit).slice(0, 1);
    const plain = hit.type === "assignment_statement" && hit.childForFieldName("operator")?.text === "=";
    for (const node of left) {
      if (node.type === "index_expression") {
        const target = node.childForFieldName("operand");
        if (target && /^(identifier|selector_expression)$/.test(target.type)) yield { node: hit, target, entry: true };
      } else if (node.type === "identifier" && (!plain || growsItself(hit, node.text)))
        yield { node: hit, target: node, entry: false };
    }
  }
  for (const { hit, args } of tree.matches(
    '(call_expression function: (identifier) @fn arguments: (argument_list) @args (#eq? @fn "delete")) @hit',
  )) {
    const [target] = argumentsOf(args);
    if (hit && target) yield { node: hit, target, entry: true };
  }
}

/** `x = append(x, …)` and `x = x + …`. */
function growsItself(assignment: SyntaxNode, name: string): boolean {
  const [right] = argumentsOf(assignment.childForFieldName("right"));
  if (right?.type === "binary_expression") return right.childForFieldName("left")?.text === name;
  if (right?.type !== "call_expression" || right.childForFieldName("function")?.text !== "append") return false;
  return argumentsOf(right.childForFieldName("arguments"))[0]?.text === name;
}

function packageVariables(tree: SyntaxTree): Map<string, "map" | "value"> {
  const found = new Map<string, "map" | "value">();
  const query =
    "[(source_file (var_declaration (var_spec name: (identifier) @name) @spec)) (source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name) @spec)))]";
  for (const { name, spec } of tree.matches(query)) {
    const text = spec?.text.slice(0, 200) ?? "";
    if (name && !SAFE.test(text)) found.set(name.text, /\bmap\[/.test(text) ? "map" : "value");
  }
  return found;
}

/** Map fields of structs that hold nothing to lock, by struct. */
function unguardedStructs(tree: SyntaxTree): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { name, body } of tree.matches("(type_spec name: (_) @name type: (struct_type) @body)")) {
    if (!name || !body || SAFE.test(body.text) || /mutex|lock/i.test(body.text)) continue;
    const fields = body
      .descendantsOfType("field_declaration")
      .filter((field) => field?.childForFieldName("type")?.type === "map_type");
    if (fields.length > 0)
      found.set(name.text, new Set(fields.map((field) => field?.childForFieldName("name")?.text ?? "")));
  }
  return found;
}

function isUnguardedField(
  target: SyntaxNode,
  structs: ReadonlyMap<string, Set<string>>,
  served: ReadonlySet<string>,
): boolean {
  const method = ancestor(target, ["method_declaration"]);
  const [, receiver, type = ""] =
    /^\(\s*(\w+)\s+\*?(\w+)/.exec(method?.childForFieldName("receiver")?.text ?? "") ?? [];
  if (!method || target.childForFieldName("operand")?.text !== receiver) return false;
  if (!structs.get(type)?.has(target.childForFieldName("field")?.text ?? "")) return false;
  const name = method.childForFieldName("name")?.text ?? "";
  const around = enclosingFunction(target);
  return (
    HANDLER.test(headOf(method)) ||
    (around !== null && HANDLER.test(headOf(around))) ||
    served.has(name) ||
    KEEPS_STATE.test(type)
  );
}

/** Names of functions that requests reach within this file, and of those that main and init call. */
function callers(tree: SyntaxTree): { served: Set<string>; early: Set<string> } {
  const functions = tree
    .matches("[(function_declaration) (method_declaration)] @all")
    .flatMap(({ all }) =>
      all ? [{ name: all.childForFieldName("name")?.text ?? "", head: headOf(all), calls: calledIn(all) }] : [],
    );
  const reach = (from: string[]) => {
    const reached = new Set(from);
    for (const name of reached)
      for (const one of functions) if (one.name === name) for (const called of one.calls) reached.add(called);
    return reached;
  };
  const handlers = functions.filter(({ head }) => HANDLER.test(head)).map(({ name }) => name);
  const own = new Set(functions.map(({ name }) => name));
  const served = new Set([...reach(handlers)].filter((name) => own.has(name)));
  return { served, early: reach(["main", "init"]) };
}

function calledIn(around: SyntaxNode): Set<string> {
  const calls = around.descendantsOfType("call_expression").slice(0, 2000);
  return new Set(
    calls.map((call) => /(\w+)$/.exec(call?.childForFieldName("function")?.text.slice(-60) ?? "")?.[1] ?? ""),
  );
}

function headOf(around: SyntaxNode): string {
  return around.childForFieldName("parameters")?.text.slice(0, 300) ?? "";
}

function outermost(around: SyntaxNode): SyntaxNode {
  let outer = around;
  for (let next = enclosingFunction(outer); next; next = enclosingFunction(next)) outer = next;
  return outer;
}

const firstLock = perNode((around) => {
  const at = around.text.search(LOCKS);
  return at === -1 ? Number.POSITIVE_INFINITY : around.startIndex + at;
});

function isLocked(node: SyntaxNode): boolean {
  for (let around = enclosingFunction(node); around; around = enclosingFunction(around)) {
    if (/Locked$/.test(around.childForFieldName("name")?.text ?? "")) return true;
    if (firstLock(around) < node.startIndex) return true;
  }
  return false;
}

/** The function literal around a node that runs as a goroutine. */
function goroutineAround(node: SyntaxNode): SyntaxNode | undefined {
  for (let around = enclosingFunction(node); around; around = enclosingFunction(around)) {
    const call = around.parent?.type === "argument_list" ? around.parent.parent : around.parent;
    if (around.type !== "func_literal" || call?.type !== "call_expression") continue;
    if (call.parent?.type === "go_statement" || /\.Go$/.test(call.childForFieldName("function")?.text.slice(-20) ?? ""))
      return around;
  }
  return undefined;
}

/** A local of the function around a goroutine that is started in a loop. */
function isCaptured({ target, entry }: Write, spawned: SyntaxNode): boolean {
  const outer = enclosingFunction(spawned);
  if (!outer || declaredInside(target, spawned)) return false;
  const loop = ancestor(spawned, ["for_statement"]);
  if (!loop || loop.startIndex < outer.startIndex || declaredInside(target, loop)) return false;
  const declaration = declarationIn(outer, target.text);
  return declaration !== undefined && (!entry || /\bmap\[/.test(declaration.text.slice(0, 200)));
}

function declaredInside(target: SyntaxNode, around: SyntaxNode): boolean {
  return declarationIn(around, target.text) !== undefined || wordsOf(around).has(target.text);
}

const wordsOf = perNode((around) => new Set<string>(headOf(around).match(/\w+/g) ?? []));

function declarationIn(around: SyntaxNode, name: string): SyntaxNode | undefined {
  return declarations(around).get(name);
}

const declarations = perNode((around) => {
  const found = new Map<string, SyntaxNode>();
  for (const node of around.descendantsOfType(["short_var_declaration", "var_spec", "range_clause"])) {
    if (!node) continue;
    const left = node.childForFieldName("left");
    const names = node.type === "var_spec" ? node.childrenForFieldName("name") : (left?.namedChildren ?? []);
    for (const one of names) if (one && !found.has(one.text)) found.set(one.text, node);
  }
  return found;
});
