import { setTimeout as sleep } from "node:timers/promises";
import type { OperationTransition } from "../../model/contract.ts";
import { text } from "../document.ts";
import { endpointOf, type Operation } from "../operation.ts";
import { identifierOf, itemsOf, subjectOf } from "./answer.ts";
import { type Means, tokenFor } from "./caller.ts";
import { isMakeable, isOnOne, isRegistration, type Maker, makersOf, wayTo } from "./candidates.ts";
import { buildRequest } from "./request.ts";
import { created, resourceFrom } from "./resource.ts";
import {
  CannotArrange,
  call,
  describeOutcome,
  type Identity,
  isSuccess,
  keyOf,
  nextSeed,
  type Outcome,
  type PreparedRequest,
  type Resource,
  type Session,
  type Wanted,
} from "./session.ts";
import { existing, supplyFor } from "./supply.ts";

/** What a request is made for. */
export interface Purpose {
  /** What the path's last parameter means; without it a fitting resource is made. */
  target?: Resource | null;
  /** Who sends it; without it whoever the target is, or the session's own identity. */
  identity?: Identity;
  /** Whether to use the contract's examples and defaults; without it, only the first time. */
  examples?: boolean;
  /** What is being made at the moment: what needs itself cannot be made. */
  making?: readonly string[];
}

const MAX_NESTING = 8;

/**
 * Make a valid request for an operation, and before it everything that must exist: references in other services, the
 * resource it works on in the state it may start from, somebody who is logged in. Throws `CannotArrange`.
 */
export async function arrange(session: Session, operation: Operation, purpose: Purpose = {}): Promise<PreparedRequest> {
  const making = purpose.making ?? [];
  if (making.length > MAX_NESTING) throw new CannotArrange(`it needs too much else: ${making.join(", ")}`);
  refuseUnavailable(session, operation);
  const target = purpose.target === undefined ? await targetFor(session, operation, making) : purpose.target;
  const identity = purpose.identity ?? target?.identity ?? null;
  const examples = purpose.examples ?? !session.exampled.has(keyOf(operation));
  session.exampled.add(keyOf(operation));
  const assumed: string[] = [];
  const supply = supplyFor(session, { operation, target, identity, making, assumed }, meansOf(session));
  const request = await buildRequest(operation, supply, { seed: nextSeed(session), examples });
  return { ...request, assumed };
}

function refuseUnavailable({ system }: Session, operation: Operation): void {
  for (const service of [operation.service, ...operation.calls.map((made) => made.service)]) {
    const reason = system.unavailable.get(service);
    if (reason !== undefined) throw new CannotArrange(`it needs ${service}, and ${reason}`);
  }
}

/** A request that is refused with the contract's examples is tried with made-up values, and the other way round. */
async function perform(
  session: Session,
  operation: Operation,
  purpose: Purpose,
): Promise<{ request: PreparedRequest; outcome: Outcome }> {
  const silence = session.silent.get(keyOf(operation));
  if (silence !== undefined) throw new CannotArrange(`${endpointOf(operation)} of ${operation.service}: ${silence}`);
  const first = !session.exampled.has(keyOf(operation));
  const request = await arrange(session, operation, purpose);
  const outcome = await call(session, operation, request);
  const refused = outcome.kind === "answer" && outcome.answer.status >= 400 && outcome.answer.status < 500;
  if (!refused) return { request, outcome };
  const again = await arrange(session, operation, { ...purpose, examples: !first });
  return { request: again, outcome: await call(session, operation, again) };
}

/** For an operation on one resource: one of its own, because what is done to it must not disturb anything else. */
async function targetFor(session: Session, operation: Operation, making: readonly string[]): Promise<Resource | null> {
  if (!isOnOne(operation) || operation.entity === null) return null;
  const wanted = { entity: operation.entity, service: operation.service };
  if (!isMakeable(session.system, wanted)) return existing(session, wanted, making, meansOf(session));
  if (operation.action === "get") return shared(session, wanted, making);
  const resource = await make(session, wanted, making);
  return operation.transition === null ? resource : inState(session, resource, operation.transition, making);
}

/** The session's own resource of an entity, made when it is first needed. */
export async function shared(session: Session, wanted: Wanted, making: readonly string[] = []): Promise<Resource> {
  const [best] = makersOf(session.system, wanted);
  // Whoever the session is logged in as is also who its other requests refer to.
  const key =
    best?.kind === "create" && isRegistration(best.operation)
      ? `identity ${best.operation.service}`
      : `${best?.kind === "create" ? best.operation.service : wanted.service} ${wanted.entity}`;
  const known = session.made.get(key);
  if (known !== undefined) return known;
  const resource = await make(session, wanted, making);
  session.made.set(key, resource);
  return resource;
}

/** A new resource, by the first way that works. */
export async function make(session: Session, wanted: Wanted, making: readonly string[] = []): Promise<Resource> {
  if (making.includes(wanted.entity)) throw new CannotArrange(`a ${wanted.entity} needs a ${wanted.entity} first`);
  const reasons: string[] = [];
  for (const maker of makersOf(session.system, wanted).slice(0, 4)) {
    try {
      return await makeBy(session, maker, wanted, [...making, wanted.entity]);
    } catch (cause) {
      if (!(cause instanceof CannotArrange)) throw cause;
      reasons.push(cause.message);
    }
  }
  throw new CannotArrange(reasons[0] ?? `no operation of the contracts makes a ${wanted.entity}`);
}

