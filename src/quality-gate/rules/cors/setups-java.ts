import { argumentsOf, CALLS } from "../../../source/ast.ts";
import { functionAround } from "../../../source/scopes.ts";
import type { SyntaxNode } from "../../../source/syntax.ts";
import type { Setup, Source } from "./setup.ts";

const ORIGINS = /^(set|add)?[aA]llowedOrigin(s|Pattern|Patterns)?$/;

/** Spring's annotation, registry and configuration object. */
export function* javaSetups(source: Source): Generator<Setup> {
  for (const { hit, fn, args } of source.tree.matches(CALLS.java)) {
    if (!hit || !fn) continue;
    const name = fn.text;
    if (ORIGINS.test(name))
      for (const origins of argumentsOf(args))
        yield { node: hit, origins, credentials: credentialsOf(hit), how: `${name} contains *` };
    if (name === "addMapping" && !/\ballowedOrigin/.test(chainAround(hit).text))
      yield { node: hit, origins: null, credentials: false, how: "addMapping without origins allows every origin" };
    if (name === "applyPermitDefaultValues" && hit.childForFieldName("object")?.type === "object_creation_expression")
      yield { node: hit, origins: null, credentials: false, how: "The default values allow every origin" };
  }
  const query = "[(marker_annotation name: (_) @name) (annotation name: (_) @name arguments: (_) @args)] @hit";
  for (const { hit, name, args } of source.tree.matches(query))
    if (hit && name?.text === "CrossOrigin") yield* fromAnnotation(hit, args);
}

function* fromAnnotation(hit: SyntaxNode, args: SyntaxNode | undefined): Generator<Setup> {
  const given = argumentsOf(args);
  const pair = (names: RegExp) =>
    given.find((node) => node.type === "element_value_pair" && names.test(node.childForFieldName("key")?.text ?? ""));
  const single = given.find((node) => node.type !== "element_value_pair");
  const origins = single ?? pair(/^(origins|originPatterns|value)$/)?.childForFieldName("value") ?? null;
  const credentials = pair(/^allowCredentials$/)?.childForFieldName("value")?.text === '"true"';
  yield { node: hit, origins, credentials, how: "@CrossOrigin allows every origin" };
}

/** Whether the same chain of calls, or the same function on the same variable, allows credentials. */
function credentialsOf(call: SyntaxNode): boolean {
  const receiver = call.childForFieldName("object");
  if (receiver?.type !== "identifier") return /\b(set)?[aA]llowCredentials\(\s*true\s*\)/.test(chainAround(call).text);
  const around = functionAround(call)?.text ?? "";
  return new RegExp(`\\b${receiver.text}\\s*\\.\\s*setAllowCredentials\\(\\s*true\\s*\\)`).test(around);
}

function chainAround(call: SyntaxNode): SyntaxNode {
  let outer = call;
  for (let level = 0; level < 20 && outer.parent?.type === "method_invocation"; level += 1) outer = outer.parent;
  return outer;
}
