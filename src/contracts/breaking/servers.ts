import { isJson, type Json, objectAt } from "../document.ts";
import { type Comparison, NOWHERE } from "./comparison.ts";
import { own, type Source } from "./source.ts";

/** The one path below which each document serves all its paths: "/v1", or "" for none. */
interface Prefixes {
  old: string;
  new: string;
}

/** The prefixes of both documents when each has one and they differ; undefined otherwise. */
export function prefixesOf({ old, new: fresh }: Comparison): Prefixes | undefined {
  const [from, to] = [pathsOf(old), pathsOf(fresh)];
  const [before, after] = [[...from][0], [...to][0]];
  if (from.size !== 1 || to.size !== 1 || before === undefined || after === undefined) return undefined;
  return before === after ? undefined : { old: before, new: after };
}

/** The path at which the new document must have what the old one has at `path`, so that the address stays. */
export function readdressed(path: string, prefixes: Prefixes): string {
  const whole = prefixes.old + path;
  return whole.startsWith(`${prefixes.new}/`) ? whole.slice(prefixes.new.length) : whole;
}

/** Tell which servers came and went; `isMoved`: the paths took up what the servers' addresses lost. */
export function compareServers({ old, new: fresh, tell }: Comparison, isMoved: boolean): void {
  const [from, to] = [serversOf(old).map(urlOf), serversOf(fresh).map(urlOf)];
  for (const url of from)
    if (!to.includes(url))
      tell("server-removed", NOWHERE, "/servers", `The server ${url || "/"} is no longer listed.`, url);
  for (const url of to)
    if (!from.includes(url))
      tell("server-added", NOWHERE, "/servers", `The server ${url || "/"} is new.`, undefined, url);
  if (isMoved || from.length === 0 || to.length === 0) return;
  const [before, after] = [pathsOf(old), pathsOf(fresh)];
  if ([...before].some((path) => after.has(path))) return;
  const text = (paths: ReadonlySet<string>) => [...paths].map((path) => path || "/").join(" or ");
  tell(
    "server-path-changed",
    NOWHERE,
    "/servers",
    `All paths are below ${text(after)} now, not below ${text(before)}.`,
    text(before),
    text(after),
  );
}

function serversOf({ document }: Source): Json[] {
  const list = own(document, "servers");
  return (Array.isArray(list) ? list : []).filter(isJson);
}

/** A server's address with the defaults of its variables. */
function urlOf(server: Json): string {
  const variables = objectAt(server, "variables");
  const url = String(server.url).replace(/\{([^{}]*)\}/g, (whole, name: string) =>
    String(objectAt(variables, name).default ?? whole),
  );
  return url.replace(/\/+$/, "");
}

function pathsOf(source: Source): Set<string> {
  return new Set(serversOf(source).map((server) => urlOf(server).replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/]*/i, "")));
}
