import type { OperationAction } from "../../model/contract.ts";
import type { Service } from "../../model/service-map.ts";
import { below, follow, type Json, list, type Place, record, text, texts } from "./json.ts";
import type { ContractOperation } from "./operations.ts";
import type { EventPlan, SubscriptionPlan } from "./plan.ts";

/** An event as the AsyncAPI document describes it. */
interface DescribedEvent {
  direction: "send" | "receive";
  /** Everything it may be called: message name and key, channel address and key. The first is the preferred one. */
  names: string[];
  payload: string | undefined;
  creates: string | undefined;
}

/** The events of an AsyncAPI document, version 2 or 3. */
export function describedEvents(document: Json): DescribedEvent[] {
  return String(document.asyncapi ?? "").startsWith("2") ? eventsOfVersion2(document) : eventsOfVersion3(document);
}

function eventsOfVersion3(document: Json): DescribedEvent[] {
  return Object.entries(record(document.operations)).flatMap(([key, given]) => {
    const operation = follow(document, given, below("#", "operations", key));
    const direction = operation.value.action === "receive" ? "receive" : "send";
    const channel = follow(document, operation.value.channel, below(operation.pointer, "channel"));
    const named = list(operation.value.messages).map((message) => messageAt(document, message, operation.pointer));
    const all = Object.entries(record(channel.value.messages)).map(([name, message]) =>
      messageAt(document, message, below(channel.pointer, "messages", name)),
    );
    const channelNames = [text(channel.value.address), channel.pointer.split("/").at(-1)];
    return (named.length > 0 ? named : all).map((message) =>
      describe(document, direction, message, channelNames, operation),
    );
  });
}

function eventsOfVersion2(document: Json): DescribedEvent[] {
  return Object.entries(record(document.channels)).flatMap(([address, given]) => {
    const channel = follow(document, given, below("#", "channels", address));
    // In version 2 the words are the reader's: what others publish, this service receives.
    return (["publish", "subscribe"] as const).flatMap((verb) => {
      if (channel.value[verb] === undefined) return [];
      const operation = follow(document, channel.value[verb], below(channel.pointer, verb));
      const message = messageAt(document, operation.value.message, below(operation.pointer, "message"));
      const several = list(message.value.oneOf);
      const messages =
        several.length === 0 ? [message] : several.map((one) => messageAt(document, one, message.pointer));
      return messages.map((one) =>
        describe(document, verb === "publish" ? "receive" : "send", one, [address], operation),
      );
    });
  });
}

interface NamedPlace extends Place {
  key: string | undefined;
}

/** A message with the key it is kept under; a reference to a channel's message leads on to the component. */
function messageAt(document: Json, given: unknown, pointer: string): NamedPlace {
  const reference = text(record(given).$ref);
  const place = follow(document, given, pointer);
  return { ...place, key: reference?.split("/").at(-1) ?? pointer.split("/").at(-1) };
}

function describe(
  document: Json,
  direction: DescribedEvent["direction"],
  message: NamedPlace,
  channelNames: (string | undefined)[],
  operation: Place,
): DescribedEvent {
  const names = [text(message.value.name), ...channelNames, message.key];
  const created = operation.value["x-creates"] ?? message.value["x-creates"];
  return {
    direction,
    names: [...new Set(names.filter((name) => name !== undefined && name !== "message"))].map(String),
    payload: payloadOf(document, message),
    creates: text(created) ?? text(record(created).entity),
  };
}

/** Where the event's data is described; a payload that is a whole CloudEvents envelope has it under `data`. */
function payloadOf(document: Json, message: Place): string | undefined {
  if (message.value.payload === undefined) return undefined;
  let payload = follow(document, message.value.payload, below(message.pointer, "payload"));
  if (payload.value.schemaFormat !== undefined)
    payload = follow(document, payload.value.schema, below(payload.pointer, "schema"));
  const { specversion, data } = record(payload.value.properties);
  if (specversion === undefined || data === undefined) return payload.pointer;
  return follow(document, data, below(payload.pointer, "properties", "data")).pointer;
}

/** What the service listens to: its own AsyncAPI document's receive operations, and what the service map adds. */
export function planSubscriptions(document: Json | undefined, service: Service): SubscriptionPlan[] {
  const described = document ? describedEvents(document).filter(({ direction }) => direction === "receive") : [];
  const subscriptions = new Map<string, SubscriptionPlan>();
  for (const { names, payload, creates } of described) {
    const agreed = names.filter((name) => service.events_subscribed.includes(name));
    for (const name of agreed.length > 0 ? agreed : names) subscriptions.set(name, { name, payload, creates });
  }
  for (const name of service.events_subscribed)
    if (!subscriptions.has(name)) subscriptions.set(name, { name, payload: undefined, creates: undefined });
  return [...subscriptions.values()];
}

/** An event under the name the bus uses, with the other names its document gives it. */
export interface AnnouncedEvent extends EventPlan {
  aliases: string[];
}

/** Every event the service announces, under the one name that the bus uses for it. */
export function plannedEvents(document: Json | undefined, service: Service): AnnouncedEvent[] {
  const described = document ? describedEvents(document).filter(({ direction }) => direction === "send") : [];
  const events = described.map(({ names, payload }) => ({
    name: names.find((name) => service.events_published.includes(name)) ?? names[0] ?? "event",
    payload,
    aliases: names,
  }));
  const extra = service.events_published.filter((name) => !described.some(({ names }) => names.includes(name)));
  return [...events, ...extra.map((name) => ({ name, payload: undefined, aliases: [] }))];
}

/** The events an operation causes: `x-publishes`, else those whose name tells its entity and what happens to it. */
export function publishedBy(
  { raw, id }: ContractOperation,
  events: AnnouncedEvent[],
  what: { entity: string; action: OperationAction; to: string | undefined },
  declaredAnywhere: boolean,
): EventPlan[] {
  const named = texts(raw["x-publishes"]);
  if (named.length > 0)
    return named.map((name) => ({
      name,
      payload: events.find((event) => event.name === name || event.aliases.includes(name))?.payload,
    }));
  if (declaredAnywhere || what.entity === "") return [];
  const verbs = {
    create: "created",
    register: "created|registered",
    update: "updated|changed",
    delete: "deleted|removed",
  };
  const verb = what.to ?? (verbs as Partial<Record<OperationAction, string>>)[what.action];
  const plain = (word: string) => word.toLowerCase().replace(/[^a-z0-9]/g, "");
  return events.filter(({ name }) => {
    const rest = plain(name).replace(plain(what.entity), "");
    return rest !== plain(name) && (verb?.split("|").map(plain).includes(rest) || plain(id) === plain(name));
  });
}