async function makeBy(session: Session, maker: Maker, wanted: Wanted, making: readonly string[]): Promise<Resource> {
  if (maker.kind === "create") return create(session, maker.operation, wanted.entity, making);
  if (maker.kind === "event") return awaitEffect(session, maker, wanted.entity, making);
  const [first] = await listed(session, maker.list, making);
  const found = first && resourceFrom(maker.list, wanted.entity, first);
  if (found) return found;
  throw new CannotArrange(`no operation makes a ${wanted.entity}, and ${endpointOf(maker.list)} lists none`);
}

async function create(
  session: Session,
  operation: Operation,
  entity: string,
  making: readonly string[],
): Promise<Resource> {
  const { request, outcome } = await perform(session, operation, { making });
  const where = `${endpointOf(operation)} of ${operation.service}`;
  if (!isSuccess(outcome)) throw new CannotArrange(`${where} makes no ${entity}: ${describeOutcome(outcome)}`);
  return created(operation, entity, request, outcome);
}

/** The items a list operation answers with now. Throws `CannotArrange` when it does not answer with a list. */
export async function listed(
  session: Session,
  list: Operation,
  making: readonly string[] = [],
): Promise<Record<string, unknown>[]> {
  const outcome = await call(session, list, await arrange(session, list, { making }));
  const items = isSuccess(outcome) ? itemsOf(outcome.json) : undefined;
  if (items !== undefined) return items;
  throw new CannotArrange(`${endpointOf(list)} of ${list.service} gives no list: ${describeOutcome(outcome)}`);
}

/** Cause the event that makes the resource, and wait until it appears in its list. */
async function awaitEffect(
  session: Session,
  { cause, list }: Extract<Maker, { kind: "event" }>,
  entity: string,
  making: readonly string[],
): Promise<Resource> {
  refuseUnavailable(session, list);
  const ids = (items: Record<string, unknown>[]) => items.map((item) => identifierOf(item, entity));
  const before = new Set(ids(await listed(session, list, making)));
  const { outcome } = await perform(session, cause, { making });
  const where = `${endpointOf(cause)} of ${cause.service}`;
  if (!isSuccess(outcome)) throw new CannotArrange(`${where} publishes nothing: ${describeOutcome(outcome)}`);
  const deadline = Date.now() + session.system.event_timeout_ms;
  for (let pause = 20; ; pause = Math.min(pause * 2, 500)) {
    const fresh = (await listed(session, list, making)).find((item) => !before.has(identifierOf(item, entity)));
    const found = fresh && resourceFrom(list, entity, fresh);
    if (found) return found;
    if (Date.now() > deadline) throw new CannotArrange(`no ${entity} appeared in ${endpointOf(list)} after ${where}`);
    await sleep(pause, undefined, { signal: session.system.signal });
  }
}

/** The state as the resource's own `get` shows it: the answer to a creation need not. */
async function readState(
  session: Session,
  resource: Resource,
  field: string,
  making: readonly string[],
): Promise<string | undefined> {
  const get = session.system.operations.find(
    ({ action, entity, service }) => action === "get" && entity === resource.entity && service === resource.service,
  );
  if (get === undefined) return undefined;
  const outcome = await call(session, get, await arrange(session, get, { target: resource, making }));
  return isSuccess(outcome) ? text(subjectOf(outcome.json)[field]) : undefined;
}

/** Move a resource along its state machine until the transition may start. */
async function inState(
  session: Session,
  resource: Resource,
  wanted: OperationTransition,
  making: readonly string[],
): Promise<Resource> {
  const state = text(resource.body[wanted.field]) ?? (await readState(session, resource, wanted.field, making));
  if (state === undefined || wanted.from.length === 0 || wanted.from.includes(state)) return resource;
  const moves = session.system.operations.filter(
    ({ entity, service, transition }) =>
      entity === resource.entity && service === resource.service && transition?.field === wanted.field,
  );
  const way = wayTo(moves, state, wanted.from);
  if (way === undefined)
    throw new CannotArrange(`no transition of the contract leads from ${state} to ${wanted.from.join(" or ")}`);
  let reached = state;
  for (const move of way) {
    const outcome = await call(session, move, await arrange(session, move, { target: resource, making }));
    if (!isSuccess(outcome))
      throw new CannotArrange(`${endpointOf(move)} does not lead on from ${reached}: ${describeOutcome(outcome)}`);
    reached = move.transition?.to ?? reached;
  }
  return { ...resource, body: { ...resource.body, [wanted.field]: reached } };
}

/** What somebody needs to come by a token. */
function meansOf(session: Session): Means {
  return {
    arrange: (login, who, making) => arrange(session, login, { target: null, identity: who, making }),
    register: (operation, making) => create(session, operation, operation.entity ?? "account", making),
    shared: (wanted, making) => shared(session, wanted, making),
  };
}

/** A token of the session's own identity, for callers of an operation. Throws `CannotArrange`. */
export function ownToken(session: Session, operation: Operation): Promise<string> {
  return tokenFor(session, operation, null, [], meansOf(session));
}
