import type { OperationAction, OperationCall, OperationTransition, PropertyReference } from "../model/contract.ts";

export interface Parameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required: boolean;
  schema: unknown;
  reference: PropertyReference | null;
}

export interface Body {
  media_type: string;
  schema: unknown;
  required: boolean;
}

export interface DocumentedResponse {
  /** "201", "2XX" or "default". */
  status: string;
  /** Media type to schema (undefined when it has none). */
  content: Map<string, unknown>;
  pointer: string;
}

/** One operation of an OpenAPI contract, with what its extensions or its method and path say of it. */
export interface Operation {
  service: string;
  id: string;
  /** Upper case. */
  method: string;
  path: string;
  /** JSON pointer in the contract. */
  pointer: string;
  /** The contract document, in which `$ref` is looked up. */
  document: Record<string, unknown>;
  parameters: Parameter[];
  body: Body | null;
  responses: DocumentedResponse[];
  /** Whether it refuses callers without credentials; optional security does not count. */
  secured: boolean;
  action: OperationAction;
  /** Comparable name of the entity it works on (see `entityKey`); null when none can be told. */
  entity: string | null;
  transition: OperationTransition | null;
  publishes: string[];
  calls: OperationCall[];
}

/** An operation before it is known what it does. */
export type UnlabelledOperation = Omit<Operation, "action">;

/** `METHOD /path`, as reports name it. */
export function endpointOf({ method, path }: Pick<Operation, "method" | "path">): string {
  return `${method} ${path}`;
}

export { isJsonType as isJson } from "../lib/media.ts";
