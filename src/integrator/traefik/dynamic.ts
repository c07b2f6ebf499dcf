import type { Route } from "../routes.ts";
import { routeRule } from "./labels.ts";

/** Traefik's dynamic configuration for its file provider: the same routes where there are no labels to read. */
export interface DynamicConfig {
  http: {
    routers: Record<string, { rule: string; entryPoints: string[]; service: string; middlewares: string[] }>;
    middlewares: Record<string, { stripPrefix: { prefixes: string[] } }>;
    services: Record<string, { loadBalancer: { servers: { url: string }[]; passHostHeader: boolean } }>;
  };
}

/** The route table as dynamic configuration; a service that does not run has no router, and Traefik answers 404. */
export function dynamicConfig(routes: readonly Route[]): DynamicConfig {
  const config: DynamicConfig = { http: { routers: {}, middlewares: {}, services: {} } };
  const { routers, middlewares, services } = config.http;
  for (const { service, prefix, target } of routes) {
    if (target === null) continue;
    routers[service] = { rule: routeRule(prefix), entryPoints: ["web"], service, middlewares: [`${service}-strip`] };
    middlewares[`${service}-strip`] = { stripPrefix: { prefixes: [prefix] } };
    services[service] = { loadBalancer: { servers: [{ url: target }], passHostHeader: true } };
  }
  return config;
}
