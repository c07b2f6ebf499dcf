/** Numbers from 0 to 1 that are the same for the same seed. */
export type Random = () => number;

export function seeded(seed: number): Random {
  let state = seed * 2_654_435_761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const NAMES = ["A", "B", "C", "D", "E", "F"];

/** An OpenAPI document whose schemas use every keyword and refer to each other in circles. */
export function randomDocument(random: Random): Record<string, unknown> {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] ?? (items[0] as Item);
  const maybe = (chance: number, value: () => object): object => (random() < chance ? value() : {});
  const whole = (most: number) => Math.floor(random() * most);
  const reference = () => ({ $ref: `#/components/schemas/${pick(NAMES)}` });

  const schema = (depth: number, named = false): object => {
    // Names for names alone could go in circles that mean nothing.
    if (!named && (depth > 3 || random() < 0.25)) return reference();
    const kind = pick([
      "string",
      "integer",
      "number",
      "boolean",
      "object",
      "object",
      "array",
      "oneOf",
      "anyOf",
      "allOf",
      "any",
    ]);
    const notes = maybe(0.2, () => ({ description: `d${whole(9)}` }));
    if (kind === "string")
      return {
        type: pick<unknown>(["string", ["string", "null"]]),
        ...maybe(0.3, () => ({ enum: ["a", "b", "c"].slice(whole(2)) })),
        ...maybe(0.3, () => ({ maxLength: 1 + whole(9) })),
        ...maybe(0.2, () => ({ pattern: pick(["^a", "b$", ".*"]) })),
        ...maybe(0.3, () => ({ format: pick(["date", "date-time", "uuid"]) })),
        ...notes,
      };
    if (kind === "integer" || kind === "number")
      return {
        type: kind,
        ...maybe(0.3, () => ({ minimum: whole(5) })),
        ...maybe(0.3, () => ({ exclusiveMaximum: 5 + whole(5) })),
        ...maybe(0.2, () => ({ multipleOf: 1 + whole(3) })),
        ...maybe(0.2, () => ({ nullable: true })),
        ...notes,
      };
    if (kind === "array")
      return { type: "array", items: schema(depth + 1), ...maybe(0.3, () => ({ minItems: whole(3) })), ...notes };
    if (kind === "oneOf" || kind === "anyOf" || kind === "allOf")
      return { [kind]: Array.from({ length: 1 + whole(3) }, () => schema(depth + 1)), ...notes };
    if (kind === "object") {
      const properties = Object.fromEntries(["x", "y", "z"].slice(whole(3)).map((name) => [name, schema(depth + 1)]));
      return {
        type: "object",
        properties,
        ...maybe(0.5, () => ({ required: Object.keys(properties).slice(whole(2)) })),
        ...maybe(0.2, () => ({ additionalProperties: pick<unknown>([true, false, schema(depth + 1)]) })),
        ...notes,
      };
    }
    return kind === "boolean" ? { type: "boolean", ...notes } : {};
  };

  const content = () => ({ content: { [pick(["application/json", "application/xml"])]: { schema: schema(0) } } });
  const operation = () => ({
    parameters: ["p", "q"]
      .slice(whole(3))
      .map((name) => ({ name, in: pick(["query", "header"]), required: random() < 0.5, schema: schema(2) })),
    ...maybe(0.7, () => ({ requestBody: { required: random() < 0.5, ...content() } })),
    responses: { [pick(["200", "201", "default"])]: { description: "", ...content() }, 404: { description: "" } },
    ...maybe(0.2, () => ({ deprecated: true })),
    ...maybe(0.3, () => ({ security: pick([[], [{ key: [] }], [{}]]) })),
  });
  return {
    openapi: "3.1.0",
    info: { title: "Random", version: "1.0.0" },
    paths: Object.fromEntries(
      ["/a", "/b/{id}", "/c"]
        .slice(whole(3))
        .map((path) => [path, { get: operation(), ...maybe(0.5, () => ({ post: operation() })) }]),
    ),
    webhooks: maybe(0.5, () => ({ hook: { post: operation() } })),
    components: {
      schemas: Object.fromEntries(NAMES.map((name) => [name, schema(0, true)])),
      securitySchemes: { key: { type: "apiKey", in: "header", name: "X-Key" } },
    },
  };
}
