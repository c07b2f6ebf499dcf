import type { Entry } from "../../../source/assigned.ts";
import { argumentsOf, CALLS, calleeOf, stringValue } from "../../../source/ast.ts";
import { entriesOf, valuesOf } from "../../../source/bindings.ts";
import { importsOf } from "../../../source/imports.ts";
import type { SyntaxNode } from "../../../source/syntax.ts";
import type { Setup, Source } from "./setup.ts";

/** CORSMiddleware of Starlette and FastAPI, Flask-CORS, aiohttp-cors, django-cors-headers and Sanic's settings. */
export function* pythonSetups(source: Source): Generator<Setup> {
  const imports = importsOf(source.tree, "python");
  const original = (node: SyntaxNode | undefined) => {
    const text = calleeOf(node);
    return imports.get(text)?.name ?? text.split(".").at(-1) ?? text;
  };
  for (const { hit, fn, args } of source.tree.matches(CALLS.python)) {
    if (!hit || !args) continue;
    const name = original(fn);
    const first = argumentsOf(args)[0];
    if (
      name === "CORSMiddleware" ||
      (/^(add_middleware|Middleware)$/.test(name) && original(first) === "CORSMiddleware")
    )
      yield* fromMiddleware(source, args);
    else if (/^(CORS|cross_origin)$/.test(name)) yield* fromFlask(source, hit, args, name);
    else if (name === "init_app" && /cors/i.test(calleeOf(fn))) yield* fromFlask(source, hit, args, "CORS");
    else if (/^(cors|route_cors)$/.test(name) && /quart_cors/.test(source.file.text))
      yield* fromDefaulting(source, hit, args, "allow_origin", name);
    else if (name === "CORSConfig") yield* fromDefaulting(source, hit, args, "allow_origins", name);
    else if (/aiohttp_cors\.setup$|^cors\.add$/.test(calleeOf(fn))) yield* fromAiohttp(source, args);
  }
  yield* fromSettings(source);
  yield* fromConstants(source);
}

function* fromMiddleware(source: Source, args: SyntaxNode): Generator<Setup> {
  const entries = entriesOf(source.tree, "python", args);
  const credentials = isTrue(source, settingOf(entries, "allow_credentials"));
  const how = "CORSMiddleware allows the origin *";
  for (const key of ["allow_origins", "allow_origin_regex"]) {
    const origins = settingOf(entries, key);
    if (origins) yield { node: origins, origins, credentials, how };
  }
}

function* fromFlask(source: Source, hit: SyntaxNode, args: SyntaxNode, name: string): Generator<Setup> {
  // CORS() alone is configured by init_app.
  if (argumentsOf(args).length === 0 && name === "CORS") return;
  const entries = entriesOf(source.tree, "python", args);
  const credentials = isTrue(source, settingOf(entries, "supports_credentials"));
  const origins = settingOf(entries, "origins");
  const how = `${name} allows every origin`;
  if (origins) yield { node: origins, origins, credentials, how };
  const resources = settingOf(entries, "resources");
  const byPath = resources ? entriesOf(source.tree, "python", resources) : [];
  for (const { value } of byPath) {
    const own = entriesOf(source.tree, "python", value);
    const ownOrigins = settingOf(own, "origins");
    const ownCredentials = credentials || isTrue(source, settingOf(own, "supports_credentials"));
    if (ownOrigins) yield { node: ownOrigins, origins: ownOrigins, credentials: ownCredentials, how };
    else if (!origins && own.length > 0) yield { node: value, origins: null, credentials: ownCredentials, how };
  }
  const elsewhere =
    /CORS_ORIGINS/.test(source.file.text) || argumentsOf(args).some((node) => node.type === "dictionary_splat");
  const unknown = resources && byPath.length === 0 && stringValue(resources) === undefined;
  if (!origins && byPath.length === 0 && !unknown && !elsewhere)
    yield { node: hit, origins: null, credentials, how: `${name} without origins allows every origin` };
}

