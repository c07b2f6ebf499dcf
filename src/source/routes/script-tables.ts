import { argumentsOf, placeOf, propertyOf, stringValue } from "../ast.ts";
import { calleePath } from "../callee.ts";
import type { SyntaxNode } from "../syntax.ts";
import { anyGuard, type Guarding, type RouteFacts } from "./model.ts";
import { handlerOf, looksAtCallers, namedHandler, type Reading } from "./reading.ts";

const METHOD = /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/;
const ADDS = /^(route|addRoute|add|on|register|handle|match)$/;
const HANDLERS = ["handler", "handle", "action", "controller", "run"];

/** What a file must hold to have such routes. */
export const TABLE_WORDS =
  /\.(route|addRoute|add|on|register|handle|match)\(\s*["'`](GET|POST|PUT|PATCH|DELETE)["'`]\s*,\s*["'`/]|\bmethod:\s*["'`](GET|POST|PUT|PATCH|DELETE)["'`]/;

/**
 * Routes of routers that people write themselves: `this.route("GET", "/orders", handler)`, and tables of
 * `{ method: "GET", path: "/orders", handler }`. Such routers check callers in one place before they look a route up, so
 * that code in the same file that looks at credentials counts for all of them.
 */
export function tableRoutes(reading: Reading, facts: RouteFacts): void {
  if (!TABLE_WORDS.test(reading.file.text)) return;
  const seen = new Set(facts.routes.map(({ at }) => at));
  const central: Guarding = looksAtCallers(reading, reading.tree.root) ? true : [];
  const add = (node: SyntaxNode, method: string | undefined, path: string | undefined, handlers: SyntaxNode[]) => {
    const handler = handlers.at(-1);
    if (!method || !METHOD.test(method) || !path?.startsWith("/") || !handler || seen.has(node.startIndex)) return;
    seen.add(node.startIndex);
    const body = handlerOf(reading, handler);
    const guards = anyGuard([central, body && looksAtCallers(reading, body) ? true : []]);
    const place = { at: node.startIndex, ...placeOf(node) };
    facts.routes.push({ method, path, router: "", guards, ...place, handler: namedHandler(handler) });
  };
  for (const { hit, fn, args } of reading.tree.matches("(call_expression function: (_) @fn arguments: (_) @args) @hit"))
    if (hit && fn && ADDS.test(calleePath(fn).at(-1) ?? "")) {
      const [method, path, ...rest] = argumentsOf(args);
      add(hit, stringValue(method), stringValue(path), rest);
    }
  for (const { hit } of reading.tree.matches("(array (object) @hit)"))
    if (hit) {
      const handlers = HANDLERS.flatMap((name) => propertyOf(hit, name) ?? []);
      add(
        hit,
        stringValue(propertyOf(hit, "method")),
        stringValue(propertyOf(hit, "path") ?? propertyOf(hit, "url")),
        handlers,
      );
    }
}
