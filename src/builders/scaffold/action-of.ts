import type { OperationAction, OperationTransition } from "../../model/contract.ts";
import { OperationTransition as TransitionSchema } from "../../model/contract.ts";
import { credentialsOf } from "./credentials.ts";
import { collectionOf } from "./entity-of.ts";
import { isArraySchema, type Json, list, propertiesOf } from "./json.ts";
import { type ContractOperation, itemOf, parametersOf } from "./operations.ts";
import type { EntityPlan } from "./plan.ts";

const HEALTH = /^\/(health|healthz|ready|readyz|live|livez|ping)(\/|$)/;
const LOGIN = /(log-?in|sign-?in|sessions?|tokens?|authenticate)$/i;
const CURRENT = /\/(me|current|whoami|current-user|profile)$/i;

/** What an operation does: as declared, when its form allows it, else read from method, path and schemas. */
export function actionOf(
  document: Json,
  operation: ContractOperation,
  entity: EntityPlan | undefined,
): OperationAction {
  const wanted = operation.declared ?? guess(document, operation, entity);
  // Who registers without a secret is simply created.
  const action = wanted === "register" && !credentialsOf(document, operation) ? "create" : wanted;
  return isPossible(document, operation, entity, action) ? action : "custom";
}

/** An action whose document the path does not name, or that has no entity, can only be answered by form. */
function isPossible(
  document: Json,
  operation: ContractOperation,
  entity: EntityPlan | undefined,
  action: OperationAction,
): boolean {
  if (action === "custom" || action === "health" || action === "current") return true;
  if (entity === undefined) return false;
  if (action === "login") return credentialsOf(document, operation) !== undefined;
  if (action === "transition") return transitionOf(document, operation, entity) !== undefined;
  if (["get", "update", "delete"].includes(action)) return parametersOf(operation.path).length > 0;
  return true;
}

function guess(document: Json, operation: ContractOperation, entity: EntityPlan | undefined): OperationAction {
  const { method, path } = operation;
  if (HEALTH.test(path)) return "health";
  const credentials = credentialsOf(document, operation);
  if (method === "POST" && credentials)
    return credentials.tokens.length > 0 && isLogin(operation) ? "login" : "register";
  if (method === "GET" && CURRENT.test(path)) return "current";
  if (path.endsWith("}"))
    return ({ GET: "get", PUT: "update", PATCH: "update", DELETE: "delete" } as const)[method] ?? "custom";
  const inside = path.includes("{");
  if (method === "GET") return itemOf(document, operation.response) ? "list" : "custom";
  if (method === "POST" && entity && inside && transitionOf(document, operation, entity)) return "transition";
  if (method === "POST") return guessPost(document, operation, entity, inside);
  if ((method === "PUT" || method === "PATCH") && inside) return "update";
  return "custom";
}

function isLogin({ path, id, success }: ContractOperation): boolean {
  return LOGIN.test(path) || /log_?in|sign_?in|authenticate/i.test(id) || success === 200;
}

/** A POST creates when it answers 201, or answers with one of the entity it was sent. */
function guessPost(
  document: Json,
  operation: ContractOperation,
  entity: EntityPlan | undefined,
  inside: boolean,
): OperationAction {
  if (entity === undefined || (operation.response && isArraySchema(operation.response.value))) return "custom";
  const answer = propertiesOf(document, operation.response?.value);
  const ownItem =
    inside && collectionOf(operation.path).split("/").at(-1)?.toLowerCase().startsWith(entity.name.toLowerCase());
  if (ownItem) return "custom";
  return operation.success === 201 || answer[entity.id] !== undefined ? "create" : "custom";
}

/**
 * The move an operation makes: `x-transition`, else the only state of the entity that the last word of its path means
 * (`/cancel` → `cancelled`), from the states that its state machine allows.
 */
export function transitionOf(
  document: Json,
  operation: ContractOperation,
  entity: EntityPlan,
): OperationTransition | undefined {
  const declared = TransitionSchema.safeParse(operation.raw["x-transition"]);
  if (declared.success) return parametersOf(operation.path).length > 0 ? declared.data : undefined;
  const { stateField } = entity;
  if (stateField === undefined || !operation.path.includes("{")) return undefined;
  const properties = propertiesOf(document, { $ref: entity.schema });
  const states = list(properties[stateField]?.enum).filter((state) => typeof state === "string");
  const verb = stem(operation.path.split("/").at(-1) ?? "");
  const to = states.find((state) => stem(state) === verb);
  if (to === undefined) return undefined;
  const { moves } = entity;
  const from = moves
    ? Object.keys(moves).filter((state) => moves[state]?.includes(to))
    : states.filter((state) => state !== to);
  return from.length > 0 ? { field: stateField, from, to } : undefined;
}

/** `cancel`, `cancelled` and `CANCELED` are one word, as are `ship` and `shipped`, `pay` and `paid`. */
function stem(word: string): string {
  return word
    .toLowerCase()
    .replace(/[^a-z]/g, "")
    .replace(/(.)\1?(ed|ing)$/, "$1")
    .replace(/aid$/, "ay")
    .replace(/(e|l)$/, "");
}
