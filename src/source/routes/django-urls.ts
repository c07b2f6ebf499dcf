import { argumentsOf, placeOf, stringValue } from "../ast.ts";
import { calleePath } from "../callee.ts";
import type { SyntaxNode } from "../syntax.ts";
import type { Ref, RouteFacts, ServedView } from "./model.ts";
import type { Reading } from "./reading.ts";

const PATTERN = /^(path|re_path|url)$/;
const URLPATTERNS = "urlpatterns";

/**
 * What a Django URL configuration serves: `path`, `re_path` and `url` with what they include, and what Django REST
 * framework's routers register. Which methods a view answers stands in another file; the route refers to it by name.
 */
export function urlFacts(reading: Reading, facts: RouteFacts): void {
  if (!/\burlpatterns\b|\.register\(/.test(reading.file.text)) return;
  for (const { hit, fn, args } of reading.tree.matches(
    "(call function: (_) @fn arguments: (argument_list) @args) @hit",
  )) {
    const name = fn ? calleePath(fn) : [];
    if (!hit || !args) continue;
    if (PATTERN.test(name.at(-1) ?? "")) pattern(reading, facts, hit, argumentsOf(args));
    else if (name.length === 2 && name[1] === "register") registered(facts, hit, name[0] ?? "", argumentsOf(args));
  }
  // urlpatterns = router.urls
  for (const { left, right } of reading.tree.matches(
    "[(assignment left: (identifier) @left right: (_) @right) (augmented_assignment left: (identifier) @left right: (_) @right)]",
  )) {
    const path = right?.type === "attribute" ? calleePath(right) : [];
    if (left?.text === URLPATTERNS && right && path.at(-1) === "urls" && path.length === 2)
      mount(reading, facts, right, URLPATTERNS, path[0] ?? "", "");
  }
  if (new RegExp(`\\b${URLPATTERNS}\\b`).test(reading.file.text))
    facts.routers.push({ key: URLPATTERNS, prefix: "", root: true, guards: [] });
}

function pattern(reading: Reading, facts: RouteFacts, hit: SyntaxNode, [first, second]: SyntaxNode[]): void {
  const own = stringValue(first);
  if (own === undefined || !second) return;
  const { key, prefix } = placeIn(hit);
  const path = `${prefix}/${plainPath(own)}`.replace(/\/+/g, "/");
  const called = calleePath(second);
  if (second.type === "call" && called.at(-1) === "include") return void included(reading, facts, second, key, path);
  const view = viewOf(second, called);
  if (view) add(facts, hit, key, path, view);
}

/** The list that a pattern stands in, and the paths of the patterns around it: `path("a/", include([path("b/", …)]))`. */
function placeIn(hit: SyntaxNode): { key: string; prefix: string } {
  let prefix = "";
  for (let outer = hit.parent; outer; outer = outer.parent) {
    if (outer.type === "assignment" || outer.type === "augmented_assignment")
      return { key: outer.childForFieldName("left")?.text.slice(0, 80) ?? URLPATTERNS, prefix };
    if (outer.type !== "call") continue;
    const around = stringValue(argumentsOf(outer.childForFieldName("arguments"))[0]);
    if (around !== undefined && PATTERN.test(calleePath(outer).at(-1) ?? "")) prefix = `${plainPath(around)}/${prefix}`;
  }
  return { key: URLPATTERNS, prefix };
}

function included(reading: Reading, facts: RouteFacts, call: SyntaxNode, key: string, prefix: string): void {
  let [target] = argumentsOf(call.childForFieldName("arguments"));
  // include(("shop.urls", "shop"))
  if (target?.type === "tuple") target = argumentsOf(target)[0];
  if (!target) return;
  const module = stringValue(target);
  if (module !== undefined) return void pushMount(facts, call, key, prefix, { module, name: URLPATTERNS });
  const path = calleePath(target);
  if (target.type === "identifier" || (path.length === 2 && path[1] === "urls"))
    mount(reading, facts, call, key, path[0] ?? "", prefix);
}

/** Mount a list of patterns or a router by its name, here or in the module that it was imported from. */
function mount(reading: Reading, facts: RouteFacts, node: SyntaxNode, on: string, name: string, prefix: string): void {
  const from = reading.imports.get(name);
  if (!from) return void pushMount(facts, node, on, prefix, { module: "", name });
  const isModule = /(^|\.)urls$/.test(`${from.module}.${from.name}`);
  const target = isModule
    ? { module: `${from.module}.${from.name}`, name: URLPATTERNS }
    : { module: from.module, name: from.name };
  pushMount(facts, node, on, prefix, target);
}

function pushMount(facts: RouteFacts, node: SyntaxNode, on: string, prefix: string, target: Ref): void {
  facts.mounts.push({ on, target, prefix, at: node.startIndex, guards: [] });
}

/** `router.register("orders", OrderViewSet)`: the list and its items. */
function registered(facts: RouteFacts, hit: SyntaxNode, router: string, [first, second]: SyntaxNode[]): void {
  const path = stringValue(first);
  // admin.site.register(Order) has no path.
  if (path === undefined || !second || !/^(identifier|attribute)$/.test(second.type)) return;
  const name = calleePath(second).at(-1) ?? "";
  add(facts, hit, router, `/${plainPath(path)}/`, { name, role: "list" });
  add(facts, hit, router, `/${plainPath(path)}/{pk}/`, { name, role: "detail" });
}

function viewOf(node: SyntaxNode, path: readonly string[]): ServedView | undefined {
  if (node.type === "identifier" || node.type === "attribute") {
    const name = path.at(-1) ?? "";
    // admin.site.urls
    return name === "urls" ? undefined : { name, role: "view" };
  }
  if (node.type !== "call" || path.at(-1) !== "as_view") {
    // login_required(view), cache_page(60)(view)
    const [inner] = node.type === "call" ? argumentsOf(node.childForFieldName("arguments")).slice(-1) : [];
    return inner ? viewOf(inner, calleePath(inner)) : undefined;
  }
  const [actions] = argumentsOf(node.childForFieldName("arguments"));
  const methods =
    actions?.type === "dictionary"
      ? actions.namedChildren.flatMap((pair) => stringValue(pair?.childForFieldName("key"))?.toUpperCase() ?? [])
      : [];
  return { name: path.at(-2) ?? "", role: "view", ...(methods.length > 0 ? { methods } : {}) };
}

function add(facts: RouteFacts, node: SyntaxNode, router: string, path: string, view: ServedView): void {
  // Whether callers are checked is judged at the view, which is told by its name.
  const common = { method: "ANY", guards: true as const, at: node.startIndex, ...placeOf(node) };
  facts.routes.push({ ...common, path: path.startsWith("/") ? path : `/${path}`, router, handler: view.name, view });
}

/** `orders/<int:pk>/` and `^orders/(?P<pk>\d+)/$` as `orders/{pk}/`. */
function plainPath(text: string): string {
  return text
    .replace(/\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)/g, "{$1}")
    .replace(/<(?:\w+:)?(\w+)>/g, "{$1}")
    .replace(/^\^|\$$/g, "")
    .replace(/\\([./-])/g, "$1")
    .replace(/\/\?$/, "");
}
