import type { OperationAction } from "../model/contract.ts";
import { at, isRecord, resolveRef } from "./document.ts";
import type { UnlabelledOperation } from "./operation.ts";

/**
 * An entity's name in comparable form: "OrderItem", "order_items" and "order-items" are the same entity. English
 * plurals are taken off by rule; that both sides are treated alike matters more than that the word is right.
 */
export function entityKey(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  if (plain.length > 4 && plain.endsWith("ies")) return `${plain.slice(0, -3)}y`;
  if (/(?:s|x|z|ch|sh)es$/.test(plain)) return plain.slice(0, -2);
  return plain.length > 3 && plain.endsWith("s") && !plain.endsWith("ss") ? plain.slice(0, -1) : plain;
}

export function pathSegments(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

export function isParameter(segment: string | undefined): boolean {
  return segment !== undefined && /^\{.*\}$/.test(segment);
}

/**
 * The entity a path is about: the word before its last parameter, or its last word when it has none; for operations on
 * identities the word before what they do (`/accounts/login` is about accounts).
 */
export function inferEntity(path: string, action: OperationAction): string | null {
  const segments = pathSegments(path);
  if (action === "register" || action === "login" || action === "current") segments.pop();
  const lastParameter = segments.findLastIndex(isParameter);
  const isNested = (action === "list" || action === "create") && lastParameter < segments.length - 1;
  const word = lastParameter > 0 && !isNested ? segments[lastParameter - 1] : segments.at(-1);
  return word === undefined || isParameter(word) ? null : entityKey(word);
}

const HEALTH = /^(health|healthz|health-check|healthcheck|ready|readyz|live|livez|ping|status)$/;
const REGISTER = /^(register|registration|signup|sign-up)$/;
const LOGIN = /^(login|log-in|signin|sign-in|token|tokens|session|sessions|authenticate)$/;
const CURRENT = /^(me|current|profile|whoami|self)$/;

/** What an operation without `x-action` does, by its method and path and the paths beside it. */
export function inferAction(operation: UnlabelledOperation, siblings: readonly UnlabelledOperation[]): OperationAction {
  const { method, path } = operation;
  const segments = pathSegments(path);
  const last = segments.at(-1) ?? "";
  const bare = last.toLowerCase();
  const isCollection = siblings.some((other) => other.method === "GET" && other.path === path);
  if (method === "GET") {
    if (HEALTH.test(bare) && segments.length <= 2) return "health";
    if (CURRENT.test(bare)) return "current";
    if (isParameter(last)) return "get";
    return hasListResponse(operation) || siblings.some((other) => other.method === "POST" && other.path === path)
      ? "list"
      : "custom";
  }
  if (method === "POST") {
    if (REGISTER.test(bare)) return "register";
    if (LOGIN.test(bare) && operation.body !== null && !isCollection) return "login";
    if (isParameter(last)) return "custom";
    if (isParameter(segments.at(-2)) && !isCollection) return "transition";
    return isCollection || siblings.some((other) => belongsTo(path, other.path)) || documents(operation, "201")
      ? "create"
      : "custom";
  }
  if ((method === "PUT" || method === "PATCH") && segments.some(isParameter))
    return isParameter(last) ? "update" : "transition";
  return method === "DELETE" && isParameter(last) ? "delete" : "custom";
}

/** Whether `item` is `collection` followed by one parameter. */
export function belongsTo(collection: string, item: string): boolean {
  return item.startsWith(`${collection}/{`) && !item.slice(collection.length + 1).includes("/");
}

function documents(operation: UnlabelledOperation, status: string): boolean {
  return operation.responses.some((response) => response.status === status);
}

function hasListResponse({ responses, document }: UnlabelledOperation): boolean {
  return responses
    .filter(({ status }) => status.startsWith("2"))
    .flatMap(({ content }) => [...content.values()])
    .some((schema) => isList(resolveRef(schema, document), document));
}

/** A list itself, or an envelope with one list of objects in it (items, data, results). */
function isList(schema: unknown, document: unknown): boolean {
  const direct = (given: unknown) => at(resolveRef(given, document), "type") === "array";
  if (direct(schema)) return true;
  const properties = at(schema, "properties");
  return isRecord(properties) && ["items", "data", "results", "content"].some((name) => direct(properties[name]));
}
