/** Characters of a text, items of a list, fields of an object and levels that a recorded answer keeps. */
const MOST = { text: 160, items: 2, fields: 14, levels: 4 };

/** An answer as documentation shows it: what is left out is said where it was. */
export function shorten(value: unknown, level = 0): unknown {
  if (typeof value === "string") return value.length > MOST.text ? `${value.slice(0, MOST.text)}…` : value;
  if (typeof value !== "object" || value === null) return value;
  if (level >= MOST.levels) return Array.isArray(value) ? `… ${value.length} items` : "…";
  if (Array.isArray(value)) {
    const more = value.length - MOST.items;
    const kept = value.slice(0, MOST.items).map((item) => shorten(item, level + 1));
    return more > 0 ? [...kept, `… ${more} more`] : kept;
  }
  const entries = Object.entries(value);
  // The top level is what the schema promises: all of it stays.
  const most = level === 0 ? entries.length : MOST.fields;
  const kept = entries.slice(0, most).map(([name, item]) => [name, shorten(item, level + 1)]);
  const more = entries.length - most;
  return Object.fromEntries(more > 0 ? [...kept, ["…", `${more} more`]] : kept);
}
