import type { Service } from "../../model/service-map.ts";
import { traefikCommand } from "../traefik/labels.ts";
import type { ComposeDocument, ComposeService, Resource } from "./document.ts";
import { PROJECT_LABEL, publishedPort } from "./generate.ts";

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: Compose fills these in

/** Who started a test system: `host:pid:start time`. What it left behind after a crash is found by this label. */
export const OWNER_LABEL = "super-orchestrator.owner";

const OWNED = { [OWNER_LABEL]: "${SUPER_ORCHESTRATOR_OWNER:-}" };

/** Seen often, because a test waits for it; what counts as a failure is the base file's affair. */
const EAGER = { interval: "2s" };

/**
 * What is laid over a Compose file for tests: every service on a free loopback port, nothing started again when it ends,
 * quick health checks, and a label on all of it that tells whose it is. The project's own name keeps containers, networks
 * and volumes of two test systems apart.
 */
export function testOverlay(
  base: ComposeDocument,
  services: readonly Service[],
  options: { traefik: boolean; owned?: boolean; environment?: (service: string) => Record<string, string> },
): ComposeDocument {
  const owned = options.owned === false ? {} : { labels: OWNED };
  const ports = new Map(services.map(({ name, port }) => [name, port]));
  const overlay: ComposeDocument = { services: {} };
  for (const [name, entry] of Object.entries(base.services)) {
    const port = ports.get(name);
    const published = port !== undefined && entry.ports === undefined ? { ports: [publishedPort(port)] } : {};
    const api =
      name === "traefik" && options.traefik
        ? { command: traefikCommand({ api: true }), ports: [publishedPort(8080)] }
        : {};
    overlay.services[name] = {
      ...published,
      ...api,
      ...(entry.healthcheck ? { healthcheck: EAGER } : {}),
      ...(port === undefined || options.environment === undefined ? {} : { environment: options.environment(name) }),
      restart: "no",
      ...owned,
      ...imageLabels(entry),
    };
  }
  if (base.volumes) overlay.volumes = labelled(base.volumes, owned);
  if (base.networks) overlay.networks = labelled(base.networks, owned);
  return overlay;
}

function imageLabels({ build }: ComposeService): Pick<ComposeService, "build"> {
  if (build === undefined) return {};
  return { build: { ...build, labels: { ...OWNED, [PROJECT_LABEL]: "${COMPOSE_PROJECT_NAME}" } } };
}

function labelled(resources: Record<string, Resource>, owned: Pick<Resource, "labels">): Record<string, Resource> {
  return Object.fromEntries(Object.keys(resources).map((name) => [name, owned]));
}
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: Compose fills these in
