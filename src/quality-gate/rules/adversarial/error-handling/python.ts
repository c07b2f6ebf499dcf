import { ancestor, argumentsOf, CALLS, calleeOf, placeOf } from "../../../../source/ast.ts";
import type { SourceFile } from "../../../../source/source-file.ts";
import type { SyntaxNode, SyntaxTree } from "../../../../source/syntax.ts";
import type { Hit } from "../../../rule.ts";
import { onlyCleansUp } from "./cleanup.ts";

const BROAD = /^(builtins\.)?(Base)?Exception$/;
const SPAWN = /^(asyncio|anyio|loop|\w*_loop|asyncio\.get_(event|running)_loop\(\))\.(create_task|ensure_future)$/;

/** Bare and silent excepts, tasks nobody holds, coroutines nobody awaits. */
export function* pythonFaults(tree: SyntaxTree, file: SourceFile): Generator<Hit> {
  for (const { hit } of tree.matches("(except_clause) @hit")) {
    const message = hit && exceptFault(hit, file);
    if (hit && message) yield { ...placeOf(hit), message };
  }
  const coroutines = coroutinesOf(tree);
  for (const { hit, fn, args } of tree.matches(CALLS.python)) {
    if (!hit || !fn) continue;
    const callee = calleeOf(fn);
    if (/^(contextlib\.)?suppress$/.test(callee) && argumentsOf(args).some(({ text }) => BROAD.test(text)))
      yield { ...placeOf(hit), message: "Every exception is suppressed." };
    if (hit.parent?.type !== "expression_statement") continue;
    const spawns =
      SPAWN.test(callee) || (/^(create_task|ensure_future)$/.test(callee) && /\basyncio\b/.test(file.text));
    if (spawns)
      yield {
        ...placeOf(hit),
        message: "Nobody holds this task: its failure is never seen, and it may vanish midway.",
      };
    else if (isForgotten(hit, fn, coroutines))
      yield { ...placeOf(hit), message: `The coroutine ${fn.text} is not awaited: it never runs.` };
  }
}

function exceptFault(clause: SyntaxNode, file: SourceFile): string | undefined {
  const parts = argumentsOf(clause);
  const block = parts.at(-1);
  const [caught] = parts;
  if (!block || !caught) return undefined;
  if (caught.id === block.id)
    return /\b(raise|sys\.exit|os\._exit)\b/.test(block.text.slice(0, 4000))
      ? undefined
      : "A bare except swallows everything, even the request to stop.";
  const types = caught.type === "as_pattern" ? caught.namedChildren[0] : caught;
  const broad = types?.type === "tuple" ? argumentsOf(types).some(isBroad) : types ? isBroad(types) : false;
  if (!broad || !argumentsOf(block).every(doesNothing)) return undefined;
  const rows = file.lines.slice(clause.startPosition.row, clause.endPosition.row + 1);
  const explained = rows.some((line) => line.slice(0, 500).includes("#"));
  const tried = clause.parent?.childForFieldName("body");
  return explained || onlyCleansUp(tried) || isFinalizer(clause) ? undefined : "Every exception is swallowed.";
}

const isBroad = ({ text }: SyntaxNode) => BROAD.test(text);

function doesNothing({ type, text }: SyntaxNode): boolean {
  return /^(pass|continue)_statement$/.test(type) || text === "..." || text === "return";
}

/** Exceptions in __del__ cannot reach anyone. */
function isFinalizer(node: SyntaxNode): boolean {
  return ancestor(node, ["function_definition"])?.childForFieldName("name")?.text === "__del__";
}

/** Undecorated `async def` by name, at the top of the module ("") or by the id of their class. */
function coroutinesOf(tree: SyntaxTree): Map<string, boolean> {
  const found = new Map<string, boolean>();
  for (const { name, all } of tree.matches("(function_definition name: (identifier) @name) @all")) {
    if (!name || !all) continue;
    const owner = ancestor(all, ["class_definition", "function_definition"]);
    const decorated = all.parent?.type === "decorated_definition";
    const runs = /^async\b/.test(all.text.slice(0, 6)) && !decorated;
    const key = `${owner?.id ?? ""}:${name.text}`;
    found.set(key, (found.get(key) ?? true) && runs);
  }
  return found;
}

function isForgotten(call: SyntaxNode, fn: SyntaxNode, coroutines: ReadonlyMap<string, boolean>): boolean {
  if (fn.type === "identifier") return coroutines.get(`:${fn.text}`) === true;
  const [, method] = /^self\.(\w+)$/.exec(fn.text) ?? [];
  const owner = method === undefined ? null : ancestor(call, ["class_definition"]);
  return owner !== null && coroutines.get(`${owner.id}:${method}`) === true;
}
