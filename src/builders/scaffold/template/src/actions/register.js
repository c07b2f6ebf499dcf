import { answer } from "../answer.js";
import { newDocument } from "../entities.js";
import { hashSecret } from "../passwords.js";
import { Problem } from "../problem.js";
import { tokenFields } from "./login.js";

/** Create an identity. The secret is kept as a hash, apart from the document, and is never part of an answer. */
export function register(entity, { identifier, secret, tokens = [] }) {
  return async (exchange) => {
    const { [secret]: presented, ...sent } = exchange.body ?? {};
    const { store, operation } = exchange;
    const key = String(sent[identifier]).toLowerCase();
    const hash = await hashSecret(String(presented));
    if (store.get("credentials", key))
      throw new Problem(operation.documented(409, 422, 400), `This ${identifier} is already registered.`);
    exchange.subject = newDocument(exchange, entity, sent);
    const id = exchange.subject[entity.id];
    store.put("credentials", key, { id, hash });
    answer(exchange, { ...exchange.subject, ...tokenFields(exchange, entity, id, tokens) });
  };
}
