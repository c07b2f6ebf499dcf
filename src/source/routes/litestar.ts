import { argumentsOf, keywordOf, stringValue } from "../ast.ts";
import type { SyntaxNode } from "../syntax.ts";
import { anyGuard, type RouteFacts } from "./model.ts";
import { functionGuard, listGuard } from "./python-guards.ts";
import { methodsOf, push, VERBS } from "./python-route.ts";
import { isAuthName, type Reading } from "./reading.ts";

interface Decorated {
  decorator: SyntaxNode;
  call: SyntaxNode;
  fn: SyntaxNode;
  definition: SyntaxNode;
}

/** `@post("/orders", guards=[requires_user])` of Litestar, on a function or a controller's method. */
export function litestarRoute(
  reading: Reading,
  facts: RouteFacts,
  { decorator, call, fn, definition }: Decorated,
): void {
  const from = reading.imports.get(fn.text);
  const name = from?.name ?? "";
  if (!/^(litestar|starlite)\b/.test(from?.module ?? "") || !(VERBS.test(name) || name === "route")) return;
  const args = call.childForFieldName("arguments");
  const local = stringValue(argumentsOf(args)[0] ?? keywordOf(args, "path")) ?? "";
  const controller = controllerOf(definition);
  const base =
    /^\s*path\s*(?::[^=\n]{1,40})?=\s*["']([^"'\n]*)["']/m.exec(controller?.text.slice(0, 4000) ?? "")?.[1] ?? "";
  const own = /^\s*guards\s*(?::[^=\n]{1,80})?=\s*\[([^\]]*)\]/m.exec(controller?.text.slice(0, 4000) ?? "")?.[1] ?? "";
  const guards = anyGuard([
    hasGuards(keywordOf(args, "guards")) || own.trim() !== "" ? true : [],
    functionGuard(reading, definition, local),
  ]);
  const path = `/${base}/${local}`.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
  push(reading, facts, {
    node: decorator,
    methods: methodsOf(name, args),
    path,
    router: "",
    guards,
    handler: definition,
  });
}

/** What the application asks of every route: guards, middleware, `on_app_init=[jwt_auth.on_app_init]`. */
export function litestarApp(reading: Reading, facts: RouteFacts, args: SyntaxNode): void {
  const guards = anyGuard([
    hasGuards(keywordOf(args, "guards")) ? true : [],
    listGuard(reading, keywordOf(args, "middleware")),
    isAuthName(keywordOf(args, "on_app_init")?.text.slice(0, 200) ?? "") ? true : [],
  ]);
  if (guards === true) facts.everywhere = true;
  else if (guards.length > 0) facts.uses.push({ router: "*", prefix: "", at: -1, guards });
}

/** Guards are there to turn callers away, whatever they are called. */
function hasGuards(list: SyntaxNode | undefined): boolean {
  return argumentsOf(list).length > 0;
}

function controllerOf(definition: SyntaxNode): SyntaxNode | undefined {
  for (let node = definition.parent, level = 0; node && level < 3; node = node.parent, level += 1)
    if (node.type === "class_definition") return node;
  return undefined;
}
