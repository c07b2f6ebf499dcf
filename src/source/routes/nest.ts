import { argumentsOf, placeOf, propertyOf, stringValue } from "../ast.ts";
import { itemsOf, valuesOf } from "../bindings.ts";
import { calleePath } from "../callee.ts";
import type { SyntaxNode } from "../syntax.ts";
import { anyGuard, emptyFacts, type Guarding, type RouteFacts } from "./model.ts";
import {
  checksOf,
  guardOfName,
  isAuthName,
  looksAtCallers,
  looksAtSignature,
  type Reading,
  takesPassword,
} from "./reading.ts";
import { isWebhook } from "./webhook.ts";

const VERBS = /^(Get|Post|Put|Patch|Delete|All)$/;
const OPEN = /^(Public|IsPublic|SkipAuth|AllowAnonymous|NoAuth|AllowUnauthorizedRequest|Unprotected|Anonymous)$/;

/** Routes of NestJS controllers, global guards and middleware. */
export function nestFacts(reading: Reading): RouteFacts {
  const facts: RouteFacts = { ...emptyFacts(), checks: checksOf(reading) };
  for (const { body } of reading.tree.matches("(class_declaration body: (class_body) @body)"))
    if (body) controller(reading, facts, body);
  for (const { object } of reading.tree.matches("(object) @object"))
    if (propertyOf(object, "provide")?.text === "APP_GUARD") {
      const guard =
        propertyOf(object, "useClass") ?? propertyOf(object, "useExisting") ?? propertyOf(object, "useFactory");
      if (guard) everywhere(facts, guardOfName(reading, calleePath(guard)));
    }
  for (const { fn, args, hit } of reading.tree.matches(
    "(call_expression function: (_) @fn arguments: (arguments) @args) @hit",
  )) {
    const path = fn ? calleePath(fn) : [];
    if (path.at(-1) === "useGlobalGuards")
      everywhere(facts, anyGuard(argumentsOf(args).map((one) => guardOfName(reading, calleePath(one)))));
    // consumer.apply(AuthMiddleware).exclude(…).forRoutes(…)
    if (path.at(-1) === "forRoutes" && hit && /\bapply\(\s*\w*(auth|jwt|token|guard)/i.test(hit.text.slice(0, 300))) {
      const classes = argumentsOf(args).filter(({ type, text }) => type === "identifier" && /^[A-Z]/.test(text));
      if (classes.length === 0) facts.everywhere = true;
      else facts.guardedClasses.push(...classes.map(({ text }) => text));
    }
  }
  return facts;
}

function everywhere(facts: RouteFacts, guards: Guarding): void {
  if (guards === true) facts.everywhere = true;
  else if (guards.length > 0) facts.uses.push({ router: "*", prefix: "", at: -1, guards });
}

function controller(reading: Reading, facts: RouteFacts, body: SyntaxNode): void {
  const declaration = body.parent;
  const outer = declaration?.parent?.type === "export_statement" ? declaration.parent : null;
  const decorators = [...decoratorsOf(declaration), ...decoratorsOf(outer)];
  const controller = decorators.find((one) => nameOf(one) === "Controller");
  if (!controller || !declaration) return;
  const name = declaration.childForFieldName("name")?.text ?? "";
  const bases = basesOf(reading, controller);
  const own = guardsOf(reading, decorators);
  const heritage = /\bextends\s+(\w+)/.exec(declaration.text.slice(0, 300))?.[1] ?? "";
  const inherited: Guarding = isAuthName(heritage) ? true : [];
  let pending: SyntaxNode[] = [];
  for (const child of body.namedChildren) {
    if (child?.type === "decorator") pending.push(child);
    if (child?.type !== "method_definition") {
      if (child && child.type !== "decorator" && child.type !== "comment") pending = [];
      continue;
    }
    const all = [...pending, ...decoratorsOf(child)];
    pending = [];
    const code = looksAtCallers(reading, child);
    for (const decorator of all) {
      const verb = nameOf(decorator);
      if (!VERBS.test(verb)) continue;
      const paths = bases.flatMap((base) =>
        pathsOf(reading, argumentsOf(decorator.namedChild(0)?.childForFieldName("arguments"))[0]).map((path) =>
          `/${base}/${path}`.replace(/\/+/g, "/").replace(/(.)\/$/, "$1"),
        ),
      );
      const signed = paths.every(isWebhook) && looksAtSignature(reading, child);
      const guards = anyGuard([
        own,
        inherited,
        guardsOf(reading, all),
        code || signed || asksForUser(child) ? true : [],
        [{ module: "", name: `class ${name}` }],
      ]);
      const open = [...all, ...decorators].some((one) => OPEN.test(nameOf(one)));
      for (const path of paths)
        facts.routes.push({
          method: verb === "All" ? "ANY" : verb.toUpperCase(),
          path,
          router: "",
          guards,
          at: decorator.startIndex,
          ...placeOf(decorator),
          open,
          registers: takesPassword(reading, child),
          handler: `${name}.${child.childForFieldName("name")?.text ?? ""}`,
        });
    }
  }
}

/** @CurrentUser() user, @Req() with a user */
function asksForUser(method: SyntaxNode): boolean {
  return /@(Current|Get|Auth|Req|Request|Logged|Active)?(User|Account|Principal)\b|@(Token|Claims|Session)\b/i.test(
    method.childForFieldName("parameters")?.text.slice(0, 1000) ?? "",
  );
}

function decoratorsOf(node: SyntaxNode | null | undefined): SyntaxNode[] {
  return (node?.namedChildren ?? []).filter((child): child is SyntaxNode => child?.type === "decorator");
}

function nameOf(decorator: SyntaxNode): string {
  const inner = decorator.namedChild(0);
  return inner ? (calleePath(inner).at(-1) ?? "") : "";
}

/** Paths of one decorator that are looked at. */
const MOST_PATHS = 20;

/** @Controller("orders"), @Controller(["orders", "bestellungen"]), @Controller({ path: PATH }) */
function basesOf(reading: Reading, decorator: SyntaxNode): string[] {
  const argument = argumentsOf(decorator.namedChild(0)?.childForFieldName("arguments"))[0];
  return pathsOf(reading, argument?.type === "object" ? propertyOf(argument, "path") : argument);
}

/** A path, a list of them, or names of them; what is not known here counts as no path of its own. */
function pathsOf(reading: Reading, node: SyntaxNode | undefined): string[] {
  const values = node ? valuesOf(reading.tree, reading.language, node) : [];
  const found = values.flatMap((value) =>
    // A table of hundreds of paths is none that somebody wrote for one method.
    value.namedChildCount > 10 * MOST_PATHS
      ? []
      : itemsOf(reading.tree, reading.language, value).flatMap((item) => stringValue(item) ?? []),
  );
  return found.length > 0 ? found.slice(0, MOST_PATHS) : [""];
}

/** @UseGuards(A, B), and composed decorators with a name like @Auth(); documentation and metadata guard nothing. */
function guardsOf(reading: Reading, decorators: readonly SyntaxNode[]): Guarding {
  return anyGuard(
    decorators.map((decorator): Guarding => {
      const name = nameOf(decorator);
      const given = argumentsOf(decorator.namedChild(0)?.childForFieldName("arguments"));
      if (name === "UseGuards") return anyGuard(given.map((one) => guardOfName(reading, calleePath(one))));
      if (/^Api|^(Controller|SetMetadata|Throttle|SkipThrottle)$/.test(name) || OPEN.test(name)) return [];
      return isAuthName(name) ? true : [];
    }),
  );
}
