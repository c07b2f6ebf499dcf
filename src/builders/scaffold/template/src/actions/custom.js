import { answer } from "../answer.js";
import { documentAt } from "../entities.js";
import { sample } from "../sample.js";

/**
 * An operation that the contract describes by its form only: it answers with a document of that form, with values from
 * the request, and from the document that the path names. This is the place for what it really does.
 */
export function custom(entity, lookup) {
  return (exchange) => {
    const { contract, operation, params, query, body, config } = exchange;
    if (entity) exchange.subject = documentAt(exchange, entity, lookup);
    const about = { status: "ok", service: config.name, ...params, ...query, ...exchange.subject, ...body };
    const form = sample(contract.document, operation.responseSchema ?? {});
    const isDocument = form !== null && typeof form === "object" && !Array.isArray(form);
    answer(exchange, isDocument ? { ...form, ...about } : form);
  };
}
