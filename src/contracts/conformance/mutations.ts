import { compileSchema, type ValueCheck, type ValueFault } from "../../lib/json-schema.ts";
import { pointerPart } from "../../lib/json-schema-bundle.ts";
import { flatten, isRecord, list, type Schema } from "../../lib/schema-flatten.ts";
import { sampleOf } from "../../lib/schema-sample.ts";
import { ABSENT, type Part } from "./part.ts";
import { scalarVariants } from "./scalars.ts";

/** A value beside a valid one: at a bound (still valid), or violating one keyword. */
export interface Variant {
  kind: "boundary" | "invalid";
  keyword: string;
  /** JSON pointer into the value: the part that differs. */
  pointer: string;
  value: unknown;
}

const MAX_DEPTH = 6;
const MAX_VARIANTS = 300;

/**
 * Variants of a valid value by its schema: each bound of each keyword, each enum value, each alternative of a choice, and
 * each keyword violated once. Every one is checked: a boundary is valid, an invalid one has a single fault, at the place
 * that was changed.
 */
export function variantsOf(schema: unknown, root: unknown, value: unknown, check: ValueCheck): Variant[] {
  const found: Variant[] = [];
  const add = ({ kind, keyword, value: part }: Part, pointer: string, whole: unknown, chosen: boolean) => {
    const changed = withPart(whole, pointer, part);
    if (changed !== ABSENT && holds(kind, check(changed), pointer, chosen))
      found.push({ kind, keyword, pointer, value: changed });
  };
  /** `whole` is valid and has `inner` at `pointer`; `chosen`: an alternative lies on the way there. */
  const walk = (
    given: unknown,
    pointer: string,
    inner: unknown,
    whole: unknown,
    depth: number,
    chosen: boolean,
  ): void => {
    if (depth > MAX_DEPTH || found.length >= MAX_VARIANTS) return;
    const { flat, others } = settled(given, root, inner);
    const among = chosen || others.length > 0;
    for (const part of [...scalarVariants(flat, inner), ...containerVariants(flat, inner)])
      add(part, pointer, whole, among);
    for (const [index, other] of others.entries()) {
      const sample = sampleOf(other, root, 0, { request: true });
      const changed = withPart(whole, pointer, sample);
      if (changed === ABSENT || check(changed).length > 0) continue;
      found.push({ kind: "boundary", keyword: `alternative ${index + 2}`, pointer, value: changed });
      walk(other, pointer, sample, changed, depth + 1, true);
    }
    if (Array.isArray(inner) && inner.length > 0)
      walk(itemSchema(flat), `${pointer}/0`, inner[0], whole, depth + 1, among);
    if (!isRecord(inner)) return;
    const properties = isRecord(flat.properties) ? flat.properties : {};
    for (const [name, property] of Object.entries(inner)) {
      const at = pointer + pointerPart(name);
      if (Array.isArray(flat.required) && flat.required.includes(name))
        add({ kind: "invalid", keyword: "required", value: ABSENT }, at, whole, among);
      if (Object.hasOwn(properties, name)) walk(properties[name], at, property, whole, depth + 1, among);
    }
  };
  walk(schema, "", value, value, 0, false);
  return once(found).slice(0, MAX_VARIANTS);
}

/** One violation of each keyword at each place is enough; the same value is not sent twice. */
function once(variants: readonly Variant[]): Variant[] {
  const violated = new Set<string>();
  const sent = new Set<string>();
  return variants.filter(({ kind, keyword, pointer, value }) => {
    const key = `${keyword} ${pointer}`;
    const text = `${kind} ${JSON.stringify(value)}`;
    if (sent.has(text) || (kind === "invalid" && violated.has(key))) return false;
    sent.add(text);
    if (kind === "invalid") violated.add(key);
    return true;
  });
}

function holds(kind: Variant["kind"], faults: ValueFault[], pointer: string, chosen: boolean): boolean {
  if (kind === "boundary") return faults.length === 0;
  const [first] = faults;
  if (first === undefined || first.message.startsWith("The schema cannot be used")) return false;
  // Between alternatives a validator tells what each of them misses.
  return chosen || (faults.length === 1 && (first.pointer === pointer || first.pointer.startsWith(`${pointer}/`)));
}

