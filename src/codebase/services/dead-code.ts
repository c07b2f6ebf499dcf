import type { DeadCode } from "../../model/codebase.ts";
import { isToolingPath } from "../../source/languages.ts";
import type { RouteFacts } from "../../source/routes/model.ts";
import type { IndexedFile } from "../index/database.ts";
import type { Manifest } from "../index/manifest.ts";
import { aliasesOf, callersOf } from "../resolve/callers.ts";
import { folderOf } from "../resolve/modules.ts";
import type { Names } from "../resolve/names.ts";
import type { Known, Snapshot } from "../resolve/snapshot.ts";
import { eventName, messagesOf } from "./events.ts";
import { serviceNamed, serviceNames } from "./interface.ts";
import { aimedRequests } from "./requests.ts";
import { servedRoutes } from "./routes.ts";

/** Names that a language or a framework calls by itself. */
const CALLED_FROM_OUTSIDE =
  /^(main|init|__\w+__|constructor|setUp|tearDown|setup|teardown|handler|lambda_handler|default|render|componentDidMount|componentWillUnmount|ngOn\w+|getServerSideProps|getStaticProps|getStaticPaths|generateMetadata|middleware|config|loader|action|meta|Page|Layout|upgrade|downgrade|up|down|toString|toJSON|equals|hashCode|compareTo|String|Error|Len|Less|Swap|MarshalJSON|UnmarshalJSON|ServeHTTP|Scan|Value|Unwrap|Is|As|configure|onModuleInit|onModuleDestroy|onApplicationBootstrap|canActivate|intercept|transform|catch|use|validate|run|call|apply|setState|get\w{0,2}|set|[A-Z]\w*Tests?|test_?\w*|Test\w*|Benchmark\w*|Example\w*|Fuzz\w*|app|application|urlpatterns|celery)$/;
/** Decorators that leave a function as it is: nobody is told of it. */
const PLAIN =
  /^(staticmethod|classmethod|property|abstractmethod|abc\.abstractmethod|override|typing\.override|functools\.\w+|lru_cache|cache|wraps|contextmanager|asynccontextmanager|dataclass|dataclasses\.dataclass|total_ordering|final|Override|Deprecated|SuppressWarnings|Nullable|NonNull|Data|Getter|Setter|Builder|AllArgsConstructor|NoArgsConstructor|RequiredArgsConstructor|Slf4j|Value|FunctionalInterface|Transactional|deprecated|cached_property|overload|typing\.overload)$/;
const OPERATIONAL =
  /(^|\/)(health\w*|ready\w*|live\w*|ping|metrics|status|version|info|docs?|redoc|swagger[\w-]*|openapi[\w.-]*|favicon\.ico|webhooks?|callback|graphql|static|assets)(\/|$)|\*/i;
const FILLED_FROM_OUTSIDE = /dlq|dlt\b|dead.?letter|retry|^__|\.(public|dbo)\.|^arn:/i;
const ORDER = { high: 0, medium: 1, low: 2 } as const;

/** Definitions, routes and events that seem to serve nobody, the surest first. Errors: NOT_FOUND for an unknown service. */
export function deadCodeIn(snapshot: Snapshot, names: Names, service_name: string | undefined): DeadCode[] {
  const service = service_name === undefined ? undefined : serviceNamed(snapshot, service_name);
  const isAsked = (one: { service_name: string | null }) => service === undefined || one.service_name === service;
  const found = [
    ...deadSymbols(snapshot, names, service),
    ...deadRoutes(snapshot).filter(isAsked),
    ...deadEvents(snapshot).filter(isAsked),
  ];
  return found.sort(
    (a, b) =>
      ORDER[a.confidence] - ORDER[b.confidence] ||
      (a.file_path < b.file_path ? -1 : a.file_path > b.file_path ? 1 : a.line - b.line),
  );
}

function deadSymbols(snapshot: Snapshot, names: Names, service: string | undefined): DeadCode[] {
  const entries = entryFiles(snapshot, names);
  const dead: DeadCode[] = [];
  for (const file of snapshot.files.values()) {
    if (file.is_test || file.language === "" || (service !== undefined && file.service !== service)) continue;
    if (/\.d\.ts$|\.pyi$/.test(file.path) || isToolingPath(file.path)) continue;
    for (const one of snapshot.definitionsOf(file.id)) {
      if (!isJudged(one, file)) continue;
      const verdict = verdictOf(snapshot, names, one, file, entries);
      if (verdict)
        dead.push({
          symbol_name: one.container === "" ? one.name : `${one.container}.${one.name}`,
          what: "symbol",
          file_path: file.path,
          kind: one.kind,
          line: one.line,
          service_name: file.service || null,
          ...verdict,
        });
    }
  }
  return dead;
}

function isJudged(one: Known, { language }: IndexedFile): boolean {
  if (one.kind === "variable" || (one.kind === "type" && language !== "typescript")) return false;
  if (CALLED_FROM_OUTSIDE.test(one.name) || one.flags.includes("abstract") || one.name === "_") return false;
  // Whatever registers a function by a decorator calls it.
  if (one.decorators.some((decorator) => !PLAIN.test(decorator))) return false;
  return one.container.split(".").at(-1) !== one.name;
}

