import type { ContractDraft } from "../../model/contract.ts";
import type { OutlineService } from "../outline.ts";
import { mentions } from "./catalogue.ts";
import { identifierOf } from "./credentials.ts";
import type { Ask, Draft, DraftEntity, DraftEvent } from "./draft.ts";
import { CONTRACT_VERSION } from "./openapi.ts";
import type { PlannedOperation } from "./operation.ts";
import { propertiesOf } from "./operations.ts";
import { createSchemas, type Schemas } from "./schemas.ts";
import { isServerSet, type Schema } from "./types.ts";
import { camel, matchKey, pascal, snake, wordsOf } from "./words.ts";

/** The AsyncAPI 3.0 contract of a service that publishes or consumes events; undefined for any other. */
export function asyncApiFor(
  service: OutlineService,
  operations: PlannedOperation[],
  draft: Draft,
  ask: Ask,
): ContractDraft | undefined {
  const events = draft.events.filter((event) => concerns(event, service.name));
  if (events.length === 0) return undefined;
  const schemas = createSchemas(draft.entities, ask);
  const channels = new Map<string, { address: string; messages: Schema; parameters?: Schema }>();
  const messages = new Map<string, Schema>();
  const declared: Record<string, Schema> = {};
  const unclear: DraftEvent[] = [];
  for (const event of events) {
    const message = pascal(event.name) || "Event";
    const address = (event.channel ?? event.name).replace(
      /\{([^{}]*)\}/g,
      (_, name: string) => `{${snake(name) || "id"}}`,
    );
    const channel = camel(address) || "events";
    const entity = subjectOf(event, draft.entities);
    const payload: Schema = event.payload ? schemas.ofShape(event.payload, "response", entity) : { type: "object" };
    const entry = channels.get(channel) ?? { address, messages: {}, ...addressParameters(address) };
    entry.messages[message] = { $ref: `#/components/messages/${message}` };
    channels.set(channel, entry);
    messages.set(message, {
      name: event.name,
      contentType: "application/json",
      ...(event.description ? { summary: event.description.slice(0, 300) } : {}),
      payload: withoutReadOnly(payload),
    });
    const common = {
      channel: { $ref: `#/channels/${channel}` },
      messages: [{ $ref: `#/channels/${channel}/messages/${message}` }],
    };
    if (event.publishers.includes(service.name)) declared[`send${message}`] = { action: "send", ...common };
    if (event.consumers.includes(service.name)) {
      const created = createdBy(event, service.name, payload, { draft, operations, schemas, ask, unclear });
      declared[`receive${message}`] = {
        action: "receive",
        ...common,
        ...(created ? { "x-creates": created.name } : {}),
      };
    }
  }
  askAboutReceived(service.name, unclear, ask);
  const components = schemas.components();
  return {
    service_name: service.name,
    type: "asyncapi",
    version: CONTRACT_VERSION,
    spec: {
      asyncapi: "3.0.0",
      info: { title: `${service.name} events`, version: CONTRACT_VERSION },
      defaultContentType: "application/json",
      channels: Object.fromEntries(channels),
      operations: declared,
      components: {
        ...(Object.keys(components).length > 0 ? { schemas: components } : {}),
        messages: Object.fromEntries(messages),
      },
    },
  };
}

function addressParameters(address: string): { parameters?: Schema } {
  const names = [...address.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] ?? "");
  return names.length > 0 ? { parameters: Object.fromEntries(names.map((name) => [name, {}])) } : {};
}

function concerns(event: DraftEvent, service: string): boolean {
  return event.publishers.includes(service) || event.consumers.includes(service);
}

/** The entity an event's name begins with: `order.paid` → Order. */
function subjectOf(event: DraftEvent, entities: readonly DraftEntity[]): DraftEntity | undefined {
  const words = wordsOf(event.name);
  const lengths = words.map((_, index) => index + 1).reverse();
  for (const length of lengths) {
    const key = matchKey(words.slice(0, length).join("-"));
    const found = entities.find((entity) => matchKey(entity.name) === key);
    if (found) return found;
  }
  return undefined;
}

interface CreationContext {
  draft: Draft;
  operations: PlannedOperation[];
  schemas: Schemas;
  ask: Ask;
  /** Events that do nothing evident. */
  unclear: DraftEvent[];
}

/**
 * The entity that a received event evidently creates: the only one of the consumer's that no endpoint creates and whose
 * required fields the payload can fill (a text field such as `type` is filled with the event's name).
 */
function createdBy(
  event: DraftEvent,
  consumer: string,
  payload: Schema,
  { draft, operations, ask, unclear }: CreationContext,
): DraftEntity | undefined {
  const carried = Object.keys(propertiesOf(payload));
  const made = operations.flatMap(({ meaning }) =>
    ["create", "register"].includes(meaning.action) && meaning.entity ? [meaning.entity] : [],
  );
  const own = draft.entities.filter((entity) => entity.owner === consumer && !made.includes(entity));
  const said = own.filter((entity) => /\bcreat/i.test(event.description) && mentions(event.description, entity.name));
  const fitting = own.filter((entity) => fills(entity, carried));
  const found = said.length > 0 ? said : fitting;
  if (found.length === 1) return found[0];
  if (found.length === 0) unclear.push(event);
  else
    ask(
      `event ${event.name}`,
      `What does ${consumer} do when ${event.name} arrives? It could create ${found.map((entity) => entity.name).join(" or ")}. Its contract says only that it receives it.`,
      event.line,
    );
  return undefined;
}

/** One question for all events of a service: what they have in common is that the PRD says nothing of their effect. */
function askAboutReceived(consumer: string, events: DraftEvent[], ask: Ask): void {
  const [first] = events;
  if (first === undefined) return;
  if (events.length === 1)
    ask(
      `event ${first.name}`,
      `What does ${consumer} do when ${first.name} arrives? Its contract says only that it receives it.`,
      first.line,
    );
  else
    ask(
      `service ${consumer}`,
      `What does ${consumer} do when these arrive? Its contract says only that it receives them: ${events.map(({ name }) => name).join(", ")}.`,
      first.line,
    );
}

function fills(entity: DraftEntity, carried: string[]): boolean {
  const wanted = entity.fields.filter(
    (field) =>
      field.required && !isServerSet(field.name, field.description) && entity.state_machine?.field !== field.name,
  );
  const shared = wanted.filter((field) => carried.includes(field.name));
  const rest = wanted.filter((field) => !carried.includes(field.name));
  const named = rest.every((field) =>
    ["type", "kind", "event", "event-type", "event-name", "source-event"].includes(matchKey(field.name)),
  );
  return shared.length > 0 && named && identifierOf(entity) === undefined;
}

function withoutReadOnly(schema: Schema): Schema {
  const properties = propertiesOf(schema);
  if (Object.keys(properties).length === 0) return schema;
  const open = Object.entries(properties).map(([name, { readOnly: _readOnly, ...property }]) => [name, property]);
  return { ...schema, properties: Object.fromEntries(open) };
}
