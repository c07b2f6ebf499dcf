import type { Contract } from "../../model/contract.ts";
import { EVENTS_PATH } from "../../model/runtime.ts";
import { type ServiceMap, urlVariable } from "../../model/service-map.ts";
import { subscriptions } from "../events.ts";

/** Values every service of one deployment shares. */
export interface DeploymentSecrets {
  jwt: string;
  events: string;
}

/**
 * The environment of one service as src/model/runtime.ts promises it. `urls` maps every service of the system to the
 * base URL under which the others reach it; who is not deployed receives no events.
 */
export function serviceEnvironment(options: {
  service: string;
  host: string;
  port: number;
  secrets: DeploymentSecrets;
  urls: Record<string, string>;
  deployed: ReadonlySet<string>;
  service_map: ServiceMap;
  contracts: Contract[];
  /** Variables by which it reports its spans (OpenTelemetry); none when nobody receives them. */
  tracing?: Record<string, string>;
}): Record<string, string> {
  const { service, host, port, secrets, urls, deployed } = options;
  const subscribers: Record<string, string[]> = {};
  for (const [event, listeners] of Object.entries(subscriptions(options.service_map, options.contracts))) {
    const reached = listeners.filter((name) => deployed.has(name)).map((name) => `${urls[name]}${EVENTS_PATH}`);
    if (reached.length > 0) subscribers[event] = reached;
  }
  const others = Object.entries(urls).map(([name, url]) => [urlVariable(name), url]);
  return {
    ...Object.fromEntries(others),
    HOST: host,
    PORT: String(port),
    SERVICE_NAME: service,
    JWT_SECRET: secrets.jwt,
    EVENT_SECRET: secrets.events,
    EVENT_SUBSCRIBERS: JSON.stringify(subscribers),
    LOG_LEVEL: "info",
    ...options.tracing,
  };
}
