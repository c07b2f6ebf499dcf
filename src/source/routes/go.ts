import { argumentsOf, placeOf, stringValue } from "../ast.ts";
import { calleePath } from "../callee.ts";
import type { SyntaxNode } from "../syntax.ts";
import { anyGuard, emptyFacts, type Guarding, type RouteFacts } from "./model.ts";
import {
  checksOf,
  guardOfName,
  handlerOf,
  looksAtCallers,
  looksAtSignature,
  namedHandler,
  type Reading,
  routerKey,
  takesPassword,
} from "./reading.ts";
import { isWebhook } from "./webhook.ts";

const FRAMEWORK =
  /^net\/http$|gin-gonic\/gin|labstack\/echo|go-chi\/chi|gorilla\/mux|gofiber\/fiber|julienschmidt\/httprouter/;
const MAKERS =
  /^(gin\.(Default|New)|echo\.New|chi\.NewRouter|chi\.NewMux|http\.NewServeMux|mux\.NewRouter|fiber\.New|httprouter\.New)$/;
const ROUTER_TYPES =
  /(gin\.(RouterGroup|Engine|IRouter|IRoutes)|echo\.(Echo|Group)|chi\.(Router|Mux)|mux\.Router|http\.ServeMux|fiber\.(App|Router|Group))\b/;
const VERBS = /^(GET|POST|PUT|PATCH|DELETE|Get|Post|Put|Patch|Delete|Any|Handle|HandleFunc|Method|MethodFunc)$/;

/** Routes of net/http, gin, echo, chi, gorilla/mux and fiber. */
export function goFacts(reading: Reading): RouteFacts {
  const facts: RouteFacts = { ...emptyFacts(), checks: checksOf(reading) };
  if (![...reading.imports.values()].some(({ module }) => FRAMEWORK.test(module))) return facts;
  facts.routers.push({ key: "http", prefix: "", root: true, guards: [] });
  for (const { left, right } of reading.tree.matches(
    "(short_var_declaration left: (expression_list . (identifier) @left) right: (expression_list . (_) @right))",
  )) {
    if (!left || right?.type !== "call_expression") continue;
    const path = calleePath(right);
    const key = routerKey(reading, left);
    if (MAKERS.test(path.join("."))) facts.routers.push({ key, prefix: "", root: true, guards: [] });
    else if (/^(Group|Subrouter|With)$/.test(path.at(-1) ?? "")) subrouter(reading, facts, key, right);
  }
  for (const { node, name, type } of reading.tree.matches(
    "[(function_declaration parameters: (parameter_list (parameter_declaration name: (_) @name type: (_) @type))) (method_declaration parameters: (parameter_list (parameter_declaration name: (_) @name type: (_) @type)))] @node",
  ))
    if (node && name && ROUTER_TYPES.test(type?.text ?? ""))
      facts.functions.push({
        name: node.childForFieldName("name")?.text ?? "",
        key: `${name.text}@${node.startIndex}`,
      });
  const known = new Set([...facts.routers, ...facts.functions].map(({ key }) => key));
  for (const { hit, fn, args } of reading.tree.matches(
    "(call_expression function: (_) @fn arguments: (argument_list) @args) @hit",
  ))
    if (hit && fn) fromCall(reading, facts, known, hit, fn, argumentsOf(args));
  for (const { key, value } of reading.tree.matches(
    "(keyed_element . (literal_element) @key (literal_element) @value)",
  ))
    if (key?.text === "Handler" && value) wrapped(reading, facts, value.namedChild(0));
  return facts;
}

function subrouter(reading: Reading, facts: RouteFacts, key: string, call: SyntaxNode): void {
  const chain = /Subrouter$/.test(calleePath(call).at(-1) ?? "")
    ? call.childForFieldName("function")?.childForFieldName("operand")
    : call;
  const object = rootOf(call);
  const given = argumentsOf(chain?.childForFieldName("arguments"));
  const prefix = stringValue(given[0]) ?? "";
  facts.routers.push({ key, prefix: "", root: false, guards: [] });
  if (object)
    facts.mounts.push({
      on: routerKey(reading, object),
      target: { module: "", name: key },
      prefix,
      at: call.startIndex,
      guards: guardsOf(reading, given),
    });
}

