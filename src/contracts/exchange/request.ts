import type { Exchange } from "../../model/contract.ts";
import type { Parameter } from "../breaking/parameters.ts";
import { child, own } from "../breaking/source.ts";
import { isJson, objectAt } from "../document.ts";
import { checkBody } from "./body.ts";
import { queryPairs, type Read, readQuery, readSingle } from "./deserialize.ts";
import { checkValue, fault, together, type Verdict } from "./faults.ts";
import { type Api, decoded, type Match } from "./operations.ts";

/** The request of an exchange against its operation: parameters, credentials, body. */
export function checkRequest(api: Api, match: Match, query: string, exchange: Exchange): Verdict {
  const headers = exchange.request_headers && lowered(exchange.request_headers);
  return together([
    checkParameters(api, match, query, headers),
    checkSecurity(api, match, query, headers, exchange.status_code),
    checkRequestBody(api, match, exchange, headers),
  ]);
}

export function lowered(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function checkParameters(
  { source }: Api,
  { operation, values }: Match,
  query: string,
  headers: Record<string, string> | undefined,
): Verdict {
  const pairs = queryPairs(query);
  const cookies = cookiesOf(headers?.cookie ?? "");
  const used = new Set<string>();
  const root = source.document;
  const read = (parameter: Parameter): Read | "unseen" => {
    const { name } = parameter;
    if (parameter.in === "query") return readQuery(parameter, pairs, root, used);
    const texts = { path: values, header: headers, cookie: headers && cookies }[parameter.in];
    if (texts === undefined) return "unseen";
    const key = parameter.in === "header" ? name.toLowerCase() : name;
    return Object.hasOwn(texts, key) ? readSingle(parameter, texts[key] ?? "", root) : undefined;
  };
  const verdicts = operation.parameters.map((parameter): Verdict => {
    const { name, at: clause, in: location, required } = parameter;
    const found = read(parameter);
    if (found === "unseen")
      return { faults: [], skipped: required ? [`request ${location} ${name}: no request_headers were given`] : [] };
    if (found === undefined) {
      const message = `${location} parameter ${name} is missing`;
      const missing = fault("request", location, { field: name, clause, message, expected: name, actual: "absent" });
      return { faults: required ? [missing] : [], skipped: [] };
    }
    if ("problem" in found) {
      const message = `${name} ${found.problem}`;
      return {
        faults: [fault("request", location, { field: name, clause, message, actual: found.problem })],
        skipped: [],
      };
    }
    if (found.value === "" && parameter.node.allowEmptyValue === true) return { faults: [], skipped: [] };
    return checkValue(source, parameter.schema[0], found.value, { part: "request", location, name });
  });
  const unknown = [...new Set(pairs.map(([name]) => name))].filter((name) => !used.has(name));
  const undeclared = unknown
    .filter((name) => !isCredential(source.document, name))
    .map((name) =>
      fault("request", "query", {
        field: name,
        clause: operation.operation.at,
        message: `query parameter ${name} is not in the contract`,
        expected: "only declared parameters",
        actual: name.slice(0, 80),
        // Most services let unknown parameters pass.
        severity: "warning",
      }),
    );
  return together([...verdicts, { faults: undeclared, skipped: [] }]);
}

function cookiesOf(header: string): Record<string, string> {
  const pairs = header.split(";").map((part) => part.trim().split("="));
  return Object.fromEntries(
    pairs.filter(([name]) => name).map(([name = "", ...rest]) => [name, decoded(rest.join("="))]),
  );
}

function isCredential(document: Record<string, unknown>, name: string): boolean {
  const schemes = Object.values(objectAt(objectAt(document, "components"), "securitySchemes"));
  return schemes.some((scheme) => isJson(scheme) && scheme.in === "query" && scheme.name === name);
}

/** Whether some alternative of the security requirements has its credentials; what they are worth cannot be told. */
function checkSecurity(
  { source }: Api,
  { operation: { operation } }: Match,
  query: string,
  headers: Record<string, string> | undefined,
  status: number,
): Verdict {
  const requirements = own(operation.node, "security") ?? source.document.security;
  const alternatives = (Array.isArray(requirements) ? requirements : []).filter(isJson);
  if (alternatives.length === 0 || alternatives.some((one) => Object.keys(one).length === 0))
    return { faults: [], skipped: [] };
  if (headers === undefined) return { faults: [], skipped: ["request security: no request_headers were given"] };
  const schemes = objectAt(objectAt(source.document, "components"), "securitySchemes");
  const has = (name: string): boolean => {
    const { node } = source.resolve(schemes[name], `/components/securitySchemes/${name}`);
    if (node.type === "apiKey") {
      if (node.in === "query") return queryPairs(query).some(([key]) => key === node.name);
      if (node.in === "cookie") return Object.hasOwn(cookiesOf(headers.cookie ?? ""), String(node.name));
      return Object.hasOwn(headers, String(node.name).toLowerCase());
    }
    if (node.type === "mutualTLS") return true;
    const prefix = node.type === "http" ? `${String(node.scheme)} ` : "bearer ";
    return (headers.authorization ?? "").toLowerCase().startsWith(prefix.toLowerCase());
  };
  if (alternatives.some((one) => Object.keys(one).every(has)) || status === 401) return { faults: [], skipped: [] };
  const names = alternatives.map((one) => Object.keys(one).join(" and ")).join(", or ");
  const message = "the request carries none of the credentials that the operation asks for";
  const clause = Array.isArray(own(operation.node, "security")) ? `${operation.at}/security` : "/security";
  return {
    faults: [
      fault("request", "security", { field: "authorization", message, expected: names, actual: "absent", clause }),
    ],
    skipped: [],
  };
}

function checkRequestBody(
  { source }: Api,
  { operation: { operation, name, method } }: Match,
  { request_body: body }: Exchange,
  headers: Record<string, string> | undefined,
): Verdict {
  const holder = child(source, operation, "requestBody");
  const isDescribed = Object.keys(holder.node).length > 0;
  if (!isDescribed) {
    const isEmpty = body === undefined || body === null || body === "";
    if (isEmpty) return { faults: [], skipped: [] };
    const severity = method === "GET" || method === "HEAD" || method === "DELETE" ? "warning" : "error";
    const message = `${name} takes no body`;
    return {
      faults: [
        fault("request", "body", { message, expected: "no body", actual: "a body", clause: operation.at, severity }),
      ],
      skipped: [],
    };
  }
  const absent = body === undefined || (body === null && holder.node.required === true);
  if (!absent) {
    // A null for a body that may be left out means that there is none.
    if (body === null) return { faults: [], skipped: [] };
    return checkBody(source, holder, body, { part: "request", header: headers?.["content-type"] });
  }
  if (holder.node.required !== true) return { faults: [], skipped: [] };
  if (body === undefined && headers === undefined)
    return { faults: [], skipped: ["request body: none was given, and the contract requires one"] };
  const message = "the request body is missing";
  return {
    faults: [fault("request", "body", { message, expected: "a body", actual: "absent", clause: holder.at })],
    skipped: [],
  };
}
