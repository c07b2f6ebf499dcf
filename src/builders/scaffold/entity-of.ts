import { type Json, type Place, record } from "./json.ts";
import { type ContractOperation, itemOf, parametersOf } from "./operations.ts";

const DECORATION =
  /(?:Response|Request|Create|Created|Update|Updated|Input|Output|Dto|DTO|Out|Read|View|Page|List|Collection|Payload|Body|Result)$/;

/**
 * Which entity each operation works on, by operation id: `x-entity`, else the schema it answers with, else the
 * collection its path lies in. An operation about nothing known is left out.
 */
export function entitiesByOperation(document: Json, operations: ContractOperation[]): Map<string, string> {
  const found = new Map<string, string>();
  const collections = new Map<string, string>();
  for (const operation of operations) {
    const entity = operation.entity ?? namedByAnswer(document, operation);
    if (entity === undefined) continue;
    found.set(operation.id, entity);
    if (operation.entity !== undefined || isCollectionOrItem(operation)) {
      const key = collectionOf(operation.path);
      if (!collections.has(key)) collections.set(key, entity);
    }
  }
  for (const operation of operations) {
    if (found.has(operation.id)) continue;
    const entity = collections.get(collectionOf(operation.path)) ?? namedByRequest(document, operation);
    if (entity !== undefined) found.set(operation.id, entity);
  }
  return found;
}

/** A path up to its last parameter: `/orders/{id}/pay` and `/orders` are both about `/orders`. */
export function collectionOf(path: string): string {
  const parts = path.split("/").filter(Boolean);
  const last = parts.findLastIndex((part) => part.includes("{"));
  const kept = last === -1 ? parts : parts.slice(0, last);
  return `/${kept.map((part) => (part.includes("{") ? "{}" : part)).join("/")}`;
}

function isCollectionOrItem({ path, method }: ContractOperation): boolean {
  if (path.endsWith("}")) return true;
  return parametersOf(path).length === 0 && (method === "GET" || method === "POST");
}

function namedByAnswer(document: Json, operation: ContractOperation): string | undefined {
  const { response } = operation;
  if (response === undefined) return undefined;
  return componentName(itemOf(document, response)) ?? componentName(response) ?? namedByPath(document, operation);
}

function namedByRequest(document: Json, operation: ContractOperation): string | undefined {
  return componentName(operation.request) ?? namedByPath(document, operation);
}

/** `#/components/schemas/OrderResponse` is about an Order. */
function componentName(place: Place | undefined): string | undefined {
  const [, name] = /^#\/components\/schemas\/([A-Za-z0-9_.-]+)$/.exec(place?.pointer ?? "") ?? [];
  if (name === undefined || /^(Error|Problem|Token|Login|Message|Health)/.test(name)) return undefined;
  return name.replace(DECORATION, "").replace(/^(Create|Update|New)(?=[A-Z])/, "") || name;
}

/** An item path or collection with schemas written in place: `/orders/{id}` is about an Order. */
function namedByPath(document: Json, operation: ContractOperation): string | undefined {
  const name = singular(collectionOf(operation.path).split("/").at(-1) ?? "");
  const known = Object.keys(record(record(document.components).schemas)).find(
    (schema) => schema.toLowerCase() === name.toLowerCase(),
  );
  if (known !== undefined) return known;
  return operation.path.endsWith("}") || operation.method === "POST" || itemOf(document, operation.response)
    ? name
    : undefined;
}

/** `order-lines` → `OrderLine`. */
export function singular(collection: string): string {
  const words = collection.split(/[^A-Za-z0-9]+/).filter(Boolean);
  const pascal = words.map((word) => (word[0]?.toUpperCase() ?? "") + word.slice(1)).join("");
  if (/ies$/i.test(pascal)) return pascal.replace(/ies$/i, "y");
  if (/(ss|us|is)$/i.test(pascal)) return pascal;
  return pascal.replace(/(ses|xes|ches|shes)$/i, (end) => end.slice(0, -2)).replace(/s$/i, "");
}
