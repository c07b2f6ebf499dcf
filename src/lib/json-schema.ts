import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { messageOf } from "./errors.ts";
import { hashOf } from "./ids.ts";
import { bundleSchema, pointerPart, type Travel } from "./json-schema-bundle.ts";
import { compilePattern } from "./pattern.ts";

/** Where and how a value departs from its schema. */
export interface ValueFault {
  /** JSON pointer into the value; of a missing property, where it should be. */
  pointer: string;
  message: string;
  expected: string;
  /** The value found, cut to 80 characters of JSON; "absent" when there is none. */
  actual: string;
}

export type ValueCheck = (value: unknown) => ValueFault[];

const MAX_CACHED = 500;
const MAX_FAULTS = 50;

interface Compiled {
  validate: ValidateFunction;
  schema: Record<string, unknown> | boolean;
}

const cache = new Map<string, Compiled>();
let engine: Ajv2020 | undefined;

/**
 * A check of values against a JSON Schema (2020-12; OpenAPI 3.0's `nullable` and draft-07 tuples are understood).
 * `root` is the document that local references such as `#/components/schemas/Order` point into.
 * Never throws: a schema that cannot be used (not a schema, unresolved reference, wrong keyword) gives a check whose only
 * fault, at pointer "", says so. With `travel`, `readOnly` properties are refused in requests, `writeOnly` ones in responses.
 */
export function compileSchema(schema: unknown, root: unknown = schema, travel?: Travel): ValueCheck {
  const bundled = bundleSchema(schema, root, travel);
  if (bundled.problem !== undefined) return () => [unusable(bundled.problem)];
  try {
    const { validate } = compiled(bundled.schema);
    return (value) => check(validate, value);
  } catch (cause) {
    const fault = unusable(messageOf(cause));
    return () => [fault];
  }
}

function compiled(schema: Compiled["schema"]): Compiled {
  const key = hashOf(schema);
  const known = cache.get(key);
  if (known) {
    cache.delete(key);
    cache.set(key, known);
    return known;
  }
  const entry = { validate: ajv().compile(schema), schema };
  cache.set(key, entry);
  for (const [oldest, { schema: old }] of cache) {
    if (cache.size <= MAX_CACHED) break;
    cache.delete(oldest);
    if (typeof old === "object") ajv().removeSchema(old);
  }
  return entry;
}

function ajv(): Ajv2020 {
  engine ??= createEngine();
  return engine;
}

function createEngine(): Ajv2020 {
  const regExp = Object.assign((pattern: string) => compilePattern(pattern), { code: "" });
  const created = new Ajv2020({
    allErrors: true,
    strict: false,
    // 0.57 is a multiple of 0.01, whatever binary fractions say.
    multipleOfPrecision: 9,
    verbose: true,
    logger: false,
    addUsedSchema: false,
    code: { regExp },
  });
  // ajv-formats is CommonJS: its callable is the default export's `default` under some loaders.
  const add = "default" in formats && typeof formats.default === "function" ? formats.default : formats;
  (add as (instance: Ajv2020) => void)(created);
  return created;
}

function unusable(problem: string): ValueFault {
  return { pointer: "", message: `The schema cannot be used: ${problem}.`, expected: "a usable schema", actual: "" };
}

function check(validate: ValidateFunction, value: unknown): ValueFault[] {
  try {
    if (validate(value)) return [];
  } catch (cause) {
    // A value nested deeper than the stack allows.
    return [{ pointer: "", message: `The value cannot be checked: ${messageOf(cause)}.`, expected: "", actual: "" }];
  }
  return distinct(validate.errors ?? [])
    .slice(0, MAX_FAULTS)
    .map(faultFrom);
}

/** Leave out what an alternative says about itself when the choice between alternatives is reported anyway. */
function distinct(errors: ErrorObject[]): ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  return errors.filter((error) => {
    if (error.keyword === "if") return false;
    return !choices.some(
      (choice) =>
        choice !== error &&
        error.schemaPath.startsWith(`${choice.schemaPath}/`) &&
        error.instancePath === choice.instancePath &&
        error.keyword !== "required",
    );
  });
}

/** The fault that an ajv error (made with `verbose`) stands for. */
export function faultFrom(error: ErrorObject): ValueFault {
  const { keyword, params, instancePath, data } = error;
  if (keyword === "required" || keyword === "dependentRequired") {
    const name = String(params.missingProperty);
    return {
      pointer: instancePath + pointerPart(name),
      message: `${name} is missing`,
      expected: `property ${name}`,
      actual: "absent",
    };
  }
  const extra = params.additionalProperty ?? params.unevaluatedProperty;
  if (extra !== undefined) {
    const name = String(extra);
    return {
      pointer: instancePath + pointerPart(name),
      message: `${name} is not allowed here`,
      expected: `no property ${name}`,
      actual: excerpt(data, name),
    };
  }
  return {
    pointer: instancePath,
    message: error.message ?? keyword,
    expected: expectation(error),
    actual: excerpt(data),
  };
}

function expectation({ keyword, params, schema, message }: ErrorObject): string {
  if (keyword === "type") return [schema].flat().join(" or ");
  if (keyword === "enum") return `one of ${short(schema)}`;
  if (keyword === "const") return short(schema);
  if (keyword === "format") return `format ${String(params.format)}`;
  if (keyword === "pattern") return `pattern ${String(params.pattern)}`;
  if (keyword === "anyOf") return "at least one of the alternatives";
  if (keyword === "oneOf") return "exactly one of the alternatives";
  if (keyword === "false schema") return "nothing";
  return (
    message?.replace(/^must (?:be |have |match |NOT )?/, (start) => (start.endsWith("NOT ") ? "not " : "")) ?? keyword
  );
}

function excerpt(data: unknown, key?: string): string {
  const value = key !== undefined && data !== null && typeof data === "object" ? Reflect.get(data, key) : data;
  return short(value);
}

function short(value: unknown): string {
  if (value === undefined) return "absent";
  const text = typeof value === "string" ? JSON.stringify(value.slice(0, 100)) : safeJson(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return typeof value;
  }
}

/** What is wrong with a schema itself, by the 2020-12 meta-schema; pointers are into the schema. */
export function schemaFaults(schema: unknown): ValueFault[] {
  if (typeof schema === "boolean") return [];
  if (schema === null || typeof schema !== "object" || Array.isArray(schema))
    return [{ pointer: "", message: "must be an object or a boolean", expected: "a schema", actual: short(schema) }];
  const { $schema: _dialect, ...rest } = Object.fromEntries(Object.entries(schema));
  if (ajv().validateSchema(rest) === true) return [];
  const byPlace = new Map<string, ValueFault>();
  for (const fault of (ajv().errors ?? []).slice(0, 1000).map(faultFrom))
    if (!byPlace.has(fault.pointer)) byPlace.set(fault.pointer, fault);
  return [...byPlace.values()].slice(0, MAX_FAULTS);
}
