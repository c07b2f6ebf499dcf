import { posix } from "node:path";
import { withViews } from "./django-views.ts";
import { withInherited } from "./inherited.ts";
import type { FileFacts, Guarding, Ref, ResolvedRoute, Route, RouteFacts } from "./model.ts";
import { moduleIndex } from "./modules.ts";

export type { FileFacts, ResolvedRoute };

const DEPTH = 12;
/** Places of one router that are looked at. */
const MOST = 20;

/**
 * Judge the routes of one service: middleware of routers, of what they are mounted on, and of the whole service.
 * `elsewhere`: files of other services, in which interfaces may be that this one implements.
 */
export function resolveRoutes(given: readonly FileFacts[], elsewhere: readonly FileFacts[] = []): ResolvedRoute[] {
  const files = withInherited(given, elsewhere);
  const service = index(files);
  const everywhere = files.some(({ facts }) => facts.everywhere) || service.holds(service.global, undefined);
  const permitted = files.flatMap(({ facts }) => facts.permitted);
  const opened = files.flatMap(({ facts }) => facts.opened);
  return files.flatMap((file) =>
    file.facts.routes.flatMap((route) => {
      const places = service.placesOf(file, route.router, DEPTH);
      const prefix = places[0]?.prefix ?? "";
      const full = `${prefix}/${route.path}`.replace(/\/+/g, "/");
      const byPrefix = service.prefixed.some(
        (one) => one.prefix !== "" && covers(one.prefix, full) && service.holds(one.guards, file),
      );
      const own = service.holds(route.guards, file) || service.usesGuard(file, route.router, route.at, route.path);
      const mounted = places.length > 0 && places.every((place) => place.guarded);
      const letIn = opened.some((prefix) => covers(prefix, full));
      const guarded =
        own ||
        mounted ||
        (everywhere && !letIn) ||
        byPrefix ||
        (places.some(({ known }) => !known) && service.hasLooseGuards);
      const open =
        route.open === true ||
        permitted.some((pattern) => pattern !== "" && covers(pattern.replace(/\/?\*+$/, ""), full) && everywhere);
      return withViews(files, {
        ...route,
        file: file.path,
        full: placed(full, file.path, places),
        guarded: open && everywhere ? !mustNotBeOpen(route, own) : guarded,
        open,
      });
    }),
  );
}

/** The routes of one service with the paths that clients call; views whose path is not known are left out. */
export function servedRoutes(files: readonly FileFacts[], elsewhere: readonly FileFacts[] = []): ResolvedRoute[] {
  return resolveRoutes(files, elsewhere).flatMap((route) =>
    route.by_name === true ? [] : [{ ...route, full: route.full.startsWith("/") ? route.full : `/${route.full}` }],
  );
}

/** What is open on purpose is believed for new things (POST), not for changing or removing what is somebody's. */
function mustNotBeOpen({ method }: Route, own: boolean): boolean {
  return !own && /^(PUT|PATCH|DELETE)$/.test(method);
}

