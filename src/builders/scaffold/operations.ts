import { OperationAction } from "../../model/contract.ts";
import { below, follow, isArraySchema, type Json, list, type Place, propertiesOf, record, text } from "./json.ts";

const METHODS = ["get", "put", "post", "patch", "delete", "head", "options"] as const;

/** One operation as the contract writes it, with the schemas that matter at hand. */
export interface ContractOperation {
  id: string;
  method: string;
  path: string;
  pointer: string;
  raw: Json;
  summary: string;
  /** The declared action; undefined when the contract does not say. */
  declared: OperationAction | undefined;
  entity: string | undefined;
  request: Place | undefined;
  response: Place | undefined;
  /** The documented success status, e.g. 201; 200 when only a range or a default is documented. */
  success: number;
}

/** All operations of an OpenAPI document, in the order written. */
export function operationsOf(document: Json): ContractOperation[] {
  return Object.entries(record(document.paths)).flatMap(([path, given]) => {
    const item = follow(document, given, below("#", "paths", path));
    return METHODS.filter((method) => item.value[method] !== undefined).map((method) =>
      readOperation(document, path, method, {
        value: record(item.value[method]),
        pointer: below(item.pointer, method),
      }),
    );
  });
}

function readOperation(
  document: Json,
  path: string,
  method: string,
  { value: raw, pointer }: Place,
): ContractOperation {
  const action = OperationAction.safeParse(raw["x-action"]);
  const { status, response } = successOf(document, raw, pointer);
  return {
    id: text(raw.operationId) ?? operationName(method, path),
    method: method.toUpperCase(),
    path,
    pointer,
    raw,
    summary: text(raw.summary) ?? "",
    declared: action.success ? action.data : undefined,
    entity: text(raw["x-entity"]),
    request: requestOf(document, raw, pointer),
    response,
    success: status,
  };
}

/** A name for an operation without `operationId`: `getOrdersById`. */
function operationName(method: string, path: string): string {
  const words = path
    .replaceAll("{", "by-")
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean);
  return method + words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join("");
}

function requestOf(document: Json, raw: Json, pointer: string): Place | undefined {
  if (raw.requestBody === undefined) return undefined;
  const body = follow(document, raw.requestBody, below(pointer, "requestBody"));
  return mediaSchema(document, body);
}

function successOf(document: Json, raw: Json, pointer: string): { status: number; response: Place | undefined } {
  const responses = record(raw.responses);
  const key = Object.keys(responses)
    .filter((status) => /^2(\d\d|XX)$/.test(status))
    .sort()[0];
  const name = key ?? "default";
  const response = follow(document, responses[name], below(pointer, "responses", name));
  return { status: /^\d+$/.test(name) ? Number(name) : 200, response: mediaSchema(document, response) };
}

/** The schema of a body, JSON before anything else. Keeps the pointer of the schema that a reference names. */
function mediaSchema(document: Json, { value, pointer }: Place): Place | undefined {
  const content = record(value.content);
  const types = Object.keys(content);
  const type = types.find((one) => /json/i.test(one)) ?? types[0];
  if (type === undefined) return undefined;
  return follow(document, record(content[type]).schema, below(pointer, "content", type, "schema"));
}

/** Path parameter names in order. */
export function parametersOf(path: string): string[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] ?? "");
}

/** The schema of one item: of an array, or of the only array property of a page object. */
export function itemOf(document: Json, place: Place | undefined): Place | undefined {
  if (place === undefined) return undefined;
  if (isArraySchema(place.value)) return follow(document, place.value.items, below(place.pointer, "items"));
  const arrays = Object.entries(propertiesOf(document, place.value)).filter(
    ([, property]) => isArraySchema(property) && !isScalar(follow(document, property.items).value),
  );
  const [only] = arrays;
  if (only === undefined || arrays.length > 1) return undefined;
  return follow(document, only[1].items, below(place.pointer, "properties", only[0], "items"));
}

function isScalar(schema: Json): boolean {
  return ["string", "number", "integer", "boolean"].some(
    (type) => schema.type === type || list(schema.type).includes(type),
  );
}
