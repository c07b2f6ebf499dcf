import { placeOf, propertyOf, stringValue } from "../ast.ts";
import { itemsOf } from "../bindings.ts";
import { calleePath } from "../callee.ts";
import type { SyntaxNode } from "../syntax.ts";
import { eitherGuard, type RouteFacts } from "./model.ts";
import { handlerOf, isAuthName, looksAtCallers, namedHandler, type Reading } from "./reading.ts";
import { optionsGuard } from "./script-guards.ts";
import { refOf } from "./script-mounts.ts";

/** fastify.register(plugin, { prefix }), hono.route("/path", app) */
export function register(
  reading: Reading,
  facts: RouteFacts,
  routers: Set<string>,
  key: string,
  at: number,
  method: string,
  given: SyntaxNode[],
): void {
  const target = method === "route" ? given[1] : given[0];
  const prefix =
    method === "route" ? (stringValue(given[0]) ?? "") : (stringValue(propertyOf(given[1], "prefix")) ?? "");
  if (!target) return;
  if (/^(arrow_function|function_expression)$/.test(target.type)) {
    const parameters = target.childForFieldName("parameters") ?? target.childForFieldName("parameter");
    const first = parameters?.type === "identifier" ? parameters : parameters?.namedChild(0);
    const name = (first?.childForFieldName("pattern") ?? first)?.text ?? "";
    routers.add(`${name}@${target.startIndex}`);
    facts.mounts.push({
      on: key,
      target: { module: "", name: `${name}@${target.startIndex}` },
      prefix,
      at,
      guards: [],
    });
    return;
  }
  facts.mounts.push({ on: key, target: refOf(reading, target), prefix, at, guards: [] });
  // A plugin of that name from this project may add the hook for everybody; @fastify/jwt adds none.
  const from = reading.imports.get(calleePath(target)[0] ?? "");
  if (
    from &&
    /^[./@~]/.test(from.module) &&
    !/^@fastify\//.test(from.module) &&
    isAuthName(target.text) &&
    !/routes?|router/i.test(from.module)
  )
    facts.uses.push({ router: key, prefix: "", at: -1, guards: [{ module: from.module, name: "*hook" }] });
}

/** `fastify.route({ method, url, preHandler, handler })` */
export function routeObject(
  reading: Reading,
  facts: RouteFacts,
  key: string,
  hit: SyntaxNode,
  object: SyntaxNode,
): void {
  const path = stringValue(propertyOf(object, "url") ?? propertyOf(object, "path"));
  const method = propertyOf(object, "method");
  if (path === undefined || !method) return;
  const handler = handlerOf(reading, propertyOf(object, "handler"));
  const guards = eitherGuard(optionsGuard(reading, object), handler && looksAtCallers(reading, handler) ? true : []);
  for (const verb of itemsOf(reading.tree, reading.language, method).flatMap(
    (one) => stringValue(one)?.toUpperCase() ?? [],
  ))
    facts.routes.push({
      method: verb,
      path,
      router: key,
      guards,
      at: hit.startIndex,
      ...placeOf(hit),
      handler: namedHandler(propertyOf(object, "handler")),
    });
}
