import { answer } from "../answer.js";
import { change, documentAt, propertiesOf } from "../entities.js";
import { Problem } from "../problem.js";

/**
 * Change one document by what the body says. An entity with `moves` only goes from a state to the states listed for it.
 * `lookup`: see documentAt.
 */
export function update(entity, lookup) {
  return (exchange) => {
    const document = documentAt(exchange, entity, lookup);
    const known = propertiesOf(exchange.contract, entity);
    const changes = Object.entries(exchange.body ?? {}).filter(([name]) => known[name]?.readOnly !== true);
    const wanted = Object.fromEntries(changes);
    checkMove(exchange, entity, document, wanted);
    exchange.subject = change(exchange, entity, document, wanted);
    answer(exchange, exchange.subject);
  };
}

function checkMove({ operation }, { name, stateField, moves }, document, wanted) {
  const from = document[stateField];
  const to = wanted[stateField];
  if (moves === undefined || to === undefined || to === from || moves[from]?.includes(to)) return;
  throw new Problem(operation.documented(409, 422, 400), `${name} cannot go from ${from} to ${to}.`);
}
