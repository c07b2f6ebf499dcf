import { compileSchema, type ValueCheck } from "../lib/json-schema.ts";

const known = new WeakMap<object, WeakMap<object, ValueCheck>>();

/** The check of a schema of a document, compiled once. Documents are not changed while a run lasts. */
export function checkOf(schema: unknown, root: object): ValueCheck {
  if (schema === null || typeof schema !== "object") return compileSchema(schema ?? {}, root);
  let checks = known.get(root);
  if (checks === undefined) {
    checks = new WeakMap();
    known.set(root, checks);
  }
  let check = checks.get(schema);
  if (check === undefined) {
    check = compileSchema(schema, root);
    checks.set(schema, check);
  }
  return check;
}
