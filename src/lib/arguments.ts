import type { z } from "zod";
import { AppError } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { inputSchema, inWords, type JsonSchema, withoutNull } from "./zod-schema.ts";

/** One argument that is wrong: its name as the schema spells it, and what is wrong with it, as a sentence part. */
interface Fault {
  field: string;
  problem: string;
}

/**
 * Check the arguments of an operation against its schema, defaults filled in. Unknown arguments are errors: a typo
 * must not silently run with a default. `spell` gives a field's name as the caller writes it (`--max-size`).
 * Errors: INVALID_INPUT, whose message names every wrong argument and what to give.
 */
export function parseArguments<Schema extends z.ZodObject>(
  schema: Schema,
  given: unknown,
  operation: string,
  spell: (field: string) => string = (field) => field,
): z.output<Schema> {
  const values: unknown = given ?? {};
  if (!isRecord(values)) throw refused(operation, [{ field: "", problem: "The arguments must be one JSON object" }]);
  const known = Object.keys(schema.shape);
  const faults = Object.keys(values)
    .filter((name) => !known.includes(name))
    .map((name) => unknownArgument(name, known, spell));
  const parsed = schema.safeParse(values);
  if (parsed.success && faults.length === 0) return parsed.data;
  const shape = inputSchema(schema);
  for (const issue of parsed.error?.issues ?? [])
    if (issue.code !== "unrecognized_keys" || issue.path.length > 0) faults.push(faultOf(issue, values, shape, spell));
  throw refused(operation, faults);
}

function refused(operation: string, problems: Fault[]): AppError {
  return new AppError("INVALID_INPUT", `${problems.map(({ problem }) => problem).join("; ")}.`, {
    remedy: `Correct ${problems.length === 1 ? "it" : "them"} and try ${operation} again; nothing was done.`,
    details: { problems },
  });
}

function unknownArgument(name: string, known: string[], spell: (field: string) => string): Fault {
  const meant = nearest(name, known);
  const hint = meant ? `did you mean ${spell(meant)}?` : `it takes ${known.map(spell).join(", ") || "no arguments"}`;
  return { field: name, problem: `unknown argument ${shown(name)}, ${hint}` };
}

function faultOf(issue: z.core.$ZodIssue, values: unknown, root: JsonSchema, spell: (field: string) => string): Fault {
  const [first, ...rest] = issue.path.map(String);
  const field = [first ?? "", ...rest].join(".");
  const name = [first === undefined ? "the arguments" : spell(first), ...rest].join(".");
  const value = issue.path.reduce<unknown>((inner, key) => (isContainer(inner) ? inner[key] : undefined), values);
  const wanted = schemaAt(root, issue.path);
  if (issue.code !== "invalid_type" && issue.code !== "invalid_value" && issue.code !== "invalid_union")
    return { field, problem: `${name}: ${issue.message}${got(value)}` };
  if (value === undefined) {
    const about = wanted?.description ? ` (${wanted.description})` : "";
    return { field, problem: `${name} is missing, give ${wanted ? inWords(wanted) : "a value"}${about}` };
  }
  const options = wanted && withoutNull(wanted).enum?.map(String);
  const meant = options && typeof value === "string" ? nearest(value, options) : undefined;
  const must = wanted ? `must be ${inWords(wanted)}` : issue.message;
  return { field, problem: `${name} ${must}${got(value)}${meant ? `, did you mean ${meant}?` : ""}` };
}

/** The schema of the value at `path`, as far as it can be followed. */
function schemaAt(root: JsonSchema, path: PropertyKey[]): JsonSchema | undefined {
  return path.reduce<JsonSchema | undefined>((outer, key) => {
    const schema = outer && withoutNull(outer);
    if (typeof key === "number") return schema?.items;
    const extra = typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined;
    return schema?.properties?.[String(key)] ?? extra;
  }, root);
}

function got(value: unknown): string {
  return value === undefined ? "" : `, got ${shown(value)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isContainer(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}
