import { argumentsOf, keywordOf, stringValue } from "../ast.ts";
import { calleePath } from "../callee.ts";
import type { SyntaxNode } from "../syntax.ts";
import { anyGuard, eitherGuard, type Guarding, type Ref, type RouteFacts } from "./model.ts";
import { classGuard, decoratorGuard, functionGuard, listGuard } from "./python-guards.ts";
import { classMethods, decoratorsOf, methodsOf, push } from "./python-route.ts";
import { guardOfName, type Reading, routerKey } from "./reading.ts";

/** Routes, mounts and middleware that are declared by calls rather than decorators. */
export function fromCall(reading: Reading, facts: RouteFacts, hit: SyntaxNode, fn: SyntaxNode, args: SyntaxNode): void {
  const name = (fn.childForFieldName("attribute") ?? fn).text.slice(-40);
  const object = fn.childForFieldName("object");
  const on = object
    ? routerKey(reading, object.text.endsWith(".router") ? (object.childForFieldName("object") ?? object) : object)
    : "";
  const given = argumentsOf(args);
  const [first, second] = given;
  if (/^(include_router|register_blueprint|mount|add_routes|add_subapp|blueprint)$/.test(name) && first && object) {
    const target = name === "mount" || name === "add_subapp" ? second : first;
    const prefix = stringValue(keywordOf(args, "prefix") ?? keywordOf(args, "url_prefix") ?? first) ?? "";
    if (target && target.type !== "list")
      facts.mounts.push({
        on,
        target: refOf(reading, target),
        prefix,
        at: hit.startIndex,
        guards: listGuard(reading, keywordOf(args, "dependencies")),
      });
  } else if (
    /^(before_request|add_middleware|before_app_request|append)$/.test(name) &&
    first &&
    object &&
    (name !== "append" || /middlewares$/.test(object.text))
  )
    facts.uses.push({
      router: name === "append" ? "*" : on,
      prefix: "",
      at: -1,
      guards: guardOfName(reading, calleePath(first)),
    });
  else if (
    /^add_(get|post|put|patch|delete)$/.test(name) ||
    (/^(get|post|put|patch|delete)$/.test(name) && object?.text === "web")
  )
    viaHandler(
      reading,
      facts,
      hit,
      [name.replace("add_", "").toUpperCase()],
      stringValue(first),
      object?.text === "web" ? "" : on,
      second,
    );
  else if (/^(Route|add_api_route|add_route)$/.test(name) && first)
    viaHandler(
      reading,
      facts,
      hit,
      methodsOf("route", args),
      stringValue(first),
      object ? on : "",
      second ?? keywordOf(args, "endpoint"),
      listGuard(reading, keywordOf(args, "dependencies")),
    );
  else if (name === "add_url_rule") {
    const view = keywordOf(args, "view_func") ?? given[2];
    viaHandler(reading, facts, hit, methodsOf("route", args), stringValue(first), on, view);
  } else if (name === "add_resource" && first) viaHandler(reading, facts, hit, [], stringValue(second), on, first);
}

function viaHandler(
  reading: Reading,
  facts: RouteFacts,
  node: SyntaxNode,
  methods: string[],
  path: string | undefined,
  router: string,
  handler: SyntaxNode | undefined,
  given: Guarding = [],
): void {
  if (path === undefined || !handler || handler.type === "string") return;
  const names = calleePath(handler);
  const local = reading.named.get(names.at(-1) === "as_view" ? (names.at(-2) ?? "") : (names.at(-1) ?? ""));
  // login_required(view)
  const wrapped: Guarding = handler.type === "call" && names.at(-1) !== "as_view" ? guardOfName(reading, names) : [];
  if (!local) {
    push(reading, facts, { node, methods, path, router, guards: eitherGuard(given, wrapped) });
    return;
  }
  const around = local.parent?.type === "decorated_definition" ? decoratorsOf(local.parent) : [];
  const own = local.type === "class_definition" ? classGuard(reading, local) : functionGuard(reading, local, path);
  const verbs = local.type === "class_definition" ? classMethods(local) : methods;
  push(reading, facts, {
    node,
    methods: verbs,
    path,
    router,
    guards: anyGuard([given, wrapped, own, decoratorGuard(reading, around)]),
    handler: local,
  });
}

function refOf(reading: Reading, node: SyntaxNode): Ref {
  const path = calleePath(node);
  const from = reading.imports.get(path[0] ?? "");
  if (!from) return { module: "", name: routerKey(reading, node) };
  if (path.length === 1) return { module: from.module, name: from.name };
  const inner = from.name === "*" ? path.slice(1, -1) : [from.name, ...path.slice(1, -1)];
  return { module: [from.module, ...inner].join(".").replace(/\.+$/, ""), name: path.at(-1) ?? "" };
}
