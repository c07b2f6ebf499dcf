import { answer } from "../answer.js";
import { documentAt } from "../entities.js";

/** Delete one document. `lookup`: see documentAt. */
export function remove(entity, lookup) {
  return (exchange) => {
    exchange.subject = documentAt(exchange, entity, lookup);
    exchange.store.remove(entity.name, exchange.subject[entity.id]);
    answer(exchange, exchange.subject);
  };
}
