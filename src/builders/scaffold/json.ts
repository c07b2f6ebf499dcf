/** Reading documents that others wrote: every access is checked, nothing is assumed. */
export type Json = Record<string, unknown>;

export function record(value: unknown): Json {
  return isRecord(value) ? value : {};
}

export function isRecord(value: unknown): value is Json {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function texts(value: unknown): string[] {
  return list(value).filter((one) => typeof one === "string");
}

export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A place in a document, with the pointer that leads to it. */
export interface Place {
  value: Json;
  pointer: string;
}

/** Follow local references (`#/…`) at most 32 times; what cannot be followed is an empty object. */
export function follow(document: Json, value: unknown, pointer = "#"): Place {
  let current: Place = { value: record(value), pointer };
  for (let hops = 0; hops < 32; hops += 1) {
    const reference = text(current.value.$ref);
    if (reference === undefined) return current;
    current = { value: record(at(document, reference)), pointer: reference };
  }
  return { value: {}, pointer };
}

/** The value a pointer (`#/a/b`) leads to. */
export function at(document: Json, pointer: string): unknown {
  if (!pointer.startsWith("#")) return undefined;
  return pointer
    .slice(1)
    .split("/")
    .slice(1)
    .reduce<unknown>(
      (inner, part) => (Array.isArray(inner) ? inner[Number(part)] : record(inner)[unescaped(part)]),
      document,
    );
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return part;
  }
}

/** A pointer lengthened by keys. */
export function below(pointer: string, ...keys: string[]): string {
  const escaped = keys.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1").replaceAll("%", "%25"));
  return [pointer, ...escaped].join("/");
}

/**
 * The properties of an object schema, `allOf` and alternatives included, references followed. Each schema is looked into
 * once, so that schemas that contain themselves come to an end.
 */
export function propertiesOf(document: Json, schema: unknown, seen: Set<Json> = new Set()): Record<string, Json> {
  const { value } = follow(document, schema);
  if (seen.has(value)) return {};
  seen.add(value);
  const parts = [...list(value.allOf), ...list(value.oneOf), ...list(value.anyOf)];
  const own = Object.entries(record(value.properties)).map(([name, property]) => {
    const beside = record(property);
    return [name, { ...follow(document, property).value, ...withoutReference(beside) }] as const;
  });
  const inherited = parts.map((part) => propertiesOf(document, part, seen));
  return Object.fromEntries([...inherited.flatMap((properties) => Object.entries(properties)), ...own]);
}

function withoutReference({ $ref: _, ...rest }: Json): Json {
  return rest;
}

/** Whether a schema describes an array. */
export function isArraySchema(schema: Json): boolean {
  return schema.type === "array" || list(schema.type).includes("array") || schema.items !== undefined;
}
