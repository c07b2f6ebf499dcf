import { posix } from "node:path";
import { argumentsOf, keywordOf, stringValue } from "../ast.ts";
import { calleePath } from "../callee.ts";
import type { SyntaxNode } from "../syntax.ts";
import type { FileFacts, ResolvedRoute, RouteFacts, ViewFacts } from "./model.ts";
import type { Reading } from "./reading.ts";

/** What base classes answer on a list of things and on one of them. */
const BASES: Record<string, { list: string[]; detail: string[] }> = {
  ModelViewSet: { list: ["GET", "POST"], detail: ["GET", "PUT", "PATCH", "DELETE"] },
  ReadOnlyModelViewSet: { list: ["GET"], detail: ["GET"] },
  ListModelMixin: { list: ["GET"], detail: [] },
  CreateModelMixin: { list: ["POST"], detail: [] },
  RetrieveModelMixin: { list: [], detail: ["GET"] },
  UpdateModelMixin: { list: [], detail: ["PUT", "PATCH"] },
  DestroyModelMixin: { list: [], detail: ["DELETE"] },
};
const ACTIONS: Record<string, { list?: string; detail?: string }> = {
  list: { list: "GET" },
  create: { list: "POST" },
  retrieve: { detail: "GET" },
  update: { detail: "PUT" },
  partial_update: { detail: "PATCH" },
  destroy: { detail: "DELETE" },
};
const GENERIC: [word: string, method: string[]][] = [
  ["List", ["GET"]],
  ["Retrieve", ["GET"]],
  ["Create", ["POST"]],
  ["Update", ["PUT", "PATCH"]],
  ["Destroy", ["DELETE"]],
];
const VERBS = /^(get|post|put|patch|delete)$/;

/** The views of a file, with the methods that they answer. */
export function viewsOf(reading: Reading): ViewFacts[] {
  return [...reading.named].map(([name, node]) =>
    node.type === "class_definition" ? classView(name, node) : functionView(reading, name, node),
  );
}

function classView(name: string, node: SyntaxNode): ViewFacts {
  const bases = argumentsOf(node.childForFieldName("superclasses")).map((one) => calleePath(one).at(-1) ?? "");
  const view: ViewFacts = { name, methods: [], list: [], detail: [], actions: [] };
  for (const base of bases) {
    view.list.push(...(BASES[base]?.list ?? []));
    view.detail.push(...(BASES[base]?.detail ?? []));
    if (/APIView$/.test(base))
      view.methods.push(...GENERIC.flatMap(([word, methods]) => (base.includes(word) ? methods : [])));
  }
  for (const child of node.childForFieldName("body")?.namedChildren ?? []) {
    const method = child?.type === "decorated_definition" ? child.childForFieldName("definition") : child;
    if (!child || method?.type !== "function_definition") continue;
    const called = method.childForFieldName("name")?.text ?? "";
    if (VERBS.test(called)) view.methods.push(called.toUpperCase());
    const { list, detail } = ACTIONS[called] ?? {};
    if (list) view.list.push(list);
    if (detail) view.detail.push(detail);
    for (const decorator of child.namedChildren) if (decorator?.type === "decorator") extra(view, decorator, called);
  }
  for (const key of ["methods", "list", "detail"] as const) view[key] = [...new Set(view[key])];
  return view;
}

/** `@action(detail=True, methods=["post"], url_path="pay")` */
function extra(view: ViewFacts, decorator: SyntaxNode, name: string): void {
  const call = decorator.namedChild(0);
  if (call?.type !== "call" || calleePath(call).at(-1) !== "action") return;
  const args = call.childForFieldName("arguments");
  const methods = argumentsOf(keywordOf(args, "methods")).flatMap((one) => stringValue(one)?.toUpperCase() ?? []);
  view.actions.push({
    name,
    path: stringValue(keywordOf(args, "url_path")) ?? name,
    detail: keywordOf(args, "detail")?.text === "True",
    methods: methods.length > 0 ? methods : ["GET"],
  });
}

function functionView(reading: Reading, name: string, node: SyntaxNode): ViewFacts {
  const around = node.parent?.type === "decorated_definition" ? node.parent : null;
  const methods = (around?.namedChildren ?? []).flatMap((decorator) => {
    if (decorator?.type !== "decorator") return [];
    const text = reading.code(decorator);
    if (/@require_(POST|GET|safe)\b/.test(text)) return [/@require_POST\b/.test(text) ? "POST" : "GET"];
    if (!/@(api_view|require_http_methods)\b/.test(text)) return [];
    const [, listed] = /\(\s*[[(]([^\])]*)/.exec(text) ?? [];
    return listed === undefined ? ["GET"] : [...listed.matchAll(/["'](\w+)["']/g)].map(([, one = ""]) => one);
  });
  return { name, methods: methods.map((one) => one.toUpperCase()), list: [], detail: [], actions: [] };
}

/** Routes that refer to a view, one for each method that it answers, and those of its extra actions. */
export function withViews(files: readonly FileFacts[], route: ResolvedRoute): ResolvedRoute[] {
  const { view } = route;
  if (!view) return [route];
  const holders = files.filter(({ facts }) => facts.views?.some(({ name }) => name === view.name));
  const near = holders.find(({ path }) => posix.dirname(path) === posix.dirname(route.file));
  const found = (near ?? holders[0])?.facts.views?.find(({ name }) => name === view.name);
  const methods = view.methods ?? (found ? found[view.role === "view" ? "methods" : view.role] : []);
  const own = (methods.length > 0 || (found && view.role !== "view") ? methods : ["ANY"]).map((method) => ({
    ...route,
    method,
  }));
  const actions = view.role === "view" ? [] : (found?.actions ?? []);
  const more = actions
    .filter(({ detail }) => detail === (view.role === "detail"))
    .flatMap((action) =>
      action.methods.map((method) => ({
        ...route,
        method,
        full: `${route.full.replace(/\/$/, "")}/${action.path}/`,
        handler: `${view.name}.${action.name}`,
      })),
    );
  return [...own, ...more];
}

/** Keep the views of a file that has any. */
export function keepViews(reading: Reading, facts: RouteFacts): void {
  const views = viewsOf(reading);
  if (views.length > 0) facts.views = views;
}
