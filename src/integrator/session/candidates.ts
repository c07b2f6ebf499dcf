import { at } from "../document.ts";
import { entityKey } from "../infer.ts";
import type { Operation, Parameter } from "../operation.ts";
import { parameterPrefixes } from "./request.ts";
import type { TestSystem, Wanted } from "./session.ts";
import { credentialByName, parts } from "./slots.ts";

/** A way to come by a resource, best first where several are given. */
export type Maker =
  | { kind: "create"; operation: Operation }
  /** `cause` publishes the event whose effect then appears in `list`. */
  | { kind: "event"; cause: Operation; list: Operation }
  | { kind: "existing"; list: Operation };

/** What contracts call the entity somebody registers as. */
const PEOPLE = new Set(["user", "account", "customer", "member", "profile", "person", "identity"]);

/** Operations on one resource, which their path's last parameter identifies. */
const ON_ONE = new Set<Operation["action"]>(["get", "update", "delete", "transition"]);

export function isOnOne({ action, path, entity }: Operation): boolean {
  return ON_ONE.has(action) && path.includes("{") && entity !== null;
}

/** Whether somebody gets an identity by it: it registers, or creates something that has a password. */
export function isRegistration({ action, body, document }: Operation): boolean {
  if (action === "register") return true;
  if (action !== "create" || body === null) return false;
  const names = parts(body.schema, document).flatMap((schema) => Object.keys(at(schema, "properties") ?? {}));
  return names.some((name) => credentialByName(name) === "secret");
}

/** How the wanted entity can be had, according to the contracts of all services. */
export function makersOf(system: TestSystem, { entity, service }: Wanted): Maker[] {
  const here = system.operations.filter((operation) => service === null || operation.service === service);
  const registers = here.filter((operation) => isRegistration(operation) && registersAs(operation, entity));
  const creates = here.filter((operation) => operation.action === "create" && operation.entity === entity);
  const lists = here.filter((operation) => operation.action === "list" && operation.entity === entity);
  const direct = [...new Set([...registers, ...creates])].map((operation) => ({ kind: "create" as const, operation }));
  const received = system.events.filter((event) => event.creates !== null && entityKey(event.creates) === entity);
  const byEvent = received.flatMap((event) => {
    const list = lists.find((operation) => operation.service === event.service);
    const causes = system.operations.filter(({ publishes }) => publishes.includes(event.event));
    return list === undefined ? [] : causes.map((cause) => ({ kind: "event" as const, cause, list }));
  });
  return [...direct, ...byEvent, ...lists.map((list) => ({ kind: "existing" as const, list }))];
}

/** Whether the contracts offer a way to make one, not only to find one that is there. */
export function isMakeable(system: TestSystem, wanted: Wanted): boolean {
  return makersOf(system, wanted).some(({ kind }) => kind !== "existing");
}

/** Somebody whom the contracts offer to create, for a token to stand for. */
export function personIn(system: TestSystem): Wanted | undefined {
  const found = system.operations.find(
    ({ action, entity }) => action === "create" && entity !== null && PEOPLE.has(entity),
  );
  return found && found.entity !== null ? { entity: found.entity, service: found.service } : undefined;
}

function registersAs(operation: Operation, entity: string): boolean {
  if (operation.entity === entity) return true;
  const says = operation.entity !== null && PEOPLE.has(operation.entity);
  return operation.action === "register" && PEOPLE.has(entity) && !says;
}

/** The entity a parameter identifies, when there is a way to have it. */
export function parameterTarget(
  system: TestSystem,
  operation: Operation,
  { name, reference, in: place }: Parameter,
  prefix: string,
): Wanted | null {
  const candidates: Wanted[] = [];
  if (reference !== null) candidates.push({ entity: entityKey(reference.entity), service: reference.service });
  if (place === "path") {
    const last = [...parameterPrefixes(operation.path).values()].at(-1);
    if (prefix === last && isOnOne(operation) && operation.entity !== null)
      candidates.push({ entity: operation.entity, service: operation.service });
    const word = prefix.split("/").at(-1);
    if (word) candidates.push({ entity: entityKey(word), service: operation.service });
  }
  const base = /^(.+?)[_-]?(?:id|uuid)$/i.exec(name)?.[1];
  if (base !== undefined) candidates.push({ entity: entityKey(base), service: null });
  return candidates.find((wanted) => makersOf(system, wanted).length > 0) ?? null;
}

/** Where a caller of a service logs in: in that service itself, or wherever the system issues tokens. */
export function loginFor(system: TestSystem, service: string): Operation | undefined {
  const logins = system.operations.filter(({ action }) => action === "login");
  return logins.find((operation) => operation.service === service) ?? logins[0];
}

/** Where somebody registers who is to log in there. */
export function registrationFor(system: TestSystem, service: string): Operation | undefined {
  const found = system.operations.filter(isRegistration);
  const near = found.filter((operation) => operation.service === service);
  return near.find(({ action }) => action === "register") ?? near[0] ?? found[0];
}

/** Fields whose value only transitions change. */
export function stateFields(system: TestSystem, { entity, service }: Operation): Set<string> {
  const moves = system.operations.filter((other) => other.entity === entity && other.service === service);
  return new Set(moves.flatMap(({ transition }) => (transition === null ? [] : [transition.field])));
}

/** The transitions that lead from a state to one of the wanted ones, fewest first; undefined when none do. */
export function wayTo(
  transitions: readonly Operation[],
  from: string,
  wanted: readonly string[],
): Operation[] | undefined {
  const seen = new Set([from]);
  let fringe: { state: string; way: Operation[] }[] = [{ state: from, way: [] }];
  while (fringe.length > 0) {
    const found = fringe.find(({ state }) => wanted.includes(state));
    if (found !== undefined) return found.way;
    const next: typeof fringe = [];
    for (const { state, way } of fringe)
      for (const operation of transitions) {
        const { transition } = operation;
        if (transition === null || !transition.from.includes(state) || seen.has(transition.to)) continue;
        seen.add(transition.to);
        next.push({ state: transition.to, way: [...way, operation] });
      }
    fringe = next;
  }
  return undefined;
}