function rootOf(call: SyntaxNode): SyntaxNode | null {
  let node: SyntaxNode | null = call;
  for (let level = 0; node && node.type !== "identifier" && level < 40; level += 1)
    node = node.childForFieldName("function") ?? node.childForFieldName("operand");
  return node;
}

function guardsOf(reading: Reading, given: readonly SyntaxNode[]): Guarding {
  return anyGuard(given.map((one) => guardOf(reading, one)));
}

/** Middleware: a name, a call that makes it, a literal; wrappers are looked through. */
function guardOf(reading: Reading, node: SyntaxNode, depth = 6): Guarding {
  if (depth === 0 || stringValue(node) !== undefined) return [];
  if (node.type === "func_literal") return looksAtCallers(reading, node) ? true : [];
  if (!/^(identifier|selector_expression|call_expression)$/.test(node.type)) return [];
  const path = calleePath(node);
  const own = guardOfName(reading, path);
  if (own === true || node.type !== "call_expression") return own;
  return anyGuard([
    own,
    ...argumentsOf(node.childForFieldName("arguments")).map((one) => guardOf(reading, one, depth - 1)),
  ]);
}

function fromCall(
  reading: Reading,
  facts: RouteFacts,
  known: Set<string>,
  hit: SyntaxNode,
  fn: SyntaxNode,
  given: SyntaxNode[],
): void {
  const name = (fn.childForFieldName("field") ?? fn).text.slice(-40);
  const operand = fn.childForFieldName("operand");
  if (/^ListenAndServe(TLS)?$/.test(name) && given.length > 0) {
    wrapped(reading, facts, given.at(-1));
    return;
  }
  const root = operand ? rootOf(operand) : null;
  const key = root ? routerKey(reading, root) : "";
  if (!root || !known.has(key)) {
    for (const one of given) {
      const handed = one.type === "identifier" ? routerKey(reading, one) : "";
      if (!known.has(handed)) continue;
      // RegisterOrderRoutes(api, handler)
      facts.mounts.push({
        on: handed,
        target: { module: "", name },
        prefix: "",
        at: hit.startIndex,
        guards: [],
      });
      // return withCORS(validateAPIKey(mux))
      facts.uses.push({ router: handed, prefix: "", at: -1, guards: wrappersOf(reading, hit) });
    }
    return;
  }
  const closure = given.find(({ type }) => type === "func_literal");
  if (/^(Route|Group)$/.test(name) && closure) {
    const parameter = closure.childForFieldName("parameters")?.namedChild(0)?.childForFieldName("name")?.text ?? "";
    const inner = `${parameter}@${closure.startIndex}`;
    known.add(inner);
    facts.mounts.push({
      on: key,
      target: { module: "", name: inner },
      prefix: stringValue(given[0]) ?? "",
      at: hit.startIndex,
      guards: chainGuard(reading, operand),
    });
    return;
  }
  if (name === "Use")
    facts.uses.push({
      router: key,
      prefix: stringValue(given[0]) ?? "",
      at: hit.startIndex,
      guards: guardsOf(reading, given),
    });
  else if (name === "Mount" && given[1])
    facts.mounts.push({
      on: key,
      target: { module: "", name: calleePath(given[1]).at(-1) ?? "" },
      prefix: stringValue(given[0]) ?? "",
      at: hit.startIndex,
      guards: guardsOf(reading, given.slice(1)),
    });
  else if (VERBS.test(name)) route(reading, facts, key, name, hit, operand, given);
}

