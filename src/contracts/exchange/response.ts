import { pointerPart } from "../../lib/json-schema-bundle.ts";
import { pickStatus } from "../../lib/media.ts";
import type { Exchange } from "../../model/contract.ts";
import type { Placed } from "../breaking/comparison.ts";
import { headersOf } from "../breaking/responses.ts";
import { child, entriesAt } from "../breaking/source.ts";
import { checkBody } from "./body.ts";
import { readSingle } from "./deserialize.ts";
import { checkValue, fault, together, type Verdict } from "./faults.ts";
import type { Api, Match } from "./operations.ts";
import { lowered } from "./request.ts";

/** The response of an exchange against its operation: status, headers, media type, body. */
export function checkResponse(api: Api, { operation }: Match, exchange: Exchange): Verdict {
  const { source } = api;
  const responses = child(source, operation.operation, "responses");
  const statuses = Object.keys(responses.node).filter((one) => !one.startsWith("x-"));
  const status = pickStatus(statuses, exchange.status_code);
  if (status === undefined) {
    const message = `status ${exchange.status_code} is not documented for ${operation.name}`;
    const expected = statuses.length === 0 ? "none is documented" : `one of ${statuses.join(", ")}`;
    const undocumented = fault("response", "status", {
      message,
      expected,
      actual: String(exchange.status_code),
      clause: `${operation.operation.at}/responses`,
    });
    return { faults: statuses.length === 0 ? [] : [undocumented], skipped: [] };
  }
  const response = source.resolve(responses.node[status], responses.at + pointerPart(status));
  const headers = exchange.response_headers && lowered(exchange.response_headers);
  return together([checkHeaders(api, response, headers), checkContent(api, response, exchange, headers)]);
}

function checkHeaders({ source }: Api, response: Placed, headers: Record<string, string> | undefined): Verdict {
  return together(
    [...headersOf(source, response)].map(([key, parameter]): Verdict => {
      const { name, required, at: clause } = parameter;
      if (headers === undefined)
        return { faults: [], skipped: required ? [`response header ${name}: no response_headers were given`] : [] };
      const text = Object.hasOwn(headers, key) ? headers[key] : undefined;
      if (text === undefined) {
        const message = `response header ${name} is missing`;
        const missing = fault("response", "header", { field: name, clause, message, expected: name, actual: "absent" });
        return { faults: required ? [missing] : [], skipped: [] };
      }
      const read = readSingle(parameter, text, source.document);
      if (read === undefined || "problem" in read) {
        const message = `response header ${name} ${read?.problem ?? "cannot be read"}`;
        return {
          faults: [fault("response", "header", { field: name, clause, message, actual: text.slice(0, 80) })],
          skipped: [],
        };
      }
      return checkValue(source, parameter.schema[0], read.value, { part: "response", location: "header", name });
    }),
  );
}

function checkContent(
  { source }: Api,
  response: Placed,
  { response_body: body, status_code, method }: Exchange,
  headers: Record<string, string> | undefined,
): Verdict {
  const types = entriesAt(response.node, "content").map(([type]) => type);
  const bodiless = method.toUpperCase() === "HEAD" || status_code === 204 || status_code === 304;
  const isEmpty = body === undefined || body === null || body === "";
  if (bodiless || types.length === 0) {
    if (isEmpty) return { faults: [], skipped: [] };
    const why = bodiless ? "an answer of this kind has no body" : "the contract documents no body";
    const message = `${why}, and there is one`;
    const severity = bodiless ? "error" : "warning";
    return {
      faults: [
        fault("response", "body", { message, expected: "no body", actual: "a body", clause: response.at, severity }),
      ],
      skipped: [],
    };
  }
  const header = headers === undefined ? undefined : (headers["content-type"] ?? "");
  if (body === undefined) return { faults: [], skipped: ["response body: none was given"] };
  return checkBody(source, response, body, { part: "response", header });
}
