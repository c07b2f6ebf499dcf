import type { SourceFile } from "../source-file.ts";
import { djangoFacts } from "./django.ts";
import { goFacts } from "./go.ts";
import { javaFacts } from "./java.ts";
import { emptyFacts, type RouteFacts } from "./model.ts";
import { pythonFacts } from "./python.ts";
import { readingOf } from "./reading.ts";
import { scriptFacts } from "./script.ts";
import { TABLE_WORDS, tableRoutes } from "./script-tables.ts";

/** What a file must hold to say anything of routes or of who may call them. */
const WORDS: Readonly<Record<string, RegExp>> = {
  python:
    /\b(fastapi|litestar|flask|flask_\w+|starlette|quart|sanic|aiohttp|django|rest_framework)\b|\b(MIDDLEWARE|REST_FRAMEWORK|jwt|jose)\b|HTTP_401|HTTPUnauthorized/,
  script:
    /["'](express|fastify|hono|koa|polka|restify|@koa\/router|koa-router|jsonwebtoken|jose|@nestjs\/[\w-]+|@hono\/[\w-]+|(node:)?https?)["'/]|\b(app|api|server|router|routes?|fastify|instance)\d?\.(get|post|put|patch|delete|route|use|register|addHook)\(|\breq(uest)?\.(user|headers)\b|\b401\b/,
  go: /net\/http|gin-gonic|labstack\/echo|go-chi|gorilla\/mux|gofiber|httprouter/,
  java: /Mapping|Exchange\b|@Path|@(PreAuthorize|Secured|RolesAllowed)\b|RouterFunction|SecurityFilterChain|WebSecurityConfigurerAdapter|HttpSecurity|Filter\b|HandlerInterceptor|addInterceptor/,
};

/** A Java class that may take its routes from an interface or a superclass. */
export const MAY_INHERIT_ROUTES =
  /@(Rest)?Controller\b|\b(implements|extends)\s[\w\s,.<>]{0,200}(Api|Delegate|Resource|Endpoint|Controller|Rest|Operations|Routes|Service)\b/;

/** Several rules ask for the same file's routes, one after the other. */
const known = new WeakMap<SourceFile, { facts: RouteFacts | undefined; parsed: boolean }>();

/** What a file says of routes; undefined when it says nothing. */
export function routeFactsOf(file: SourceFile): RouteFacts | undefined {
  const before = known.get(file);
  if (before) {
    // Whoever asks for the tree hears whether it is whole.
    if (before.parsed) file.tree();
    return before.facts;
  }
  const isScript = file.language === "typescript" || file.language === "javascript";
  const words = WORDS[isScript ? "script" : (file.language ?? "")];
  const parsed =
    (words?.test(file.text) ?? false) ||
    (isScript && TABLE_WORDS.test(file.text)) ||
    (file.language === "java" && MAY_INHERIT_ROUTES.test(file.text));
  const facts = file.language === null || parsed ? readRoutes(file) : undefined;
  known.set(file, { facts, parsed });
  return facts;
}

function readRoutes(file: SourceFile): RouteFacts | undefined {
  if (file.language === null) {
    const secured =
      (/(^|\/)(pom\.xml|build\.gradle(\.kts)?)$/.test(file.path) &&
        /spring-boot-starter-(security|oauth2-resource-server)/.test(file.text)) ||
      (/(^|\/)web\.xml$/.test(file.path) && /<auth-constraint>/.test(file.text)) ||
      (/(^|\/)application\.(properties|ya?ml)$/.test(file.path) &&
        /quarkus\.http\.auth\.permission[^\n]*policy\s*[=:]\s*authenticated/.test(file.text));
    return secured ? { ...emptyFacts(), everywhere: true } : undefined;
  }
  const tree = file.tree();
  if (!tree) return undefined;
  const reading = readingOf(tree, file, file.language);
  const facts = read();
  return Object.values(facts).some((said) => (Array.isArray(said) ? said.length > 0 : said)) ? facts : undefined;

  function read(): RouteFacts {
    switch (reading.language) {
      case "python": {
        const isDjango = /\bdjango\b|rest_framework|\bMIDDLEWARE\b|DEFAULT_PERMISSION_CLASSES/.test(file.text);
        return isDjango ? djangoFacts(reading) : pythonFacts(reading);
      }
      case "go":
        return goFacts(reading);
      case "java":
        return javaFacts(reading);
      default: {
        const facts = scriptFacts(reading);
        tableRoutes(reading, facts);
        return facts;
      }
    }
  }
}
