import { AppError } from "../../../lib/errors.ts";
import { at, isRecord, resolveRef, text } from "../../document.ts";
import { endpointOf, type Operation } from "../../operation.ts";
import { readDocument } from "../../operations.ts";
import { forDirection } from "./direction.ts";
import type { FuzzBody, FuzzOperation, FuzzParameter, FuzzResponse, FuzzSpec, SecurityScheme } from "./model.ts";
import { readResponse } from "./read-response.ts";

type Json = Record<string, unknown>;

/** The client's own business: must not be declared as parameters (OpenAPI 3.1, 4.8.12.1). */
const OWN_HEADERS = new Set(["accept", "content-type", "authorization"]);

/**
 * What a fuzzer needs of an OpenAPI 3.0 or 3.1 document; `service` names its operations' owner where others are around.
 * Errors: CONTRACT_INVALID when it is none or has no operations.
 */
export function readSpec(document: Json, service = ""): FuzzSpec {
  if (typeof document.openapi !== "string" || !document.openapi.startsWith("3."))
    throw new AppError("CONTRACT_INVALID", "The document is no OpenAPI 3.0 or 3.1 contract.", {
      remedy: "Give a document whose `openapi` is 3.x; convert Swagger 2.0 first.",
    });
  const request = forDirection(document, "request");
  const response = forDirection(document, "response");
  const operations = readDocument(service, request).map((operation) => readOperation(operation, request, response));
  if (operations.length === 0)
    throw new AppError("CONTRACT_INVALID", "The contract has no operations.", {
      remedy: "Give a document with at least one operation under `paths`.",
    });
  const title = text(at(document, "info", "title")) ?? "API";
  return { operations, schemes: readSchemes(request), request, response, title };
}

function readOperation(operation: Operation, document: Json, responses: Json): FuzzOperation {
  const item = resolveRef(at(document, "paths", operation.path), document);
  const raw = at(item, operation.method.toLowerCase());
  const body = resolveRef(at(raw, "requestBody"), document);
  const security = at(raw, "security") ?? document.security;
  const alternatives = Array.isArray(security) ? security.filter(isRecord).map((one) => Object.keys(one)) : [];
  const open = alternatives.length === 0 || alternatives.some((one) => one.length === 0);
  const answers = at(
    resolveRef(at(responses, "paths", operation.path), responses),
    operation.method.toLowerCase(),
    "responses",
  );
  return {
    operation,
    name: endpointOf(operation),
    parameters: readParameters(operation, document, at(item, "parameters"), at(raw, "parameters")),
    bodies: readBodies(at(body, "content"), document),
    body_required: at(body, "required") === true,
    responses: readResponses(answers, responses, operation.pointer),
    security: open ? [] : alternatives,
    open,
  };
}

function readResponses(answers: unknown, document: Json, pointer: string): FuzzResponse[] {
  if (!isRecord(answers)) return [];
  return Object.entries(answers)
    .filter(([status]) => !status.startsWith("x-"))
    .map(([status, given]) => readResponse(status, given, document, pointer));
}

function readParameters(operation: Operation, document: Json, ...lists: unknown[]): FuzzParameter[] {
  const found = new Map<string, FuzzParameter>();
  for (const given of lists.flatMap((list) => (Array.isArray(list) ? list : []))) {
    const parameter = readParameter(resolveRef(given, document), document);
    if (parameter !== undefined) found.set(`${parameter.in}:${parameter.name}`, parameter);
  }
  for (const [, name = ""] of operation.path.matchAll(/\{([^}]*)\}/g))
    if (!found.has(`path:${name}`)) {
      const plain = readParameter({ name, in: "path", schema: { type: "string" } }, document);
      if (plain) found.set(`path:${name}`, plain);
    }
  return [...found.values()];
}

function readParameter(raw: unknown, document: Json): FuzzParameter | undefined {
  const name = text(at(raw, "name"));
  const place = text(at(raw, "in"));
  if (name === undefined || (place !== "path" && place !== "query" && place !== "header" && place !== "cookie"))
    return undefined;
  if (place === "header" && OWN_HEADERS.has(name.toLowerCase())) return undefined;
  const content = at(raw, "content");
  const [media] = isRecord(content) ? Object.entries(content) : [];
  const style = text(at(raw, "style")) ?? (place === "query" || place === "cookie" ? "form" : "simple");
  const stated = at(raw, "explode");
  return {
    name,
    in: place,
    required: place === "path" || at(raw, "required") === true,
    schema: at(raw, "schema") ?? at(media?.[1], "schema") ?? {},
    style,
    explode: typeof stated === "boolean" ? stated : style === "form" || style === "deepObject",
    media_type: media?.[0] ?? null,
    examples: examplesOf(raw, document),
  };
}

function readBodies(content: unknown, document: Json): FuzzBody[] {
  if (!isRecord(content)) return [];
  return Object.entries(content).map(([media_type, media]) => ({
    media_type,
    schema: at(media, "schema") ?? {},
    encoding: recordAt(media, "encoding"),
    examples: examplesOf(media, document),
  }));
}

function recordAt(value: unknown, key: string): Json {
  const inner = at(value, key);
  return isRecord(inner) ? inner : {};
}

/** Examples beside a schema and the schema's own. */
function examplesOf(raw: unknown, document: Json): Map<string, unknown> {
  const found = new Map<string, unknown>();
  if (isRecord(raw) && raw.example !== undefined) found.set("example", raw.example);
  const named = at(raw, "examples");
  if (isRecord(named))
    for (const [name, given] of Object.entries(named)) {
      const value = at(resolveRef(given, document), "value");
      if (value !== undefined) found.set(name, value);
    }
  const schema = resolveRef(at(raw, "schema"), document);
  if (found.size === 0 && isRecord(schema)) {
    if (schema.example !== undefined) found.set("schema example", schema.example);
    if (Array.isArray(schema.examples))
      for (const [index, value] of schema.examples.entries()) found.set(`schema example ${index + 1}`, value);
  }
  return found;
}

function readSchemes(document: Json): Map<string, SecurityScheme> {
  const given = at(document, "components", "securitySchemes");
  const entries = isRecord(given) ? Object.entries(given) : [];
  return new Map(
    entries.map(([name, reference]) => {
      const raw = resolveRef(reference, document);
      const scheme: SecurityScheme = {
        name,
        type: text(at(raw, "type")) ?? "",
        scheme: (text(at(raw, "scheme")) ?? "").toLowerCase(),
        in: text(at(raw, "in")) ?? "",
        parameter: text(at(raw, "name")) ?? "",
        token_url: text(at(raw, "flows", "clientCredentials", "tokenUrl")) ?? "",
      };
      return [name, scheme];
    }),
  );
}
