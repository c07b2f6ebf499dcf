import type { FileFacts, RouteFacts } from "../../source/routes/model.ts";
import { type ResolvedRoute, servedRoutes as servedIn } from "../../source/routes/resolve.ts";
import type { Known, Snapshot } from "../resolve/snapshot.ts";

/** A route of the project. */
export interface ServedRoute {
  service: string;
  file: string;
  line: number;
  method: string;
  /** With the prefixes of all routers it is mounted under. */
  path: string;
  handler: string;
  is_test: boolean;
}

/** All routes, service by service, with what they are mounted under. */
export function servedRoutes(snapshot: Snapshot): ServedRoute[] {
  const services = new Map<string, FileFacts[]>();
  for (const { file, fact } of snapshot.facts<RouteFacts>("routes"))
    services.set(file.service, [...(services.get(file.service) ?? []), { path: file.path, facts: fact }]);
  const all = [...services.values()].flat();
  const found: ServedRoute[] = [];
  for (const [service, files] of services)
    for (const route of servedIn(files, all))
      found.push({
        service,
        file: route.file,
        line: route.line,
        method: route.method,
        path: route.full,
        handler: handlerOf(snapshot, route),
        is_test: snapshot.byPath.get(route.file)?.is_test ?? false,
      });
  return found.sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

/** Lines between a decorator or annotation and the name of what it stands on. */
const REACH = 40;

/** What answers: what the code names, with the class it is in. */
function handlerOf(snapshot: Snapshot, route: ResolvedRoute): string {
  const named = route.handler ?? "";
  const file = snapshot.byPath.get(route.file);
  if (!file || named.includes(".")) return named;
  const near = snapshot
    .definitionsOf(file.id)
    .find((one: Known) => one.name === named && one.line >= route.line && one.line <= route.line + REACH);
  return near && near.container !== "" ? `${near.container}.${near.name}` : named;
}
