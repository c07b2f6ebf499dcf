import { readFileSync } from "node:fs";
import { serviceUrl } from "./config.js";
import { Problem } from "./problem.js";
import { valuesAt } from "./references.js";
import { shape } from "./shape.js";
import { traceHeaders } from "./trace.js";

/**
 * Call an operation of another service before answering; anything but a 2xx ends the request. With `reference` (a path
 * into the body) it is called once for each id found there, put in place of `parameter`. `property` names the value
 * otherwise. `sends` points at the schema of the body it expects. Trace and authorization go along.
 */
export function call({ service, method, path, parameter, reference, property, sends }) {
  const contract = sends ? loadPeer(service) : undefined;
  return async (exchange) => {
    const ids = reference ? [...new Set(valuesAt(exchange.body, reference))] : [undefined];
    for (const id of ids) {
      const target = path.replace(/\{([^}]+)\}/g, (_, name) =>
        encodeURIComponent(
          String(name === parameter ? (id ?? known(exchange, property ?? name)) : known(exchange, name)),
        ),
      );
      const body = sends ? shape(contract, { $ref: sends }, factsOf(exchange)) : undefined;
      const response = await request(exchange, { service, method, target, body });
      if (!response.ok) throw refusal(exchange, service, response.status, id);
    }
  };
}

function loadPeer(service) {
  return JSON.parse(readFileSync(new URL(`../contracts/consumed/${service}.openapi.json`, import.meta.url), "utf8"));
}

function factsOf({ caller, params, subject, body }) {
  return { ...(caller ? { user_id: caller.sub } : {}), ...params, ...subject, ...body };
}

function known(exchange, name) {
  return factsOf(exchange)[name] ?? exchange.caller?.sub;
}

async function request({ headers, span, config, log, operation }, { service, method, target, body }) {
  const base = serviceUrl(service);
  try {
    if (!base) throw new Error("its URL is not configured");
    const response = await fetch(`${base}${target}`, {
      method,
      headers: {
        ...traceHeaders(span), // traceparent
        ...(headers.authorization ? { authorization: headers.authorization } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(config.callTimeoutMs),
    });
    await response.arrayBuffer();
    return response;
  } catch (cause) {
    log.warn("call failed", { to: service, error: cause.message, trace_id: span.traceId });
    throw new Problem(operation.documented(503, 502, 504, 500), `${service} could not be asked.`);
  }
}

/** What the other service's refusal means for our caller, as a status that our contract documents where it can. */
function refusal({ operation: { documented } }, service, status, id) {
  if (status === 401 || status === 403)
    return new Problem(documented(status, 401, 403), `${service} refused the token.`);
  if (status === 409) return new Problem(documented(409, 422, 400), `${service} does not allow it.`);
  if ([400, 404, 410, 422].includes(status))
    return new Problem(documented(422, 404, 409, 400), `${service} does not know ${id ?? "what was asked for"}.`);
  return new Problem(documented(502, 503, 500), `${service} answered with ${status}.`);
}
