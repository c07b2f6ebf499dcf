import { answer } from "../answer.js";
import { signToken } from "../jwt.js";
import { matchesSecret } from "../passwords.js";
import { Problem } from "../problem.js";

const LIFETIME_SECONDS = 3600;

/** Exchange credentials for a bearer token. `tokens`: the response properties that carry it. */
export function login(entity, { identifier, secret, tokens }) {
  return async (exchange) => {
    const { body = {}, store } = exchange;
    const known = store.get("credentials", String(body[identifier]).toLowerCase());
    if (!(await matchesSecret(String(body[secret]), known?.hash)))
      throw new Problem(401, `The ${identifier} or the ${secret} is wrong.`, {
        headers: { "www-authenticate": "Bearer" },
      });
    exchange.subject = store.get(entity.name, known.id);
    answer(exchange, { ...exchange.subject, ...tokenFields(exchange, entity, known.id, tokens) });
  };
}

/** What a response may say about a fresh token. */
export function tokenFields({ config, subject }, entity, id, tokens) {
  const issued = signToken({ iss: config.name, sub: String(id) }, config.secrets.JWT_SECRET, LIFETIME_SECONDS);
  const key = entity.name[0].toLowerCase() + entity.name.slice(1);
  return {
    ...Object.fromEntries(tokens.map((name) => [name, issued])),
    ...{ token_type: "Bearer", tokenType: "Bearer", expires_in: LIFETIME_SECONDS, expiresIn: LIFETIME_SECONDS },
    expires_at: new Date(Date.now() + LIFETIME_SECONDS * 1000).toISOString(),
    ...{ [`${key}_id`]: id, [key]: subject },
  };
}
