/** Two versions of a contract and what is known of them: whether something breaks, where, and by which rule. */
export interface Pair {
  name: string;
  old: Record<string, unknown>;
  now: Record<string, unknown>;
  breaking: boolean;
  /** Rule that must be told; "" when nothing at all may be told. */
  rule: string;
  /** `METHOD path` of the operation it is told of. */
  operation: string;
}

export const string = { type: "string" };
export const integer = { type: "integer" };
export const number = { type: "number" };
export const json = (schema: object | boolean) => ({ "application/json": { schema } });
export const object = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
export const answer = (schema: object | boolean, more: object = {}) => ({
  200: { description: "", content: json(schema), ...more },
});
export const NONE = { 204: { description: "" } };

/** A document whose one operation is `POST /things`. */
export function api(operation: object, more: object = {}): Record<string, unknown> {
  return { ...frame, paths: { "/things": { post: { responses: NONE, ...operation } } }, ...more };
}

/** A document with these paths. */
export function paths(items: object, more: object = {}): Record<string, unknown> {
  return { ...frame, paths: items, ...more };
}

const frame = { openapi: "3.1.0", info: { title: "Things", version: "1.0.0" } };

export const taking = (schema: object | boolean, more: object = {}) =>
  api({ requestBody: { content: json(schema) } }, more);
export const giving = (schema: object | boolean, more: object = {}) => api({ responses: answer(schema) }, more);
export const asking = (parameter: object) => api({ parameters: [{ name: "it", in: "query", ...parameter }] });
