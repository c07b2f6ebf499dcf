import { at, isRecord, text } from "../document.ts";
import type { HttpAnswer } from "../http.ts";
import { entityKey } from "../infer.ts";
import type { Operation } from "../operation.ts";
import { parts } from "./slots.ts";

/** The object an answer is about: the body itself, or the one object inside an envelope such as `{ data: {…} }`. */
export function subjectOf(json: unknown): Record<string, unknown> {
  if (!isRecord(json)) return {};
  const values = Object.values(json);
  const inner =
    ["data", "item", "result"].map((key) => json[key]).find(isRecord) ?? (values.length === 1 ? values[0] : undefined);
  return json.id === undefined && isRecord(inner) ? inner : json;
}

/** The items of a list answer: the body itself, or the first list inside an envelope; undefined when there is none. */
export function itemsOf(json: unknown): Record<string, unknown>[] | undefined {
  const list = Array.isArray(json) ? json : isRecord(json) ? Object.values(json).find(Array.isArray) : undefined;
  return list?.filter(isRecord);
}

/** The id of an entity in its own document: `id`, `<entity>_id`, `uuid`, `_id`, or a property that says what it is. */
export function identifierOf(body: Record<string, unknown>, entity: string): string | number | undefined {
  const usable = (value: unknown): value is string | number =>
    (typeof value === "string" && value !== "") || typeof value === "number";
  const own = Object.keys(body).find((name) => entityKey(name) === `${entity}id`);
  return [body.id, own === undefined ? undefined : body[own], body.uuid, body._id].find(usable);
}

/** The last path segment of a `Location` header. */
export function locationId({ headers }: HttpAnswer): string | undefined {
  const last = headers.location?.split(/[?#]/)[0]?.split("/").filter(Boolean).at(-1);
  return last || undefined;
}

const TOKEN_NAMES = ["token", "access_token", "accessToken", "id_token", "idToken", "jwt", "bearer"];

/** The bearer token in a login's answer: the property marked `x-token`, or one of the usual names, up to three deep. */
export function tokenOf(json: unknown, operation: Operation): string | undefined {
  const marked = operation.responses
    .flatMap(({ content }) => [...content.values()])
    .flatMap((schema) => parts(schema, operation.document))
    .flatMap((schema) => (isRecord(schema.properties) ? Object.entries(schema.properties) : []))
    .filter(([, property]) => at(property, "x-token") === true)
    .map(([name]) => name);
  return findText(json, [...marked, ...TOKEN_NAMES], 0);
}

function findText(value: unknown, names: readonly string[], depth: number): string | undefined {
  if (!isRecord(value) || depth > 3) return undefined;
  const own = names.map((name) => text(value[name])).find((found) => found !== undefined && found !== "");
  if (own !== undefined) return own;
  for (const inner of Object.values(value)) {
    const found = findText(inner, names, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
