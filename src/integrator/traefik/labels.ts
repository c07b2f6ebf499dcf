import { routePrefix } from "../../model/service-map.ts";

/** Where Traefik finds a service: its route prefix is matched by whole path segments, as the built-in gateway does. */
export function traefikLabels(service: string, port: number): Record<string, string> {
  const prefix = routePrefix(service);
  return {
    "traefik.enable": "true",
    [`traefik.http.routers.${service}.rule`]: routeRule(prefix),
    [`traefik.http.routers.${service}.entrypoints`]: "web",
    [`traefik.http.routers.${service}.service`]: service,
    [`traefik.http.routers.${service}.middlewares`]: `${service}-strip`,
    [`traefik.http.middlewares.${service}-strip.stripprefix.prefixes`]: prefix,
    [`traefik.http.services.${service}.loadbalancer.server.port`]: String(port),
  };
}

/** `PathPrefix` alone compares characters: /api/shop would take what belongs to /api/shop-admin. */
export function routeRule(prefix: string): string {
  return `Path(\`${prefix}\`) || PathPrefix(\`${prefix}/\`)`;
}

/**
 * Static configuration as command-line flags (specification 7). Traefik sees every container of its engine, so it is
 * held to those of its own project; the services are on two networks, of which it shares one.
 */
export function traefikCommand(options: { api: boolean; swarm?: boolean }): string[] {
  const provider = options.swarm ? "swarm" : "docker";
  const owner = options.swarm ? "com.docker.stack.namespace" : "com.docker.compose.project";
  return [
    "--api.dashboard=false",
    ...(options.api ? ["--api.insecure=true"] : []),
    `--providers.${provider}=true`,
    `--providers.${provider}.exposedByDefault=false`,
    `--providers.${provider}.network=\${COMPOSE_PROJECT_NAME}_frontend`,
    `--providers.${provider}.constraints=Label(\`${owner}\`,\`\${COMPOSE_PROJECT_NAME}\`)`,
    "--entrypoints.web.address=:80",
    "--ping=true",
    "--global.checkNewVersion=false",
    "--global.sendAnonymousUsage=false",
  ];
}
