import { argumentsOf, keywordOf, placeOf, stringValue } from "../ast.ts";
import type { SyntaxNode } from "../syntax.ts";
import type { Guarding, Route, RouteFacts } from "./model.ts";
import { namedHandler, type Reading, takesPassword } from "./reading.ts";

export const VERBS = /^(get|post|put|patch|delete)$/;

/** Decorators of one function that are looked at, each beside all others. */
const MOST_DECORATORS = 40;

/** The decorators of a function or class. */
export function decoratorsOf(definition: SyntaxNode): SyntaxNode[] {
  return definition.namedChildren
    .filter((node): node is SyntaxNode => node?.type === "decorator")
    .slice(0, MOST_DECORATORS);
}

/** Adds a route for each method. */
export function push(
  reading: Reading,
  facts: RouteFacts,
  given: { node: SyntaxNode; methods: string[]; path: string; router: string; guards: Guarding; handler?: SyntaxNode },
): void {
  const { node, methods, path, router, guards, handler } = given;
  const rest: Partial<Route> = handler ? { registers: takesPassword(reading, handler) } : { elsewhere: true };
  for (const method of methods)
    facts.routes.push({
      method,
      path,
      router,
      guards,
      at: node.startIndex,
      ...placeOf(node),
      ...rest,
      handler: handler
        ? (handler.childForFieldName("name")?.text ?? "")
        : namedHandler(argumentsOf(node.childForFieldName("arguments"))[1]),
    });
}

/** The methods a decorator or call names; GET where it names none. */
export function methodsOf(name: string, args: SyntaxNode | null | undefined): string[] {
  if (VERBS.test(name)) return [name.toUpperCase()];
  const listed = keywordOf(args, "methods");
  const given = listed ? argumentsOf(listed).flatMap((one) => stringValue(one)?.toUpperCase() ?? []) : [];
  return given.length > 0 ? given : ["GET"];
}

/** The methods a view class answers. */
export function classMethods(definition: SyntaxNode): string[] {
  return definition
    .descendantsOfType("function_definition")
    .map((one) => one?.childForFieldName("name")?.text ?? "")
    .filter((name) => VERBS.test(name))
    .map((name) => name.toUpperCase());
}