/** Quart-CORS and Litestar let every origin in unless they are told otherwise. */
function* fromDefaulting(
  source: Source,
  hit: SyntaxNode,
  args: SyntaxNode,
  key: string,
  name: string,
): Generator<Setup> {
  const entries = entriesOf(source.tree, "python", args);
  const origins = settingOf(entries, key) ?? null;
  const credentials = isTrue(source, settingOf(entries, "allow_credentials"));
  if (origins || argumentsOf(args).every((node) => node.type !== "dictionary_splat"))
    yield { node: origins ?? hit, origins, credentials, how: `${name} allows every origin` };
}

function* fromAiohttp(source: Source, args: SyntaxNode): Generator<Setup> {
  const defaults = argumentsOf(args).flatMap((argument) =>
    entriesOf(source.tree, "python", argument.childForFieldName("value") ?? argument),
  );
  for (const { key, value, node } of defaults) {
    if (key !== "*" || !/ResourceOptions$/.test(calleeOf(value.childForFieldName("function") ?? undefined))) continue;
    const options = entriesOf(source.tree, "python", value.childForFieldName("arguments"));
    const credentials = isTrue(source, settingOf(options, "allow_credentials"));
    yield { node, origins: null, credentials, how: "aiohttp_cors allows the origin *" };
  }
}

function* fromSettings(source: Source): Generator<Setup> {
  const settings = source.tree.matches("(assignment left: (_) @left right: (_) @right) @hit");
  const named = (pattern: RegExp) => settings.filter(({ left }) => pattern.test(settingName(left)));
  const credentials = named(/^CORS_(ALLOW|SUPPORTS)_CREDENTIALS$/).some(({ right }) => right?.text === "True");
  for (const { hit, left, right } of named(/^CORS_(ALLOW_ALL_ORIGINS|ORIGIN_ALLOW_ALL)$/))
    if (hit && isTrue(source, right))
      yield { node: hit, origins: null, credentials, how: `${settingName(left)} is True` };
  for (const { left, right } of named(/^CORS_(ORIGINS|ALLOWED_ORIGINS|ALLOWED_ORIGIN_REGEXES|ORIGIN_REGEX_WHITELIST)$/))
    if (right) yield { node: right, origins: right, credentials, how: `${settingName(left)} contains *` };
}

/** `cors_origins: list[str] = ["*"]`: fields and constants that other code reads; used right here they are found there. */
function* fromConstants(source: Source): Generator<Setup> {
  for (const { left, right } of source.tree.matches("(assignment left: (identifier) @left right: (_) @right)")) {
    const name = left?.text ?? "";
    if (!right || !/^([A-Z]\w{0,30}_)?CORS_(\w{1,20}_)?ORIGINS?$|^ALLOW(ED)?_ORIGINS$/i.test(name)) continue;
    if (/^CORS_(ORIGINS|ALLOWED_ORIGINS)$/.test(name) || source.file.text.includes(`origins=${name}`)) continue;
    yield { node: right, origins: right, credentials: false, how: `${name} contains *` };
  }
}

/** `CORS_ORIGINS`, `app.config.CORS_ORIGINS` and `app.config["CORS_ORIGINS"]`. */
function settingName(left: SyntaxNode | undefined): string {
  return (
    /(?:^|\.)(CORS_\w+)$|\["?'?(CORS_\w+)["']?\]$/
      .exec(left?.text.slice(-80) ?? "")
      ?.slice(1)
      .find(Boolean) ?? ""
  );
}

function settingOf(entries: readonly Entry[], key: string): SyntaxNode | undefined {
  return entries.findLast((entry) => entry.key === key)?.value;
}

function isTrue({ tree }: Source, node: SyntaxNode | undefined): boolean {
  return node !== undefined && valuesOf(tree, "python", node).some(({ text }) => text === "True");
}
