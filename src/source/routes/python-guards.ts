import { argumentsOf } from "../ast.ts";
import { itemsOf, valuesOf } from "../bindings.ts";
import { calleePath } from "../callee.ts";
import type { SyntaxNode } from "../syntax.ts";
import { anyGuard, eitherGuard, type Guarding } from "./model.ts";
import { guardOfName, isAuthName, looksAtCallers, looksAtSignature, type Reading } from "./reading.ts";
import { isWebhook } from "./webhook.ts";

const SCHEMES = /^(HTTPBearer|HTTPBasic|HTTPDigest|OAuth2\w*|APIKey(Header|Query|Cookie)|OpenIdConnect)$/;

/** Decorators of a class or function: @login_required, @jwt_required(), @requires("authenticated"). */
export function decoratorGuard(reading: Reading, decorators: readonly SyntaxNode[]): Guarding {
  return anyGuard(
    decorators.map((decorator) => {
      const expression = decorator.namedChild(0);
      if (!expression) return [];
      const path = calleePath(expression);
      if (path.at(-1) === "method_decorator" || path.at(-1) === "requires")
        return isAuthName(expression.text.slice(0, 200)) || path.at(-1) === "requires" ? true : [];
      return guardOfName(reading, path);
    }),
  );
}

/** `decorators = [login_required]`, `method_decorators`, decorated methods of a class. */
export function classGuard(reading: Reading, definition: SyntaxNode): Guarding {
  const text = reading.code(definition);
  const listed = /\b(method_)?decorators\s*=\s*[[({]([^\])}]*)/.exec(text)?.[2] ?? "";
  const own = definition.descendantsOfType("decorator").filter((node): node is SyntaxNode => node !== null);
  return anyGuard([
    isAuthName(listed) ? true : [],
    decoratorGuard(reading, own),
    looksAtCallers(reading, definition) ? true : [],
  ]);
}

/** What a handler asks for: parameters with dependencies, and what its code looks at. */
export function functionGuard(reading: Reading, definition: SyntaxNode, path: string): Guarding {
  const body = definition.childForFieldName("body");
  const inside = body
    ? looksAtCallers(reading, body) || (isWebhook(path) && looksAtSignature(reading, definition))
    : false;
  return inside ? true : parameterGuard(reading, definition);
}

function parameterGuard(reading: Reading, definition: SyntaxNode, depth = 5): Guarding {
  const parameters = definition.childForFieldName("parameters");
  return anyGuard(
    argumentsOf(parameters).map((one) => {
      const name = (one.childForFieldName("name") ?? one.namedChild(0))?.text ?? "";
      if (/^(authorization|x_api_key|api_key|access_token|bearer)$/.test(name)) return true;
      const type = one.childForFieldName("type");
      const known = type ? typeGuard(reading, type, depth) : [];
      return eitherGuard(known, dependenciesIn(reading, one, depth));
    }),
  );
}

const asks = new WeakMap<Reading, Map<string, Guarding>>();

/** What a dependency asks for itself, worked out once. */
function asked(reading: Reading, definition: SyntaxNode, depth: number): Guarding {
  const known = asks.get(reading) ?? new Map<string, Guarding>();
  asks.set(reading, known);
  const key = `${definition.id} ${depth}`;
  const guards = known.get(key) ?? parameterGuard(reading, definition, depth);
  known.set(key, guards);
  return guards;
}

function typeGuard(reading: Reading, type: SyntaxNode, depth: number): Guarding {
  const name = type.text.slice(0, 80);
  if (
    /^\w+$/.test(name) &&
    /(Current|Auth|Logged|Active|Admin)\w*User|UserDep|Principal|Credentials|Claims|TokenData|TokenPayload|^(Auth|Caller)\w*$/.test(
      name,
    )
  )
    return true;
  const identifier = type.namedChild(0);
  if (identifier?.type !== "identifier" || depth === 0) return [];
  return anyGuard(
    valuesOf(reading.tree, "python", identifier)
      .filter((value) => value.id !== identifier.id)
      .map((value) => dependenciesIn(reading, value, depth - 1)),
  );
}

/** Depends(x), Security(x) inside an expression. */
function dependenciesIn(reading: Reading, node: SyntaxNode, depth: number): Guarding {
  return anyGuard(
    node.descendantsOfType("call").map((call): Guarding => {
      const name = call ? (calleePath(call).at(-1) ?? "") : "";
      if (name === "Security") return true;
      const target = name === "Depends" ? argumentsOf(call?.childForFieldName("arguments"))[0] : undefined;
      return target ? dependencyGuard(reading, target, depth) : [];
    }),
  );
}

function dependencyGuard(reading: Reading, target: SyntaxNode, depth: number): Guarding {
  const path = calleePath(target);
  if (SCHEMES.test(path.at(-1) ?? "")) return true;
  for (const value of valuesOf(reading.tree, "python", target))
    if (value.type === "call" && SCHEMES.test(calleePath(value).at(-1) ?? "")) return true;
  const local = reading.named.get(path.at(-1) ?? "");
  const deeper = local?.type === "function_definition" && depth > 0 ? asked(reading, local, depth - 1) : [];
  return eitherGuard(guardOfName(reading, path), deeper);
}

/** `dependencies=[Depends(x)]`, `middleware=[Middleware(X)]`, `middlewares=[check]`. */
export function listGuard(reading: Reading, list: SyntaxNode | undefined): Guarding {
  if (!list) return [];
  return anyGuard(
    itemsOf(reading.tree, "python", list).map((item) => {
      const direct = dependenciesIn(reading, item.parent ?? item, 5);
      const named = item.type === "call" ? argumentsOf(item.childForFieldName("arguments"))[0] : item;
      const guard = calleePath(item).at(-1) === "Depends" || !named ? [] : guardOfName(reading, calleePath(named));
      return eitherGuard(
        item.type === "call" ? dependenciesIn(reading, item, 5) : [],
        eitherGuard(item.type === "call" ? direct : [], guard),
      );
    }),
  );
}
