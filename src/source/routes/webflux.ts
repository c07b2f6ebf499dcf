import { argumentsOf, placeOf, stringValue } from "../ast.ts";
import type { SyntaxNode } from "../syntax.ts";
import type { RouteFacts } from "./model.ts";
import { isAuthName, looksAtCallers, type Reading } from "./reading.ts";

const VERB = /^(GET|POST|PUT|PATCH|DELETE)$/;
/** Levels of nesting that are looked at. */
const LEVELS = 40;

/**
 * Functional routes of Spring: `route().GET("/orders", handler::all)`, `route(GET("/orders"), handler::all)`, inside
 * `path("/orders", builder -> …)` and `nest(path("/orders"), …)`.
 */
export function functionalRoutes(reading: Reading, facts: RouteFacts): void {
  if (!/RouterFunction/.test(reading.file.text)) return;
  for (const { hit, name, args } of reading.tree.matches(
    "(method_invocation name: (_) @name arguments: (argument_list) @args) @hit",
  )) {
    const method = name?.text ?? "";
    const path = hit && VERB.test(method) ? stringValue(argumentsOf(args)[0]) : undefined;
    if (!hit || path === undefined) continue;
    const { prefix, guarded } = around(reading, hit);
    const full = `/${prefix}/${path}`.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
    facts.routes.push({
      method,
      path: full,
      router: "",
      guards: guarded || looksAtCallers(reading, args ?? hit) ? true : [],
      at: hit.startIndex,
      ...placeOf(name ?? hit),
      elsewhere: true,
    });
  }
}

/** The prefixes a route stands under, and whether a filter of its chain asks who calls. */
function around(reading: Reading, route: SyntaxNode): { prefix: string; guarded: boolean } {
  const prefixes: string[] = [];
  let guarded = false;
  let inner = route;
  for (let node = route.parent, level = 0; node && level < LEVELS; node = node.parent, level += 1) {
    if (/^(method_declaration|class_body)$/.test(node.type)) break;
    if (node.type === "method_invocation") {
      const name = node.childForFieldName("name")?.text ?? "";
      const list = node.childForFieldName("arguments");
      const given = argumentsOf(list);
      const within = inner.id === list?.id;
      if (/^(path|nest)$/.test(name) && within) prefixes.unshift(pathOf(given[0]));
      if (name === "filter" && !within)
        guarded ||= given.some((one) => isAuthName(one.text.slice(0, 200)) || looksAtCallers(reading, one));
    }
    inner = node;
  }
  return { prefix: prefixes.join("/"), guarded };
}

/** "/orders", path("/orders"), path("/orders").and(accept(JSON)) */
function pathOf(node: SyntaxNode | undefined): string {
  return stringValue(node) ?? /\bpath\(\s*"([^"]*)"/.exec(node?.text.slice(0, 200) ?? "")?.[1] ?? "";
}
