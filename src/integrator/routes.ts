import { routePrefix } from "../model/service-map.ts";

/**
 * One rule of the gateway: requests whose path is `prefix` or lies below it go to `target` with the prefix taken off.
 * The built-in gateway and Traefik are given the same table.
 */
export interface Route {
  service: string;
  prefix: string;
  /** Base URL without a trailing slash; null when the service is known but does not run. */
  target: string | null;
}

/** The route table, longest prefix first, so that the first match is the right one. */
export function routeTable(services: { service: string; target: string | null }[]): Route[] {
  return services
    .map(({ service, target }) => ({ service, prefix: routePrefix(service), target }))
    .sort((a, b) => b.prefix.length - a.prefix.length || (a.prefix < b.prefix ? -1 : 1));
}

/** The route of a request target (path with query), by whole path segments, and what the service gets to see. */
export function matchRoute(routes: readonly Route[], url: string): { route: Route; path: string } | undefined {
  const end = url.search(/[?#]/);
  const path = end < 0 ? url : url.slice(0, end);
  const route = routes.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
  if (route === undefined) return undefined;
  const rest = url.slice(route.prefix.length);
  return { route, path: rest.startsWith("/") ? rest : `/${rest}` };
}
