import { patternSample } from "./pattern-sample.ts";
import { numberOr, type Schema } from "./schema-flatten.ts";

/** Draws a number from 0 to below `count`. */
export type Draw = (count: number) => number;

/** A number within the bounds of a schema. */
export function sampleNumber(schema: Schema, draw: Draw): number {
  const step = numberOr(schema.multipleOf, schema.type === "integer" ? 1 : 0.01);
  // OpenAPI 3.0 writes exclusive bounds as true beside the bound, JSON Schema as the bound itself.
  const low = Math.max(
    numberOr(schema.minimum, Number.NEGATIVE_INFINITY),
    numberOr(schema.exclusiveMinimum, Number.NEGATIVE_INFINITY),
  );
  const high = Math.min(
    numberOr(schema.maximum, Number.POSITIVE_INFINITY),
    numberOr(schema.exclusiveMaximum, Number.POSITIVE_INFINITY),
  );
  const openLow = schema.exclusiveMinimum === true || schema.exclusiveMinimum === low;
  const openHigh = schema.exclusiveMaximum === true || schema.exclusiveMaximum === high;
  const whole = step > 0 && Number.isFinite(step) ? step : 1;
  const from = Number.isFinite(low) ? low : Number.isFinite(high) ? Math.min(1, high - 100 * whole) : 1;
  let first = Math.ceil(from / whole - 1e-9);
  if (openLow && first * whole <= low) first += 1;
  const to = Number.isFinite(high) ? high : first * whole + 100 * whole;
  let last = Math.floor(to / whole + 1e-9);
  if (openHigh && last * whole >= high) last -= 1;
  // No multiple in between: the middle is right unless `multipleOf` was asked for, and then nothing is.
  if (last < first) return (from + to) / 2;
  const count = Math.min(last - first + 1, 1000);
  const chosen = draw(count);
  // Binary fractions: 0.57 / 0.01 is not whole, and a plain validator would refuse it. Take the next one that is.
  for (let tried = 0; tried < Math.min(count, 50); tried += 1) {
    const value = rounded((first + ((chosen + tried) % count)) * whole);
    if (Number.isInteger(value / whole)) return value;
  }
  return rounded((first + chosen) * whole);
}

/** Without the dust of binary fractions: 0.07 and not 0.07000000000000001. */
function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(12));
}

/** Text of the length, pattern and format of a schema. */
export function sampleString(schema: Schema, draw: Draw): string {
  const min = Math.min(numberOr(schema.minLength, 0), 100_000);
  const max = Math.max(min, numberOr(schema.maxLength, Math.max(min, 200)));
  if (typeof schema.pattern === "string") {
    const found = patternSample(schema.pattern, draw, { min, max });
    if (found !== undefined) return found;
  }
  const formatted = typeof schema.format === "string" ? FORMATS[schema.format]?.(draw) : undefined;
  if (formatted !== undefined && formatted.length >= min && formatted.length <= max) return formatted;
  const word = `${WORDS[draw(WORDS.length)]} ${draw(1_000_000)}`;
  return word.length >= min ? word.slice(0, max).trimEnd().padEnd(Math.min(min, max), "x") : word.padEnd(min, "x");
}

const WORDS = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron"];

const hex = (draw: Draw, count: number) => Array.from({ length: count }, () => draw(16).toString(16)).join("");
const two = (value: number) => String(value).padStart(2, "0");
const date = (draw: Draw) => `20${two(20 + draw(6))}-${two(1 + draw(12))}-${two(1 + draw(28))}`;
const time = (draw: Draw) => `${two(draw(24))}:${two(draw(60))}:${two(draw(60))}Z`;

const FORMATS: Record<string, (draw: Draw) => string> = {
  date,
  time,
  "date-time": (draw) => `${date(draw)}T${time(draw)}`,
  duration: (draw) => `P${1 + draw(30)}D`,
  email: (draw) => `user-${hex(draw, 10)}@example.com`,
  "idn-email": (draw) => `user-${hex(draw, 10)}@example.com`,
  hostname: (draw) => `host-${hex(draw, 6)}.example.com`,
  "idn-hostname": (draw) => `host-${hex(draw, 6)}.example.com`,
  ipv4: (draw) => `192.0.2.${1 + draw(254)}`,
  ipv6: (draw) => `2001:db8::${1 + draw(9)}${hex(draw, 3)}`,
  uri: (draw) => `https://example.com/${hex(draw, 8)}`,
  iri: (draw) => `https://example.com/${hex(draw, 8)}`,
  url: (draw) => `https://example.com/${hex(draw, 8)}`,
  "uri-reference": (draw) => `/items/${hex(draw, 8)}`,
  "iri-reference": (draw) => `/items/${hex(draw, 8)}`,
  "uri-template": (draw) => `/items/${hex(draw, 8)}/{id}`,
  "json-pointer": (draw) => `/items/${draw(100)}`,
  "relative-json-pointer": (draw) => `${draw(9)}/items`,
  uuid: (draw) => `${hex(draw, 8)}-${hex(draw, 4)}-4${hex(draw, 3)}-a${hex(draw, 3)}-${hex(draw, 12)}`,
  password: (draw) => `Correct-Horse-${hex(draw, 8)}-9`,
  byte: (draw) => Buffer.from(hex(draw, 12)).toString("base64"),
  binary: (draw) => hex(draw, 16),
  regex: () => "^[a-z]+$",
  phone: (draw) => `+1555${String(draw(10_000_000)).padStart(7, "0")}`,
};
