/** An announced end (`x-sunset`): none, a date, or something that is no date. */
export type Sunset =
  | { kind: "none" }
  | { kind: "date"; time: number; text: string }
  | { kind: "unreadable"; text: string };

/** Read an RFC 3339 date or date-time. */
export function sunsetOf(value: unknown): Sunset {
  if (value === undefined || value === null) return { kind: "none" };
  const text = value instanceof Date ? value.toISOString() : String(value);
  const time = /^\d{4}-\d{2}-\d{2}(?:[Tt ].+)?$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? { kind: "unreadable", text: text.slice(0, 40) } : { kind: "date", time, text };
}

/** How a removal stands to what was announced. */
export function removalOf(deprecated: boolean, sunset: Sunset, now: Date): "unannounced" | "announced" | "early" {
  if (!deprecated) return "unannounced";
  if (sunset.kind === "none") return "announced";
  return sunset.kind === "date" && sunset.time <= now.getTime() ? "announced" : "early";
}
