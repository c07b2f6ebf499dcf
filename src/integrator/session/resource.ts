import { isRecord } from "../document.ts";
import { endpointOf, type Operation } from "../operation.ts";
import { identifierOf, locationId, subjectOf, tokenOf } from "./answer.ts";
import { isRegistration } from "./candidates.ts";
import { parameterPrefixes } from "./request.ts";
import { CannotArrange, type Identity, type Outcome, type PreparedRequest, type Resource } from "./session.ts";
import { credentialByName, type Slot } from "./slots.ts";

/** The resource that a successful create answered with. Throws `CannotArrange` when the answer does not identify it. */
export function created(
  operation: Operation,
  entity: string,
  request: PreparedRequest,
  outcome: Extract<Outcome, { kind: "answer" }>,
): Resource {
  const sent: unknown = request.body === null ? {} : JSON.parse(request.body);
  const body = subjectOf(outcome.json);
  const id = identifierOf(body, entity) ?? locationId(outcome.answer);
  const identity: Identity | null = isRegistration(operation)
    ? {
        register: operation,
        id: id ?? "",
        sent: isRecord(sent) ? sent : {},
        token: tokenOf(outcome.json, operation) ?? null,
      }
    : null;
  if (id === undefined && identity === null)
    throw new CannotArrange(`${endpointOf(operation)} of ${operation.service} answers without the id of what it made`);
  const parents = new Map<string, string>();
  const values = request.path.split(/[?#]/)[0]?.split("/").slice(1) ?? [];
  const segments = operation.path.split("/").slice(1);
  for (const [name, prefix] of parameterPrefixes(operation.path)) {
    const value = values[segments.indexOf(`{${name}}`)];
    if (value !== undefined) parents.set(prefix, decodeURIComponent(value));
  }
  return { service: operation.service, entity, id: id ?? "", body, path: parents, identity };
}

/** A resource as an item of its list shows it; undefined when the item has no id. */
export function resourceFrom(list: Operation, entity: string, body: Record<string, unknown>): Resource | undefined {
  const id = identifierOf(body, entity);
  return id === undefined ? undefined : { service: list.service, entity, id, body, path: new Map(), identity: null };
}

/** What somebody registered with: under the same name, or the property that plays the same part. */
export function credentialOf(who: Identity, name: string, part: Slot["credential"]): unknown {
  if (who.sent[name] !== undefined) return who.sent[name];
  const other = Object.keys(who.sent).find((sent) => part !== null && credentialByName(sent) === part);
  return other === undefined ? undefined : who.sent[other];
}
