import { argumentsOf, placeOf, propertyOf, stringValue } from "../ast.ts";
import { valuesOf } from "../bindings.ts";
import { calleePath } from "../callee.ts";
import type { SyntaxNode } from "../syntax.ts";
import { register, routeObject } from "./fastify.ts";
import { anyGuard, emptyFacts, type RouteFacts } from "./model.ts";
import { nestFacts } from "./nest.ts";
import { plainRoutes } from "./node-http.ts";
import {
  checksOf,
  handlerOf,
  looksAtCallers,
  looksAtSignature,
  namedHandler,
  type Reading,
  routerKey,
  takesPassword,
} from "./reading.ts";
import { middlewareGuard, optionsGuard, wrapperGuard } from "./script-guards.ts";
import { mountByCall, use } from "./script-mounts.ts";
import { isWebhook } from "./webhook.ts";

const VERBS = /^(get|post|put|patch|delete|del|all)$/;

const FRAMEWORK =
  /^(express|express-promise-router|fastify|hono|koa|@koa\/router|koa-router|polka|restify|find-my-way|@hono\/zod-openapi|fastify-plugin|@fastify\/.*|(node:)?https?)$/;

const ROUTERS = /^(express|Router|Hono|OpenAPIHono|Koa|KoaRouter|fastify|Fastify|polka|PromiseRouter|createServer)$/;

const ROOTS = /^(express|Hono|OpenAPIHono|Koa|fastify|Fastify|polka)$/;

const ROUTER_NAME = /(^|[a-z_])(app|api|server|routes?|router|fastify|instance)\d?$/i;

const HOOKS = /^(onRequest|preParsing|preValidation|preHandler|beforeHandler)$/;

