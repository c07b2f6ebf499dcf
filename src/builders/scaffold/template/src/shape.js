import { merged, sample, typeOf } from "./sample.js";
import { fits, resolve } from "./schema.js";

/**
 * A document that has what a schema says and nothing else, with its values taken from `source` where they fit. What is
 * required but not in the source comes from `fill(name, schema)`, then from the schema itself (default, null, smallest
 * valid value).
 */
export function shape(document, given, source, fill = () => undefined, depth = 0) {
  const schema = choose(document, given, source);
  if (typeof schema === "boolean" || depth > 32) return source;
  const type = typeOf(schema);
  if (type === "object") return shapeObject(document, schema, source, fill, depth);
  if (type === "array" && Array.isArray(source))
    return source.map((item) => shape(document, schema.items ?? true, item, fill, depth + 1));
  return source;
}

/** `allOf` as one schema; of alternatives the one the source fits, or else the first that is not null. */
function choose(document, given, source) {
  const schema = merged(document, given);
  const branches = schema.oneOf ?? schema.anyOf;
  if (!branches) return schema;
  const { oneOf: _oneOf, anyOf: _anyOf, ...beside } = schema;
  const fitting = branches.find((branch) => fits(document, branch, source));
  const branch = fitting ?? branches.find((one) => resolve(document, one).type !== "null");
  return choose(document, { ...beside, ...merged(document, branch) }, source);
}

function shapeObject(document, schema, source, fill, depth) {
  if (source === null || typeof source !== "object" || Array.isArray(source)) return source;
  if (!schema.properties && schema.additionalProperties !== false) return source;
  const properties = schema.properties ?? {};
  const entries = Object.entries(properties)
    .filter(([, property]) => resolve(document, property).writeOnly !== true)
    .map(([name, property]) => {
      const required = (schema.required ?? []).includes(name);
      return [name, valueFor(document, { name, property, required }, source, fill, depth)];
    });
  const more = schema.additionalProperties;
  const extra = more ? Object.entries(source).filter(([name]) => !Object.hasOwn(properties, name)) : [];
  return Object.fromEntries([...entries, ...extra].filter(([, value]) => value !== undefined));
}

function valueFor(document, { name, property, required }, source, fill, depth) {
  if (Object.hasOwn(source, name)) {
    const value = shape(document, property, source[name], fill, depth + 1);
    if (fits(document, property, value)) return value;
  }
  const filled = fill(name, resolve(document, property));
  if (filled !== undefined && fits(document, property, filled)) return filled;
  if (!required) return resolve(document, property).default;
  const schema = resolve(document, property);
  if (schema.default === undefined && fits(document, property, null)) return null;
  const value = sample(document, property);
  return value !== null && typeof value === "object" && !Array.isArray(value)
    ? shape(document, property, value, fill, depth + 1)
    : value;
}
