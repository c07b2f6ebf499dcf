import { stringValue } from "../ast.ts";
import { calleePath } from "../callee.ts";
import type { SyntaxNode } from "../syntax.ts";
import { anyGuard, type Ref, type RouteFacts } from "./model.ts";
import { isAuthName, type Reading, routerKey } from "./reading.ts";
import { middlewareGuard } from "./script-guards.ts";

/** `app.use("/path", guard, router)`: middleware, and routers that are mounted. */
export function use(reading: Reading, facts: RouteFacts, key: string, at: number, given: SyntaxNode[]): void {
  const first = given[0];
  const listed = first?.type === "array" ? (stringValue(first.namedChild(0)) ?? "") : stringValue(first);
  const hasPath = listed !== undefined && (first?.type !== "array" || listed !== "");
  const prefix = hasPath ? (listed ?? "").replace(/\/?\*+.*$/, "") : "";
  const rest = hasPath ? given.slice(1) : given;
  const mounted = rest.filter((one) => isMount(reading, facts, one));
  const guards = anyGuard(rest.filter((one) => !mounted.includes(one)).map((one) => middlewareGuard(reading, one)));
  if (mounted.length === 0) facts.uses.push({ router: key, prefix, at, guards });
  for (const target of mounted) facts.mounts.push({ on: key, target: refOf(reading, target), prefix, at, guards });
  // A name from elsewhere may be a router or a middleware: both readings are kept.
  const last = rest.at(-1);
  if (mounted.length === 0 && last?.type === "identifier" && reading.imports.has(last.text))
    facts.mounts.push({
      on: key,
      target: refOf(reading, last),
      prefix,
      at,
      guards: anyGuard(rest.slice(0, -1).map((one) => middlewareGuard(reading, one))),
    });
}

function isMount(reading: Reading, facts: RouteFacts, node: SyntaxNode): boolean {
  if (node.type === "identifier" && facts.routers.some(({ key }) => key === routerKey(reading, node))) return true;
  const path = calleePath(node);
  return (
    /(router|routes?|controller|api|module)s?$/i.test(path.at(-1) ?? "") ||
    (path[0] === "require" && !isAuthName(node.text))
  );
}

/** `orders(app)`: a function is handed the router. */
export function mountByCall(
  reading: Reading,
  facts: RouteFacts,
  routers: Set<string>,
  hit: SyntaxNode,
  fn: SyntaxNode,
  given: SyntaxNode[],
): void {
  const router = given.find((one) => one.type === "identifier" && routers.has(routerKey(reading, one)));
  if (!router || stringValue(given[0]) !== undefined) return;
  const on = routerKey(reading, router);
  facts.mounts.push({ on, target: refOf(reading, fn), prefix: "", at: hit.startIndex, guards: [] });
  // setupAuth(app)
  if (fn.type === "identifier" && isAuthName(fn.text) && !/routes?/i.test(fn.text))
    facts.uses.push({ router: on, prefix: "", at: hit.startIndex, guards: true });
}

/** What a mounted router or function is called, and where it comes from. */
export function refOf(reading: Reading, node: SyntaxNode): Ref {
  // require("./orders"), require("./orders")(deps)
  const required = /^require\(\s*["']([^"']+)["']\s*\)/.exec(node.text.slice(0, 200))?.[1];
  if (required) return { module: required, name: "*" };
  const inner =
    node.type === "call_expression" && /^(routes|middleware|callback)$/.test(calleePath(node).at(-1) ?? "")
      ? (node.childForFieldName("function")?.childForFieldName("object") ?? node)
      : node;
  const path = calleePath(inner);
  const from = reading.imports.get(path[0] ?? "");
  if (from) return { module: from.module, name: path.length > 1 ? (path.at(-1) ?? "") : from.name };
  // A function of this file that is handed a router goes by its name.
  const local = reading.named.has(path[0] ?? "") ? path[0] : undefined;
  return { module: "", name: local ?? (inner.type === "identifier" ? routerKey(reading, inner) : (path.at(-1) ?? "")) };
}
