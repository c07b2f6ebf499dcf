import { z } from "zod";

/** The part of JSON Schema 2020-12 that zod writes for tool inputs, outputs and the configuration. */
export interface JsonSchema {
  type?: string | string[];
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  [keyword: string]: unknown;
}

/** JSON Schema of what a caller may send: fields with defaults are optional, unknown fields are refused. */
export function inputSchema(schema: z.ZodObject): JsonSchema {
  const written = write(schema, "input");
  for (const [name, field] of Object.entries(written.properties ?? {}))
    if (field.description) field.description = wholeMeaning(name, field.description);
  return { ...written, additionalProperties: false };
}

/**
 * What a short list says of a field: its description up to the first semicolon or full stop ("e.g." ends nothing);
 * "" when that only repeats the field's name, as in "Limit; findings on a page.".
 */
export function shortMeaning(name: string, description: string): string {
  const clause = description.replace(CLAUSE_END, "");
  return repeats(clause, name) ? "" : clause;
}

/** All of a description, but not a first clause that only repeats the name. */
function wholeMeaning(name: string, description: string): string {
  const clause = description.replace(CLAUSE_END, "");
  const rest = description.slice(clause.length + 1).trimStart();
  return rest !== "" && repeats(clause, name) ? `${rest.charAt(0).toUpperCase()}${rest.slice(1)}` : description;
}

const CLAUSE_END = /(?:;|(?<!\be\.g)\.)(?:\s.*)?$/is;

function repeats(clause: string, name: string): boolean {
  const told = name.split("_");
  return clause
    .toLowerCase()
    .split(/\W+/)
    .every((word) => told.includes(word));
}

/** JSON Schema of what comes back: fields with defaults are always there. */
export function outputSchema(schema: z.ZodObject): JsonSchema {
  return write(schema, "output");
}

function write(schema: z.ZodObject, io: "input" | "output"): JsonSchema {
  const { $schema: _dialect, ...written } = z.toJSONSchema(schema, {
    io,
    target: "draft-2020-12",
    override: ({ jsonSchema }) => withoutNoise(jsonSchema as JsonSchema, io),
  });
  return written as JsonSchema;
}

/** Every byte of a schema is read by a model: bounds of safe integers and "keys are strings" say nothing. */
function withoutNoise(schema: JsonSchema, io: "input" | "output"): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  const names = schema.propertyNames;
  if (typeof names === "object" && names !== null && !("enum" in names)) delete schema.propertyNames;
  if (io === "output" && schema.additionalProperties === false) delete schema.additionalProperties;
}

/** The schema without its `null` alternative. */
export function withoutNull(schema: JsonSchema): JsonSchema {
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type) => type !== "null");
    return { ...schema, type: types.length === 1 ? (types[0] ?? "null") : types };
  }
  if (!schema.anyOf) return schema;
  const { anyOf, ...rest } = schema;
  const options = anyOf.filter((option) => option.type !== "null");
  return options.length === 1 ? { ...rest, ...options[0] } : { ...rest, anyOf: options };
}

/** What a schema asks for, in words: "a string", "one of a, b", "an integer from 1 to 9", "a list of strings". */
export function inWords(given: JsonSchema): string {
  const schema = withoutNull(given);
  if (schema.enum) return `one of ${schema.enum.join(", ")}`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return schema.anyOf.map(inWords).join(" or ");
  if (Array.isArray(schema.type)) return schema.type.map((type) => inWords({ type })).join(" or ");
  switch (schema.type) {
    case "integer":
      return `an integer${bounds(schema)}`;
    case "number":
      return `a number${bounds(schema)}`;
    case "boolean":
      return "true or false";
    case "array":
      return schema.items && Object.keys(schema.items).length > 0 ? `a list, each ${inWords(schema.items)}` : "a list";
    case "object":
      return "an object";
    case "string":
      return "a string";
    default:
      return "any value";
  }
}

function bounds({ minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  const above = exclusiveMinimum === undefined ? "" : ` above ${exclusiveMinimum}`;
  return maximum === undefined ? above : `${above} of at most ${maximum}`;
}
