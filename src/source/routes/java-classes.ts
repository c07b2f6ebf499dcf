import { argumentsOf, placeOf } from "../ast.ts";
import type { SyntaxNode } from "../syntax.ts";
import { joined } from "./inherited.ts";
import { pathsIn } from "./java-paths.ts";
import type { InheritedRoute, JavaType, RouteFacts, TypeMethod } from "./model.ts";
import { isAuthName, looksAtCallers, looksAtSignature, type Reading, takesPassword } from "./reading.ts";
import { isWebhook } from "./webhook.ts";

const GUARDS =
  /^(PreAuthorize|PostAuthorize|Secured|RolesAllowed|Authenticated|DenyAll|RequiresAuthentication|RequiresRoles|RequiresPermissions|SecurityRequirementCheck)$/;
const CONTROLLER = /^(RestController|Controller|RequestMapping|Path)$/;
/** JAX-RS names a verb and its path in two annotations. */
const JAX_RS = /^(GET|POST|PUT|PATCH|DELETE)$/;
const VERB = /^(Get|Post|Put|Patch|Delete)(Mapping|Exchange)$/;
const MICRONAUT = /^(Get|Post|Put|Patch|Delete)$/;
/** Clients that are declared as interfaces, and what stands in for them. */
const CLIENT = /^(FeignClient|RegisterRestClient|RestClient|Client|ReactiveFeignClient)$/;
const STAND_IN = /(Client|Fallback(Factory)?|Stub|Mock|Fake|Proxy|Decorator)$/;
const FILTER =
  /(OncePerRequestFilter|GenericFilterBean|\bFilter\b|ContainerRequestFilter|HandlerInterceptor|WebFilter|AbstractAuthenticationProcessingFilter)/;
const CALLER =
  /@AuthenticationPrincipal|@CurrentUser|\bPrincipal\b|\bAuthentication\b|JwtAuthenticationToken|OAuth2|"Authorization"|HttpHeaders\.AUTHORIZATION|SecurityContext|X-API-KEY/i;

/** Routes of controller classes and of the interfaces and classes they take them from; filters that guard everything. */
export function classFacts(reading: Reading, facts: RouteFacts): void {
  for (const { node, body } of reading.tree.matches(
    "[(class_declaration body: (class_body) @body) (interface_declaration body: (interface_body) @body)] @node",
  ))
    if (node && body) fromType(reading, facts, node, body);
}

function fromType(reading: Reading, facts: RouteFacts, node: SyntaxNode, body: SyntaxNode): void {
  const annotations = annotationsOf(node);
  const isInterface = node.type === "interface_declaration";
  const names = supertypesOf(node);
  if (!isInterface && FILTER.test(names.join(" "))) {
    const bound = annotations.some(({ name }) => isAuthName(name));
    if (!bound && looksAtCallers(reading, body)) facts.everywhere = true;
    return;
  }
  const isController = !isInterface && annotations.some(({ name }) => CONTROLLER.test(name));
  const name = node.childForFieldName("name")?.text ?? "";
  const placed = annotations.find(
    (one) =>
      /^(RequestMapping|Path|HttpExchange)$/.test(one.name) || (one.name === "Controller" && isMicronaut(reading)),
  );
  const parent = /\w+/.exec(node.childForFieldName("superclass")?.text.replace(/^extends\s+/, "") ?? "")?.[0] ?? "";
  const guarded = isAuthName(parent) || annotations.some(isGuard);
  const open = annotations.some(isOpen);
  const methods = body.namedChildren.flatMap((method) =>
    method?.type === "method_declaration" ? methodOf(reading, method) : [],
  );
  const declares = methods.some(({ routes }) => routes.length > 0);
  const bases = placed ? pathsIn(reading, placed.node) : null;
  if (isController)
    for (const method of methods)
      for (const { verb, path, ...place } of method.routes)
        for (const base of bases ?? [""]) {
          const full = joined(base, path);
          facts.routes.push({
            method: verb,
            path: full,
            router: "",
            guards: guarded || method.guarded || (method.signed && isWebhook(full)) ? true : [],
            ...place,
            open: open || method.open,
            registers: method.registers,
            handler: `${name}.${method.name}`,
          });
        }
  const isAbstract = isInterface || /\babstract\b/.test(modifiersOf(node)?.text.slice(0, 500) ?? "");
  // What others take routes from, and what may take them from there.
  if (isAbstract ? declares || names.length > 0 || guarded || methods.some((one) => one.guarded) : names.length > 0)
    facts.types.push({
      name,
      supertypes: names,
      served: isAbstract || STAND_IN.test(name) ? "never" : isController ? "controller" : "resource",
      jax_rs: annotations.some((one) => one.name === "Path") || methods.some(({ routes }) => routes.some(isJaxRs)),
      client: annotations.some((one) => CLIENT.test(one.name)),
      bases,
      guarded,
      open,
      methods,
      ...placeOf(node.childForFieldName("name") ?? node),
      at: node.startIndex,
    } satisfies JavaType);
}

