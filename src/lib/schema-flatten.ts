/** A JSON Schema as a plain object. */
export type Schema = Record<string, unknown>;

/**
 * The schema with `$ref` (looked up in `root`) and `allOf` merged in, and the references on the way. `budget` bounds what
 * a hostile schema can cost.
 */
export function flatten(
  given: unknown,
  state: { root: unknown; budget: { left: number } },
  refs: readonly string[],
  hops = 0,
): { schema: Schema; refs: string[] } {
  state.budget.left -= 1;
  if (!isRecord(given) || hops > 20 || state.budget.left < 0) return { schema: {}, refs: [...refs] };
  const { $ref, allOf, ...own } = given;
  let schema: Schema = own;
  let seen = [...refs];
  if (typeof $ref === "string") {
    const target = flatten(lookUp(state.root, $ref), state, [...seen, $ref], hops + 1);
    schema = merge(target.schema, schema);
    seen = target.refs;
  }
  for (const part of list(allOf) ?? []) {
    const inner = flatten(part, state, seen, hops + 1);
    schema = merge(inner.schema, schema);
    seen = inner.refs;
  }
  return { schema, refs: seen };
}

/** Both schemas hold: properties and required fields together, the narrower bound, the common enum values. */
function merge(a: Schema, b: Schema): Schema {
  const merged: Schema = { ...a, ...b };
  if (isRecord(a.properties) && isRecord(b.properties)) {
    const shared = Object.keys(a.properties).filter((key) => key in (b.properties as Schema));
    const both = shared.map((key) => [key, { allOf: [at(a.properties, key), at(b.properties, key)] }]);
    merged.properties = { ...a.properties, ...b.properties, ...Object.fromEntries(both) };
  }
  if (Array.isArray(a.required) && Array.isArray(b.required))
    merged.required = [...new Set([...a.required, ...b.required])];
  if (Array.isArray(a.enum) && Array.isArray(b.enum)) {
    const others = new Set(b.enum.map((value) => JSON.stringify(value)));
    merged.enum = a.enum.filter((value) => others.has(JSON.stringify(value)));
  }
  for (const key of ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"])
    if (typeof a[key] === "number" && typeof b[key] === "number") merged[key] = Math.max(a[key], b[key]);
  for (const key of ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"])
    if (typeof a[key] === "number" && typeof b[key] === "number") merged[key] = Math.min(a[key], b[key]);
  return merged;
}

export function isRecord(value: unknown): value is Schema {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

export function list(value: unknown): unknown[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value : undefined;
}

export function numberOr(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}

export function at(value: unknown, ...keys: string[]): unknown {
  let inner = value;
  for (const key of keys) inner = isRecord(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined;
  return inner;
}

/** What a local `$ref` points to; undefined for anything outside the document. */
function lookUp(root: unknown, reference: string): unknown {
  if (!reference.startsWith("#")) return undefined;
  let inner = root;
  for (const segment of reference.slice(1).split("/").slice(1)) {
    const key = decoded(segment).replaceAll("~1", "/").replaceAll("~0", "~");
    inner = Array.isArray(inner) ? inner[Number(key)] : at(inner, key);
  }
  return inner;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
