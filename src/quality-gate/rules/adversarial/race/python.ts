import { ancestor, enclosingFunction, placeOf } from "../../../../source/ast.ts";
import type { SyntaxNode, SyntaxTree } from "../../../../source/syntax.ts";
import type { Hit } from "../../../rule.ts";
import { type Access, LIFECYCLE, lostUpdate } from "./lost-update.ts";

const CONCURRENT =
  /^\s*(from|import)\s+(fastapi|flask|django|rest_framework|starlette|aiohttp|sanic|tornado|quart|threading|concurrent)\b/m;
const OWN_TO_EACH =
  /\b(ContextVar|threading\.local|local|Lock|RLock|Semaphore|Queue|SimpleQueue|Event|Counter|Gauge|Histogram)\b\s*[[(]/;
const LOCK = /lock|mutex|semaphore|guard|\bsem\b|atomic|transaction|\.begin\(/i;
const LOCK_VARIABLE =
  /\b([\w.]{1,80})\s*(?::[^=\n]{0,80})?=\s*(?:\w{1,40}\.)?(?:Lock|RLock|Semaphore|BoundedSemaphore|Condition)\(/g;
const ADDS = /^(add|append|insert|extend|update|setdefault|appendleft|push)$/;
const REMOVES = /^(pop|remove|discard|clear|popleft|popitem)$/;

/** Module variables that concurrent requests change without a lock. */
export function* pythonRaces(tree: SyntaxTree, text: string): Generator<Hit> {
  const shared = moduleVariables(tree);
  if (shared.size === 0) return;
  const locks = new Set([...text.matchAll(LOCK_VARIABLE)].map(([, name = ""]) => name));
  const threads = CONCURRENT.test(text);
  for (const [around, uses] of usesByFunction(tree, shared)) {
    const isAsync = /^async\b/.test(around.text.slice(0, 6));
    if ((!isAsync && !threads) || runsOnce(around)) continue;
    const globals = globalNames(around);
    const local = localNames(around);
    const waits = isAsync
      ? around.descendantsOfType("await").filter((node) => node !== null && isOwn(node, around))
      : [];
    for (const [name, nodes] of uses) {
      if (local.has(name) && !globals.has(name)) continue;
      const accesses = nodes.map((node) => accessOf(node, around, globals.has(name), locks));
      const change = accesses.find(
        ({ node, kind, locked }) => kind === "write" && buildsOnItself(node, name) && !locked(),
      );
      const found =
        change?.node ??
        lostUpdate(
          name,
          accesses,
          waits.filter((node) => node !== null),
        );
      if (!found) continue;
      const message = change
        ? `${name} is shared by all requests and changed without a lock.`
        : `${name} is read before a wait and written after it: what happens in between is lost.`;
      yield { ...placeOf(found), message };
    }
  }
}

function moduleVariables(tree: SyntaxTree): Set<string> {
  const query = "(module (expression_statement (assignment left: (identifier) @name) @all))";
  return new Set(
    tree
      .matches(query)
      .flatMap(({ name, all }) => (name && !OWN_TO_EACH.test(all?.text.slice(0, 300) ?? "") ? [name.text] : [])),
  );
}

/** Where functions use shared names; a name's uses in document order. */
function usesByFunction(tree: SyntaxTree, shared: ReadonlySet<string>): Map<SyntaxNode, Map<string, SyntaxNode[]>> {
  const byId = new Map<number, { around: SyntaxNode; uses: Map<string, SyntaxNode[]> }>();
  for (const { name } of tree.matches("(identifier) @name")) {
    if (!name || !shared.has(name.text) || name.parent?.type === "global_statement") continue;
    const around = enclosingFunction(name);
    if (!around || isNameOnly(name)) continue;
    const entry = byId.get(around.id) ?? { around, uses: new Map<string, SyntaxNode[]>() };
    entry.uses.set(name.text, [...(entry.uses.get(name.text) ?? []), name]);
    byId.set(around.id, entry);
  }
  return new Map([...byId.values()].map(({ around, uses }) => [around, uses]));
}

/** An attribute's or keyword's name, not a variable. */
function isNameOnly({ id, parent }: SyntaxNode): boolean {
  return (
    (parent?.type === "attribute" && parent.childForFieldName("attribute")?.id === id) ||
    (parent?.type === "keyword_argument" && parent.childForFieldName("name")?.id === id)
  );
}

function isOwn(node: SyntaxNode, around: SyntaxNode): boolean {
  return enclosingFunction(node)?.id === around.id;
}

function globalNames(around: SyntaxNode): Set<string> {
  const statements = around.descendantsOfType("global_statement");
  return new Set(statements.flatMap((node) => node?.namedChildren.map((child) => child?.text ?? "") ?? []));
}

/** Parameters and names the function assigns itself. */
function localNames(around: SyntaxNode): Set<string> {
  const parameters = around.childForFieldName("parameters")?.descendantsOfType("identifier") ?? [];
  const assigned = around
    .descendantsOfType(["assignment", "augmented_assignment", "for_statement"])
    .map((node) => node?.childForFieldName("left"))
    .filter((left) => left?.type === "identifier");
  return new Set([...parameters, ...assigned].map((node) => node?.text ?? ""));
}

function accessOf(name: SyntaxNode, around: SyntaxNode, isGlobal: boolean, locks: ReadonlySet<string>): Access {
  const locked = () => isLocked(name, around, locks);
  const target =
    name.parent?.type === "subscript" && name.parent.childForFieldName("value")?.id === name.id ? name.parent : name;
  const outer = target.parent;
  const assigns =
    /^(augmented_)?assignment$/.test(outer?.type ?? "") && outer?.childForFieldName("left")?.id === target.id;
  if (outer && assigns && (isGlobal || target.id !== name.id)) return { node: outer, kind: "write", locked };
  if (outer?.type === "delete_statement") return { node: outer, kind: "remove", locked };
  if (
    outer?.type === "attribute" &&
    outer.parent?.type === "call" &&
    outer.parent.childForFieldName("function")?.id === outer.id
  ) {
    const method = outer.childForFieldName("attribute")?.text ?? "";
    if (ADDS.test(method)) return { node: outer.parent, kind: "write", locked };
    if (REMOVES.test(method)) return { node: outer.parent, kind: "remove", locked };
  }
  return { node: name, kind: "read", locked };
}

/** `x += 1`, `x = x + 1`, `x["a"] = x.get("a", 0) + 1`. */
function buildsOnItself(node: SyntaxNode, name: string): boolean {
  if (node.type === "augmented_assignment") return true;
  const right = node.type === "assignment" ? node.childForFieldName("right") : null;
  if (right?.type !== "binary_operator") return false;
  return right.descendantsOfType("identifier").some((one) => one?.text === name);
}

function isLocked(node: SyntaxNode, around: SyntaxNode, locks: ReadonlySet<string>): boolean {
  for (let outer = node.parent; outer && outer.id !== around.id; outer = outer.parent) {
    if (outer.type !== "with_statement") continue;
    const held = /with\s+([^:\n]{1,200})/.exec(outer.text.slice(0, 250))?.[1] ?? "";
    if (LOCK.test(held) || locks.has(held.trim())) return true;
  }
  return /\.acquire\(/.test(around.text.slice(0, node.startIndex - around.startIndex).slice(-2000));
}

function runsOnce(around: SyntaxNode): boolean {
  if (LIFECYCLE.test(around.childForFieldName("name")?.text ?? "")) return true;
  const decorated = ancestor(around, ["decorated_definition"]);
  const decorators = decorated?.namedChildren.filter((node) => node?.type === "decorator") ?? [];
  return decorators.some((node) => /on_event|lifespan|asynccontextmanager|command|before_first/.test(node?.text ?? ""));
}
