import { traefikCommand } from "../traefik/labels.ts";
import type { ComposeDocument, ComposeService } from "./document.ts";

/** A file for `docker stack deploy`, which reads version 3 of the format only and refuses what it does not know. */
export interface StackDocument extends ComposeDocument {
  version: string;
}

/**
 * The same system as a Swarm stack: images instead of builds, routes as labels of the services, an overlay network, and
 * `restart` in Swarm's words. Only the services in `ready` are taken over; migrations run once.
 */
export function toStack({ services, volumes, networks }: ComposeDocument, ready: ReadonlySet<string>): StackDocument {
  const infrastructure = ["traefik", "postgres", "redis"];
  const kept = Object.entries(services).filter(([name]) => ready.has(name) || infrastructure.includes(name));
  return {
    version: "3.8",
    services: Object.fromEntries(kept.map(([name, entry]) => [name, stackService(name, entry)])),
    ...(volumes ? { volumes } : {}),
    networks: Object.fromEntries(
      Object.entries(networks ?? {}).map(([name, network]) => [name, { ...network, driver: "overlay" }]),
    ),
  };
}

function stackService(name: string, entry: ComposeService): ComposeService {
  const {
    build: _build,
    depends_on: _order,
    restart: _restart,
    security_opt: _options,
    labels,
    ports,
    ...kept
  } = entry;
  const gateway = name === "traefik";
  return {
    ...kept,
    ...(gateway ? { command: traefikCommand({ api: false, swarm: true }) } : {}),
    // At the gateway the Swarm's own mesh; a service without one gets a free port of its node.
    ...(ports ? { ports: gateway ? [GATEWAY_PORT] : ports.map(freePort) } : {}),
    deploy: {
      ...kept.deploy,
      ...(labels ? { labels } : {}),
      ...(gateway ? { placement: { constraints: ["node.role == manager"] } } : {}),
      restart_policy: kept.deploy?.restart_policy ?? { condition: "any" },
    },
  };
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: Compose fills it in
const GATEWAY_PORT = "${GATEWAY_PORT:-80}:80";

function freePort(port: NonNullable<ComposeService["ports"]>[number]) {
  return { target: Number(String(port).split(":").at(-1)), mode: "host" as const };
}
