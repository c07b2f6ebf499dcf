import type { Entry } from "../../../source/assigned.ts";
import { argumentsOf, CALLS, calleeOf } from "../../../source/ast.ts";
import { entriesOf } from "../../../source/bindings.ts";
import { importsOf } from "../../../source/imports.ts";
import { memberOf } from "../../../source/members.ts";
import { scopeOf } from "../../../source/scopes.ts";
import type { SyntaxNode } from "../../../source/syntax.ts";
import type { Setup, Source } from "./setup.ts";

/** Calls that let every origin in, by the end of the module's path. */
const OPEN_CALLS: readonly { module: RegExp; fn: RegExp; bare?: true }[] = [
  { module: /(gin-contrib|rs|go-chi)\/cors(\/v\d+)?$/, fn: /^(Default|AllowAll)$/ },
  { module: /labstack\/echo(\/v\d+)?\/middleware$/, fn: /^CORS$/ },
  { module: /gofiber\/fiber(\/v\d+)?\/middleware\/cors$/, fn: /^New$/, bare: true },
];
const ORIGIN_KEYS =
  /^(AllowedOrigins|AllowOrigins|AllowOriginFunc|AllowOriginRequestFunc|AllowOriginVaryRequestFunc|AllowOriginWithContextFunc)$/;

/** rs/cors, go-chi/cors, gin-contrib/cors, gorilla/handlers, and the middleware of echo and fiber. */
export function* goSetups(source: Source): Generator<Setup> {
  const imports = importsOf(source.tree, "go");
  for (const { hit, fn, args } of source.tree.matches(CALLS.go)) {
    const [name = "", method = ""] = calleeOf(fn).split(".");
    const module = imports.get(name)?.module ?? "";
    const given = argumentsOf(args);
    if (
      hit &&
      OPEN_CALLS.some((one) => one.module.test(module) && one.fn.test(method) && (!one.bare || given.length === 0))
    )
      yield { node: hit, origins: null, credentials: false, how: `${name}.${method}() allows every origin` };
    if (hit && /handlers$/.test(module) && method === "AllowedOrigins" && given[0])
      yield { node: hit, origins: given[0], credentials: credentialsNear(hit), how: "AllowedOrigins contains *" };
  }
  for (const { hit, type, body } of source.tree.matches(
    "(composite_literal type: (_) @type body: (literal_value) @body) @hit",
  ))
    if (hit && body && /(^|\.)(Options|Config|CORSConfig)$/.test(type?.text ?? ""))
      yield* fromEntries(entriesOf(source.tree, "go", hit));
  for (const entries of fieldsSet(source)) yield* fromEntries(entries);
}

function* fromEntries(entries: readonly Entry[]): Generator<Setup> {
  const credentials = entries.some(({ key, value }) => key === "AllowCredentials" && value.text === "true");
  for (const { key, value, node } of entries) {
    if (key === "AllowAllOrigins" && value.text === "true")
      yield { node, origins: null, credentials, how: "AllowAllOrigins is true" };
    if (ORIGIN_KEYS.test(key)) yield { node, origins: value, credentials, how: `${key} contains *` };
  }
}

/** `config.AllowAllOrigins = true`: what one function sets on one variable. */
function fieldsSet({ tree }: Source): Iterable<Entry[]> {
  const byVariable = new Map<string, Entry[]>();
  const query =
    "(assignment_statement left: (expression_list . (_) @left .) right: (expression_list . (_) @right .)) @hit";
  for (const { hit, left, right } of tree.matches(query)) {
    const member = left && memberOf(left);
    if (!hit || !right || !member || !/Origin|Credentials/.test(member.key)) continue;
    const variable = `${scopeOf(hit)} ${member.object.text.slice(-80)}`;
    const entries = byVariable.get(variable) ?? [];
    byVariable.set(variable, [...entries, { key: member.key, value: right, node: hit }]);
  }
  return byVariable.values();
}

/** gorilla's options stand beside each other in one call. */
function credentialsNear(option: SyntaxNode): boolean {
  return argumentsOf(option.parent).some((node) => /\bAllowCredentials\(\)$/.test(node.text.slice(-40)));
}
