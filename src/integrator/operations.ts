import {
  type Contract,
  OperationAction,
  OperationCall,
  OperationTransition,
  PropertyReference,
} from "../model/contract.ts";
import { at, isRecord, pointerSegment, resolveRef, text, texts } from "./document.ts";
import { entityKey, inferAction, inferEntity } from "./infer.ts";
import type { Body, DocumentedResponse, Operation, Parameter, UnlabelledOperation } from "./operation.ts";
import { isJson } from "./operation.ts";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"] as const;

/** All operations of the OpenAPI contracts. */
export function readOperations(contracts: readonly Contract[]): Operation[] {
  return contracts
    .filter(({ type }) => type === "openapi")
    .flatMap(({ service_name, spec }) => readDocument(service_name, spec));
}

/** All operations of one OpenAPI document. */
export function readDocument(service: string, document: Record<string, unknown>): Operation[] {
  const found: ReadOperation[] = [];
  const paths = isRecord(document.paths) ? document.paths : {};
  for (const [path, given] of Object.entries(paths)) {
    const item = resolveRef(given, document);
    if (!isRecord(item)) continue;
    for (const method of METHODS) {
      const operation = item[method];
      if (isRecord(operation)) found.push(readOperation(service, document, path, method, item, operation));
    }
  }
  return found.map(({ stated, operation }) => {
    const action = stated ?? inferAction(operation, siblingsOf(found));
    return { ...operation, action, entity: operation.entity ?? inferEntity(operation.path, action) };
  });
}

interface ReadOperation {
  /** `x-action`, when it is there. */
  stated: OperationAction | null;
  operation: UnlabelledOperation;
}

function siblingsOf(found: readonly ReadOperation[]): UnlabelledOperation[] {
  return found.map(({ operation }) => operation);
}

type Raw = Record<string, unknown>;

function readOperation(
  service: string,
  document: Raw,
  path: string,
  method: string,
  item: Raw,
  raw: Raw,
): ReadOperation {
  const pointer = `/paths/${pointerSegment(path)}/${method}`;
  const transition = OperationTransition.safeParse(raw["x-transition"]);
  const action = OperationAction.safeParse(raw["x-action"]);
  const calls = Array.isArray(raw["x-calls"]) ? raw["x-calls"] : [];
  const entity = text(raw["x-entity"]);
  const operation: UnlabelledOperation = {
    service,
    id: text(raw.operationId) ?? `${method} ${path}`,
    method: method.toUpperCase(),
    path,
    pointer,
    document,
    parameters: readParameters(document, item.parameters, raw.parameters),
    body: readBody(document, raw.requestBody),
    responses: readResponses(document, raw.responses, pointer),
    secured: isSecured(raw.security ?? document.security),
    entity: entity === undefined ? null : entityKey(entity),
    transition: transition.success ? transition.data : null,
    publishes: texts(raw["x-publishes"]),
    calls: calls.flatMap((call) => OperationCall.safeParse(call).data ?? []),
  };
  return { stated: action.success ? action.data : null, operation };
}

function readParameters(document: Raw, ...lists: unknown[]): Parameter[] {
  const found = new Map<string, Parameter>();
  for (const given of lists.flatMap((list) => (Array.isArray(list) ? list : []))) {
    const raw = resolveRef(given, document);
    const name = text(at(raw, "name"));
    const place = text(at(raw, "in"));
    if (name === undefined || (place !== "path" && place !== "query" && place !== "header" && place !== "cookie"))
      continue;
    const content = at(raw, "content");
    const schema = at(raw, "schema") ?? (isRecord(content) ? at(Object.values(content)[0], "schema") : undefined) ?? {};
    const example = at(raw, "example");
    const reference = PropertyReference.safeParse(at(raw, "x-references") ?? at(schema, "x-references"));
    found.set(`${place}:${name}`, {
      name,
      in: place,
      required: place === "path" || at(raw, "required") === true,
      schema: example === undefined ? schema : { allOf: [schema], example },
      reference: reference.success ? reference.data : null,
    });
  }
  return [...found.values()];
}

/** The JSON body when there is one, otherwise the first media type. */
function readBody(document: Raw, given: unknown): Body | null {
  const raw = resolveRef(given, document);
  const content = at(raw, "content");
  if (!isRecord(content)) return null;
  const types = Object.keys(content);
  const media_type = types.find(isJson) ?? types[0];
  if (media_type === undefined) return null;
  return { media_type, schema: at(content[media_type], "schema") ?? {}, required: at(raw, "required") === true };
}

function readResponses(document: Raw, given: unknown, operation: string): DocumentedResponse[] {
  if (!isRecord(given)) return [];
  return Object.entries(given).map(([status, response]) => {
    const content = at(resolveRef(response, document), "content");
    const types = isRecord(content) ? Object.entries(content) : [];
    return {
      status: status.toUpperCase() === "DEFAULT" ? "default" : status.toUpperCase(),
      content: new Map(types.map(([type, media]) => [type.toLowerCase(), at(media, "schema")])),
      pointer: `${operation}/responses/${pointerSegment(status)}`,
    };
  });
}

/** A list of alternatives; an empty one among them makes credentials optional (OpenAPI 3.1, 4.8.10). */
function isSecured(security: unknown): boolean {
  if (!Array.isArray(security) || security.length === 0) return false;
  return security.every((alternative) => isRecord(alternative) && Object.keys(alternative).length > 0);
}
