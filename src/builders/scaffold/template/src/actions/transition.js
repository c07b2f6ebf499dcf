import { answer } from "../answer.js";
import { change, documentAt } from "../entities.js";
import { Problem } from "../problem.js";

/** Move one document along its state machine: only from the states listed. `lookup`: see documentAt. */
export function transition(entity, { state, from, to, ...lookup }) {
  const check = checkState(entity, { state, from, to, ...lookup });
  return (exchange) => {
    check(exchange);
    exchange.subject = change(exchange, entity, exchange.subject, { ...exchange.body, [state]: to });
    answer(exchange, exchange.subject);
  };
}

/** Whether the document may move, before anything else is done about it. */
export function checkState(entity, { state, from, to, ...lookup }) {
  return (exchange) => {
    exchange.subject = documentAt(exchange, entity, lookup);
    const current = exchange.subject[state];
    if (from.includes(current)) return;
    const message = `${entity.name} is ${current}; it must be ${from.join(" or ")} to become ${to}.`;
    throw new Problem(exchange.operation.documented(409, 422, 400), message);
  };
}
