import { argumentsOf, stringValue } from "../ast.ts";
import { classFacts } from "./java-classes.ts";
import { emptyFacts, type RouteFacts } from "./model.ts";
import { checksOf, isAuthName, type Reading } from "./reading.ts";
import { functionalRoutes } from "./webflux.ts";

/** A whole API rather than some of its paths. */
const EVERYTHING = /^\/((api|rest|v\d+)\/)*\*\*$/;

/** Routes of Spring MVC, WebFlux, Micronaut and JAX-RS; filter chains, filters and interceptors. */
export function javaFacts(reading: Reading): RouteFacts {
  const facts: RouteFacts = { ...emptyFacts(), checks: checksOf(reading) };
  classFacts(reading, facts);
  functionalRoutes(reading, facts);
  for (const { hit, name, object, args } of reading.tree.matches(
    "(method_invocation object: (method_invocation) @object name: (_) @name arguments: (argument_list) @args) @hit",
  )) {
    if (!hit || !name || !object) continue;
    const matcher = object.childForFieldName("name")?.text ?? "";
    const isAny = /^(anyRequest|anyExchange)$/.test(matcher);
    if (
      isAny &&
      /^(authenticated|fullyAuthenticated|hasRole|hasAnyRole|hasAuthority|hasAnyAuthority|hasScope|denyAll|access)$/.test(
        name.text,
      )
    )
      facts.everywhere = true;
    if (isAny && name.text === "permitAll") facts.open_everywhere = true;
    if (
      /^(requestMatchers|antMatchers|mvcMatchers|pathMatchers|regexMatchers)$/.test(matcher) &&
      name.text === "permitAll"
    ) {
      const paths = argumentsOf(object.childForFieldName("arguments")).flatMap((one) => stringValue(one) ?? []);
      const all = paths.filter((path) => EVERYTHING.test(path));
      facts.permitted.push(...paths.filter((path) => !EVERYTHING.test(path)));
      facts.opened.push(...all.map((path) => path.replace(/\/?\*+$/, "")));
    }
    // A protected matcher: which routes it is for cannot be told apart from here.
    if (
      /^(requestMatchers|antMatchers|mvcMatchers|pathMatchers|securityMatcher)$/.test(matcher) &&
      /^(authenticated|hasRole|hasAnyRole|hasAuthority|hasAnyAuthority)$/.test(name.text)
    )
      facts.uses.push(
        ...argumentsOf(object.childForFieldName("arguments")).flatMap((one) => {
          const path = stringValue(one);
          return path === undefined
            ? []
            : [{ router: "*", prefix: path.replace(/\/?\*+$/, ""), at: -1, guards: true as const }];
        }),
      );
    if (name.text === "addInterceptor" && isAuthName(args?.text ?? "")) facts.everywhere = true;
  }
  for (const { name, args } of reading.tree.matches(
    "(method_invocation name: (_) @name arguments: (argument_list) @args)",
  ))
    if (name?.text === "addInterceptor" && isAuthName(args?.text.slice(0, 200) ?? "")) facts.everywhere = true;
  return facts;
}
