import type { ContractDraft } from "../../model/contract.ts";
import type { Question } from "../../model/plan.ts";
import type { Service } from "../../model/service-map.ts";

/**
 * Services with what a Build 1 map leaves to be concluded from contracts and labels: whom they call (`<service>-api`
 * among the consumed contracts), which events they send, where they tell their health. What the map says itself stands.
 */
export function servicesFrom(
  services: readonly Service[],
  contracts: readonly ContractDraft[],
  ask: (question: Question) => void,
): Service[] {
  const names = services.map(({ name }) => name);
  return services.map((service) => {
    const own = contracts.filter(({ service_name }) => service_name === service.name);
    const api = own.find(({ type }) => type === "openapi");
    const events = own.find(({ type }) => type === "asyncapi");
    if (!api && !service.is_frontend)
      ask({
        about: `service ${service.name}`,
        question: "Which endpoints does it have? The architect gave no OpenAPI contract for it.",
        line: null,
      });
    const sent = events ? addresses(events, "send") : [];
    const received = events ? addresses(events, "receive") : [];
    if (received.some((address) => sent.includes(address)) && service.events_subscribed.length === 0)
      ask({
        about: `service ${service.name}`,
        question: `Who consumes ${sent.filter((address) => received.includes(address)).join(", ")}? The contract of the sender says that it is received, and not by whom.`,
        line: null,
      });
    const labels = service.consumes_contracts.map((label) => label.replace(/-(?:api|events)$/, ""));
    const called = names.filter((name) => name !== service.name && labels.includes(name));
    return {
      ...service,
      depends_on: service.depends_on.length > 0 ? service.depends_on : called,
      events_published: service.events_published.length > 0 ? service.events_published : sent,
      events_subscribed:
        service.events_subscribed.length > 0
          ? service.events_subscribed
          : received.filter((address) => !sent.includes(address)),
      health_endpoint: service.health_endpoint === "/health" ? healthOf(api) : service.health_endpoint,
    };
  });
}

function healthOf(api: ContractDraft | undefined): string {
  const paths = Object.entries(objectOf(api?.spec.paths));
  const health = paths.find(([path, item]) => /(?:^|\/)health(?:z|-?check)?$/.test(path) && "get" in objectOf(item));
  return health?.[0] ?? "/health";
}

/** Addresses of the channels that the operations of one direction use, in AsyncAPI 3. */
function addresses({ spec }: ContractDraft, action: "send" | "receive"): string[] {
  const channels = objectOf(spec.channels);
  const used = Object.values(objectOf(spec.operations)).flatMap((operation) => {
    const { action: own, channel } = objectOf(operation);
    const reference = String(objectOf(channel).$ref ?? "");
    const key = reference
      .replace(/^#\/channels\//, "")
      .replaceAll("~1", "/")
      .replaceAll("~0", "~");
    return own === action && key !== "" ? [String(objectOf(channels[key]).address ?? key)] : [];
  });
  return [...new Set(used)];
}

function objectOf(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? { ...value } : {};
}
