import type { PlannedStep } from "../../model/flow.ts";
import type { Operation } from "../operation.ts";
import { isOnOne, makersOf, wayTo } from "../session/candidates.ts";
import type { TestSystem, Wanted } from "../session/session.ts";
import { effectStep } from "./effect-step.ts";
import { planRequest } from "./plan-request.ts";
import { publishedBy } from "./relations.ts";
import { responseProperties, successStatuses } from "./shapes.ts";

/** A flow while it is put together: each step comes after those it refers to. */
export interface Chain {
  system: TestSystem;
  steps: PlannedStep[];
  /** Template of the id of what was made, by `service entity`. */
  made: Map<string, string>;
  /** Entities that are being made at the moment. */
  making: string[];
}

/** Requests of one flow at most, waiting for effects left aside; the rest is left to the session that runs it. */
export const MOST_REQUESTS = 5;

export function newChain(system: TestSystem): Chain {
  return { system, steps: [], made: new Map(), making: [] };
}

export function requestsIn(chain: Chain): number {
  return chain.steps.filter(({ event }) => event === undefined).length;
}

/** Add an operation, and before it what it needs. Gives the id of its step. */
export function addOperation(chain: Chain, operation: Operation): string {
  const target = targetOf(chain, operation);
  const { request, echoed } = planRequest(operation, {
    system: chain.system,
    target: target === null ? null : namedIn(chain, target, operation),
    reference: (wanted) => referenceTo(chain, wanted),
  });
  const id = freeId(chain, operation.id);
  const shown = responseProperties(operation);
  const body = Object.fromEntries([...echoed].filter(([name]) => shown.has(name)));
  chain.steps.push({
    id,
    service: operation.service,
    operation: operation.id,
    as: "caller",
    request,
    presumed: false,
    expect: { status: successStatuses(operation), contract: true, body, new: false },
  });
  return id;
}

/** Template of what an operation works on: made, and moved to a state that the operation may start from. */
function targetOf(chain: Chain, operation: Operation): string | null {
  if (!isOnOne(operation) || operation.entity === null) return null;
  const wanted = { entity: operation.entity, service: operation.service };
  const target = referenceTo(chain, wanted);
  if (target === null || operation.transition === null || chain.making.includes(operation.entity)) return target;
  const moves = chain.system.operations.filter(
    ({ entity, service, transition }) =>
      entity === operation.entity && service === operation.service && transition?.field === operation.transition?.field,
  );
  const way = wayTo(moves, firstState(moves), operation.transition.from) ?? [];
  for (const move of way.slice(0, MOST_REQUESTS - 1)) addMove(chain, move);
  return target;
}

/** What names a resource in a path: its property of the parameter's name, `/samples/{barcode}`, otherwise its id. */
function namedIn(chain: Chain, target: string, { path }: Operation): string {
  const [, parameter] = /\{([^}]+)\}[^{]*$/.exec(path) ?? [];
  const [, maker] = /^\$\{steps\.([\w-]+)\.(?:body\.)?id\}$/.exec(target) ?? [];
  const step = chain.steps.find(({ id, event }) => id === maker && event === undefined);
  const made = step && chain.system.operations.find((one) => one.service === step.service && one.id === step.operation);
  if (made === undefined || parameter === undefined || !responseProperties(made).has(parameter)) return target;
  return `\${steps.${maker}.body.${parameter}}`;
}

function addMove(chain: Chain, move: Operation): void {
  chain.making.push(move.entity ?? "");
  addOperation(chain, move);
  chain.making.pop();
}

/** The state that things are made in: one that transitions leave and none leads to, otherwise the first named. */
function firstState(moves: readonly Operation[]): string {
  const reached = new Set(moves.map(({ transition }) => transition?.to));
  const left = moves.flatMap(({ transition }) => transition?.from ?? []);
  return left.find((state) => !reached.has(state)) ?? left[0] ?? "";
}

/** Template of the id of something that an operation refers to; null when nothing in the contracts makes one. */
function referenceTo(chain: Chain, wanted: Wanted): string | null {
  const makers = makersOf(chain.system, wanted);
  const maker = makers.find(({ kind }) => kind !== "existing");
  if (maker === undefined) return null;
  const service = maker.kind === "create" ? maker.operation.service : maker.list.service;
  const key = `${service} ${wanted.entity}`;
  const known = chain.made.get(key);
  if (known !== undefined) return known;
  const reason = chain.system.unavailable.get(service);
  if (reason !== undefined || chain.making.includes(wanted.entity)) return null;
  // Places are kept for what is being made, and for the operation that all of it is for.
  if (requestsIn(chain) + chain.making.length >= MOST_REQUESTS - 1) return `\${made.${service}.${wanted.entity}}`;
  chain.making.push(wanted.entity);
  const template =
    maker.kind === "create"
      ? createdBy(chain, maker.operation)
      : maker.kind === "event"
        ? causedBy(chain, maker)
        : null;
  chain.making.pop();
  if (template !== null) chain.made.set(key, template);
  return template;
}

