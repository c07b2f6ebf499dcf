import { verifyToken } from "./jwt.js";
import { Problem } from "./problem.js";

/** The caller must present a valid bearer token; its claims become `exchange.caller`. */
export function requireAuth(exchange) {
  exchange.caller = callerOf(exchange);
  if (exchange.caller === undefined)
    throw new Problem(401, "A valid bearer token is needed.", { headers: { "www-authenticate": "Bearer" } });
}

/** For operations that a token is welcome at but not needed. */
export function acceptAuth(exchange) {
  exchange.caller = callerOf(exchange);
}

function callerOf({ headers, config }) {
  const [, presented] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
  return presented === undefined ? undefined : verifyToken(presented, config.secrets.JWT_SECRET);
}
