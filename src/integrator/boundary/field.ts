import { isRecord, pointerSegment } from "../document.ts";
import { type PlacedSchema, placedParts } from "../flow/shapes.ts";
import { comparable } from "../names.ts";

/** A property of an object schema, with where its contract says so. */
export interface Field {
  name: string;
  /** Names from the top, in comparable form and joined with ".": `items.unitprice`. */
  key: string;
  /** Everything said of it, references and combinations followed. */
  schemas: Record<string, unknown>[];
  required: boolean;
  /** JSON pointer in its contract. */
  pointer: string;
}

const MAX_DEPTH = 3;

/** The properties of a schema and of the objects and lists in it, each with its pointer. */
export function fieldsOf(schema: unknown, document: unknown, pointer: string, outer = "", depth = 0): Field[] {
  const all = placedParts(schema, document, pointer);
  const required = new Set(all.flatMap(({ schema: part }) => (Array.isArray(part.required) ? part.required : [])));
  const found = new Map<string, Field>();
  const inner: Field[] = [];
  for (const part of all) {
    const items = part.schema.items;
    if (items !== undefined && depth < MAX_DEPTH)
      inner.push(...fieldsOf(items, document, `${part.pointer}/items`, outer, depth + 1));
    const properties = isRecord(part.schema.properties) ? part.schema.properties : {};
    for (const [name, property] of Object.entries(properties)) {
      if (found.has(name)) continue;
      const place = `${part.pointer}/properties/${pointerSegment(name)}`;
      const key = outer === "" ? comparable(name) : `${outer}.${comparable(name)}`;
      const schemas = placedParts(property, document, place).map((one) => one.schema);
      found.set(name, { name, key, schemas, required: required.has(name), pointer: place });
      if (depth < MAX_DEPTH) inner.push(...fieldsOf(property, document, place, key, depth + 1));
    }
  }
  return [...found.values(), ...inner];
}

/** The same for a schema that may not be there. */
export function fieldsAt(place: PlacedSchema | undefined, document: unknown): Field[] {
  return place === undefined ? [] : fieldsOf(place.schema, document, place.pointer);
}

/** Types without null. */
export function typesOf({ schemas }: Field): Set<string> {
  const types = schemas.flatMap(({ type }) => (Array.isArray(type) ? type : [type]));
  return new Set(types.filter((type): type is string => typeof type === "string" && type !== "null"));
}

export function isNullable({ schemas }: Field): boolean {
  return schemas.some(
    ({ type, nullable, enum: values }) =>
      type === "null" ||
      (Array.isArray(type) && type.includes("null")) ||
      nullable === true ||
      (Array.isArray(values) && values.includes(null)),
  );
}

/** What a keyword says, the first time it is said. */
export function keyword(field: Field, name: string): unknown {
  return field.schemas.map((schema) => schema[name]).find((value) => value !== undefined);
}

export function numberOf(field: Field, name: string): number | undefined {
  const value = keyword(field, name);
  return typeof value === "number" ? value : undefined;
}

/** The values a field may have; undefined when any. */
export function valuesOf(field: Field): unknown[] | undefined {
  const listed = keyword(field, "enum");
  const only = keyword(field, "const");
  const values = Array.isArray(listed) ? listed : only === undefined ? undefined : [only];
  return values?.filter((value) => value !== null);
}

/** A field in few words: `number, double, optional`. */
export function describeField(field: Field): string {
  const values = valuesOf(field);
  const words = [
    [...typesOf(field)].join(" or ") || "anything",
    keyword(field, "format"),
    isNullable(field) ? "or null" : undefined,
    field.required ? undefined : "optional",
    values === undefined ? undefined : `one of ${values.map((value) => JSON.stringify(value)).join(", ")}`,
    numberOf(field, "maxLength") === undefined ? undefined : `at most ${numberOf(field, "maxLength")} characters`,
  ];
  return words.filter((word) => typeof word === "string").join(", ");
}