/** Routes of Express, Fastify, Hono, Koa, polka, NestJS and plain node:http. */
export function scriptFacts(reading: Reading): RouteFacts {
  const modules = [...reading.imports.values()].map(({ module }) => module);
  if (modules.some((module) => module.startsWith("@nestjs/"))) return nestFacts(reading);
  const facts: RouteFacts = { ...emptyFacts(), checks: checksOf(reading) };
  const inline = [...reading.file.text.matchAll(/\brequire\(\s*["']([^"'\n]{1,60})["']\s*\)/g)].map(
    ([, module = ""]) => module,
  );
  const isServer = [...modules, ...inline].some((module) => FRAMEWORK.test(module));
  for (const { name, value } of reading.tree.matches(
    "(variable_declarator name: (identifier) @name value: (_) @value)",
  )) {
    const path = value ? calleePath(value) : [];
    // require("fastify")()
    const direct = /^require\(\s*["'](express|fastify|polka)["']\s*\)\(/.exec(value?.text.slice(0, 40) ?? "")?.[1];
    const made = direct ?? path.find((part) => ROUTERS.test(madeBy(reading, part) ?? part));
    if (!name || !value || !made || path[0] === "axios") continue;
    if (!/^(call_expression|new_expression|await_expression)$/.test(value.type)) continue;
    const options = argumentsOf(value.childForFieldName("arguments")).at(-1);
    const base = /\.basePath\(\s*["'`]([^"'`]+)/.exec(value.text.slice(0, 200))?.[1];
    const prefix = base ?? stringValue(propertyOf(options, "prefix")) ?? "";
    facts.routers.push({
      key: routerKey(reading, name),
      prefix,
      root: ROOTS.test(madeBy(reading, made) ?? made) && !path.includes("Router"),
      guards: [],
    });
  }
  functionsOf(reading, facts);
  const routers = new Set([...facts.routers.map(({ key }) => key), ...facts.functions.map(({ key }) => key)]);
  for (const { hit, fn, args } of reading.tree.matches(
    "(call_expression function: (_) @fn arguments: (arguments) @args) @hit",
  ))
    if (hit && fn && args) fromCall(reading, facts, routers, isServer, hit, fn, argumentsOf(args));
  if (modules.some((module) => /^(node:)?https?$/.test(module))) plainRoutes(reading, facts);
  return facts;
}

/** The name that a chain of calls is assigned to. */
function nameOf(call: SyntaxNode): SyntaxNode | null {
  for (let node = call.parent, level = 0; node && level < 60; node = node.parent, level += 1) {
    if (node.type === "variable_declarator") return node.childForFieldName("name");
    if (!/^(call_expression|member_expression)$/.test(node.type)) return null;
  }
  return null;
}

/** `import Koa from "koa"` makes Koa apps whatever the local name is. */
function madeBy(reading: Reading, name: string): string | undefined {
  const module = reading.imports.get(name)?.module ?? "";
  if (/^(koa|express|fastify|polka)$/.test(module) && reading.imports.get(name)?.name !== "Router")
    return { koa: "Koa", express: "express", fastify: "fastify", polka: "polka" }[module];
  return /router$/.test(module) && FRAMEWORK.test(module) ? "Router" : undefined;
}

/** Functions that are handed a router or instance: `export default async function orders(fastify) {…}`. */
function functionsOf(reading: Reading, facts: RouteFacts): void {
  for (const { node } of reading.tree.matches(
    "[(function_declaration) (function_expression) (arrow_function)] @node",
  )) {
    const parameters = node?.childForFieldName("parameters") ?? node?.childForFieldName("parameter");
    const first = parameters?.type === "identifier" ? parameters : parameters?.namedChild(0);
    const name = (first?.childForFieldName("pattern") ?? first)?.text ?? "";
    if (!node || !ROUTER_NAME.test(name) || name.length > 40) continue;
    const own =
      node.childForFieldName("name")?.text ??
      (node.parent?.type === "variable_declarator" ? node.parent.childForFieldName("name")?.text : undefined);
    facts.functions.push({ name: own ?? "default", key: `${name}@${node.startIndex}` });
  }
}

function fromCall(
  reading: Reading,
  facts: RouteFacts,
  routers: Set<string>,
  isServer: boolean,
  hit: SyntaxNode,
  fn: SyntaxNode,
  given: SyntaxNode[],
): void {
  if (fn.type !== "member_expression") {
    mountByCall(reading, facts, routers, hit, fn, given);
    return;
  }
  const method = fn.childForFieldName("property")?.text ?? "";
  let object = fn.childForFieldName("object");
  // app.use(a).use(b), router.route("/x").get(h).post(h)
  let chained: SyntaxNode | undefined;
  for (let level = 0; object?.type === "call_expression" && level < 30; level += 1) {
    if (calleePath(object).at(-1) === "route") chained = object;
    object = object.childForFieldName("function")?.childForFieldName("object") ?? null;
  }
  // new Hono().get("/a", a).post("/b", b) is what the name holds.
  if (object?.type === "new_expression" && ROOTS.test(calleePath(object)[0] ?? "")) object = nameOf(hit);
  if (object?.type !== "identifier") return;
  const key = routerKey(reading, object);
  const isRouter =
    routers.has(key) ||
    (isServer && ROUTER_NAME.test(object.text) && !/axios|fetch|client|supertest/i.test(sourceText(reading, object)));
  if (!isRouter) return;
  // Calls of a chain all begin where it begins.
  const at = (fn.childForFieldName("property") ?? hit).startIndex;
  if (method === "use") use(reading, facts, key, at, given);
  else if (method === "addHook" && HOOKS.test(stringValue(given[0]) ?? ""))
    facts.uses.push({ router: key, prefix: "", at: -1, guards: middlewareGuard(reading, given[1]) });
  else if (method === "register" || (method === "route" && given.length === 2))
    register(reading, facts, routers, key, at, method, given);
  else if (method === "route" && given[0]?.type === "object") routeObject(reading, facts, key, hit, given[0]);
  else if (VERBS.test(method)) {
    const path = stringValue(chained ? argumentsOf(chained.childForFieldName("arguments"))[0] : given[0]);
    const rest = chained ? given : given.slice(1);
    if (path === undefined || rest.length === 0 || (!chained && !path.startsWith("/") && path !== "*" && path !== ""))
      return;
    const whole = path === "*" || path === "/*";
    if (method === "all" && (whole || rest.length > 0) && (whole || path.endsWith("*"))) {
      facts.uses.push({
        router: key,
        prefix: path.replace(/\/?\*+$/, ""),
        at,
        guards: anyGuard(rest.map((one) => middlewareGuard(reading, one))),
      });
      return;
    }
    const handler = handlerOf(reading, rest.at(-1));
    const last = rest.at(-1);
    const guards = anyGuard([
      ...rest
        .slice(0, -1)
        .map((one) => (one.type === "object" ? optionsGuard(reading, one) : middlewareGuard(reading, one))),
      handler && (looksAtCallers(reading, handler) || (isWebhook(path) && looksAtSignature(reading, handler)))
        ? true
        : [],
      last?.type === "call_expression" ? wrapperGuard(reading, last) : [],
      last?.type === "array" ? middlewareGuard(reading, last) : [],
    ]);
    const verb = method === "all" ? "ANY" : method === "del" ? "DELETE" : method.toUpperCase();
    const place = fn.childForFieldName("property") ?? hit;
    facts.routes.push({
      method: verb,
      path,
      router: key,
      guards,
      at,
      ...placeOf(chained ? place : hit),
      ...(handler
        ? { registers: takesPassword(reading, handler) }
        : { elsewhere: true, registers: /register|sign_?up/i.test(last?.text.slice(-60) ?? "") }),
      handler: namedHandler(last),
    });
  }
}

function sourceText(reading: Reading, object: SyntaxNode): string {
  return valuesOf(reading.tree, reading.language, object)
    .map((value) => (value.id === object.id ? "" : value.text.slice(0, 80)))
    .join(" ");
}
