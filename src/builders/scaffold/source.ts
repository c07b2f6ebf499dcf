/** A value as JavaScript source: on one line when it is short, else one entry a line. */
export function literal(value: unknown, indent = ""): string {
  const short = onOneLine(value);
  if (short.length + indent.length <= 100 || value === null || typeof value !== "object") return short;
  const inner = `${indent}  `;
  if (Array.isArray(value)) return `[\n${value.map((one) => `${inner}${literal(one, inner)},\n`).join("")}${indent}]`;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return `{\n${entries.map(([key, one]) => `${inner}${keyOf(key)}: ${literal(one, inner)},\n`).join("")}${indent}}`;
}

function onOneLine(value: unknown): string {
  if (isSource(value)) return value[SOURCE];
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return entries.length === 0
    ? "{}"
    : `{ ${entries.map(([key, one]) => `${keyOf(key)}: ${onOneLine(one)}`).join(", ")} }`;
}

const SOURCE = Symbol("source");

/** Source text that stands as it is inside a literal, such as the name of a constant. */
export function asSource(text: string): { [SOURCE]: string } {
  return { [SOURCE]: text };
}

function isSource(value: unknown): value is { [SOURCE]: string } {
  return value !== null && typeof value === "object" && SOURCE in value;
}

function keyOf(key: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(key) && key !== "__proto__" ? key : `[${JSON.stringify(key)}]`;
}

/** A name for a constant: letters and digits, first one upper case. */
export function constantName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? "").toUpperCase());
  return /^[A-Za-z]/.test(plain) ? plain.charAt(0).toUpperCase() + plain.slice(1) : `Entity${plain}`;
}

/** Text on one line, safe inside a `//` comment. */
export function comment(text: string): string {
  return text
    .replace(/[\s\u2028\u2029]+/g, " ")
    .trim()
    .slice(0, 100);
}
