import { isJson } from "./contract.js";
import { mediaType } from "./http.js";
import { Problem } from "./problem.js";
import { typeOf } from "./sample.js";
import { validate as errorsOf, resolve } from "./schema.js";

const UNCHECKED_HEADERS = new Set(["accept", "authorization", "content-type"]);

/** Check path, query, headers and body against the contract; parameters and body are typed afterwards. */
export function validate(exchange) {
  exchange.operation = exchange.contract.operation(exchange.method, exchange.path);
  const { operation } = exchange;
  checkPath(exchange);
  const values = {};
  const errors = operation.parameters.flatMap((parameter) => checkParameter(exchange, parameter, values));
  exchange.query = values;
  exchange.body = readRequestBody(exchange);
  if (exchange.body !== undefined) errors.push(...checkBody(exchange));
  if (errors.length === 0) {
    exchange.body = onlyDeclared(exchange);
    return;
  }
  const first = `${errors[0].pointer} ${errors[0].message}`;
  throw new Problem(operation.documented(400, 422), `The request is not valid: ${first}.`, { errors });
}

/** An id of the wrong form names nothing: 404 where the contract has no 400 for it. */
function checkPath({ contract, operation, params }) {
  for (const parameter of operation.parameters.filter((one) => one.in === "path")) {
    const schema = parameter.schema ?? {};
    const value = fromText(contract.document, schema, [params[parameter.name] ?? ""]);
    const [error] = errorsOf(contract.document, schema, value, { direction: "request" });
    if (error)
      throw new Problem(operation.documented(400, 404, 422), `The path parameter ${parameter.name} ${error.message}.`);
    params[parameter.name] = value;
  }
}

function checkParameter({ contract, query, headers }, parameter, values) {
  const { name, in: place, required } = parameter;
  if (place !== "query" && (place !== "header" || UNCHECKED_HEADERS.has(name.toLowerCase()))) return [];
  const texts =
    place === "query" ? query.getAll(name) : [headers[name.toLowerCase()]].filter((one) => one !== undefined);
  const pointer = `${place}/${name}`;
  const schema = resolve(contract.document, parameter.schema ?? {});
  if (texts.length === 0) {
    if (place === "query" && schema.default !== undefined) values[name] = schema.default;
    return required ? [{ pointer, message: "is required" }] : [];
  }
  const value = fromText(contract.document, schema, texts);
  if (place === "query") values[name] = value;
  return errorsOf(contract.document, schema, value, { direction: "request" }).map((error) => ({
    pointer: pointer + error.pointer,
    message: error.message,
  }));
}

/** What texts from a URL stand for under a schema; what cannot be read stays text and fails the check. */
function fromText(document, given, texts) {
  const schema = resolve(document, given);
  const type = typeOf(schema);
  const text = texts.at(-1);
  if (type === "array") {
    const parts = texts.length === 1 ? texts[0].split(",") : texts;
    return parts.map((part) => fromText(document, schema.items ?? {}, [part]));
  }
  if ((type === "integer" || type === "number") && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  return text;
}

function readRequestBody(exchange) {
  const { operation, headers, rawBody } = exchange;
  if (operation.requestBody === undefined) return undefined;
  const { content, required } = operation.requestBody;
  if (rawBody.length === 0) {
    if (required) throw new Problem(operation.documented(400, 422), "The request needs a body.");
    return undefined;
  }
  const sent = mediaType(headers);
  const accepted = Object.keys(content);
  const type = accepted.find((one) => one.toLowerCase() === sent || (isJson(one) && isJson(sent)));
  if (type === undefined && accepted.length > 0)
    throw new Problem(415, `The body must be ${accepted.join(" or ")}.`, { headers: { accept: accepted.join(", ") } });
  exchange.bodySchema = content[type]?.schema ?? {};
  if (type === "application/x-www-form-urlencoded") return formBody(exchange);
  return exchange.json(operation.documented(400, 422));
}

function formBody({ contract, bodySchema, rawBody }) {
  const form = new URLSearchParams(rawBody.toString("utf8"));
  const { properties = {} } = resolve(contract.document, bodySchema);
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => [
      name,
      fromText(contract.document, properties[name] ?? {}, form.getAll(name)),
    ]),
  );
}

function checkBody({ contract, bodySchema, body }) {
  return errorsOf(contract.document, bodySchema, body, { direction: "request" }).map((error) => ({
    pointer: `body${error.pointer}`,
    message: error.message,
  }));
}

/** Properties that the contract does not name, or names read-only, are not taken over: nobody sets a role or a state that way. */
function onlyDeclared({ contract: { document }, bodySchema, body }) {
  if (body === null || typeof body !== "object" || Array.isArray(body)) return body;
  const parts = partsOf(document, bodySchema);
  const open = parts.some((schema) => schema.additionalProperties) || !parts.some((schema) => schema.properties);
  const accepts = (name) => {
    const declared = parts.filter((schema) => Object.hasOwn(schema.properties ?? {}, name));
    return declared.length === 0
      ? open
      : declared.some((schema) => resolve(document, schema.properties[name]).readOnly !== true);
  };
  return Object.fromEntries(Object.entries(body).filter(([name]) => accepts(name)));
}

/** A schema and everything it is combined with. */
function partsOf(document, given, depth = 0) {
  const schema = resolve(document, given);
  if (depth > 8) return [];
  const inner = [...(schema.allOf ?? []), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  return [schema, ...inner.flatMap((part) => partsOf(document, part, depth + 1))];
}