function route(
  reading: Reading,
  facts: RouteFacts,
  key: string,
  name: string,
  hit: SyntaxNode,
  operand: SyntaxNode | null,
  given: SyntaxNode[],
): void {
  const texts = given
    .slice(0, 2)
    .map(
      (one) => stringValue(one) ?? (/^http\.Method\w+$/.test(one.text) ? one.text.slice(11).toUpperCase() : undefined),
    );
  const named = /^(Handle|Method|MethodFunc)$/.test(name) && texts[1] !== undefined;
  const pattern = named ? texts[1] : texts[0];
  if (pattern === undefined) return;
  const [, verb, rest = pattern] = /^([A-Z]+) +(?:[^/]*)(\/.*)$/.exec(pattern) ?? [];
  const handlers = given.slice(named ? 2 : 1);
  if (handlers.length === 0) return;
  const bodies = handlers.map((one) => handlerOf(reading, one)).filter((one) => one !== undefined);
  const checked = bodies.some(
    (one) => looksAtCallers(reading, one) || (isWebhook(rest) && looksAtSignature(reading, one)),
  );
  const guards = anyGuard([
    chainGuard(reading, operand),
    guardsOf(
      reading,
      handlers.filter((one) => one.type === "call_expression" || handlers.length > 1),
    ),
    checked ? true : [],
  ]);
  const methods = named
    ? [texts[0] ?? "ANY"]
    : verb
      ? [verb]
      : /^(Handle|HandleFunc|Any)$/.test(name)
        ? methodsAfter(hit, bodies, reading)
        : [name.toUpperCase()];
  const registers =
    bodies.some((one) => takesPassword(reading, one)) ||
    /register|sign_?up/i.test(handlers.at(-1)?.text.slice(-60) ?? "");
  for (const method of methods)
    facts.routes.push({
      method,
      path: rest,
      router: key,
      guards,
      at: hit.startIndex,
      ...placeOf(hit),
      registers,
      ...(bodies.length === 0 && { elsewhere: true }),
      handler: namedHandler(handlers.at(-1)),
    });
}

/** gorilla's .Methods("POST"), or what the handler compares r.Method with. */
function methodsAfter(hit: SyntaxNode, bodies: readonly SyntaxNode[], reading: Reading): string[] {
  const outer =
    hit.parent?.type === "selector_expression" && hit.parent.childForFieldName("field")?.text === "Methods"
      ? hit.parent.parent
      : null;
  const listed = argumentsOf(outer?.childForFieldName("arguments")).map(
    (one) => stringValue(one) ?? one.text.replace(/^http\.Method/, "").toUpperCase(),
  );
  if (listed.length > 0) return listed;
  const compared = bodies.flatMap((one) =>
    [...reading.code(one).matchAll(/(?:http\.Method|")(Post|Put|Patch|Delete|POST|PUT|PATCH|DELETE)\b/g)].map(
      ([, verb = ""]) => verb.toUpperCase(),
    ),
  );
  return compared.length > 0 ? [...new Set(compared)] : ["ANY"];
}

/** r.With(auth).Post(…) */
function chainGuard(reading: Reading, operand: SyntaxNode | null): Guarding {
  if (operand?.type !== "call_expression") return [];
  return guardsOf(reading, argumentsOf(operand.childForFieldName("arguments")));
}

/** Makers of handlers and what declares routes are no middleware, whatever they are about. */
const NO_WRAPPER = /handlers?$|routes?r?$|controllers?$|services?$|^(register|mount|setup)/i;

/** What a call and the calls around it do to the handler that they are given, when somebody takes the result. */
function wrappersOf(reading: Reading, call: SyntaxNode): Guarding {
  const found: Guarding[] = [];
  for (let node: SyntaxNode | null = call, level = 0; node && level < 24; node = node.parent, level += 1) {
    if (node.type === "expression_statement" && node !== call) return [];
    if (/statement$|declaration$|^block$|^func_literal$/.test(node.type)) break;
    const path = node.type === "call_expression" ? calleePath(node) : [];
    if (path.length > 0 && !NO_WRAPPER.test(path.at(-1) ?? "")) found.push(guardOfName(reading, path));
  }
  return anyGuard(found);
}

/** http.ListenAndServe(addr, logging(authenticate(mux))) */
function wrapped(reading: Reading, facts: RouteFacts, handler: SyntaxNode | null | undefined): void {
  if (handler?.type === "call_expression")
    facts.uses.push({ router: "*", prefix: "", at: -1, guards: guardOf(reading, handler) });
}
