import type { Direction } from "./change.ts";

/** A place where schemas stand: how ids of changes there begin, and which way its data flows. */
export interface SchemaPlace {
  direction: Direction;
  /** Begins the id of a change of the schema itself. */
  root: string;
  /** Begins the id of a change of a schema inside it. */
  inner: string;
  /** Begins the id of a change of what an object is made of. */
  member: string;
}

function place(direction: Direction, root: string, side: string): SchemaPlace {
  return { direction, root, inner: `${side}-property`, member: side };
}

/** Every place. In webhooks and callbacks the API sends the request and reads the response. */
export const PLACES = {
  parameter: place("request", "request-parameter", "request"),
  requestBody: place("request", "request-body", "request"),
  responseBody: place("response", "response-body", "response"),
  responseHeader: place("response", "response-header", "response"),
  webhookParameter: place("response", "webhook-parameter", "webhook"),
  webhookBody: place("response", "webhook-body", "webhook"),
  webhookResponse: place("request", "webhook-response-body", "webhook-response"),
  webhookResponseHeader: place("request", "webhook-response-header", "webhook-response"),
  callbackParameter: place("response", "callback-parameter", "callback"),
  callbackBody: place("response", "callback-body", "callback"),
  callbackResponse: place("request", "callback-response-body", "callback-response"),
  callbackResponseHeader: place("request", "callback-response-header", "callback-response"),
  published: place("response", "published-payload", "published"),
  publishedHeaders: place("response", "published-headers", "published-header"),
  received: place("request", "received-payload", "received"),
  receivedHeaders: place("request", "received-headers", "received-header"),
  schema: place("request", "schema", "schema"),
} as const;

export type PlaceName = keyof typeof PLACES;
