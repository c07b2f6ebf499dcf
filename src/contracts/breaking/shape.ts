import { canonicalJson } from "../../lib/ids.ts";
import { pointerPart } from "../../lib/json-schema-bundle.ts";
import { isJson, type Json } from "../document.ts";
import { type Alternative, type Choice, choiceOf } from "./alternatives.ts";
import { boundsOf, type Limits } from "./limits.ts";
import { plainText } from "./schema-text.ts";
import { entriesAt, own, type Part, type Source } from "./source.ts";

/** What a schema says once references are followed and allOf is merged: everything in it holds together. */
export interface Shape {
  at: string;
  impossible: boolean;
  /** JSON types without null; null when any is allowed. */
  types: ReadonlySet<string> | null;
  nullable: boolean;
  /** Allowed values by their canonical JSON, without null; null when they are not listed. */
  values: ReadonlyMap<string, unknown> | null;
  /** Whether the one allowed value is a `const`. */
  constant: boolean;
  extensible: ReadonlySet<string> | null;
  format: string | undefined;
  patterns: string[];
  limits: Limits;
  multipleOf: number[];
  uniqueItems: boolean;
  properties: ReadonlyMap<string, Part[]>;
  required: ReadonlySet<string>;
  /** Whether undeclared properties are refused. */
  closed: boolean;
  /** What undeclared properties must fit. */
  additional: Part[];
  patternProperties: ReadonlyMap<string, Part[]>;
  propertyNames: Part[];
  items: Part[];
  tuple: Part[][];
  contains: string;
  choices: Choice[];
  /** Schemas that must not fit, and conditions, as canonical JSON: they are compared by their text. */
  excluded: ReadonlySet<string>;
  conditions: ReadonlySet<string>;
  dependencies: ReadonlyMap<string, string>;
  content: string;
  discriminator: Json | undefined;
  default: unknown;
  deprecated: boolean;
  sunset: unknown;
  readOnly: boolean;
  writeOnly: boolean;
}

const MAX_PARTS = 2000;
const ALL_TYPES = ["string", "number", "integer", "boolean", "object", "array"];

/** Merge parts into one shape. Recursion through references and allOf ends where it began. */
export function shapeOf(source: Source, parts: readonly Part[]): Shape {
  const flat = flatten(source, parts);
  const nodes = flat.parts.flatMap(({ node, at }) => (isJson(node) ? [{ node, at }] : []));
  const each = <Value>(pick: (node: Json) => Value | undefined): Value[] => {
    const found: Value[] = [];
    for (const { node } of nodes) {
      const value = pick(node);
      if (value !== undefined) found.push(value);
    }
    return found;
  };
  const strings = (key: string) =>
    each((node) => (typeof own(node, key) === "string" ? String(own(node, key)) : undefined));
  const flag = (key: string) => nodes.some(({ node }) => own(node, key) === true);
  const telling = (part: Part) => says(source, part);
  const schemasAt = (key: string): Part[] =>
    nodes.flatMap(({ node, at }) => asPart(own(node, key), at + pointerPart(key)));

  const values = intersection(each(valuesOf));
  const typeLists = each(typesIn);
  const nullOnly = flat.nullOnly || typeLists.some((list) => list.length === 0);
  const types = nullOnly ? new Set<string>() : typesOf(typeLists, values, nodes);
  const properties = grouped(nodes, "properties");
  const required = new Set(each((node) => listOf(own(node, "required"))).flat());
  for (const name of required) if (!properties.has(name)) properties.set(name, []);
  const whole = types !== null && [...types].every((type) => type === "integer");
  const limits = boundsOf(
    nodes.map(({ node }) => node),
    whole,
  );
  return {
    at: (flat.parts.find(({ node }) => !isBareReference(node)) ?? parts[0])?.at ?? "",
    impossible: flat.parts.some(({ node }) => node === false) || (!nullOnly && types?.size === 0),
    types,
    nullable: nullOnly || nullability(nodes, flat, values === null ? null : each(valuesOf)),
    values,
    constant: nodes.some(({ node }) => Object.hasOwn(node, "const")),
    extensible: extensibleValues(each((node) => own(node, "x-extensible-enum"))),
    format: strings("format")[0],
    patterns: [...new Set(strings("pattern"))].filter((pattern) => !MATCH_ALL.has(pattern)).sort(),
    limits,
    multipleOf: [...new Set(each((node) => numberAt(node, "multipleOf")))]
      .filter((step) => step > 0 && !(whole && Number.isInteger(1 / step)))
      .sort((a, b) => a - b),
    uniqueItems: flag("uniqueItems"),
    properties,
    required,
    closed: nodes.some(
      ({ node }) => own(node, "additionalProperties") === false || own(node, "unevaluatedProperties") === false,
    ),
    additional: [...schemasAt("additionalProperties"), ...schemasAt("unevaluatedProperties")].filter(telling),
    patternProperties: grouped(nodes, "patternProperties"),
    propertyNames: schemasAt("propertyNames").filter(telling),
    items: nodes.flatMap(({ node, at }) => itemsOf(node, at)).filter(telling),
    tuple: tupleOf(nodes),
    contains: canonical(each((node) => pickKeys(node, ["contains", "minContains", "maxContains"]))),
    choices: flat.choices,
    excluded: new Set(each((node) => (Object.hasOwn(node, "not") ? plainText(node.not) : undefined))),
    conditions: new Set(
      each((node) => (Object.hasOwn(node, "if") ? canonical([pickKeys(node, ["if", "then", "else"])]) : undefined)),
    ),
    dependencies: dependenciesOf(nodes),
    content: canonical(each((node) => pickKeys(node, ["contentEncoding", "contentMediaType", "contentSchema"]))),
    discriminator: each((node) => (isJson(node.discriminator) ? node.discriminator : undefined))[0],
    default: each((node) => own(node, "default"))[0],
    deprecated: flag("deprecated"),
    sunset: each((node) => own(node, "x-sunset"))[0],
    readOnly: flag("readOnly"),
    writeOnly: flag("writeOnly"),
  };
}

