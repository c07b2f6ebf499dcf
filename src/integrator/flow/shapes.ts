import { at, isRecord, lookUp, pointerSegment } from "../document.ts";
import { propertiesOf } from "../event-payload.ts";
import { isJson, type Operation } from "../operation.ts";

/** A schema and where its contract has it. */
export interface PlacedSchema {
  schema: unknown;
  /** JSON pointer. */
  pointer: string;
}

/** The JSON schema of an operation's documented success; undefined when there is none. */
export function successPlace({ responses }: Operation): PlacedSchema | undefined {
  for (const { status, content, pointer } of responses) {
    if (!status.startsWith("2")) continue;
    for (const [type, schema] of content)
      if (isJson(type) && schema !== undefined)
        return { schema, pointer: `${pointer}/content/${pointerSegment(type)}/schema` };
  }
  return undefined;
}

/** Properties of the object an operation answers with, by name; empty where it is in an envelope. */
export function responseProperties(operation: Operation): Map<string, unknown> {
  return propertiesOf(successPlace(operation)?.schema, operation.document);
}

/** The schema of one item of a list's answer: of the list itself, or of the first list inside an envelope. */
export function itemPlace(list: Operation): PlacedSchema | undefined {
  const whole = successPlace(list);
  if (whole === undefined) return undefined;
  const all = placedParts(whole.schema, list.document, whole.pointer);
  const properties = all.flatMap(({ schema, pointer }) =>
    Object.entries(isRecord(schema.properties) ? schema.properties : {}).flatMap(([name, property]) =>
      placedParts(property, list.document, `${pointer}/properties/${pointerSegment(name)}`),
    ),
  );
  const found = [...all, ...properties].find(({ schema }) => schema.items !== undefined);
  return found && { schema: found.schema.items, pointer: `${found.pointer}/items` };
}

/** A schema, what it refers to, and what it combines, each with its own place. */
export function placedParts(
  given: unknown,
  document: unknown,
  pointer: string,
  depth = 0,
): { schema: Record<string, unknown>; pointer: string }[] {
  if (!isRecord(given) || depth > 6) return [];
  const reference = at(given, "$ref");
  const isLocal = typeof reference === "string" && reference.startsWith("#");
  const referred = isLocal ? placedParts(lookUp(document, reference), document, reference.slice(1), depth + 1) : [];
  const combined = ["allOf", "oneOf", "anyOf"].flatMap((key) => {
    const branches = given[key];
    if (!Array.isArray(branches)) return [];
    return branches.flatMap((branch, index) => placedParts(branch, document, `${pointer}/${key}/${index}`, depth + 1));
  });
  return [{ schema: given, pointer }, ...referred, ...combined];
}

/** Statuses of success that an operation documents; any success when it documents none. */
export function successStatuses({ responses }: Operation): string[] {
  const documented = responses.map(({ status }) => status).filter((status) => /^2(\d\d|XX)$/.test(status));
  return documented.length === 0 ? ["2XX"] : documented;
}
