import type { ServiceMap } from "../../model/service-map.ts";
import { at, isRecord, pointerSegment } from "../document.ts";
import { payloadOf } from "../event-payload.ts";
import type { EventOperation } from "../events.ts";
import { relationsOf } from "../flow/relations.ts";
import { itemPlace, successPlace } from "../flow/shapes.ts";
import { entityKey } from "../infer.ts";
import { comparable } from "../names.ts";
import { endpointOf, type Operation } from "../operation.ts";
import { makersOf } from "../session/candidates.ts";
import type { TestSystem } from "../session/session.ts";
import { type Field, fieldsAt, fieldsOf } from "./field.ts";

/** The same data in two contracts: where it is sent, and where it is read. */
export interface Pair {
  subject: string;
  /** The event, or `METHOD /path`. */
  endpoint: string;
  from: string;
  to: string;
  sent: Field[];
  received: Field[];
  /** Whether it is one document, so that its properties have one name; otherwise one keeps what the other said. */
  isOneDocument: boolean;
}

/** Names that mean each thing's own, whatever it is called after. */
export const OWN = new Set(
  "id uuid status state type kind name title description message version createdat updatedat deletedat timestamp".split(
    " ",
  ),
);

/** Everything that two contracts say of the same data. */
export function pairsOf(system: TestSystem, map?: Pick<ServiceMap, "services">): Pair[] {
  return [...eventPairs(system), ...referencePairs(system), ...sharedEntityPairs(system, map)];
}

function eventPairs(system: TestSystem): Pair[] {
  const sends = system.events.filter(({ action }) => action === "send");
  return sends.flatMap((send) => {
    const sent = payloadFields(send);
    if (sent.length === 0) return [];
    const receives = system.events.filter(
      (one) => one.action === "receive" && one.event === send.event && one.service !== send.service,
    );
    return receives.flatMap((receive) => {
      const base = { endpoint: send.event, from: send.service, to: receive.service, sent };
      const received = payloadFields(receive);
      const one: Pair[] =
        received.length === 0 ? [] : [{ ...base, subject: `data of ${send.event}`, received, isOneDocument: true }];
      return [...one, ...keptBy(system, base, receive)];
    });
  });
}

/** What the receiver makes of an event keeps properties of the same name. */
function keptBy(
  system: TestSystem,
  base: Omit<Pair, "subject" | "received" | "isOneDocument">,
  receive: EventOperation,
): Pair[] {
  const entity = receive.creates === null ? null : entityKey(receive.creates);
  const list = system.operations.find(
    ({ service, action, entity: listed }) => service === receive.service && action === "list" && listed === entity,
  );
  if (entity === null || list === undefined) return [];
  const shown = fieldsAt(itemPlace(list), list.document).filter(({ key }) => !OWN.has(key));
  // What is kept of something optional may be optional or required as it likes.
  const received = shown.map((field) => ({ ...field, required: false }));
  const sent = base.sent.filter(({ key }) => !OWN.has(key));
  return [{ ...base, subject: `${base.endpoint} and the ${entity} made of it`, sent, received, isOneDocument: false }];
}

function payloadFields(event: EventOperation): Field[] {
  const payload = payloadOf(event);
  if (payload === undefined) return [];
  return fieldsOf(payload.schema, payload.document, payload.pointer);
}

/** The id of something as its own service gives it, and as others refer to it. */
function referencePairs(system: TestSystem): Pair[] {
  return relationsOf(system).flatMap((relation) => {
    if (relation.kind !== "reference") return [];
    const { operation, wanted, to } = relation;
    const maker = makersOf(system, wanted).find(({ kind }) => kind === "create");
    if (maker?.kind !== "create" || maker.operation.service !== to) return [];
    const id = idField(maker.operation);
    const key = relation.property.split(".").map(comparable).join(".");
    const referring = bodyFields(operation).find((field) => field.key === key);
    if (id === undefined || referring === undefined) return [];
    // Lists of ids are compared by their items elsewhere.
    const named = { ...id, key, name: referring.name, required: true };
    return [
      {
        subject: `${relation.property} and the id of a ${wanted.entity}`,
        endpoint: endpointOf(operation),
        from: to,
        to: operation.service,
        sent: [named],
        received: [{ ...referring, required: false }],
        isOneDocument: false,
      },
    ];
  });
}

function idField(maker: Operation): Field | undefined {
  const fields = fieldsAt(successPlace(maker), maker.document);
  return fields.find(({ key }) => key === "id") ?? fields.find(({ key }) => key === `${maker.entity}id`);
}

export function bodyFields({ body, document, pointer }: Operation): Field[] {
  if (body === null) return [];
  return fieldsOf(body.schema, document, `${pointer}/requestBody/content/${pointerSegment(body.media_type)}/schema`);
}

/** A schema of the same name as another service's entity, in a service that uses that one and makes none itself. */
function sharedEntityPairs(system: TestSystem, map: Pick<ServiceMap, "services"> | undefined): Pair[] {
  const documents = new Map(system.operations.map(({ service, document }) => [service, document]));
  const uses = new Set(relationsOf(system).map(({ operation, to }) => `${operation.service} ${to}`));
  for (const service of map?.services ?? [])
    for (const other of service.depends_on) uses.add(`${service.name} ${other}`);
  const found: Pair[] = [];
  for (const [from, document] of documents)
    for (const [to, other] of documents) {
      if (from === to || !(uses.has(`${to} ${from}`) || uses.has(`${from} ${to}`))) continue;
      for (const [name, schema] of componentsOf(document)) {
        const entity = entityKey(name);
        const owns = (service: string) =>
          system.operations.some(
            (one) =>
              one.service === service &&
              one.entity === entity &&
              (one.action === "create" || one.action === "register"),
          );
        const copy = componentsOf(other).find(([copied]) => entityKey(copied) === entity);
        if (copy === undefined || !owns(from) || owns(to)) continue;
        const place = (key: string) => `/components/schemas/${pointerSegment(key)}`;
        found.push({
          subject: `${name} in both contracts`,
          endpoint: `schema ${copy[0]}`,
          from,
          to,
          sent: fieldsOf(schema, document, place(name)),
          received: fieldsOf(copy[1], other, place(copy[0])),
          isOneDocument: true,
        });
      }
    }
  return found;
}

function componentsOf(document: Record<string, unknown>): [string, unknown][] {
  const schemas = at(document, "components", "schemas");
  return isRecord(schemas) ? Object.entries(schemas) : [];
}