/** The schema with references and the alternative that the value took merged in, and the other alternatives. */
function settled(given: unknown, root: unknown, value: unknown): { flat: Schema; others: Schema[] } {
  let { schema: flat } = flatten(given, { root, budget: { left: 2000 } }, []);
  const others: Schema[] = [];
  for (let step = 0; step < 4; step += 1) {
    const keyword = list(flat.oneOf) ? "oneOf" : "anyOf";
    const branches = list(flat[keyword]);
    if (branches === undefined) break;
    const only = (branch: unknown): Schema => ({ ...flat, [keyword]: [branch] });
    const taken = branches.find((branch) => compileSchema(only(branch), root)(value).length === 0) ?? branches[0];
    const rest = branches.filter((branch) => branch !== taken && !(isRecord(branch) && branch.type === "null"));
    others.push(...rest.map(only));
    const { oneOf: _one, anyOf: _any, discriminator: _by, ...base } = flat;
    flat = flatten({ allOf: [base, taken] }, { root, budget: { left: 2000 } }, []).schema;
  }
  return { flat, others };
}

function itemSchema(flat: Schema): unknown {
  const [first] = list(flat.prefixItems) ?? [flat.items];
  return first ?? {};
}

function containerVariants(schema: Schema, value: unknown): Part[] {
  if (Array.isArray(value)) return arrayVariants(schema, value);
  return isRecord(value) ? objectVariants(schema, value) : [];
}

const MAX_ITEMS = 200;

function arrayVariants({ minItems, maxItems, uniqueItems }: Schema, value: unknown[]): Part[] {
  const parts: Part[] = [];
  const filled = (count: number) =>
    Array.from({ length: count }, (_, index) => distinct(value[index % Math.max(1, value.length)], index));
  if (typeof minItems === "number" && minItems <= MAX_ITEMS) {
    parts.push({ kind: "boundary", keyword: "minItems", value: filled(minItems) });
    if (minItems > 0) parts.push({ kind: "invalid", keyword: "minItems", value: filled(minItems - 1) });
  }
  if (typeof maxItems === "number" && maxItems <= MAX_ITEMS && value.length > 0) {
    parts.push({ kind: "boundary", keyword: "maxItems", value: filled(maxItems) });
    parts.push({ kind: "invalid", keyword: "maxItems", value: filled(maxItems + 1) });
  }
  if (uniqueItems === true && value.length > 0)
    parts.push({ kind: "invalid", keyword: "uniqueItems", value: [value[0], value[0]] });
  return parts;
}

/** The item again, made different where that is easy; where uniqueness matters the check leaves out what is not. */
function distinct(item: unknown, index: number): unknown {
  if (index === 0) return item;
  if (typeof item === "number") return item + index;
  return typeof item === "string" && !/[^\w -]/.test(item) && !/^[0-9a-f]{8}-/.test(item)
    ? `${item}${index}`
    : structuredClone(item);
}

function objectVariants(schema: Schema, value: Schema): Part[] {
  const parts: Part[] = [];
  const { additionalProperties, minProperties, maxProperties } = schema;
  const names = Object.keys(value);
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  const sized = (count: number): Schema => {
    const ordered = names.toSorted((a, b) => Number(required.has(b)) - Number(required.has(a)));
    const kept = Object.fromEntries(ordered.slice(0, count).map((name) => [name, value[name]]));
    for (let index = 1; Object.keys(kept).length < count; index += 1)
      kept[`extra_${index}`] = value[names[0] ?? ""] ?? "x";
    return kept;
  };
  if (additionalProperties === false)
    parts.push({ kind: "invalid", keyword: "additionalProperties", value: { ...value, unexpected_property: "x" } });
  if (typeof minProperties === "number" && minProperties > 0 && minProperties <= MAX_ITEMS) {
    parts.push({ kind: "boundary", keyword: "minProperties", value: sized(minProperties) });
    parts.push({ kind: "invalid", keyword: "minProperties", value: sized(minProperties - 1) });
  }
  if (typeof maxProperties === "number" && maxProperties <= MAX_ITEMS) {
    parts.push({ kind: "boundary", keyword: "maxProperties", value: sized(maxProperties) });
    parts.push({ kind: "invalid", keyword: "maxProperties", value: sized(maxProperties + 1) });
  }
  if (names.some((name) => !required.has(name)))
    parts.push({
      kind: "boundary",
      keyword: "required",
      value: sized(names.filter((name) => required.has(name)).length),
    });
  return parts;
}

/** A copy of a value with the part at a pointer replaced; ABSENT when the whole value is to go. */
function withPart(value: unknown, pointer: string, part: unknown): unknown {
  if (pointer === "") return part;
  const copy = structuredClone(value);
  const keys = pointer
    .slice(1)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = keys.pop() ?? "";
  let inner: unknown = copy;
  for (const key of keys) inner = typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined;
  if (typeof inner !== "object" || inner === null) return ABSENT;
  if (part === ABSENT) Reflect.deleteProperty(inner, last);
  else Reflect.set(inner, last, part);
  return copy;
}
