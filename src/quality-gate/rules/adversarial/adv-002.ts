import {
  contractDocuments,
  contractIn,
  documentName,
  normalRoute,
  operationsOf,
  outlineOf,
} from "../../../source/contract-documents.ts";
import type { FileFacts, RouteFacts } from "../../../source/routes/model.ts";
import { routeFactsOf } from "../../../source/routes/read.ts";
import { resolveRoutes } from "../../../source/routes/resolve.ts";
import type { SourceFile } from "../../../source/source-file.ts";
import { defineRule, type Gathered, perService } from "../../rule.ts";

type Fact = { spec: Record<string, unknown> } | { base: string[] } | Code;
interface Code {
  routes?: RouteFacts;
  /** Every segment of every quoted path: what may be a route where none can be read. */
  words: string[];
  /** Code that reads the contract when it runs, or was generated from it, needs no routes of its own. */
  driven: boolean;
}

const QUOTED = /["'`](\/?[A-Za-z0-9_{}<>:$./-]{1,200})["'`]/g;
const DRIVEN =
  /express-openapi-validator|@RepositoryRestResource\b|openapi-backend|openapi-enforcer|swagger-routes-express|swagger-tools|exegesis|openapi-glue|\bconnexion\b|oapi-codegen|\bHandlerFromMux\w*\(|\bRegisterHandlers\w*\(|["'`][^"'`\n]{0,100}[\w.-]\/[^"'`\n]{0,40}(openapi|swagger|asyncapi)[^"'`/\n]{0,40}\.(json|ya?ml)["'`]/;
/** What every service has beside its contract. */
const OPERATIONAL =
  /^\/?$|(^|\/)(health\w*|ready\w*|live\w*|ping|metrics|status|version|info|docs?|redoc|swagger[\w-]*|openapi[\w.-]*|api-docs|favicon\.ico|robots\.txt|static|assets|public|internal|debug|actuator|graphql|_[\w-]*)(\/|$)|\*/i;
/** Segments that stand before a path without being part of what it is about. */
const BASE = /^(api|rest|v\d+(\.\d+)?|services?|gateway)$/i;

export default defineRule({
  code: "ADV-002",
  title: "Dead contract",
  severity: "warning",
  category: "adversarial",
  why: "Others rely on an operation that the code does not seem to have.",
  fix: "Implement the operation, or take it out of the contract.",
  languages: ["python", "typescript", "javascript", "go", "java"],
  files: ["text"],
  detect: perService<Fact>({
    shared: {
      // A service's documents stand in its folder, or carry its name.
      text: (file, service) =>
        file.kind === "text" && (file.service === service || documentName(file.path) === service),
      java: ({ language }) => language === "java",
    },
    collect(file) {
      if (file.kind !== "text") return codeIn(file);
      const base = contextPathIn(file);
      if (base.length > 0) return { base };
      const spec = contractIn(file);
      return spec && { spec: outlineOf(spec) };
    },
    *conclude(service, facts, elsewhere, system) {
      const texts = textsOf(elsewhere("text"));
      const documents = contractDocuments(system, texts.specs).filter((document) => document.service === service);
      // Facts of code are read only where there is a contract for it.
      const code = documents.length === 0 ? [] : facts.filter(({ file }) => file.kind !== "text").flatMap(codeOf);
      for (const document of documents) {
        const operations = operationsOf(document);
        if (operations.length === 0 || code.length === 0 || code.some(({ fact }) => fact.driven)) continue;
        const inherits = code.some(({ fact }) => (fact.routes?.types.length ?? 0) > 0);
        const java = inherits ? elsewhere("java").flatMap(codeOf) : [];
        if (implementsUnseen(code, java)) continue;
        const routes = resolveRoutes(routeFactsIn(code), routeFactsIn(java));
        const prefixes = texts.bases.flatMap(({ file, fact }) => (file.service === service ? fact : []));
        const base = [...baseOf(document.spec), ...prefixes, service];
        const placeOf = ({ method, path }: { method: string; path: string }): Place => ({
          method: HTTP_METHODS.test(method) ? method : "ANY",
          segments: segmentsOf(path, base),
        });
        const served = routes.map((route) => ({ route, place: placeOf({ method: route.method, path: route.full }) }));
        const inCode = indexOf(served.map(({ place }) => place));
        const bare = indexOf(served.map(({ place }) => place).filter(isBare));
        const inContract = indexOf(operations.map(placeOf));
        const isServed = (place: Place) => inCode.endsWithThis(place) || bare.endsThis(place);
        const isPromised = (place: Place) =>
          inContract.endsThis(place) || (isBare(place) && inContract.endsWithThis(place));
        const words = new Set(code.flatMap(({ fact }) => fact.words));
        for (const { method, path } of operations) {
          const last = normalRoute(path)
            .split("/")
            .findLast((segment) => segment !== "" && !segment.includes("{}"));
          // Where no route can be read, a path somewhere in the code has to do.
          const found = routes.length > 0 ? isServed(placeOf({ method, path })) : last === undefined || words.has(last);
          if (found) continue;
          const message = `${method} ${path} is in the contract and no route for it is in the code.`;
          yield {
            file: document.file || code[0]?.file.path || "",
            service,
            line: 0,
            message,
            key: `${method} ${path}`,
          };
        }
        // Where not a single route is in the contract, they are not about the same thing.
        if (!served.some(({ place }) => isPromised(place))) continue;
        for (const { route, place } of served) {
          const { method, full, file, line, column } = route;
          if (!HTTP_METHODS.test(method) || OPERATIONAL.test(full) || isPromised(place)) continue;
          const message = `${method} ${full} is in the code and not in the contract.`;
          const fix = "Add the operation to the contract, or take the route out.";
          yield { file, service, line, column, message, fix, key: `route ${method} ${full}` };
        }
      }
    },
  }),
  bad: [
    {
      files: {
        "openapi.yaml":
          "openapi: 3.1.0\npaths:\n  /orders:\n    get: {responses: {}}\n  /refunds:\n    post: {responses: {}}\n",
        "app.py": '@app.get("/orders")\ndef orders(): ...\n',
      },
    },
  ],
  good: [
    {
      files: {
        "openapi.yaml": "openapi: 3.1.0\npaths:\n  /orders/{id}:\n    get: {responses: {}}\n",
        "app.ts": 'router.get("/orders/:id", one);\n',
      },
    },
    { file: "openapi.yaml", code: "openapi: 3.1.0\npaths:\n  /orders:\n    get: {responses: {}}\n" },
  ],
});

const HTTP_METHODS = /^(GET|POST|PUT|PATCH|DELETE)$/;

function codeIn(file: SourceFile): Code | undefined {
  const words = new Set([...file.text.matchAll(QUOTED)].flatMap(([, text = ""]) => normalRoute(text).split("/")));
  const routes = routeFactsOf(file);
  const driven = DRIVEN.test(file.text);
  return routes || driven || words.size > 0 ? { ...(routes && { routes }), words: [...words], driven } : undefined;
}

/** A method and a path without what it is mounted under: parameters are alike whatever they are called. */
interface Place {
  method: string;
  segments: readonly string[];
}

/**
 * Tells whether one of the places stands at the end of a longer one (`longer`), or fits a shorter one of which only
 * parameters are known, as of a router that is mounted nobody knows where.
 */
function indexOf(places: readonly Place[]) {
  const whole = new Map<string, Set<string>>();
  const tails = new Map<string, Set<string>>();
  const put = (index: Map<string, Set<string>>, key: string, method: string) =>
    index.set(key, (index.get(key) ?? new Set<string>()).add(method));
  for (const { method, segments } of places) {
    put(whole, segments.join("/"), method);
    for (let from = 0; from < segments.length; from += 1) put(tails, segments.slice(from).join("/"), method);
  }
  const has = (index: Map<string, Set<string>>, key: string, method: string) => {
    const methods = index.get(key);
    return methods !== undefined && (!HTTP_METHODS.test(method) ? true : methods.has(method) || methods.has("ANY"));
  };
  return {
    /** Whether a place is the end of this one. */
    endsThis: ({ method, segments }: Place) =>
      segments.length === 0
        ? has(whole, "", method)
        : segments.some((_, from) => has(whole, segments.slice(from).join("/"), method)),
    /** Whether this one is the end of a place. */
    endsWithThis: ({ method, segments }: Place) =>
      has(segments.length === 0 ? whole : tails, segments.join("/"), method),
  };
}

const isBare = ({ segments }: Place) => segments[0] === "{}";

function segmentsOf(path: string, base: readonly string[]): string[] {
  const segments = normalRoute(path)
    .split("/")
    .filter((segment) => segment !== "");
  let begin = 0;
  while (begin < segments.length - 1 && (BASE.test(segments[begin] ?? "") || base.includes(segments[begin] ?? "")))
    begin += 1;
  return segments.slice(begin);
}

/** Segments that a Spring service's settings put before all of its routes. */
function contextPathIn({ path, text }: SourceFile): string[] {
  if (!/(^|\/)(application|bootstrap)[\w-]*\.(properties|ya?ml)$/.test(path)) return [];
  const found = /\b(?:context-?path|base-?path|contextPath)\s*[:=]\s*["']?(\/[\w./-]{1,100})/i.exec(text)?.[1] ?? "";
  return found.split("/").filter((segment) => segment !== "");
}

/** Segments of the server URLs: they may stand before every route. */
function baseOf(spec: Record<string, unknown>): string[] {
  const servers = Array.isArray(spec.servers) ? spec.servers.slice(0, 20) : [];
  return servers.flatMap((server: unknown) => {
    const url = server !== null && typeof server === "object" && "url" in server ? server.url : undefined;
    return typeof url === "string"
      ? url
          .replace(/^[a-z]+:\/\/[^/]*/i, "")
          .split("/")
          .filter((segment) => segment !== "")
      : [];
  });
}

interface Texts {
  specs: Gathered<Record<string, unknown>>[];
  /** Segments that stand before all routes of a service. */
  bases: Gathered<string[]>[];
}

/** Asked for once for each document of a service. */
const known = new WeakMap<object, Texts>();

function textsOf(facts: readonly Gathered<Fact>[]): Texts {
  const before = known.get(facts);
  if (before) return before;
  const texts: Texts = { specs: [], bases: [] };
  for (const one of facts) {
    const { fact } = one;
    if ("spec" in fact) texts.specs.push({ file: one.file, fact: fact.spec });
    if ("base" in fact) texts.bases.push({ file: one.file, fact: fact.base });
  }
  known.set(facts, texts);
  return texts;
}

function codeOf(one: Gathered<Fact>): Gathered<Code>[] {
  // Read once: each time it is asked for it is read anew.
  const { file, fact } = one;
  return "words" in fact ? [{ file, fact }] : [];
}

function routeFactsIn(code: readonly Gathered<Code>[]): FileFacts[] {
  return code.flatMap(({ file, fact }) => (fact.routes ? [{ path: file.path, facts: fact.routes }] : []));
}

/** Whether the code implements an interface that a generator makes of the contract when it is built. */
function implementsUnseen(code: readonly Gathered<Code>[], everything: readonly Gathered<Code>[]): boolean {
  const names = code
    .flatMap(({ fact }) => fact.routes?.types ?? [])
    .flatMap(({ supertypes }) => supertypes.filter((name) => /Api(Delegate)?$/.test(name)));
  if (names.length === 0) return false;
  const seen = new Set(everything.flatMap(({ fact }) => fact.routes?.types ?? []).map(({ name }) => name));
  return names.some((name) => !seen.has(name));
}
