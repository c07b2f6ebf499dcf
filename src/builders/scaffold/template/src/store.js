import { randomUUID } from "node:crypto";

/** Documents in memory, by collection and id. Writes are synchronous, so that no request sees half of one. */
export function createStore() {
  const collections = new Map();
  const of = (name) => {
    const known = collections.get(name) ?? new Map();
    collections.set(name, known);
    return known;
  };
  return {
    all: (name) => [...of(name).values()],
    get: (name, id) => of(name).get(String(id)),
    find: (name, field, value) => [...of(name).values()].find((document) => String(document[field]) === String(value)),
    put: (name, id, document) => of(name).set(String(id), document),
    remove: (name, id) => of(name).delete(String(id)),
    /** An id that the collection does not have; numeric ones count up. */
    newId(name, numeric) {
      if (!numeric) return randomUUID();
      return [...of(name).keys()].reduce((highest, id) => Math.max(highest, Number(id) || 0), 0) + 1;
    },
  };
}
