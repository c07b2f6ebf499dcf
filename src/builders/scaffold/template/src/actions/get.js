import { answer } from "../answer.js";
import { documentAt } from "../entities.js";

/** One document. `lookup`: see documentAt. */
export function get(entity, lookup) {
  return (exchange) => {
    exchange.subject = documentAt(exchange, entity, lookup);
    answer(exchange, exchange.subject);
  };
}
