import { sampleOf } from "../../lib/schema-sample.ts";
import { entityKey } from "../infer.ts";
import { comparable } from "../names.ts";
import type { Operation } from "../operation.ts";
import { makersOf } from "../session/candidates.ts";
import type { TestSystem, Wanted } from "../session/session.ts";
import { type Slot, slotsOf } from "../session/slots.ts";

/** A way in which one operation reaches another service, according to the contracts. */
export type Relation =
  | { kind: "call"; operation: Operation; to: string; called: Operation; property: string | null }
  | { kind: "reference"; operation: Operation; to: string; wanted: Wanted; property: string }
  | { kind: "event"; operation: Operation; to: string; event: string };

/** A relation in words, the same in every run. */
export function labelOf(relation: Relation): string {
  const from = `${relation.operation.service} ${relation.operation.id}`;
  if (relation.kind === "call") return `call ${from} -> ${relation.to} ${relation.called.id}`;
  if (relation.kind === "event") return `event ${relation.event} of ${from} -> ${relation.to}`;
  return `reference ${from} ${relation.property} -> ${relation.to} ${relation.wanted.entity}`;
}

/** Everything that leads from operations of services that run to other services that run. */
export function relationsOf(system: TestSystem): Relation[] {
  const running = system.operations.filter(({ service }) => !system.unavailable.has(service));
  return running.flatMap((operation) => [
    ...callsOf(system, operation),
    ...referencesOf(system, operation),
    ...eventsOf(system, operation),
  ]);
}

function callsOf(system: TestSystem, operation: Operation): Relation[] {
  return operation.calls.flatMap(({ service, operation_id, property }) => {
    const called = system.operations.find((other) => other.service === service && other.id === operation_id);
    if (called === undefined || service === operation.service || system.unavailable.has(service)) return [];
    return [{ kind: "call" as const, operation, to: service, called, property: property ?? null }];
  });
}

/** Properties of the body that hold the id of something another service keeps. */
function referencesOf(system: TestSystem, operation: Operation): Relation[] {
  const found = new Map<string, Relation>();
  for (const { reference, path } of bodySlots(operation)) {
    if (reference === null) continue;
    const maker = makersOf(system, reference).find(({ kind }) => kind !== "existing");
    const to = maker?.kind === "create" ? maker.operation.service : maker?.kind === "event" ? maker.list.service : null;
    if (to === null || to === operation.service || system.unavailable.has(to)) continue;
    const property = path.filter((key) => typeof key === "string").join(".");
    found.set(property, { kind: "reference", operation, to, wanted: reference, property });
  }
  return [...found.values()];
}

/** Places of an operation's body that cannot be made up. */
export function bodySlots({ body, document }: Operation): Slot[] {
  if (body === null) return [];
  return slotsOf(body.schema, document, sampleOf(body.schema, document, 1, { request: true }));
}

function eventsOf(system: TestSystem, operation: Operation): Relation[] {
  return publishedBy(system, operation).flatMap((event) =>
    (system.subscribers[event] ?? [])
      .filter((to) => to !== operation.service && !system.unavailable.has(to))
      .map((to) => ({ kind: "event" as const, operation, to, event })),
  );
}

const VERBS: Record<string, Operation["action"][]> = {
  created: ["create", "register"],
  added: ["create"],
  placed: ["create"],
  registered: ["register", "create"],
  updated: ["update"],
  changed: ["update"],
  deleted: ["delete"],
  removed: ["delete"],
};

/**
 * The events an operation publishes: `x-publishes`. Where a service's OpenAPI contract says it nowhere, the name of an
 * event that it sends tells: `order.created` comes of creating an order, `order.paid` of the transition to `paid`.
 */
export function publishedBy(system: TestSystem, operation: Operation): string[] {
  const { service, entity, action, transition } = operation;
  const stated = system.operations.some((other) => other.service === service && other.publishes.length > 0);
  if (stated || entity === null) return operation.publishes;
  const sent = system.events.filter((event) => event.service === service && event.action === "send");
  return sent.flatMap(({ event }) => {
    const words = event.split(/[._\-:/]|(?<=[a-z])(?=[A-Z])/).filter((word) => word !== "");
    const verb = (words.at(-1) ?? "").toLowerCase();
    if (entityKey(words.slice(0, -1).join("")) !== entity) return [];
    const moved = transition !== null && comparable(transition.to) === verb;
    return moved || (VERBS[verb]?.includes(action) ?? false) ? [event] : [];
  });
}
