import { argumentsOf, keywordOf, stringValue } from "../ast.ts";
import { calleePath } from "../callee.ts";
import { litestarApp, litestarRoute } from "./litestar.ts";
import { anyGuard, emptyFacts, type Guarding, type RouteFacts } from "./model.ts";
import { fromCall } from "./python-calls.ts";
import { classGuard, decoratorGuard, functionGuard, listGuard } from "./python-guards.ts";
import { classMethods, decoratorsOf, methodsOf, push, VERBS } from "./python-route.ts";
import { checksOf, looksAtCallers, type Reading, routerKey } from "./reading.ts";

const ROUTERS =
  /^(FastAPI|APIRouter|Blueprint|Flask|APIFlask|APIBlueprint|Starlette|Quart|Sanic|Application|RouteTableDef|Api|Namespace|Router)$/;

const ROOTS = /^(FastAPI|Flask|APIFlask|Starlette|Quart|Sanic|Application)$/;

/** Routes of FastAPI, Flask (and its extensions), Starlette, Quart, Sanic and aiohttp. */
export function pythonFacts(reading: Reading): RouteFacts {
  const facts: RouteFacts = { ...emptyFacts(), checks: checksOf(reading) };
  decorated(reading, facts);
  for (const { hit, fn, args } of reading.tree.matches(
    "(call function: (_) @fn arguments: (argument_list) @args) @hit",
  ))
    if (hit && fn && args) {
      fromCall(reading, facts, hit, fn, args);
      if (fn.text === "Litestar") litestarApp(reading, facts, args);
    }
  for (const { name, value } of reading.tree.matches("(assignment left: (identifier) @name right: (call) @value)")) {
    const made = value ? (calleePath(value).at(-1) ?? "") : "";
    if (!name || !value || !ROUTERS.test(made)) continue;
    const args = value.childForFieldName("arguments");
    const prefix = stringValue(keywordOf(args, "prefix") ?? keywordOf(args, "url_prefix")) ?? "";
    const guards = anyGuard(
      ["dependencies", "middleware", "middlewares"].map((key) => listGuard(reading, keywordOf(args, key))),
    );
    facts.routers.push({ key: routerKey(reading, name), prefix, root: ROOTS.test(made), guards });
  }
  return facts;
}

function decorated(reading: Reading, facts: RouteFacts): void {
  for (const { all, definition } of reading.tree.matches("(decorated_definition definition: (_) @definition) @all")) {
    if (!all || !definition) continue;
    const decorators = decoratorsOf(all);
    for (const decorator of decorators) {
      const call = decorator.namedChild(0);
      const fn = call?.type === "call" ? call.childForFieldName("function") : call;
      if (fn?.type === "identifier" && call) litestarRoute(reading, facts, { decorator, call, fn, definition });
      if (fn?.type !== "attribute") continue;
      const method = fn.childForFieldName("attribute")?.text ?? "";
      const object = fn.childForFieldName("object");
      const args = call?.childForFieldName("arguments");
      if (!object) continue;
      const key = routerKey(reading, object);
      if (/^(before_request|before_app_request|middleware|on_request)$/.test(method)) {
        const guards: Guarding = looksAtCallers(reading, definition) ? true : [];
        facts.uses.push({ router: method === "before_app_request" ? "*" : key, prefix: "", at: -1, guards });
        continue;
      }
      const path = stringValue(argumentsOf(args)[0]);
      if (path === undefined || !(VERBS.test(method) || /^(route|api_route|view)$/.test(method))) continue;
      const guards = anyGuard([
        decoratorGuard(
          reading,
          decorators.filter((one) => one.id !== decorator.id),
        ),
        listGuard(reading, keywordOf(args, "dependencies")),
        keywordOf(args, "auth")?.text === "True" ? true : [],
        definition.type === "class_definition"
          ? classGuard(reading, definition)
          : functionGuard(reading, definition, path),
      ]);
      const methods = definition.type === "class_definition" ? classMethods(definition) : methodsOf(method, args);
      push(reading, facts, { node: decorator, methods, path, router: key, guards, handler: definition });
    }
  }
}
