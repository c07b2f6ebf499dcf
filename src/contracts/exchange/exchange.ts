import { nearest } from "../../lib/nearest.ts";
import type { EndpointVerdict, Exchange, ExchangeFault } from "../../model/contract.ts";
import { fault, together } from "./faults.ts";
import { type Api, matchOperation } from "./operations.ts";
import { checkRequest } from "./request.ts";
import { checkResponse } from "./response.ts";

/**
 * A request and its response against an OpenAPI contract (3.0, 3.1): the operation by method and path, then parameters,
 * credentials and body of the request, then status, headers, media type and body of the response. What was not given is
 * told as not checked. A request that the service refused with a 4xx may be wrong: its faults are told as info.
 */
export function judgeExchange(api: Api, exchange: Exchange): EndpointVerdict {
  const method = exchange.method.toUpperCase();
  const [path = "", query = ""] = pathOf(exchange.path).split(/\?(.*)/s);
  const match = matchOperation(api, method, path === "" ? "/" : path);
  if (!("operation" in match))
    return { valid: false, operation: "", violations: [unknown(api, method, path, match.known)], not_checked: [] };
  const request = checkRequest(api, match, query, exchange);
  const response = checkResponse(api, match, exchange);
  const refused = exchange.status_code >= 400 && exchange.status_code < 500;
  const asked = refused ? request.faults.map((one) => ({ ...one, severity: "info" as const })) : request.faults;
  const { faults, skipped } = together([{ ...request, faults: asked }, response]);
  return {
    valid: faults.every(({ severity }) => severity !== "error"),
    operation: match.operation.name,
    violations: faults,
    not_checked: skipped,
  };
}

/** The path and query of what may be a whole URL, without a fragment. */
function pathOf(given: string): string {
  const bare = given.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "").replace(/#.*$/s, "");
  return bare.startsWith("/") || bare.startsWith("?") ? bare : `/${bare}`;
}

function unknown(api: Api, method: string, path: string, known: string | undefined): ExchangeFault {
  const actual = `${method} ${path}`;
  if (known !== undefined) {
    const methods = api.operations.filter((one) => one.path === known).map((one) => one.method);
    return fault("operation", "method", {
      field: method,
      clause: `/paths/${known.replaceAll("~", "~0").replaceAll("/", "~1")}`,
      message: `${known} has no ${method} in the contract`,
      expected: methods.join(", "),
      actual,
    });
  }
  const paths = [...new Set(api.operations.map((one) => one.path))];
  const meant = nearest(path, paths);
  return fault("operation", "path", {
    field: path,
    clause: "/paths",
    message: `no path of the contract fits ${path}${meant ? `; did you mean ${meant}?` : ""}`,
    expected: meant ?? paths.slice(0, 5).join(", "),
    actual,
  });
}
