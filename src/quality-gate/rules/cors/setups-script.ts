import { argumentsOf, CALLS, calleeOf, stringValue } from "../../../source/ast.ts";
import { entriesOf, valuesOf } from "../../../source/bindings.ts";
import { importsOf } from "../../../source/imports.ts";
import { unwrapped } from "../../../source/members.ts";
import type { SyntaxNode } from "../../../source/syntax.ts";
import type { Setup, Source } from "./setup.ts";

const MODULES =
  /^(cors|@fastify\/cors|fastify-cors|hono\/cors|@koa\/cors|koa2?-cors|kcors|@elysiajs\/cors|@middy\/http-cors)$/;
const REQUIRED = /^(?:await )?(?:require|import)\(["']([^"']+)["']\)(?:\.default)?$/;

/** cors, its kin of Fastify, Hono and Koa, NestJS, Hapi and Socket.IO. */
export function* scriptSetups(source: Source): Generator<Setup> {
  for (const { hit, fn, args } of source.tree.matches(CALLS[source.language])) {
    if (!hit || !fn) continue;
    const given = argumentsOf(args);
    const name = calleeOf(fn);
    if (/\.register$/.test(name) && given[0] && isLibrary(source, given[0]))
      yield* fromOptions(source, hit, given[1], "The CORS plugin");
    else if (/\.enableCors$/.test(name)) yield* fromOptions(source, hit, given[0], "enableCors()");
    else if (isLibrary(source, fn)) yield* fromOptions(source, hit, given[0], "cors()");
  }
  // new Server(http, { cors: { … } }), NestFactory.create(App, { cors: true }), Hapi.server({ routes: { cors: true } })
  for (const { hit, key, value } of source.tree.matches("(pair key: (_) @key value: (_) @value) @hit")) {
    if (!hit || !value || key?.text.replace(/["']/g, "") !== "cors") continue;
    if (value.type !== "true") {
      if (entriesOf(source.tree, source.language, value).some((entry) => entry.key === "origin"))
        yield* fromOptions(source, hit, value, "The cors option");
    } else if (isServer(hit))
      yield { node: hit, origins: null, credentials: false, how: "cors: true allows every origin" };
  }
}

function* fromOptions(source: Source, hit: SyntaxNode, options: SyntaxNode | undefined, who: string): Generator<Setup> {
  const { tree, language } = source;
  const entries = entriesOf(tree, language, options);
  const last = (name: string) => entries.findLast(({ key }) => key === name)?.value;
  const origins = last("origin") ?? methodNamed(tree, source, options);
  const credentials = last("credentials");
  const withCredentials = !!credentials && valuesOf(tree, language, credentials).some(({ text }) => text === "true");
  if (origins) yield { node: origins, origins, credentials: withCredentials, how: "The origin is *" };
  else if (!options || isComplete(source, options))
    yield {
      node: hit,
      origins: null,
      credentials: withCredentials,
      how: `${who} without an origin allows every origin`,
    };
}

/** Whether all that options hold is known: an object of this file without unknown spreads. */
function isComplete({ tree, language }: Source, options: SyntaxNode): boolean {
  return valuesOf(tree, language, options).every(
    (value) =>
      value.type === "object" &&
      value.namedChildren.every(
        (child) => child?.type !== "spread_element" || entriesOf(tree, language, child.namedChild(0)).length > 0,
      ),
  );
}

/** `{ origin(origin, callback) { … } }` */
function methodNamed(
  tree: Source["tree"],
  { language }: Source,
  options: SyntaxNode | undefined,
): SyntaxNode | undefined {
  if (!options) return undefined;
  for (const value of valuesOf(tree, language, options))
    for (const child of value.type === "object" ? value.namedChildren : [])
      if (child?.type === "method_definition" && child.childForFieldName("name")?.text === "origin") return child;
  return undefined;
}

function isLibrary(source: Source, fn: SyntaxNode): boolean {
  const text = unwrapped(fn).text;
  if (text.length > 60) return false;
  const required = REQUIRED.exec(text)?.[1];
  if (required !== undefined) return MODULES.test(required);
  const imported = importsOf(source.tree, source.language).get(text.replace(/\.default$/, ""));
  if (imported) return MODULES.test(imported.module);
  // Without its import a fragment is taken at its word, unless the file has a function of that name.
  return (
    /^(cors|fastifyCors)$/.test(text) && !/\bfunction\s+cors\b|\b(const|let|var)\s+cors\s*=/.test(source.file.text)
  );
}

function isServer(pair: SyntaxNode): boolean {
  let outer: SyntaxNode | null = pair;
  for (let level = 0; level < 8 && outer; level += 1, outer = outer.parent)
    if (/^(call|new)_expression$/.test(outer.type)) {
      const name = (outer.childForFieldName("function") ?? outer.childForFieldName("constructor"))?.text ?? "";
      return /NestFactory\.create|^[Hh]api\.|\.route$|FastifyAdapter/.test(name) || stringValue(outer) !== undefined;
    }
  return false;
}