/** A router nobody mounts here: its file's name says what it is about. */
function placed(full: string, file: string, places: readonly Place[]): string {
  const bare = full.split("/").every((segment) => segment === "" || /^[:{<]/.test(segment));
  return bare && (places.length === 0 || places.some(({ known }) => !known))
    ? `/${posix.basename(file).split(".")[0]}${full}`
    : full;
}

interface Place {
  prefix: string;
  guarded: boolean;
  /** Whether it is known where the router ends up. */
  known: boolean;
}

function index(files: readonly FileFacts[]) {
  const global: Guarding = files.some(({ facts }) =>
    facts.uses.some((use) => use.router === "*" && use.prefix === "" && use.guards === true),
  )
    ? true
    : files.flatMap((file) =>
        file.facts.uses
          .filter((use) => use.router === "*" && use.prefix === "")
          .flatMap((use) => (use.guards === true ? [] : use.guards)),
      );
  const prefixed = files.flatMap(({ facts }) => facts.uses.filter((use) => use.router === "*" && use.prefix !== ""));
  const classes = new Set(files.flatMap(({ facts }) => facts.guardedClasses));
  const checks = new Set(files.flatMap(({ facts }) => facts.checks));
  const places = new Map<string, readonly Place[]>();
  const filesOf = moduleIndex(files);
  const mountsOn = mountsByTarget(files, filesOf);
  const holds = (guards: Guarding, from: FileFacts | undefined): boolean =>
    guards === true ||
    guards.some(({ module, name }) => {
      if (name.startsWith("class ")) return classes.has(name.slice(6));
      if (module === "") return checks.has(name);
      return filesOf(module, from).some(({ facts }) =>
        name === "*hook"
          ? facts.uses.some((use) => use.guards === true)
          : facts.checks.includes(name) || (/^(\*|default)$/.test(name) && facts.checks.length > 0),
      );
    });
  const usesGuard = (file: FileFacts, key: string, at: number, path: string): boolean =>
    key !== "" &&
    (file.facts.routers.some((router) => router.key === key && holds(router.guards, file)) ||
      file.facts.uses.some(
        (use) =>
          use.router === key &&
          use.at < at &&
          (use.prefix === "" || covers(use.prefix, path) || covers(use.prefix, fullOf(file, key, path))) &&
          holds(use.guards, file),
      ));
  const fullOf = (file: FileFacts, key: string, path: string) =>
    `${file.facts.routers.find((router) => router.key === key)?.prefix ?? ""}/${path}`.replace(/\/+/g, "/");

  /** Every place a router is mounted at, seen from its routes; an application is its own place. */
  const placesOf = (file: FileFacts, key: string, depth: number): readonly Place[] => {
    if (key === "") return [];
    const id = `${file.path}\0${key}`;
    const before = places.get(id);
    if (before) return before;
    // Routers mounted on each other in a circle end up nowhere.
    places.set(id, []);
    const router = file.facts.routers.find((one) => one.key === key);
    const prefix = router?.prefix ?? "";
    const names = new Set([key, ...file.facts.functions.flatMap((one) => (one.key === key ? [one.name] : []))]);
    const found =
      depth === 0 ? [] : mountsOn(file).filter(({ file: from, mount }) => targets(mount.target, from, file, names));
    const here = { prefix, guarded: false, known: router?.root === true || depth === 0 };
    const all = found.slice(0, MOST).flatMap(({ file: from, mount }) => {
      const guarded = holds(mount.guards, from) || usesGuard(from, mount.on, mount.at, mount.prefix);
      return placesOf(from, mount.on, depth - 1).map((place) => ({
        prefix: `${place.prefix}/${mount.prefix}/${prefix}`.replace(/\/+/g, "/").replace(/\/$/, ""),
        guarded: guarded || place.guarded,
        known: place.known,
      }));
    });
    const result = found.length === 0 ? [here] : all.slice(0, MOST);
    places.set(id, result);
    return result;
  };
  const targets = ({ module, name }: Ref, from: FileFacts, file: FileFacts, names: ReadonlySet<string>): boolean => {
    if (module === "") {
      if (from === file && names.has(name)) return true;
      // Go: a function of the same service by its name.
      return (
        from.path.endsWith(".go") &&
        file.path.endsWith(".go") &&
        file.facts.functions.some((one) => one.name === name && names.has(one.key))
      );
    }
    if (!filesOf(module, from).includes(file)) return false;
    if (names.has(name) || /^(\*|default)$/.test(name)) return true;
    const known = [...file.facts.routers, ...file.facts.functions].some(
      (one) => ("name" in one ? one.name : one.key) === name,
    );
    return !known;
  };
  const hasLooseGuards = files.some(
    (file) =>
      file.facts.uses.some((use) => holds(use.guards, file)) ||
      file.facts.mounts.some((mount) => holds(mount.guards, file)) ||
      file.facts.routers.some((router) => router.root && holds(router.guards, file)),
  );
  return { holds, usesGuard, placesOf, hasLooseGuards, global, prefixed };
}

interface Mounted {
  file: FileFacts;
  mount: RouteFacts["mounts"][number];
  order: number;
}

/** Gives the mounts that may mean a router of a file, in the order of their files. */
function mountsByTarget(
  files: readonly FileFacts[],
  filesOf: (module: string, from: FileFacts) => readonly FileFacts[],
): (file: FileFacts) => readonly Mounted[] {
  const byFile = new Map<FileFacts, Mounted[]>();
  // Go hands routers to functions of the same service by their names alone.
  const byFunction = new Map<string, Mounted[]>();
  let order = 0;
  for (const file of files)
    for (const mount of file.facts.mounts) {
      const mounted = { file, mount, order: order++ };
      const { module, name } = mount.target;
      for (const target of module === "" ? [file] : filesOf(module, file)) add(byFile, target, mounted);
      if (module === "" && file.path.endsWith(".go")) add(byFunction, name, mounted);
    }
  return (file) => {
    const own = byFile.get(file) ?? [];
    if (!file.path.endsWith(".go")) return own;
    const named = file.facts.functions.flatMap(({ name }) => byFunction.get(name) ?? []);
    return [...new Set([...own, ...named])].sort((a, b) => a.order - b.order);
  };
}

function add<Key>(index: Map<Key, Mounted[]>, key: Key, mounted: Mounted): void {
  const known = index.get(key);
  if (known) known.push(mounted);
  else index.set(key, [mounted]);
}

const PREFIXES = 10_000;
const comparable = new Map<string, string>();

/** Whether a path lies under a prefix, segment by segment. */
function covers(prefix: string, path: string): boolean {
  return comparablePath(path).startsWith(comparablePath(prefix));
}

/** A path with its parameters made alike and a slash at both ends. Every prefix is compared with every path: it is kept. */
function comparablePath(text: string): string {
  const known = comparable.get(text);
  if (known !== undefined) return known;
  const plain = `${text.replace(/\{[^{}]*\}|<[^<>]*>|:[A-Za-z_]\w*/g, "{}").replace(/\/+$/, "")}/`.replace(/^\/*/, "/");
  if (comparable.size >= PREFIXES) comparable.clear();
  comparable.set(text, plain);
  return plain;
}
