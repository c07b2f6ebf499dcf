import { at, isRecord, lookUp, pointerSegment, resolveRef, text } from "./document.ts";
import type { EventOperation } from "./events.ts";
import { parts } from "./session/slots.ts";

/** The schema of an event's data as one side's contract has it. */
export interface EventPayload {
  schema: unknown;
  /** The AsyncAPI document, in which `$ref` is looked up. */
  document: Record<string, unknown>;
  /** JSON pointer of the schema. */
  pointer: string;
}

/** What an event operation says of the data: AsyncAPI 3 messages, or the message of version 2; undefined when nothing. */
export function payloadOf({ document, pointer }: EventOperation): EventPayload | undefined {
  const operation = lookUp(document, pointer);
  const own = at(operation, "messages");
  const channel = at(operation, "channel");
  const listed = at(resolveRef(channel, document), "messages");
  const place = `${lastReference(channel, document) ?? `${pointer}/channel`}/messages`;
  const candidates: [string, unknown][] = [
    ...(Array.isArray(own) ? own : []).map((one, index): [string, unknown] => [`${pointer}/messages/${index}`, one]),
    ...Object.entries(isRecord(listed) ? listed : {}).map(([name, one]): [string, unknown] => [
      `${place}/${pointerSegment(name)}`,
      one,
    ]),
    [`${pointer}/message`, at(operation, "message")],
  ];
  for (const [where, candidate] of candidates) {
    const schema = at(resolveRef(candidate, document), "payload");
    // Avro and others are wrapped in a schema of their own kind.
    if (schema === undefined || at(schema, "schemaFormat") !== undefined) continue;
    return { schema, document, pointer: `${lastReference(candidate, document) ?? where}/payload` };
  }
  return undefined;
}

/** Where the last of a row of references leads. */
function lastReference(value: unknown, document: unknown): string | undefined {
  const reference = text(at(value, "$ref"));
  if (reference === undefined || !reference.startsWith("#")) return undefined;
  return lastReference(lookUp(document, reference), document) ?? reference.slice(1);
}

/** Properties of an object schema by name, with everything it refers to and combines. */
export function propertiesOf(schema: unknown, document: unknown): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const part of parts(schema, document))
    for (const [name, property] of Object.entries(isRecord(part.properties) ? part.properties : {}))
      if (!found.has(name)) found.set(name, property);
  return found;
}
