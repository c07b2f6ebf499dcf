import { readFileSync } from "node:fs";
import { resolve } from "./schema.js";

/** What the service's OpenAPI document says about one operation, in the form the steps need it. */
export function loadContract(url = new URL("../contracts/openapi.json", import.meta.url)) {
  const document = JSON.parse(readFileSync(url, "utf8"));
  return {
    document,
    /** `path` as the routes write it: `/orders/:id` is `/orders/{id}` in the contract. */
    operation(method, path) {
      const template = path.replace(/(?<=\/):([A-Za-z0-9_]+)/g, "{$1}");
      const item = document.paths?.[template] ?? {};
      return describe(document, item, item[method.toLowerCase()] ?? {});
    },
  };
}

function describe(document, item, operation) {
  const success = successOf(document, operation.responses ?? {});
  return {
    parameters: parametersOf(document, item, operation),
    requestBody: requestBodyOf(document, operation),
    ...success,
    /** The first of these statuses that the operation documents; otherwise the first. */
    documented: (...statuses) => statuses.find((status) => documents(operation.responses ?? {}, status)) ?? statuses[0],
  };
}

function documents(responses, status) {
  return [String(status), `${String(status)[0]}XX`].some((key) => Object.hasOwn(responses, key));
}

/** An operation's own parameters replace those of its path. */
function parametersOf(document, item, operation) {
  const all = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((one) => resolve(document, one));
  return [...new Map(all.map((one) => [`${one.in} ${one.name}`, one])).values()];
}

function requestBodyOf(document, operation) {
  if (!operation.requestBody) return undefined;
  const { content = {}, required = false } = resolve(document, operation.requestBody);
  return { required, content };
}

function successOf(document, responses) {
  const key = Object.keys(responses)
    .filter((status) => /^2(\d\d|XX)$/.test(status))
    .sort()[0];
  const response = resolve(document, responses[key ?? "default"] ?? {});
  const status = /^\d+$/.test(key ?? "") ? Number(key) : 200;
  const types = Object.keys(response.content ?? {});
  const contentType = types.find(isJson) ?? types[0];
  return {
    status,
    contentType,
    responseSchema: contentType ? (response.content[contentType].schema ?? {}) : undefined,
  };
}

/** Whether a media type carries JSON. */
export function isJson(type) {
  return /^application\/([^;]+\+)?json(\s*;|$)/i.test(type);
}