const MATCH_ALL = new Set([".*", "^.*$", ""]);

interface Flat {
  parts: Part[];
  choices: Choice[];
  /** Whether something says that null is allowed for the whole, as `nullable` beside a reference does. */
  addsNull: boolean;
  nullOnly: boolean;
}

/** Follow references and allOf; take up alternatives that are none. */
function flatten(source: Source, parts: readonly Part[]): Flat {
  const flat: Flat = { parts: [], choices: [], addsNull: false, nullOnly: false };
  const seen = new Set<unknown>();
  const pending = [...parts];
  for (let part = pending.pop(); part && flat.parts.length < MAX_PARTS; part = pending.pop()) {
    const { node, at } = part;
    if (isJson(node) && seen.has(node)) continue;
    flat.parts.push(part);
    if (!isJson(node)) continue;
    seen.add(node);
    if (node.nullable === true && node.type === undefined) flat.addsNull = true;
    if (typeof node.$ref === "string") {
      const target = source.follow(node.$ref);
      if (target) pending.push(...asPart(target.value, target.at));
    }
    if (Array.isArray(node.allOf))
      for (const [index, inner] of node.allOf.entries()) pending.push(...asPart(inner, `${at}/allOf/${index}`));
    for (const kind of ["oneOf", "anyOf"] as const) {
      const choice = choiceOf(source, node, at, kind);
      if (!choice) continue;
      const [only, ...more] = choice.alternatives;
      if (choice.hasNull && more.length === 0) flat.addsNull = true;
      if (only === undefined) flat.nullOnly = choice.hasNull;
      else if (more.length === 0) pending.push(only.part);
      else flat.choices.push(choice);
    }
  }
  return flat;
}

/** Whether null is allowed: every part that speaks of types must say so. */
function nullability(nodes: readonly Placed[], { addsNull, choices }: Flat, lists: unknown[][] | null): boolean {
  if (addsNull) return true;
  const speaking = nodes.flatMap(({ node }) => allowsNull(node));
  const listed =
    lists === null || lists.every((list) => list.includes(null)) || nodes.some(({ node }) => node.nullable === true);
  const chosen = choices.every(({ hasNull }) => hasNull);
  if (speaking.length === 0)
    return listed && (choices.length > 0 ? chosen : !nodes.some(({ node }) => impliedType(node)));
  return speaking.every(Boolean) && listed && chosen;
}

function allowsNull(node: Json): boolean[] {
  if (typeof node.type === "string") return [node.nullable === true || node.type === "null"];
  return Array.isArray(node.type) ? [node.nullable === true || node.type.includes("null")] : [];
}

interface Placed {
  node: Json;
  at: string;
}

function typesIn(node: Json): string[] | undefined {
  const { type } = node;
  const list =
    typeof type === "string" ? [type] : Array.isArray(type) ? type.filter((each) => typeof each === "string") : [];
  return list.length === 0 ? undefined : list.filter((each) => each !== "null");
}