function createdBy(chain: Chain, operation: Operation): string {
  return idTemplate(addOperation(chain, operation), operation);
}

/** Template of the id of what a step makes. */
export function idTemplate(step: string, operation: Operation): string {
  return responseProperties(operation).has("id") ? `\${steps.${step}.body.id}` : `\${steps.${step}.id}`;
}

function causedBy(chain: Chain, { cause, list }: { cause: Operation; list: Operation }): string | null {
  const event = chain.system.events.find(
    (one) => one.service === list.service && one.action === "receive" && cause.publishes.includes(one.event),
  )?.event;
  if (event === undefined) return null;
  const id = addOperation(chain, cause);
  const added = addEffect(chain, id, cause, event, list.service);
  return `\${steps.${added}.id}`;
}

/** Add the wait for an event's effect. Gives the id of its step. */
export function addEffect(chain: Chain, cause: string, operation: Operation, event: string, consumer: string): string {
  const subject = subjectOf(chain, cause, operation);
  const step = effectStep(chain.system, { id: cause, operation, subject }, event, consumer);
  const id = freeId(chain, `${event} in ${consumer}`);
  chain.steps.push({ id, ...step });
  return id;
}

/**
 * Before an operation whose event makes something: wait for what earlier steps' events make in the same place, so that
 * none of it passes for the effect of this one.
 */
export function settleEarlier(chain: Chain, cause: string): void {
  const place = chain.steps.findIndex(({ id }) => id === cause);
  const wanted = new Set(
    chain.steps
      .filter((step) => step.cause === cause && step.expect.new)
      .map((step) => `${step.service} ${step.operation}`),
  );
  const earlier = chain.steps.slice(0, place);
  for (const step of earlier) {
    const operation = chain.system.operations.find((one) => one.service === step.service && one.id === step.operation);
    if (operation === undefined || step.event !== undefined) continue;
    for (const event of publishedBy(chain.system, operation))
      for (const consumer of chain.system.subscribers[event] ?? []) {
        if (chain.steps.some((one) => one.cause === step.id && one.event === event && one.service === consumer))
          continue;
        if (consumer === step.service || chain.system.unavailable.has(consumer)) continue;
        addEffect(chain, step.id, operation, event, consumer);
        const added = chain.steps.pop();
        if (added === undefined || !wanted.has(`${added.service} ${added.operation}`)) continue;
        chain.steps.splice(
          chain.steps.findIndex(({ id }) => id === cause),
          0,
          added,
        );
      }
  }
}

/** What an operation's event is about: what it made, or what it works on. */
function subjectOf(chain: Chain, cause: string, operation: Operation): string {
  if (!isOnOne(operation)) return idTemplate(cause, operation);
  return chain.made.get(`${operation.service} ${operation.entity}`) ?? idTemplate(cause, operation);
}

/** Read what was made or changed, where the contracts offer that: it must refer to the same things. */
export function addReadBack(chain: Chain, cause: string, operation: Operation): string | null {
  const get = readerOf(chain.system, operation);
  if (get === undefined || requestsIn(chain) >= MOST_REQUESTS) return null;
  const before = chain.made.get(`${operation.service} ${operation.entity}`);
  chain.made.set(`${operation.service} ${operation.entity}`, before ?? idTemplate(cause, operation));
  const id = addOperation(chain, get);
  const step = chain.steps.find((one) => one.id === id);
  const written = chain.steps.find((one) => one.id === cause);
  const shown = responseProperties(get);
  const body = Object.entries(written?.expect.body ?? {}).filter(([name]) => shown.has(name));
  if (step !== undefined) step.expect.body = Object.fromEntries(body);
  return id;
}

export function readerOf(system: TestSystem, { service, entity }: Operation): Operation | undefined {
  return system.operations.find(
    (other) => other.action === "get" && other.service === service && other.entity === entity && isOnOne(other),
  );
}

/** The operation's name as a step's id, with a number where it is taken. */
function freeId(chain: Chain, name: string): string {
  const plain = name.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  const base = /^[A-Za-z]/.test(plain) ? plain : `step_${plain}`;
  const taken = new Set(chain.steps.map(({ id }) => id));
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base}_${number}`;
    if (!taken.has(id)) return id;
  }
}
