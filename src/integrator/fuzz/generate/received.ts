import { flatten, isRecord, type Schema } from "../../../lib/schema-flatten.ts";
import { plain } from "../http/parameters.ts";

/**
 * What a service may take a value for that reaches it as text: the type its schema asks for wherever the text can be
 * read as that, and the text otherwise.
 */
export function asReceived(value: unknown, schema: unknown, root: unknown): unknown {
  return receive(value, schema, { root, budget: { left: 2000 } });
}

function receive(value: unknown, given: unknown, state: { root: unknown; budget: { left: number } }): unknown {
  const { schema } = flatten(given, state, []);
  const types = typesOf(schema, state);
  const isText = types.length > 0 && !types.includes("array") && !types.includes("object");
  if (Array.isArray(value) && !isText) return value.map((item) => receive(item, schema.items, state));
  if (isRecord(value) && !isText) {
    const properties = isRecord(schema.properties) ? schema.properties : {};
    const extra = isRecord(schema.additionalProperties) ? schema.additionalProperties : {};
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, receive(item, properties[name] ?? extra, state)]),
    );
  }
  const text = plain(value);
  for (const type of types) {
    if (type === "string") return text;
    if ((type === "integer" || type === "number") && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()))
      return Number(text);
    if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
    if (type === "null" && text === "null") return null;
  }
  return text;
}

/** Types a schema names, those of its alternatives included, numbers before texts. */
function typesOf(schema: Schema, state: { root: unknown; budget: { left: number } }): string[] {
  const own = [schema.type].flat().filter((type) => typeof type === "string");
  const branches = [schema.oneOf, schema.anyOf].flatMap((list) => (Array.isArray(list) ? list : []));
  const inner = branches.slice(0, 20).flatMap((branch) => [flatten(branch, state, []).schema.type].flat());
  const values = [...(Array.isArray(schema.enum) ? schema.enum : []), ...("const" in schema ? [schema.const] : [])];
  const all = [...own, ...inner, ...values.map((value) => typeof value)].filter((type) => typeof type === "string");
  return [...new Set(all)].sort((a, b) => Number(a === "string") - Number(b === "string"));
}
