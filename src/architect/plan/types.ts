import { wordsOf } from "./words.ts";

/** A JSON Schema as a plain object. */
export type Schema = Record<string, unknown>;

/** What a type word of a PRD means, before entities are looked up. */
export type TypeReading =
  | { kind: "schema"; schema: Schema }
  | { kind: "array"; items: string }
  /** The id of another entity. */
  | { kind: "reference"; entity: string }
  /** A capitalised word that is no type: the name of an entity or of a class nobody described. */
  | { kind: "name"; name: string }
  | { kind: "unknown" };

const string = (extra: Schema = {}): TypeReading => ({ kind: "schema", schema: { type: "string", ...extra } });
const plain = (schema: Schema): TypeReading => ({ kind: "schema", schema });

const WORDS = new Map<string, () => TypeReading>();
const define = (words: string, reading: () => TypeReading) => {
  for (const word of words.split(" ")) WORDS.set(word, reading);
};
define("string str text varchar char nvarchar varchar2 longtext markdown slug phone password token", () => string());
define("uuid guid uuid4 uuidv4 uuid7 uuidv7", () => string({ format: "uuid" }));
define("email", () => string({ format: "email" }));
define("url uri link", () => string({ format: "uri" }));
define("datetime date-time timestamp timestamptz timestampz instant iso8601 iso-8601 isodate", () =>
  string({ format: "date-time" }),
);
define("date", () => string({ format: "date" }));
define("time", () => string({ format: "time" }));
define("duration interval", () => string({ format: "duration" }));
define("ip ipv4", () => string({ format: "ipv4" }));
define("binary bytes blob base64", () => string({ contentEncoding: "base64" }));
define("int integer int32 int64 bigint long short smallint serial bigserial", () => plain({ type: "integer" }));
define("uint unsigned", () => plain({ type: "integer", minimum: 0 }));
define("decimal float double number numeric money real currency percentage float64 float32", () =>
  plain({ type: "number" }),
);
define("bool boolean flag", () => plain({ type: "boolean" }));
define("object json jsonb map dict dictionary record hash", () => plain({ type: "object" }));
define("array list set", () => plain({ type: "array", items: {} }));
define("any unknown mixed", () => plain({}));
define("null void none", () => plain({ type: "null" }));

/**
 * Read a type as PRDs write it: `UUID`, `decimal(10,2)`, `string(100)`, `enum [A, B]`, `"a" | "b"`, `Trip[]`,
 * `list<string>`, `FK → Depot`, `uuid?`.
 */
export function readType(text: string): TypeReading {
  const type = text.slice(0, 300).replace(/[`*]/g, "").trim().replace(/\?$/, "").trim();
  const values = enumValues(type);
  if (values) return string({ enum: values });
  const items = itemType(type);
  if (items !== undefined) return { kind: "array", items };
  const target = /^(?:fk|foreign[ -]key|ref|references?)\b[^A-Za-z0-9]*(?:to\s+|of\s+)?([A-Za-z]\w*)/i.exec(type)?.[1];
  if (target !== undefined && !WORDS.has(target.toLowerCase())) return { kind: "reference", entity: target };
  const sized = /^([A-Za-z][\w-]*)\s*\(\s*(\d+)\s*(?:,\s*\d+\s*)?\)/.exec(type);
  const word = sized?.[1] ?? /^[A-Za-z][\w-]*/.exec(type)?.[0] ?? "";
  const known = WORDS.get(word.toLowerCase())?.();
  if (known?.kind === "schema" && sized && known.schema.type === "string" && known.schema.format === undefined)
    return string({ maxLength: Number(sized[2]) });
  if (known) return known;
  return /^[A-Z]\w*$/.test(type) ? { kind: "name", name: type } : { kind: "unknown" };
}

/** Whether a type says no more than "some text": such a type gives way to a closer one. */
export function isBare(type: string): boolean {
  return ["", "string", "str", "text", "any"].includes(type.replace(/\?$/, "").trim().toLowerCase());
}

/** Whether a type says nothing at all: the PRD gives the name only. */
export function saysNothing(type: string): boolean {
  return ["", "any"].includes(type.replace(/\?$/, "").trim().toLowerCase());
}

function itemType(type: string): string | undefined {
  const match =
    /^([A-Za-z].*)\[\s*\]$/.exec(type) ??
    /^\[\s*([^\]]+?)\s*\]$/.exec(type) ??
    /^(?:array|list|set|collection|sequence)\s*(?:<|\[|\(|of\s)\s*([^>\])]+)[>\])]?$/i.exec(type);
  return match?.[1]?.trim();
}

/** `enum [A, B]`, `enum: A, B`, `enum(A|B)`, `"a" | "b"`; undefined when it is no enumeration. */
export function enumValues(text: string): string[] | undefined {
  const named = /\benum(?:eration)?\b\s*[:=]?\s*[[({<]?([^\])}>]+)/i.exec(text)?.[1];
  const union = /^["'\w.-]+(?:\s*\|\s*["'\w.-]+)+$/.test(text) ? text : undefined;
  const found = (named ?? union)
    ?.split(/[,|/]|\bor\b/)
    .map((value) => value.replace(/["'`]/g, "").trim())
    .filter((value) => /^[\w.-][\w .-]*$/.test(value));
  if (!found || found.length < (named === undefined ? 2 : 1)) return undefined;
  if (union !== undefined && found.some((value) => WORDS.has(value.toLowerCase()))) return undefined;
  return [...new Set(found)];
}

