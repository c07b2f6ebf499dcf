import { compilePattern } from "../../../lib/pattern.ts";
import { patternSample } from "../../../lib/pattern-sample.ts";
import type { Schema } from "../../../lib/schema-flatten.ts";
import { boundsOf, drawFrom } from "./arbitrary.ts";
import type { Deviation, ValuePath } from "./deviation.ts";

/** Formats whose breach nobody can argue about; others are hints that correct services may leave unchecked. */
const CHECKED_FORMATS = new Set(["date", "date-time", "uuid", "email", "ipv4", "ipv6"]);

const ODD_TEXTS: [string, string][] = [
  ["an empty text", ""],
  ["a blank", " "],
  ["a quote and an SQL comment", "x'; -- "],
  ["a control character", "a\u0000b"],
  ["an emoji and a right-to-left mark", "\u{1f600}\u202eabc"],
  ["10000 characters", "x".repeat(10_000)],
  ["a template expression", "{{7*7}}%s%n"],
  ["a path upwards", "../../etc/passwd"],
  ["a name that objects have anyway", "__proto__"],
];

export function* stringDeviations(schema: Schema, value: string, path: ValuePath): Generator<Deviation> {
  const free = typeof schema.pattern !== "string" && typeof schema.format !== "string";
  const long = (length: number): string | undefined => {
    if (typeof schema.pattern === "string")
      return patternSample(schema.pattern, drawFrom(7), { min: length, max: length }) ?? undefined;
    return free ? value.slice(0, length).trim().padEnd(length, "x") : undefined;
  };
  for (const [keyword, step] of [
    ["minLength", -1],
    ["maxLength", 1],
  ] as const) {
    const limit = schema[keyword];
    if (typeof limit !== "number" || limit > 100_000) continue;
    const at = long(limit);
    const what = (length: number) => `a text of ${length} characters (${keyword} ${limit})`;
    if (at !== undefined && (limit > 0 || free)) yield { path, keyword, what: what(limit), value: at, intent: "valid" };
    const length = limit + step;
    if (length < 0) continue;
    const beyond = long(length) ?? (keyword === "maxLength" ? value.padEnd(length, "x") : value.slice(0, length));
    yield { path, keyword, what: what(length), value: beyond, intent: "invalid" };
  }
  if (typeof schema.pattern === "string" && typeof schema.maxLength !== "number") {
    const longest = longestOf(schema.pattern);
    const what = `the longest text that the pattern allows, ${longest?.length} characters (pattern ${schema.pattern})`;
    if (longest !== undefined) yield { path, keyword: "pattern", what, value: longest, intent: "valid" };
  }
  if (typeof schema.pattern === "string") {
    const matches = matcherOf(schema.pattern);
    const wrong = [`${value}!`, "!!!", `${value}\n`, "0", "a", " ", "", "é"].find((text) => !matches(text));
    if (wrong !== undefined)
      yield {
        path,
        keyword: "pattern",
        what: `${JSON.stringify(wrong)} (pattern ${schema.pattern})`,
        value: wrong,
        intent: "invalid",
      };
  }
  if (typeof schema.format === "string" && CHECKED_FORMATS.has(schema.format)) {
    const what = `a text that is no ${schema.format} (format)`;
    yield { path, keyword: "format", what, value: `not-a-${schema.format}`, intent: "invalid" };
    if (schema.format === "date")
      yield { path, keyword: "format", what: "a date in month 13 (format)", value: "2024-13-45", intent: "invalid" };
  }
  for (const [what, odd] of ODD_TEXTS) yield { path, keyword: "type", what, value: odd, intent: "probe" };
}

const LONGEST_PATTERN = 512;

/** The longest text of a pattern that bounds its own length; undefined for one that does not, or not below 512. */
function longestOf(pattern: string): string | undefined {
  const write = (min: number) => patternSample(pattern, drawFrom(7), { min, max: LONGEST_PATTERN });
  if (write(LONGEST_PATTERN / 2) !== undefined) return undefined;
  let [low, high] = [0, LONGEST_PATTERN / 2];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (write(middle) === undefined) high = middle;
    else low = middle;
  }
  return low === 0 ? undefined : write(low);
}

function matcherOf(pattern: string): (text: string) => boolean {
  try {
    const matcher = compilePattern(pattern);
    return (text) => matcher.test(text);
  } catch {
    return () => true;
  }
}

export function* numberDeviations(schema: Schema, value: number, path: ValuePath): Generator<Deviation> {
  const whole = [schema.type].flat().includes("integer");
  const multiple = typeof schema.multipleOf === "number" && schema.multipleOf > 0 ? schema.multipleOf : undefined;
  const step = multiple ?? (whole ? 1 : 0.01);
  const { low, high, openLow, openHigh } = boundsOf(schema);
  const near = (number: number) => Number(number.toPrecision(15));
  for (const [keyword, limit, open, outward] of [
    [openLow ? "exclusiveMinimum" : "minimum", low, openLow, -1],
    [openHigh ? "exclusiveMaximum" : "maximum", high, openHigh, 1],
  ] as const) {
    if (!Number.isFinite(limit)) continue;
    const inside = open ? near(limit - outward * step) : limit;
    const outside = open ? limit : near(limit + outward * step);
    yield { path, keyword, what: `${inside} (${keyword} ${limit})`, value: inside, intent: "valid" };
    yield { path, keyword, what: `${outside} (${keyword} ${limit})`, value: outside, intent: "invalid" };
    const far = near(limit + outward * Math.max(1000, Math.abs(limit) * 10));
    yield { path, keyword, what: `${far} (${keyword} ${limit})`, value: far, intent: "invalid" };
  }
  if (multiple !== undefined)
    yield {
      path,
      keyword: "multipleOf",
      what: `no multiple of ${multiple}`,
      value: near(value + multiple / 2),
      intent: "invalid",
    };
  if (whole)
    yield {
      path,
      keyword: "type",
      what: "a fraction instead of an integer",
      value: Math.trunc(value) + 0.5,
      intent: "invalid",
    };
  for (const odd of [0, -1, 2 ** 31, 2 ** 53, 1e300])
    if (!whole || Number.isSafeInteger(odd) || odd === 2 ** 53)
      yield { path, keyword: "type", what: String(odd), value: odd, intent: "probe" };
}
