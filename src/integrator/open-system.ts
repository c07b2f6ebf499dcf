import { AppError } from "../lib/errors.ts";
import type { Contract } from "../model/contract.ts";
import { routePrefix, type ServiceMap } from "../model/service-map.ts";
import { eventOperations, subscriptions } from "./events.ts";
import { GATEWAY_ERROR_HEADER } from "./gateway.ts";
import { send } from "./http.ts";
import { readOperations } from "./operations.ts";
import type { TestSystem } from "./session/session.ts";

export type { TestSystem } from "./session/session.ts";

export interface OpenRequest {
  service_map: ServiceMap;
  contracts: readonly Contract[];
  /** Base URL in front of the services; each is at `/api/<service>` below it. */
  gateway_url: string;
  /** Signs tokens where the contracts offer no way to one. */
  jwt_secret?: string | null;
  /** Time limit of one request (10 s). */
  request_timeout_ms?: number;
  /** How long the effect of an event may take (10 s). */
  event_timeout_ms?: number;
  signal: AbortSignal;
}

const TIMEOUT_MS = 10_000;

/**
 * A system that somebody else runs, ready to be tested through its gateway. Services whose health endpoint gives no
 * success are left out, each with the reason. Errors: INVALID_INPUT for an address that is none, REMOTE_UNAVAILABLE when
 * no service answers there.
 */
export async function openSystem(request: OpenRequest): Promise<TestSystem> {
  const { service_map, contracts, signal } = request;
  const gateway_url = checkedUrl(request.gateway_url);
  const health = new Map(service_map.services.map(({ name, health_endpoint }) => [name, health_endpoint]));
  const timeout_ms = request.request_timeout_ms ?? TIMEOUT_MS;
  const unavailable = new Map<string, string>();
  for (const [service, path] of health) {
    const url = gateway_url + routePrefix(service) + path;
    const answer = await send({ method: "GET", url, timeout_ms, signal });
    signal.throwIfAborted();
    if ("failure" in answer) unavailable.set(service, `${service} does not answer: ${answer.failure}`);
    else if (answer.headers[GATEWAY_ERROR_HEADER] !== undefined || answer.status < 200 || answer.status >= 300)
      unavailable.set(service, `${service} is not healthy: GET ${path} answers ${answer.status}`);
  }
  if (unavailable.size === health.size)
    throw new AppError("REMOTE_UNAVAILABLE", `No service answers at ${gateway_url}: ${[...unavailable.values()][0]}.`, {
      remedy: `Start the system; each service must be at ${gateway_url}/api/<service>.`,
    });
  return {
    gateway_url,
    operations: readOperations(contracts),
    events: eventOperations(contracts),
    subscribers: subscriptions(service_map, contracts),
    health,
    unavailable,
    jwt_secret: request.jwt_secret ?? null,
    request_timeout_ms: timeout_ms,
    event_timeout_ms: request.event_timeout_ms ?? TIMEOUT_MS,
    signal,
  };
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:")
    throw new AppError("INVALID_INPUT", `${text} is no http address.`, {
      remedy: "Give the gateway's address like http://localhost:8000.",
    });
  return text.replace(/\/+$/, "");
}