/** Limits that a note states: "min 1", "1 to 100 characters", "at least one", "positive", "enum: A, B", "default: 3". */
export function constraintsOf(note: string, schema: Schema): Schema {
  const text = note.slice(0, 500);
  const limits: Schema = {};
  const [least, most] = LIMIT_KEYWORDS[String(schema.type)] ?? [];
  if (least === undefined || most === undefined || schema.format !== undefined || schema.enum !== undefined)
    return limits;
  const range = /(\d+(?:\.\d+)?)\s*(?:to|-|–|\.\.)\s*(\d+(?:\.\d+)?)/.exec(text);
  const measure = schema.type === "string" ? /char|length|letters|digits/i : /\b(?:between|from|range|to)\b|\.\./i;
  const ranged = range && measure.test(text);
  const lower =
    (ranged ? range[1] : undefined) ??
    /(?:\bmin(?:imum|[_ -]?length)?\b|>=|≥)\s*[:=]?\s*(\d+(?:\.\d+)?)/i.exec(text)?.[1] ??
    /\bat least\s+(one|\d+)/i.exec(text)?.[1];
  const upper =
    (ranged ? range[2] : undefined) ??
    /(?:\bmax(?:imum|[_ -]?length)?\b|<=|≤|\bat most\b|\bup to\b)\s*[:=]?\s*(\d+(?:\.\d+)?)/i.exec(text)?.[1];
  if (lower !== undefined) limits[least] = lower.toLowerCase() === "one" ? 1 : Number(lower);
  else if (/\bnon-?empty\b|\bnot empty\b/i.test(text) && schema.type !== "number") limits[least] = 1;
  if (upper !== undefined) limits[most] = Number(upper);
  if (/\bpositive\b|>\s*0\b/i.test(text) && least === "minimum" && lower === undefined)
    limits[schema.type === "integer" ? "minimum" : "exclusiveMinimum"] = schema.type === "integer" ? 1 : 0;
  const values = schema.type === "string" && /\benum\b/i.test(text) ? enumValues(text) : undefined;
  if (values) return { enum: values };
  return contradicts(limits, least, most) ? {} : limits;
}

const LIMIT_KEYWORDS: Record<string, [string, string]> = {
  string: ["minLength", "maxLength"],
  integer: ["minimum", "maximum"],
  number: ["minimum", "maximum"],
  array: ["minItems", "maxItems"],
};

function contradicts(limits: Schema, least: string, most: string): boolean {
  const values = [limits[least], limits[most]].filter((value) => typeof value === "number");
  const whole = least === "minimum" || values.every((value) => Number.isInteger(value));
  return !whole || (values.length === 2 && Number(values[0]) > Number(values[1]));
}

/** Whether the server, not the caller, gives a field its value. */
export function isServerSet(name: string, description: string): boolean {
  const key = wordsOf(name).join("_");
  if (["id", "created_at", "updated_at", "deleted_at", "created_on", "updated_on"].includes(key)) return true;
  return /\b(?:by the (?:server|service|system|database)|auto-?generated|server-?(?:generated|set|side)|read-?only|generated automatically)\b/i.test(
    description,
  );
}
