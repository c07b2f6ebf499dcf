import { isJsonType } from "../../lib/media.ts";
import type { Contract } from "../../model/contract.ts";
import { at, isRecord, resolveRef, text } from "../document.ts";
import { type EventOperation, eventOperations } from "../events.ts";

/** The message of an event as one service's AsyncAPI contract describes it. */
export interface EventMessage extends EventOperation {
  document: Record<string, unknown>;
  /** Schema of the payload; undefined when none is described, or several alternatives are. */
  payload: unknown;
  media_type: string;
}

/** The event operations of AsyncAPI contracts with their payloads. */
export function eventMessages(contracts: readonly Contract[]): EventMessage[] {
  return contracts.flatMap((contract) =>
    eventOperations([contract]).map((operation) => {
      const { spec: document } = contract;
      const message = onlyMessage(operation.pointer, document);
      const given = text(at(message, "contentType")) ?? text(document.defaultContentType);
      const media_type = given !== undefined && isJsonType(given) ? given : "application/json";
      return { ...operation, document, payload: payloadOf(message), media_type };
    }),
  );
}

/** AsyncAPI 3 lists messages at the operation, or takes all of its channel; AsyncAPI 2 has one, or `oneOf`. */
function onlyMessage(pointer: string, document: Record<string, unknown>): unknown {
  const operation = resolveRef({ $ref: `#${pointer}` }, document);
  const listed = at(operation, "messages");
  const channel = resolveRef(at(operation, "channel"), document);
  const ofChannel = at(channel, "messages");
  const own = at(operation, "message");
  const all = Array.isArray(listed)
    ? listed
    : isRecord(ofChannel)
      ? Object.values(ofChannel)
      : own === undefined
        ? []
        : [own];
  return all.length === 1 ? resolveRef(all[0], document) : undefined;
}

/** A payload in a schema format of its own (`{ schemaFormat, schema }`) counts when it is JSON Schema. */
function payloadOf(message: unknown): unknown {
  const payload = at(message, "payload");
  const inner = at(payload, "schema");
  return inner !== undefined && at(payload, "schemaFormat") !== undefined ? inner : payload;
}
