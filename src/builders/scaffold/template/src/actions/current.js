import { answer } from "../answer.js";
import { Problem } from "../problem.js";
import { sample } from "../sample.js";

/** What the caller's token stands for. Without an entity, only what the token itself says of the caller is known. */
export function current(entity) {
  if (entity === undefined) return describeCaller;
  return (exchange) => {
    exchange.subject = exchange.store.get(entity.name, exchange.caller.sub);
    if (exchange.subject === undefined)
      throw new Problem(exchange.operation.documented(401, 404), `The token's ${entity.name} does not exist any more.`);
    answer(exchange, exchange.subject);
  };
}

function describeCaller(exchange) {
  const { contract, operation, caller } = exchange;
  const id = caller.sub;
  const form = sample(contract.document, operation.responseSchema ?? {});
  const isDocument = form !== null && typeof form === "object" && !Array.isArray(form);
  answer(exchange, isDocument ? { ...form, ...caller, id, user_id: id, userId: id } : form);
}
