import type { OperationAction, OperationTransition } from "../../model/contract.ts";
import type { Transition } from "../../model/domain-model.ts";
import type { Shape, ShapeField } from "../outline.ts";
import { identifierOf, isSecret } from "./credentials.ts";
import { type DraftEndpoint, type DraftEntity, indexOf } from "./draft.ts";
import { isFormOf, matchKey, wordsOf } from "./words.ts";

/** What an endpoint does, as far as its path, shapes and words show it. */
export interface Meaning {
  action: OperationAction;
  /** The entity it works on; only entities of the endpoint's own service. */
  entity: DraftEntity | undefined;
  transition: OperationTransition | undefined;
  /** A doubt about it; "" when there is none. */
  doubt: string;
  /** The changes of state that its name fits, when there are several. */
  between?: Transition[];
}

const REGISTER = ["register", "signup", "sign-up", "registration"];
const LOGIN = ["login", "log-in", "signin", "sign-in"];
const TOKEN = ["token", "authenticate", "session"];

/** Read an endpoint's meaning. What fits nothing is `custom`. */
export function meaningOf(endpoint: DraftEndpoint, entities: readonly DraftEntity[], healthPath: string): Meaning {
  const plain = (action: OperationAction, entity?: DraftEntity): Meaning => ({
    action,
    entity,
    transition: undefined,
    doubt: "",
  });
  const { method } = endpoint;
  const segments = endpoint.path.split("/").filter((segment) => segment !== "");
  const last = segments.at(-1) ?? "";
  const key = matchKey(last);
  if (method === "GET" && endpoint.path === healthPath) return plain("health");

  const own = entities.filter((entity) => entity.owner === endpoint.owner);
  if (method === "POST") {
    const secret = hasField(endpoint.request, isSecret);
    const open = endpoint.request === null || secret;
    if (open && REGISTER.includes(key)) return plain("register", identity(endpoint, own));
    if (open && LOGIN.includes(key)) return plain("login", identity(endpoint, own));
    if (secret && TOKEN.includes(key)) return plain("login", identity(endpoint, own));
    const match = entityAt(segments, own);
    const registers = secret && /\bregist|\bsign(?:s|ed)?[ -]?up/i.test(endpoint.summary);
    if (registers && match?.index === segments.length - 1 && identifierOf(match.entity))
      return plain("register", match.entity);
  }
  if (method === "GET" && ["me", "current", "whoami", "self"].includes(key))
    return plain("current", identity(endpoint, own));

  const match = entityAt(segments, entities);
  if (!match || match.entity.owner !== endpoint.owner) return plain("custom");
  const { entity, index } = match;
  const rest = segments.slice(index + 1);
  const isParameter = (segment: string | undefined) => segment?.startsWith("{") === true;
  if (rest.length === 0) {
    if (method === "GET") return plain(listsMany(endpoint) ? "list" : "custom", entity);
    if (method === "POST") return plain(endpoint.request?.kind === "array" ? "custom" : "create", entity);
  } else if (rest.length === 1 && isParameter(rest[0])) {
    if (method === "GET") return plain("get", entity);
    if (method === "PUT" || method === "PATCH") return plain("update", entity);
    if (method === "DELETE") return plain("delete", entity);
  } else if (rest.length === 2 && isParameter(rest[0]) && !isParameter(rest[1]) && method !== "GET")
    return onOne(endpoint, entity, rest[1] ?? "", plain);
  return plain("custom", entity);
}

/** `POST /orders/{id}/pay`, `PATCH /orders/{id}/status`. */
function onOne(
  endpoint: DraftEndpoint,
  entity: DraftEntity,
  word: string,
  plain: (action: OperationAction, entity?: DraftEntity) => Meaning,
): Meaning {
  const machine = entity.state_machine;
  if (!machine || machine.transitions.length === 0 || endpoint.method === "DELETE") return plain("custom", entity);
  if (endpoint.method !== "POST" && matchKey(word) === matchKey(machine.field)) return plain("update", entity);
  const [verb = ""] = wordsOf(word);
  const byTrigger = machine.transitions.filter((transition) =>
    wordsOf(transition.trigger || (transition.guard ?? "")).some(
      (candidate) => isFormOf(candidate, verb) || isFormOf(verb, candidate),
    ),
  );
  const byTarget = machine.transitions.filter((transition) =>
    wordsOf(transition.to_state).some((candidate) => isFormOf(candidate, verb)),
  );
  const found = byTrigger.length > 0 ? byTrigger : byTarget;
  const targets = [...new Set(found.map((transition) => transition.to_state))];
  const [to] = targets;
  if (to === undefined || targets.length > 1) {
    const between = to === undefined ? "none of its transitions fits" : `it could end in ${targets.join(" or ")}`;
    return {
      ...plain("custom", entity),
      doubt: `Which change of ${entity.name}.${machine.field} does ${endpoint.method} ${endpoint.path} make? By its name ${between}.`,
      between: found,
    };
  }
  return { ...plain("transition", entity), transition: asTransition(machine.field, to, found) };
}

/** The changes that end in a state as what one operation does. */
export function asTransition(field: string, to: string, changes: readonly Transition[]): OperationTransition {
  const from = changes.filter(({ to_state }) => to_state === to).map(({ from_state }) => from_state);
  return { field, from: [...new Set(from)], to };
}

/** The deepest path segment that names an entity, alone (`/order-items`) or with its parent (`/orders/{id}/items`). */
function entityAt(
  segments: string[],
  entities: readonly DraftEntity[],
): { entity: DraftEntity; index: number } | undefined {
  const byKey = indexOf(entities);
  const statics = segments.map((segment) => (segment.startsWith("{") ? "" : matchKey(segment)));
  for (let index = segments.length - 1; index >= 0; index -= 1) {
    const key = statics[index];
    if (!key) continue;
    const parent = statics.slice(0, index).findLast((candidate) => candidate !== "");
    const entity = byKey.get(key) ?? (parent ? byKey.get(`${parent}-${key}`) : undefined);
    if (entity) return { entity, index };
  }
  return undefined;
}

/** Whose identity an account endpoint is about: what its path or response names, else the one that can log in. */
function identity(endpoint: DraftEndpoint, own: readonly DraftEntity[]): DraftEntity | undefined {
  const segments = endpoint.path.split("/").filter((segment) => segment !== "");
  const named = endpoint.responses.flatMap(({ shape }) => (shape?.kind === "scalar" ? [matchKey(shape.type)] : []));
  const fromResponse = own.find((entity) => named.includes(matchKey(entity.name)));
  const found = fromResponse ?? entityAt(segments, own)?.entity;
  if (found) return found;
  const able = own.filter((entity) => identifierOf(entity) !== undefined);
  return able.length === 1 ? able[0] : own.length === 1 ? own[0] : undefined;
}

function hasField(shape: Shape | null, fits: (name: string) => boolean): boolean {
  return fieldsOf(shape).some((field) => fits(field.name));
}

export function fieldsOf(shape: Shape | null): ShapeField[] {
  return shape?.kind === "object" ? shape.fields : [];
}

/** Whether the answer holds many: an array, an object with one (a page), or nothing said. */
function listsMany(endpoint: DraftEndpoint): boolean {
  const shape = endpoint.responses.find(({ status }) => status >= 200 && status < 300)?.shape ?? null;
  if (shape === null || shape.kind === "array") return true;
  if (shape.kind === "scalar") return /\[|\b(?:array|list|page)\b/i.test(shape.type);
  return shape.fields.some(
    (field) => field.shape.kind === "array" || (field.shape.kind === "scalar" && field.shape.type.includes("[")),
  );
}
