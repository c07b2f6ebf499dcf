import type { Flow } from "../../model/flow.ts";
import type { ServiceMap } from "../../model/service-map.ts";
import { keyOf, type TestSystem } from "../session/session.ts";
import { withValue } from "../session/slots.ts";
import { addEffect, addOperation, addReadBack, newChain, settleEarlier } from "./chain.ts";
import { bodySlots, labelOf, publishedBy, type Relation, relationsOf } from "./relations.ts";
import { refer } from "./template.ts";

/** More would tell little new and take the time of everything else. */
export const MOST_FLOWS = 40;

export interface GeneratedFlows {
  flows: Flow[];
  /** Relations between services that no flow exercises, each with the reason. */
  uncovered: string[];
}

/**
 * The flows that the contracts give: for each operation that calls another service, refers to what another keeps, or
 * publishes an event that another receives, a chain of at most five requests with real data passed along, and waiting for
 * the effects. The same contracts give the same flows, most valuable first: those that add relations no other has.
 */
export function generateFlows(
  system: TestSystem,
  map?: Pick<ServiceMap, "services">,
  most = MOST_FLOWS,
): GeneratedFlows {
  const relations = relationsOf(system);
  const candidates = [...grouped(relations).values()].flatMap((own) => [
    positiveFlow(system, own),
    ...refusals(system, own),
  ]);
  const flows = mostValuable(candidates, most);
  return { flows, uncovered: uncoveredOf(system, relations, flows, map) };
}

/** By operation. */
function grouped(relations: readonly Relation[]): Map<string, Relation[]> {
  const found = new Map<string, Relation[]>();
  for (const relation of relations) {
    const key = keyOf(relation.operation);
    found.set(key, [...(found.get(key) ?? []), relation]);
  }
  return found;
}

export function positiveFlow(system: TestSystem, own: readonly Relation[]): Flow {
  const [first] = own;
  if (first === undefined) throw new Error("a flow without relations");
  const { operation } = first;
  const chain = newChain(system);
  const target = addOperation(chain, operation);
  if (operation.action === "create" || operation.action === "update" || operation.action === "register")
    addReadBack(chain, target, operation);
  for (const relation of own)
    if (relation.kind === "event") addEffect(chain, target, operation, relation.event, relation.to);
  settleEarlier(chain, target);
  const services = [...new Set([...chain.steps.map(({ service }) => service), ...own.map(({ to }) => to)])];
  return {
    name: `${operation.service} ${operation.id}`,
    why: own.map(reasonOf).join("; "),
    services,
    covers: own.map(labelOf),
    steps: chain.steps,
  };
}

function reasonOf(relation: Relation): string {
  const { operation, to } = relation;
  if (relation.kind === "call") return `${operation.service} calls ${relation.called.id} of ${to}`;
  if (relation.kind === "event") return `${relation.event} of ${operation.service} reaches ${to}`;
  return `${relation.property} of ${operation.service} is a ${relation.wanted.entity} of ${to}`;
}

/** A call that checks a reference must refuse one to nothing, where the contract documents a refusal. */
function refusals(system: TestSystem, own: readonly Relation[]): Flow[] {
  return own.flatMap((relation) => {
    const { operation } = relation;
    if (relation.kind !== "call" || relation.property === null) return [];
    const refuses = operation.responses.some(({ status }) => /^4(00|04|09|22|XX)$/.test(status));
    const slot = bodySlots(operation).find(({ path }) => path[0] === relation.property && path.length === 1);
    if (!refuses || slot === undefined) return [];
    const chain = newChain(system);
    const id = addOperation(chain, operation);
    const step = chain.steps.find((one) => one.id === id);
    if (step === undefined) return [];
    const integer = typeOf(slot.schema) === "integer";
    step.request.body = withValue(step.request.body, slot.path, integer ? 2_000_000_011 : refer("uuid"));
    step.expect = { status: ["4XX"], contract: false, body: {}, new: false };
    return [
      {
        name: `${operation.service} ${operation.id} refuses an unknown ${relation.property}`,
        why: `${operation.service} asks ${relation.to} whether ${relation.property} exists`,
        services: [...new Set([...chain.steps.map(({ service }) => service), relation.to])],
        covers: [`refusal ${operation.service} ${operation.id} ${relation.property} -> ${relation.to}`],
        steps: withoutUnused(chain.steps, id),
      },
    ];
  });
}