const isJaxRs = ({ jax_rs }: InheritedRoute) => jax_rs;

function methodOf(reading: Reading, method: SyntaxNode): TypeMethod {
  const given = annotationsOf(method);
  const routes = given.flatMap(({ name, args, node }): InheritedRoute[] => {
    const verb = verbOf(reading, name, args);
    if (verb === undefined) return [];
    const jax_rs = JAX_RS.test(name);
    const paths = pathsIn(reading, jax_rs ? given.find((one) => one.name === "Path")?.node : node);
    return paths.map((path) => ({ verb, path, jax_rs, at: node.startIndex, ...placeOf(node) }));
  });
  const parameters = method.childForFieldName("parameters");
  const body = method.childForFieldName("body");
  return {
    name: method.childForFieldName("name")?.text ?? "",
    parameters: argumentsOf(parameters).length,
    routes,
    // Annotations that only describe it (@ApiResponse(responseCode = "401")) check nobody.
    guarded:
      given.some(isGuard) ||
      (parameters !== null && (CALLER.test(reading.code(parameters)) || looksAtCallers(reading, parameters))) ||
      (body !== null && looksAtCallers(reading, body)),
    signed: looksAtSignature(reading, method),
    open: given.some(isOpen),
    registers: takesPassword(reading, method),
    body: bodyOf(body ? reading.code(body) : undefined),
    ...placeOf(method.childForFieldName("name") ?? method),
    at: method.startIndex,
  };
}

function bodyOf(code: string | undefined): TypeMethod["body"] {
  if (code === undefined) return "none";
  if (/elegate/.test(code)) return "delegates";
  // What generators write for operations that nobody has implemented yet.
  return /NOT_IMPLEMENTED|\b501\b|UnsupportedOperationException/.test(code) ? "stub" : "own";
}

function verbOf(reading: Reading, name: string, args: string): string | undefined {
  if (JAX_RS.test(name)) return name;
  const own = VERB.exec(name)?.[1] ?? (isMicronaut(reading) ? MICRONAUT.exec(name)?.[1] : undefined);
  if (own) return own.toUpperCase();
  if (!/^(RequestMapping|HttpExchange)$/.test(name)) return undefined;
  return /RequestMethod\.(\w+)/.exec(args)?.[1] ?? /method\s*=\s*\{?\s*"?(\w+)/.exec(args)?.[1] ?? "ANY";
}

function isMicronaut({ file }: Reading): boolean {
  return file.text.includes("io.micronaut.http");
}

/** The types a class extends or implements and an interface extends, without what they are made for. */
function supertypesOf(node: SyntaxNode): string[] {
  const clauses = [
    node.childForFieldName("superclass"),
    node.childForFieldName("interfaces"),
    node.namedChildren.find((child) => child?.type === "extends_interfaces"),
  ];
  return clauses.flatMap((clause) =>
    (clause?.namedChildren ?? [])
      .flatMap((child) => (child?.type === "type_list" ? child.namedChildren : [child]))
      .flatMap((type) => (type ? (type.text.slice(0, 300).split("<")[0]?.split(".").at(-1)?.trim() ?? []) : [])),
  );
}

interface Annotation {
  name: string;
  args: string;
  node: SyntaxNode;
}

function isGuard({ name, args }: Annotation): boolean {
  if (name === "Secured" && /IS_ANONYMOUS/.test(args)) return false;
  if (/^(Pre|Post)Authorize$/.test(name) && /^\(\s*(value\s*=\s*)?"\s*permitAll(\(\))?\s*"/.test(args)) return false;
  return GUARDS.test(name) || (isAuthName(name) && !JAX_RS.test(name) && !/Scope$/.test(name));
}

function isOpen({ name, args }: Annotation): boolean {
  return name === "PermitAll" || (/^(Secured|PreAuthorize)$/.test(name) && /IS_ANONYMOUS|permitAll/.test(args));
}

function modifiersOf(node: SyntaxNode): SyntaxNode | null {
  return node.namedChildren.find((child) => child?.type === "modifiers") ?? null;
}

function annotationsOf(node: SyntaxNode): Annotation[] {
  return (modifiersOf(node)?.namedChildren ?? []).flatMap((child) =>
    child && /annotation$/.test(child.type)
      ? [
          {
            name: child.childForFieldName("name")?.text.split(".").at(-1) ?? "",
            args: child.childForFieldName("arguments")?.text.slice(0, 500) ?? "",
            node: child,
          },
        ]
      : [],
  );
}
