import { documentAt } from "./entities.js";
import { Problem } from "./problem.js";

/** The document that the path names must exist before anything else is done. `lookup`: see documentAt. */
export function load(entity, lookup) {
  return (exchange) => {
    exchange.subject = documentAt(exchange, entity, lookup);
  };
}

/** The ids that a body gives for another entity of this service must exist. `path`: property names, "*" for any item. */
export function checkReference(entity, path) {
  return ({ body, store, operation }) => {
    for (const id of valuesAt(body, path))
      if (store.get(entity.name, id) === undefined)
        throw new Problem(operation.documented(422, 404, 409, 400), `There is no ${entity.name} ${id}.`);
  };
}

/** The values at a path; absent and null ones are left out. */
export function valuesAt(value, [name, ...rest]) {
  if (value === undefined || value === null) return [];
  if (name === undefined) return [value];
  if (name === "*") return Array.isArray(value) ? value.flatMap((item) => valuesAt(item, rest)) : [];
  return typeof value === "object" && Object.hasOwn(value, name) ? valuesAt(value[name], rest) : [];
}
