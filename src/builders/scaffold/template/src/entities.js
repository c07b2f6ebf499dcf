import { Problem } from "./problem.js";
import { merged, typeOf } from "./sample.js";
import { resolve } from "./schema.js";
import { shape } from "./shape.js";

const QUANTITY = ["quantity", "qty"];
const PRICE = ["unit_price", "price", "unitPrice"];
const TOTAL = /^(total|subtotal|amount|total_?(amount|price)|amount_?total)$/i;

/**
 * A new document of an entity: what the client sent, and what the service decides itself: id, times, first state, the
 * caller as owner.
 */
export function newDocument(exchange, entity, sent) {
  const { contract, store, caller } = exchange;
  const properties = propertiesOf(contract, entity);
  const decided = { ...entity.initial };
  const idSchema = properties[entity.id] ?? {};
  decided[entity.id] = newId(exchange, entity, idSchema, sent);
  for (const name of entity.owner ?? []) if (caller && sent[name] === undefined) decided[name] = caller.sub;
  const source = { ...sent, ...decided };
  const document = shape(contract.document, { $ref: entity.schema }, source, (name, schema) => {
    if (schema.format === "date-time" && isTimestamp(name)) return new Date().toISOString();
    if (TOTAL.test(name)) return totalOf(source, schema);
    return undefined;
  });
  const whole = { ...source, ...document };
  store.put(entity.name, whole[entity.id], whole);
  return whole;
}

/** The properties of an entity by name, references followed. */
export function propertiesOf(contract, entity) {
  const { properties = {} } = merged(contract.document, { $ref: entity.schema });
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, resolve(contract.document, schema)]),
  );
}

/** Lay changes over a document and stamp when. */
export function change({ contract, store }, entity, document, changes) {
  const stamps = Object.entries(propertiesOf(contract, entity))
    .filter(([name, schema]) => schema.format === "date-time" && /^(updated|modified)/i.test(name))
    .map(([name]) => [name, new Date().toISOString()]);
  const changed = { ...document, ...changes, ...Object.fromEntries(stamps), [entity.id]: document[entity.id] };
  store.put(entity.name, changed[entity.id], changed);
  return changed;
}

/** The document that the path names. `by` is the path parameter, `field` what it is compared with. */
export function documentAt({ params, store, operation }, entity, { by = "id", field = entity.id } = {}) {
  const value = params[by];
  const found = field === entity.id ? store.get(entity.name, value) : store.find(entity.name, field, value);
  if (found === undefined) throw new Problem(operation.documented(404), `There is no ${entity.name} ${value}.`);
  return found;
}

function newId({ store }, entity, schema, sent) {
  const numeric = ["integer", "number"].includes(typeOf(schema));
  const chosen = numeric ? undefined : sent[entity.id];
  const free = chosen !== undefined && store.get(entity.name, chosen) === undefined;
  return free ? chosen : store.newId(entity.name, numeric);
}

function isTimestamp(name) {
  return /(^|_)(created|updated|modified|placed|registered|issued|sent|received)|(At|_at|_on|On)$|^(time|timestamp|date)$/.test(
    name,
  );
}

/** The sum over lines that carry quantity and price; undefined when there are none. */
function totalOf(source, schema) {
  if (!["integer", "number"].includes(typeOf(schema))) return undefined;
  const field = (line, names) => names.map((name) => line?.[name]).find((value) => typeof value === "number");
  const lines = Object.values(source).find(
    (value) =>
      Array.isArray(value) && value.length > 0 && value.every((line) => field(line, QUANTITY) && field(line, PRICE)),
  );
  const cents = lines?.reduce((sum, line) => sum + Math.round(field(line, QUANTITY) * field(line, PRICE) * 100), 0);
  return cents === undefined ? undefined : cents / 100;
}
