/** Reading JSON documents of unknown shape: contracts come from outside and are never trusted to have one. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** A string as it is, anything else as undefined. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The strings of a list; anything else is an empty list. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

/** The value below `keys`, or undefined where the way ends. */
export function at(value: unknown, ...keys: string[]): unknown {
  let inner = value;
  for (const key of keys) inner = isRecord(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined;
  return inner;
}

/** A JSON pointer's segment for a key (RFC 6901). */
export function pointerSegment(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** What a JSON pointer with or without "#" leads to in a document; undefined when nothing is there. */
export function lookUp(document: unknown, pointer: string): unknown {
  const path = pointer.startsWith("#") ? pointer.slice(1) : pointer;
  let inner = document;
  for (const segment of path.split("/").slice(1)) {
    const key = unescaped(segment);
    if (Array.isArray(inner)) inner = inner[Number(key)];
    else inner = at(inner, key);
  }
  return inner;
}

/** A value with its `$ref` followed, up to 20 hops, inside its own document; undefined when it leads nowhere. */
export function resolveRef(value: unknown, document: unknown): unknown {
  let inner = value;
  for (let hops = 0; hops < 20; hops += 1) {
    const reference = at(inner, "$ref");
    if (typeof reference !== "string") return inner;
    if (!reference.startsWith("#")) return undefined;
    inner = lookUp(document, reference);
  }
  return undefined;
}

function unescaped(segment: string): string {
  let plain = segment;
  try {
    plain = decodeURIComponent(segment);
  } catch {
    // a stray "%" is taken as it is
  }
  return plain.replaceAll("~1", "/").replaceAll("~0", "~");
}