function verdictOf(
  snapshot: Snapshot,
  names: Names,
  one: Known,
  file: IndexedFile,
  entries: Entries,
): Pick<DeadCode, "confidence" | "reason"> | undefined {
  let inTests = false;
  let inStrings = false;
  let elsewhere = false;
  for (const { file: where, uses } of snapshot.usesOf(one.name))
    for (const [line, kind] of uses) {
      // What only it uses itself does not keep it alive.
      if (where.id === file.id && line >= one.line && line <= one.end_line) continue;
      if (kind === "s") inStrings = true;
      else if (where.is_test) inTests = true;
      else elsewhere = true;
    }
  // import static shop.Constants.LIMIT
  if (file.language === "java" && snapshot.boundByTail(one.name).length > 0) return undefined;
  const owner = one.container === "" ? undefined : names.ownerOf(one);
  // A function inside a function: whoever reads that one sees it, and its name is a local one like others.
  if (one.container !== "" && !owner) return undefined;
  // A method that a base class asks for is called through it.
  if (owner && owner.bases.length > 0 && isAskedFor(names, owner, one, snapshot)) return undefined;
  if (elsewhere && !isUnmeant(snapshot, names, one)) return undefined;
  if (!elsewhere && isUsedUnderOtherName(snapshot, names, one)) return undefined;
  const why = elsewhere
    ? "The name is used, but nothing that uses it means this one"
    : inTests
      ? "Only tests use it"
      : "Nothing in the project uses it";
  if (inStrings) return { confidence: "low", reason: `${why}; a string names it, so it may be called by its name.` };
  if (one.exported && (entries.holds(file) || entries.isLibrary(file)))
    return { confidence: "low", reason: `${why}; it is part of what a library or package offers to others.` };
  if (owner?.kind === "variable")
    return { confidence: "low", reason: `${why}; its object may be read by names that are computed.` };
  if (elsewhere) return { confidence: "medium", reason: `${why}.` };
  if (one.kind === "method" && owner && owner.bases.length > 0)
    return { confidence: "medium", reason: `${why}; its class inherits, and a base class may call it.` };
  if (inTests) return { confidence: "medium", reason: `${why}.` };
  return { confidence: "high", reason: `${why}${one.exported ? ", though it is exported" : ""}.` };
}

/** Whether somebody imports it under a name of their own, and uses that. */
function isUsedUnderOtherName(snapshot: Snapshot, names: Names, one: Known): boolean {
  if (one.container !== "" || aliasesOf(snapshot, one.name, [one]).length < 2) return false;
  return callersOf(snapshot, names, [one]).callers.some(({ file_path }) => !snapshot.byPath.get(file_path)?.is_test);
}

/** Whether the uses of its name all mean others. Only asked of names that are spread little: the answer costs. */
function isUnmeant(snapshot: Snapshot, names: Names, one: Known): boolean {
  if (one.kind === "method" || snapshot.named(one.name).length < 2 || snapshot.named(one.name).length > 8) return false;
  const { callers, doubtful } = callersOf(snapshot, names, [one]);
  const outside = callers.filter(
    ({ file_path, line }) => snapshot.byPath.get(file_path)?.id !== one.file || line < one.line || line > one.end_line,
  );
  return outside.length === 0 && doubtful === 0;
}

function isAskedFor(names: Names, owner: Known, one: Known, snapshot: Snapshot): boolean {
  const file = snapshot.files.get(owner.file);
  return owner.bases.some((base) => {
    const meanings = file ? names.path(file, `:${base}`) : [];
    // A base from outside the project may ask for anything.
    if (meanings.length === 0 || meanings.some(({ is }) => is === "outside")) return true;
    return meanings.some((meaning) => "of" in meaning && names.member(meaning.of, one.name) !== undefined);
  });
}

interface Entries {
  /** Whether others, or the one who starts it, come in by this file. */
  holds(file: IndexedFile): boolean;
  /** Whether the file belongs to something made to be used by others. */
  isLibrary(file: IndexedFile): boolean;
}

function entryFiles(snapshot: Snapshot, names: Names): Entries {
  const found = new Set<number>();
  const libraries: { folder: string; isLibrary: boolean }[] = [];
  for (const { file, fact } of snapshot.facts<Manifest>("manifest")) {
    const folder = folderOf(file.path);
    if (fact.kind === "package" && fact.name !== "") {
      for (const entry of names.modules.resolve({ ...file, language: "typescript" }, fact.name)) found.add(entry.id);
      for (const entry of fact.entries)
        for (const one of names.modules.resolve({ ...file, language: "typescript" }, `./${entry.replace(/^\.\//, "")}`))
          found.add(one.id);
    }
    libraries.push({ folder, isLibrary: isLibrary(fact, folder, snapshot) });
  }
  // Without a manifest: what has nothing that runs is there to be used by others.
  const runs = servesIn(snapshot, () => true) || snapshot.named("main").length > 0;
  libraries.push({ folder: "", isLibrary: !runs });
  libraries.sort((a, b) => b.folder.length - a.folder.length);
  // What an entry shows, it shows for its own files.
  for (const id of [...found]) {
    const file = snapshot.files.get(id);
    for (const bound of file ? snapshot.boundOf(id) : [])
      if (file && bound.role === "export" && bound.module !== "")
        for (const other of names.modules.resolve(file, bound.module)) found.add(other.id);
  }
  return {
    holds: (file) =>
      found.has(file.id) || /(^|\/)(index\.[cm]?[jt]sx?|__init__\.py)$/.test(file.path) || isPagePath(file.path),
    isLibrary: (file) =>
      libraries.find(({ folder }) => folder === "" || file.path.startsWith(`${folder}/`))?.isLibrary ?? false,
  };
}

