import { answer } from "../answer.js";
import { propertiesOf } from "../entities.js";
import { merged, typeOf } from "../sample.js";
import { resolve } from "../schema.js";

const DEFAULT_LIMIT = 100;

/**
 * The documents of a collection, newest first, filtered by query parameters that are named like a property and cut to the page asked
 * for. `where`: entity property → path parameter.
 */
export function list(entity, { where = {} } = {}) {
  return (exchange) => {
    const { contract, operation, params, query, store } = exchange;
    const known = propertiesOf(contract, entity);
    const wanted = [
      ...Object.entries(where).map(([property, parameter]) => [property, params[parameter]]),
      ...Object.entries(query).filter(([name]) => Object.hasOwn(known, name)),
    ];
    const matching = store
      .all(entity.name)
      .reverse()
      .filter((document) =>
        wanted.every(([name, value]) => [value].flat().map(String).includes(String(document[name]))),
      );
    const { limit, offset, page } = window(query);
    const items = matching.slice(offset, offset + limit);
    const schema = merged(contract.document, operation.responseSchema ?? {});
    if (typeOf(schema) === "array") return answer(exchange, items);
    const total = matching.length;
    const next = offset + limit < total ? String(offset + limit) : null;
    answer(exchange, {
      [listProperty(contract, schema)]: items,
      ...{ total, count: items.length, total_count: total, total_items: total, totalCount: total },
      ...{ limit, offset, page, page_size: limit, per_page: limit, pageSize: limit },
      ...{ total_pages: Math.ceil(total / limit), has_more: next !== null, next_cursor: next, nextCursor: next },
    });
  };
}

/** First document and number of documents of the page that the usual parameters ask for. */
function window(query) {
  const first = (...names) => names.map((name) => query[name]).find((value) => value !== undefined);
  const limit = Math.max(1, Number(first("limit", "page_size", "per_page", "pageSize", "size") ?? DEFAULT_LIMIT));
  const page = Math.max(1, Number(first("page") ?? 1));
  const offset = Math.max(0, Number(first("offset", "skip", "cursor") ?? (page - 1) * limit) || 0);
  return { limit, offset, page };
}

function listProperty(contract, schema) {
  const entries = Object.entries(schema.properties ?? {});
  return entries.find(([, property]) => typeOf(resolve(contract.document, property)) === "array")?.[0] ?? "items";
}
