import { sampleNumber, sampleString } from "../../lib/scalar-sample.ts";
import type { Schema } from "../../lib/schema-flatten.ts";
import type { Part } from "./part.ts";

const MAX_ENUM = 20;
const MAX_LENGTH = 5000;

/** Bounds and violations of the keywords that concern a value itself. What does not fit is left out by the caller's check. */
export function scalarVariants(schema: Schema, value: unknown): Part[] {
  const parts: Part[] = [];
  if (Array.isArray(schema.enum))
    for (const one of schema.enum.slice(0, MAX_ENUM)) parts.push({ kind: "boundary", keyword: "enum", value: one });
  if (Array.isArray(schema.enum) || "const" in schema)
    parts.push({ kind: "invalid", keyword: "const" in schema ? "const" : "enum", value: strange(schema, value) });
  if (typeof value === "string") parts.push(...stringVariants(schema));
  if (typeof value === "number") parts.push(...numberVariants(schema, value));
  const other = otherType(schema);
  if (other !== undefined) parts.push({ kind: "invalid", keyword: "type", value: other });
  const types = [schema.type].flat();
  if (types.includes("null") || schema.nullable === true)
    parts.push({ kind: "boundary", keyword: "null", value: null });
  else if (schema.type !== undefined) parts.push({ kind: "invalid", keyword: "null", value: null });
  return parts;
}

/** A value of the same type that no enumeration has. */
function strange(schema: Schema, value: unknown): unknown {
  const values = Array.isArray(schema.enum) ? schema.enum : [schema.const];
  if (typeof value === "number") return Math.max(...values.filter((one) => typeof one === "number"), 0) + 1;
  return typeof value === "string" ? `not_${value}`.slice(0, 200) : "not_a_value";
}

function otherType({ type }: Schema): unknown {
  const types = [type].flat();
  if (types.length === 0 || type === undefined) return undefined;
  if (types.includes("string")) return types.includes("integer") || types.includes("number") ? undefined : 12345;
  return types.includes("array") || types.includes("object") ? "not_a_container" : "not_a_scalar";
}

const draw = () => 0;

function stringVariants(schema: Schema): Part[] {
  const parts: Part[] = [];
  const { minLength, maxLength, pattern, format } = schema;
  const long = (length: number) => sampleString({ ...schema, minLength: length, maxLength: length }, draw);
  // Where a length is to be wrong the pattern may not be keepable: then the check leaves it out.
  if (typeof minLength === "number" && minLength <= MAX_LENGTH) {
    parts.push({ kind: "boundary", keyword: "minLength", value: long(minLength) });
    if (minLength > 0) parts.push({ kind: "invalid", keyword: "minLength", value: long(minLength - 1) });
  }
  if (typeof maxLength === "number" && maxLength <= MAX_LENGTH) {
    parts.push({ kind: "boundary", keyword: "maxLength", value: long(maxLength) });
    parts.push({ kind: "invalid", keyword: "maxLength", value: long(maxLength + 1) });
  }
  const lengths = {
    min: typeof minLength === "number" ? minLength : 1,
    max: typeof maxLength === "number" ? maxLength : 200,
  };
  const fitted = (text: string) =>
    text.padEnd(Math.min(lengths.min, MAX_LENGTH), text.slice(-1)).slice(0, Math.max(1, lengths.max));
  if (typeof pattern === "string")
    for (const text of ["!", "~ ~", "0", "a", "A", "é"])
      parts.push({ kind: "invalid", keyword: "pattern", value: fitted(text) });
  if (typeof format === "string")
    for (const text of [`not a ${format}`, "!"])
      parts.push({ kind: "invalid", keyword: "format", value: fitted(text) });
  return parts;
}

function numberVariants(schema: Schema, value: number): Part[] {
  const parts: Part[] = [];
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const whole = schema.type === "integer" || (Array.isArray(schema.type) && schema.type.includes("integer"));
  const step = typeof multipleOf === "number" && multipleOf > 0 ? multipleOf : whole ? 1 : 0.01;
  const near = (bounds: Schema) => sampleNumber({ ...schema, ...bounds }, draw);
  const open = { low: exclusiveMinimum === true, high: exclusiveMaximum === true };
  if (typeof minimum === "number") {
    parts.push({
      kind: "boundary",
      keyword: "minimum",
      value: near({ maximum: minimum + (open.low ? 2 : 1) * step, minimum }),
    });
    parts.push({ kind: "invalid", keyword: "minimum", value: open.low ? minimum : below(minimum, step) });
  }
  if (typeof maximum === "number") {
    parts.push({
      kind: "boundary",
      keyword: "maximum",
      value: open.high ? below(maximum, step) : below(maximum + step, step),
    });
    parts.push({ kind: "invalid", keyword: "maximum", value: open.high ? maximum : above(maximum, step) });
  }
  if (typeof exclusiveMinimum === "number") {
    parts.push({ kind: "boundary", keyword: "exclusiveMinimum", value: above(exclusiveMinimum, step) });
    parts.push({ kind: "invalid", keyword: "exclusiveMinimum", value: exclusiveMinimum });
  }
  if (typeof exclusiveMaximum === "number") {
    parts.push({ kind: "boundary", keyword: "exclusiveMaximum", value: below(exclusiveMaximum, step) });
    parts.push({ kind: "invalid", keyword: "exclusiveMaximum", value: exclusiveMaximum });
  }
  if (typeof multipleOf === "number" && multipleOf > 0 && !(whole && multipleOf === 1))
    parts.push({ kind: "invalid", keyword: "multipleOf", value: whole ? value + 1 : value + multipleOf / 2 });
  if (whole) parts.push({ kind: "invalid", keyword: "type", value: value + 0.5 });
  return parts;
}

/** The multiple of `step` just above a bound, or just below it. */
function above(bound: number, step: number): number {
  return tidy((Math.floor(bound / step + 1e-9) + 1) * step);
}
function below(bound: number, step: number): number {
  return tidy((Math.ceil(bound / step - 1e-9) - 1) * step);
}
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
