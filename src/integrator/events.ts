import type { Contract } from "../model/contract.ts";
import type { ServiceMap } from "../model/service-map.ts";
import { at, isRecord, pointerSegment, resolveRef, text } from "./document.ts";

/** A `send` or `receive` operation of an AsyncAPI 3 contract, with the name of the event it is about. */
export interface EventOperation {
  service: string;
  action: "send" | "receive";
  event: string;
  /** `x-creates`: the entity that a received event creates. */
  creates: string | null;
  /** JSON pointer of the operation in its contract. */
  pointer: string;
  /** The contract document, in which `$ref` is looked up. */
  document: Record<string, unknown>;
}

/**
 * The event operations of AsyncAPI contracts. An event is named by its channel's address (the channel's key when it has
 * none); AsyncAPI 2 channels (`subscribe` is what the service sends, `publish` what it receives) are read too.
 */
export function eventOperations(contracts: readonly Contract[]): EventOperation[] {
  return contracts.filter(({ type }) => type === "asyncapi").flatMap(operationsOf);
}

function operationsOf({ service_name: service, spec }: Contract): EventOperation[] {
  const found: EventOperation[] = [];
  for (const [name, operation] of Object.entries(record(spec.operations))) {
    if (!isRecord(operation) || (operation.action !== "send" && operation.action !== "receive")) continue;
    const channel = resolveRef(operation.channel, spec);
    if (!isRecord(channel)) continue;
    const key = text(at(operation, "channel", "$ref"))
      ?.split("/")
      .at(-1);
    const event = text(at(channel, "address")) ?? key;
    if (event === undefined) continue;
    const creates = text(operation["x-creates"]) ?? null;
    const pointer = `/operations/${pointerSegment(name)}`;
    found.push({ service, action: operation.action, event, creates, pointer, document: spec });
  }
  for (const [event, channel] of Object.entries(record(spec.channels)))
    for (const [kind, action] of [["subscribe", "send"] as const, ["publish", "receive"] as const]) {
      const operation = at(channel, kind);
      if (!isRecord(operation)) continue;
      const creates = text(operation["x-creates"]) ?? null;
      const pointer = `/channels/${pointerSegment(event)}/${kind}`;
      found.push({ service, action, event, creates, pointer, document: spec });
    }
  return found;
}

/** Event name to the services that receive it: what the service map says, and what the contracts say. */
export function subscriptions(
  map: Pick<ServiceMap, "services">,
  contracts: readonly Contract[],
): Record<string, string[]> {
  const listeners = new Map<string, Set<string>>();
  const add = (event: string, service: string) =>
    listeners.set(event, (listeners.get(event) ?? new Set<string>()).add(service));
  for (const service of map.services) for (const event of service.events_subscribed) add(event, service.name);
  for (const { action, event, service } of eventOperations(contracts)) if (action === "receive") add(event, service);
  return Object.fromEntries([...listeners].map(([event, services]) => [event, [...services].sort()]));
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
