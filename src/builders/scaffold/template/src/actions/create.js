import { answer } from "../answer.js";
import { newDocument } from "../entities.js";

/** Create a document from the body. `from`: entity property → path parameter that it is taken from. */
export function create(entity, { from = {} } = {}) {
  return (exchange) => {
    const parents = Object.entries(from).map(([property, parameter]) => [property, exchange.params[parameter]]);
    exchange.subject = newDocument(exchange, entity, { ...exchange.body, ...Object.fromEntries(parents) });
    answer(exchange, exchange.subject);
  };
}