/** Folders whose files a web framework finds by itself. */
function isPagePath(path: string): boolean {
  return /(^|\/)(pages|app|routes|views|layouts|components|middleware|plugins|composables)\/.*\.(tsx|jsx)$|(^|\/)(page|layout|route|loading|error)\.[jt]sx?$/.test(
    path,
  );
}

/** A package that says what others import, and has nothing that runs; a module of Go without a main. */
function isLibrary(manifest: Manifest, folder: string, snapshot: Snapshot): boolean {
  const own = [...snapshot.files.values()].filter(({ path }) => folder === "" || path.startsWith(`${folder}/`));
  if (manifest.kind === "go") return !own.some(({ path }) => /(^|\/)main\.go$/.test(path));
  const serves = servesIn(snapshot, (file) => own.includes(file));
  if (serves) return false;
  return manifest.kind === "package"
    ? manifest.entries.some((entry) => /\.([cm]?[jt]s)$/.test(entry))
    : manifest.kind === "python";
}

/** Whether some of the files declare routes. */
function servesIn(snapshot: Snapshot, isMeant: (file: IndexedFile) => boolean): boolean {
  return snapshot
    .facts<RouteFacts>("routes")
    .some(({ file, fact }) => fact.routes.length > 0 && !file.is_test && isMeant(file));
}

function deadRoutes(snapshot: Snapshot): DeadCode[] {
  // One service alone has its callers elsewhere.
  const routes = servedRoutes(snapshot).filter(({ is_test }) => !is_test);
  const { settings } = messagesOf(snapshot);
  const requests = aimedRequests(snapshot, routes, settings).filter(({ is_test }) => !is_test);
  const called = new Set(requests.map(({ route }) => route));
  const hasCallers = requests.some(({ route }) => route !== undefined);
  const unaimed = requests.some(({ target, host }) => target === undefined && (host === "" || host.startsWith("$")));
  if (serviceNames(snapshot).length < 2 || !hasCallers) return [];
  return routes
    .filter((route) => !called.has(route) && !OPERATIONAL.test(route.path) && route.path !== "/")
    .map((route) => ({
      symbol_name: `${route.method} ${route.path}`,
      what: "route",
      file_path: route.file,
      kind: "route",
      line: route.line,
      service_name: route.service || null,
      confidence: unaimed ? "low" : "medium",
      reason: unaimed
        ? "No request in the project is known to reach it; of some requests it is not known where they go."
        : "No request in the project reaches it; clients outside may.",
    }));
}

function deadEvents(snapshot: Snapshot): DeadCode[] {
  const { published, consumed, mentioned, reaches } = messagesOf(snapshot);
  const services = serviceNames(snapshot).length;
  const isTest = (file: string) => snapshot.byPath.get(file)?.is_test ?? false;
  const dead: DeadCode[] = [];
  const seen = new Set<string>();
  const unknown = (flows: typeof published) => flows.some((flow) => eventName(flow) === "");
  const add = (flow: (typeof published)[number], reason: string, certain: boolean) => {
    const event = eventName(flow);
    const key = `${flow.role} ${event} ${flow.service}`;
    if (event === "" || isTest(flow.file) || FILLED_FROM_OUTSIDE.test(event) || seen.has(key)) return;
    seen.add(key);
    dead.push({
      symbol_name: event,
      what: "event",
      file_path: flow.file,
      kind: flow.role === "publish" ? "published event" : "consumed event",
      line: flow.line,
      service_name: flow.service || null,
      confidence: certain ? (services > 1 ? "high" : "medium") : "low",
      reason: certain && services < 2 ? `${reason}; services outside this folder may.` : `${reason}.`,
    });
  };
  for (const flow of published) {
    if (consumed.some((one) => reaches(flow, one))) continue;
    const isMentioned = mentioned(flow.name);
    add(
      flow,
      isMentioned
        ? "No consumer of it is known, though its name stands elsewhere"
        : "Nobody in the project consumes it",
      !isMentioned && !unknown(consumed),
    );
  }
  for (const flow of consumed) {
    if (published.some((one) => reaches(one, flow))) continue;
    const isMentioned = mentioned(flow.name);
    add(
      flow,
      isMentioned
        ? "No publisher of it is known, though its name stands elsewhere"
        : "Nobody in the project publishes it",
      !isMentioned && !unknown(published),
    );
  }
  return dead;
}
