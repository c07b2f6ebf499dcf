type Json = Record<string, unknown>;

/** One alternative of a choice and the values of the discriminating property that mean it. */
export interface Alternative {
  schema: unknown;
  values: string[];
}

/** A choice that a property decides (OpenAPI 3.1, 4.8.25). */
export interface Discriminated {
  keyword: "oneOf" | "anyOf";
  property: string;
  alternatives: Alternative[];
}

/**
 * The choice of a schema that its `discriminator` decides: by its mapping, otherwise by the names of the referenced
 * schemas. undefined where there is none, or where an alternative has no name to be told by.
 */
export function discriminatedBy(schema: Json): Discriminated | undefined {
  const { discriminator } = schema;
  if (!isJson(discriminator) || typeof discriminator.propertyName !== "string") return undefined;
  const keyword = Array.isArray(schema.oneOf) ? "oneOf" : "anyOf";
  const list = schema[keyword];
  if (!Array.isArray(list) || list.length === 0) return undefined;
  const mapping = Object.entries(isJson(discriminator.mapping) ? discriminator.mapping : {});
  const alternatives: Alternative[] = [];
  for (const one of list) {
    const reference = isJson(one) && typeof one.$ref === "string" ? one.$ref : undefined;
    const name = reference?.split("/").at(-1);
    if (reference === undefined || name === undefined) return undefined;
    const mapped = mapping.filter(([, target]) => target === reference || target === name).map(([value]) => value);
    alternatives.push({ schema: one, values: mapped.length > 0 ? mapped : [name] });
  }
  return { keyword, property: discriminator.propertyName, alternatives };
}

function isJson(value: unknown): value is Json {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