function typesOf(lists: string[][], values: Shape["values"], nodes: readonly Placed[]): Set<string> | null {
  const implied = nodes.map(({ node }) => impliedType(node)).filter((type) => type !== undefined);
  const all =
    lists.length > 0
      ? lists
      : values === null
        ? implied[0] === undefined
          ? []
          : [[implied[0]]]
        : [typesOfValues(values)];
  const [first, ...rest] = all;
  if (first === undefined) return null;
  let types = new Set(first.includes("number") ? [...first, "integer"] : first);
  for (const list of rest) {
    const other = new Set(list.includes("number") ? [...list, "integer"] : list);
    types = new Set([...types].filter((type) => other.has(type)));
  }
  if (types.has("number")) types.delete("integer");
  return types.size === ALL_TYPES.length - 1 ? null : types;
}

/** A schema with properties and no type is meant for objects. */
function impliedType(node: Json): string | undefined {
  if (isJson(node.properties) || isJson(node.additionalProperties)) return "object";
  return isJson(node.items) ? "array" : undefined;
}

function typesOfValues(values: ReadonlyMap<string, unknown>): string[] {
  const types = [...values.values()].map((value) => {
    if (Array.isArray(value)) return "array";
    return typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value;
  });
  return [...new Set(types)];
}

function valuesOf(node: Json): unknown[] | undefined {
  if (Object.hasOwn(node, "const")) return [node.const];
  return Array.isArray(node.enum) ? node.enum : undefined;
}

function intersection(lists: unknown[][]): Map<string, unknown> | null {
  const [first, ...rest] = lists.map(
    (list) => new Map(list.filter((value) => value !== null).map((value) => [canonicalJson(value), value])),
  );
  if (!first) return null;
  const kept = [...first].filter(([key]) => rest.every((other) => other.has(key)));
  return new Map(kept);
}

function grouped(nodes: readonly Placed[], key: string): Map<string, Part[]> {
  const found = new Map<string, Part[]>();
  for (const { node, at } of nodes)
    for (const [name, value] of entriesAt(node, key)) {
      const parts = asPart(value, at + pointerPart(key) + pointerPart(name));
      const known = found.get(name);
      if (known) known.push(...parts);
      else found.set(name, parts);
    }
  return found;
}

function itemsOf(node: Json, at: string): Part[] {
  const key = Array.isArray(node.items) ? "additionalItems" : "items";
  return asPart(own(node, key), `${at}/${key}`);
}

function tupleOf(nodes: readonly Placed[]): Part[][] {
  for (const { node, at } of nodes)
    for (const key of ["prefixItems", "items"]) {
      const list = own(node, key);
      if (Array.isArray(list)) return list.map((each, index) => asPart(each, `${at}/${key}/${index}`));
    }
  return [];
}

function dependenciesOf(nodes: readonly Placed[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { node } of nodes)
    for (const key of ["dependentRequired", "dependentSchemas", "dependencies"])
      for (const [name, value] of entriesAt(node, key)) {
        const list = Array.isArray(value) ? [...value].sort() : value;
        found.set(name, `${found.get(name) ?? ""}${plainText(list)}`);
      }
  return found;
}

function asPart(value: unknown, at: string): Part[] {
  return isJson(value) || typeof value === "boolean" ? [{ node: value, at }] : [];
}

/** Whether a schema says anything: `true`, `{}` and references to them do not. */
function says(source: Source, { node, at }: Part): boolean {
  if (typeof node === "boolean") return !node;
  return Object.keys(isBareReference(node) ? source.resolve(node, at).node : node).length > 0;
}

function pickKeys(node: Json, keys: string[]): Json | undefined {
  const picked = keys.filter((key) => Object.hasOwn(node, key)).map((key) => [key, node[key]] as const);
  return picked.length === 0 ? undefined : Object.fromEntries(picked);
}

function canonical(values: unknown[]): string {
  return values.length === 0 ? "" : values.map(plainText).sort().join();
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function extensibleValues(lists: unknown[]): Set<string> | null {
  const values = lists.flatMap((list) => (Array.isArray(list) ? list : []));
  return values.length === 0
    ? null
    : new Set(values.map((value) => (typeof value === "string" ? value : plainText(value))));
}

/** Whether a schema is a reference and nothing else. */
export function isBareReference(node: Part["node"]): boolean {
  return isJson(node) && typeof node.$ref === "string" && Object.keys(node).length === 1;
}

function numberAt(node: Json, key: string): number | undefined {
  const value = own(node, key);
  return typeof value === "number" ? value : undefined;
}

export type { Alternative, Choice };