function typeOf(schema: unknown): unknown {
  return typeof schema === "object" && schema !== null && "type" in schema ? schema.type : undefined;
}

/** Steps that a step needs, directly or not, and the step itself. */
function withoutUnused(steps: Flow["steps"], last: string): Flow["steps"] {
  const needed = new Set([last]);
  for (const step of [...steps].reverse())
    if (needed.has(step.id))
      for (const other of steps) if (JSON.stringify(step).includes(`\${steps.${other.id}.`)) needed.add(other.id);
  return steps.filter(({ id }) => needed.has(id));
}

/** Most new relations first; what adds none is left out. */
function mostValuable(candidates: readonly Flow[], most: number): Flow[] {
  const left = [...candidates].sort((a, b) => (a.name < b.name ? -1 : 1));
  const covered = new Set<string>();
  const pairs = new Set<string>();
  const chosen: Flow[] = [];
  while (left.length > 0 && chosen.length < most) {
    const worth = (flow: Flow) => {
      const fresh = flow.covers.filter((label) => !covered.has(label));
      const freshPairs = new Set(fresh.map(pairOf).filter((pair) => !pairs.has(pair)));
      return freshPairs.size * 100 + fresh.length * 10 - flow.steps.length / 10;
    };
    const best = left.reduce((a, b) => (worth(b) > worth(a) ? b : a));
    left.splice(left.indexOf(best), 1);
    if (best.covers.every((label) => covered.has(label))) continue;
    for (const label of best.covers) {
      covered.add(label);
      pairs.add(pairOf(label));
    }
    chosen.push(best);
  }
  return chosen;
}

/** Kind, service and other service of a relation, without the operation. */
function pairOf(label: string): string {
  const [kind = ""] = label.split(" ");
  const [from = "", to = ""] = label.split(" -> ");
  const source = kind === "event" ? from : `${kind} ${from.split(" ")[1] ?? ""}`;
  return `${source} ${to.split(" ")[0] ?? ""}`;
}

function uncoveredOf(
  system: TestSystem,
  relations: readonly Relation[],
  flows: readonly Flow[],
  map: Pick<ServiceMap, "services"> | undefined,
): string[] {
  const covered = new Set(flows.flatMap(({ covers }) => covers));
  const reasons = relations
    .map(labelOf)
    .filter((label) => !covered.has(label))
    .map((label) => `${label}: over the limit of flows`);
  const running = (service: string) => !system.unavailable.has(service);
  for (const [event, consumers] of Object.entries(system.subscribers))
    for (const consumer of consumers) {
      if (relations.some((one) => one.kind === "event" && one.event === event && one.to === consumer)) continue;
      const sources = system.operations.filter((operation) => publishedBy(system, operation).includes(event));
      if (sources.some(({ service }) => service === consumer)) continue;
      const why = !running(consumer)
        ? system.unavailable.get(consumer)
        : sources.length === 0
          ? "no operation of the contracts says that it publishes it"
          : "its publisher does not run";
      reasons.push(`event ${event} -> ${consumer}: ${why}`);
    }
  for (const service of map?.services ?? [])
    for (const other of service.depends_on) {
      if (relations.some(({ operation, to }) => operation.service === service.name && to === other)) continue;
      const down = [service.name, other].find((name) => !running(name));
      const why = down === undefined ? "the contracts name no call and no reference" : system.unavailable.get(down);
      reasons.push(`dependency ${service.name} -> ${other}: ${why}`);
    }
  return reasons;
}
