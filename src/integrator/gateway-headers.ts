import type { IncomingMessage } from "node:http";
import { isTraceparent, newTraceId, traceparentOf } from "./trace.ts";

/** Headers that concern one connection only (RFC 9110, 7.6.1); `expect` is answered by the gateway itself. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

/** Header names and values in turn, as Node's `rawHeaders`, without those that end at this hop. */
export function endToEndHeaders(message: IncomingMessage): string[] {
  const named = (message.headers.connection ?? "").toLowerCase().split(",");
  const dropped = new Set([...HOP_BY_HOP, ...named.map((name) => name.trim())]);
  return pairs(message.rawHeaders)
    .filter(([name]) => !dropped.has(name.toLowerCase()))
    .flat();
}

/** What a service gets to see: end-to-end headers, X-Forwarded-* and a `traceparent` in any case. */
export function forwardedHeaders(incoming: IncomingMessage, prefix: string): string[] {
  const ours = new Set(["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix"]);
  const traced = isTraceparent(single(incoming.headers.traceparent));
  if (!traced) ours.add("traceparent").add("tracestate");
  const kept = pairs(endToEndHeaders(incoming)).filter(([name]) => !ours.has(name.toLowerCase()));
  const before = single(incoming.headers["x-forwarded-for"]);
  const client = incoming.socket.remoteAddress ?? "unknown";
  return [
    ...kept.flat(),
    ...["x-forwarded-for", before === undefined ? client : `${before}, ${client}`],
    ...["x-forwarded-host", incoming.headers.host ?? ""],
    ...["x-forwarded-proto", "http"],
    ...["x-forwarded-prefix", prefix],
    ...(traced ? [] : ["traceparent", traceparentOf(newTraceId())]),
  ];
}

/** `Name: value` lines of raw headers. */
export function headerLines(raw: readonly string[]): string {
  return pairs(raw)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
}

function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) found.push([raw[index] ?? "", raw[index + 1] ?? ""]);
  return found;
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}
