/**
 * What a service can count on when a runtime (processes, Compose, Swarm) starts it, and what it owes in return.
 * The scaffold builder writes services that keep to this page; briefings hand it to agents.
 *
 * Environment:
 * - `HOST`, `PORT`: where to listen.
 * - `SERVICE_NAME`: its own name, for logs and event sources.
 * - `JWT_SECRET`: shared HMAC secret for bearer tokens (HS256, claims `sub`, `iat`, `exp`).
 * - `EVENT_SUBSCRIBERS`: JSON object, event name → list of URLs; empty object when nobody listens.
 * - `EVENT_SECRET`: signs events on the webhook bus.
 * - `<SERVICE>_URL` for each service it calls (see `urlVariable`).
 * - `LOG_LEVEL`: debug, info, warn, error.
 * - `OTEL_EXPORTER_OTLP_ENDPOINT` and the other OpenTelemetry variables while somebody receives traces: spans may be sent
 *   to `<endpoint>/v1/traces` over OTLP/HTTP.
 *
 * Duties:
 * - `GET <health_endpoint>` answers 200 once it serves. SIGTERM ends it within five seconds.
 * - One JSON object a line on standard output: `time`, `level`, `service`, `msg`, and per request `method`, `path`,
 *   `status`, `duration_ms`, `trace_id`, `span_id`.
 * - `traceparent` (W3C Trace Context) is read from requests and events and sent with every call and event it causes.
 * - Events go by HTTP POST to each subscriber as a CloudEvents 1.0 structured-mode document
 *   (`application/cloudevents+json`: specversion, id, source, type, time, datacontenttype, traceparent, data) with the
 *   header `x-event-signature: sha256=<hex HMAC-SHA256 of the body with EVENT_SECRET>`.
 * - A subscriber receives them at `POST /_events` and answers 202; 401 when the signature is wrong.
 */
export const EVENTS_PATH = "/_events";
export const EVENT_SIGNATURE_HEADER = "x-event-signature";
