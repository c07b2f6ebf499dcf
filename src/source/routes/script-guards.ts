import { argumentsOf, propertyOf, stringValue } from "../ast.ts";
import { valuesOf } from "../bindings.ts";
import { calleePath } from "../callee.ts";
import type { SyntaxNode } from "../syntax.ts";
import { anyGuard, type Guarding } from "./model.ts";
import { guardOfName, looksAtCallers, type Reading } from "./reading.ts";

/** requireAuth(handler) guards, asyncHandler(handler) does not. */
export function wrapperGuard(reading: Reading, call: SyntaxNode): Guarding {
  return guardOfName(reading, calleePath(call)) === true ? true : [];
}

/** Fastify's route options: `{ preHandler: [app.authenticate] }`. */
export function optionsGuard(reading: Reading, options: SyntaxNode): Guarding {
  return anyGuard(
    ["onRequest", "preParsing", "preValidation", "preHandler", "middleware"].map((name) =>
      middlewareGuard(reading, propertyOf(options, name)),
    ),
  );
}

/** Whether middleware guards: by its name, its code, or what it wraps and lists. */
export function middlewareGuard(reading: Reading, node: SyntaxNode | undefined, depth = 4): Guarding {
  if (!node || depth === 0 || stringValue(node) !== undefined) return [];
  if (/^(arrow_function|function_expression)$/.test(node.type)) return looksAtCallers(reading, node) ? true : [];
  if (node.type === "array") return anyGuard(argumentsOf(node).map((one) => middlewareGuard(reading, one, depth - 1)));
  if (node.type === "spread_element") return middlewareGuard(reading, node.namedChild(0) ?? undefined, depth - 1);
  if (node.type === "object") return [];
  const path = calleePath(node);
  const named = guardOfName(reading, path);
  if (named === true) return true;
  const resolved =
    node.type === "identifier"
      ? valuesOf(reading.tree, reading.language, node).filter((value) => value.id !== node.id)
      : [];
  // fastify.auth([verifyJWT]), unless(path, guard), compose([a, b])
  const inner =
    node.type === "call_expression"
      ? argumentsOf(node.childForFieldName("arguments")).filter(({ type }) =>
          /^(identifier|member_expression|call_expression|array)$/.test(type),
        )
      : [];
  return anyGuard([named, ...[...resolved, ...inner].map((value) => middlewareGuard(reading, value, depth - 1))]);
}
