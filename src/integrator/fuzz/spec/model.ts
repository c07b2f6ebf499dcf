import type { Operation } from "../../operation.ts";

export type Place = "path" | "query" | "header" | "cookie";

export interface FuzzParameter {
  name: string;
  in: Place;
  required: boolean;
  /** As requests see it. */
  schema: unknown;
  style: string;
  explode: boolean;
  /** Media type of a parameter described by `content`; null when it is written in a style. */
  media_type: string | null;
  /** Examples the contract states, by name. */
  examples: Map<string, unknown>;
}

export interface FuzzBody {
  media_type: string;
  schema: unknown;
  /** How single properties of forms are written. */
  encoding: Record<string, unknown>;
  examples: Map<string, unknown>;
}

export interface ResponseHeader {
  name: string;
  required: boolean;
  schema: unknown;
}

/** What a response says can be asked next. */
export interface FuzzLink {
  name: string;
  operation_id: string | null;
  operation_ref: string | null;
  parameters: Record<string, unknown>;
  body: unknown;
}

export interface FuzzResponse {
  /** "201", "2XX" or "default". */
  status: string;
  /** Lower-case media type to schema; undefined when it has none. */
  content: Map<string, unknown>;
  headers: ResponseHeader[];
  links: FuzzLink[];
  /** JSON pointer in the contract. */
  pointer: string;
}

/** A way to prove who calls, as the contract declares it. */
export interface SecurityScheme {
  name: string;
  type: string;
  /** Of http schemes, lower case. */
  scheme: string;
  in: string;
  parameter: string;
  /** Where OAuth2 client credentials get a token; "" when that flow is not offered. */
  token_url: string;
}

export interface FuzzOperation {
  operation: Operation;
  /** `METHOD /path`. */
  name: string;
  parameters: FuzzParameter[];
  bodies: FuzzBody[];
  body_required: boolean;
  responses: FuzzResponse[];
  /** Alternatives, each a list of scheme names; empty when anybody may call. */
  security: string[][];
  /** Whether one of the alternatives asks for nothing. */
  open: boolean;
}

export interface FuzzSpec {
  operations: FuzzOperation[];
  schemes: Map<string, SecurityScheme>;
  /** As requests and as responses see the document. */
  request: Record<string, unknown>;
  response: Record<string, unknown>;
  title: string;
}
