/** JSON has no maps, sets and undefined; facts may. Such values are written as an object with one key that nobody else uses. */
const TAG = "\u0000";

/** Plain data, maps and sets included, as JSON. Errors: anything else in it. */
export function stringifyData(value: unknown): string {
  return JSON.stringify(value, replace);
}

function replace(_key: string, value: unknown): unknown {
  if (value === undefined) return { [TAG]: 0 };
  if (typeof value === "number") return Number.isFinite(value) ? value : { [TAG]: String(value) };
  if (value instanceof Map) return { [TAG]: { map: [...value] } };
  if (value instanceof Set) return { [TAG]: { set: [...value] } };
  if (isPlain(value)) return value;
  throw new Error(`A rule collects a ${value?.constructor.name ?? typeof value}; facts must be plain data.`);
}

/** What `stringifyData` wrote. */
export function parseData(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return text.includes(TAG_AS_WRITTEN) ? revived(value) : value;
}

const TAG_AS_WRITTEN = JSON.stringify(TAG);

/** In place: what was just parsed belongs to nobody else, and most of it is as it should be. */
function revived(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) value[index] = revived(value[index]);
    return value;
  }
  // What JSON.parse makes of braces is a plain object.
  const object = value as Record<string, unknown>;
  const inner = object[TAG];
  if (inner === undefined) {
    for (const key in object) {
      const one = object[key];
      if (typeof one === "object" && one !== null) object[key] = revived(one);
    }
    return object;
  }
  if (inner === 0) return undefined;
  if (typeof inner === "string") return Number(inner);
  const { map, set } = inner as { map?: unknown[]; set?: unknown[] };
  if (map) return new Map(map.map(revived) as [unknown, unknown][]);
  return new Set((set ?? []).map(revived));
}

function isPlain(value: unknown): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Array.isArray(value)) return true;
  if (typeof value !== "object") return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
