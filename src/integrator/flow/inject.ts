import { createHmac, randomUUID } from "node:crypto";
import { sampleOf } from "../../lib/schema-sample.ts";
import { EVENT_SIGNATURE_HEADER, EVENTS_PATH } from "../../model/runtime.ts";
import { routePrefix } from "../../model/service-map.ts";
import { isRecord, texts } from "../document.ts";
import { payloadOf, propertiesOf } from "../event-payload.ts";
import { withNumbers } from "../exact-json.ts";
import { send } from "../http.ts";
import { comparable } from "../names.ts";
import type { Operation } from "../operation.ts";
import type { TestSystem } from "../session/session.ts";
import { parts } from "../session/slots.ts";
import { traceparentOf } from "../trace.ts";
import { factsOf } from "./effect-step.ts";
import type { StepValue } from "./template.ts";
import { valueAt } from "./template.ts";

/** The data of an event, and whether everything it must have comes from what really happened. */
export interface DueData {
  data: Record<string, unknown>;
  complete: boolean;
}

/** What an event has to carry by its publisher's contract, given what its cause sent and was answered. */
export function dueData(
  system: TestSystem,
  event: string,
  operation: Operation,
  { body, request, id }: StepValue,
  subject: unknown,
): DueData | null {
  const own = system.events.find((one) => one.event === event && one.service === operation.service);
  const stated = own ?? system.events.find((one) => one.event === event);
  const payload = stated === undefined ? undefined : payloadOf(stated);
  const facts = new Map<string, unknown>();
  for (const [name, template] of factsOf({ id: "cause", operation, subject: "" })) {
    const [, part, keys = ""] = /^\$\{steps\.cause\.(body|request)\.(.+)\}$/.exec(template) ?? [];
    const value = part === undefined ? (subject ?? id) : valueAt(part === "body" ? body : request, keys.split("."));
    if (value !== undefined) facts.set(name, value);
  }
  if (payload === undefined) return null;
  const sample = sampleOf(payload.schema, payload.document, 1);
  if (!isRecord(sample)) return null;
  const names = propertiesOf(payload.schema, payload.document).keys();
  const known = [...names].flatMap((name): [string, unknown][] => {
    const value = facts.get(comparable(name));
    return value === undefined ? [] : [[name, value]];
  });
  const data = { ...sample, ...Object.fromEntries(known) };
  const required = parts(payload.schema, payload.document).flatMap((part) => texts(part.required));
  return { data, complete: required.every((name) => known.some(([one]) => one === name)) };
}

/**
 * Hand an event to a service as its publisher would (src/model/runtime.ts), through the gateway. Gives the status;
 * null when no answer came.
 */
export async function deliver(
  system: TestSystem,
  consumer: string,
  event: { type: string; source: string; data: unknown; trace_id: string },
  secret: string | null,
): Promise<number | null> {
  const traceparent = traceparentOf(event.trace_id);
  const document = {
    specversion: "1.0",
    id: randomUUID(),
    source: `/${event.source}`,
    type: event.type,
    time: new Date().toISOString(),
    datacontenttype: "application/json",
    traceparent,
    data: event.data,
  };
  const body = withNumbers(JSON.stringify(document));
  const signature = createHmac("sha256", secret ?? "")
    .update(body)
    .digest("hex");
  const answer = await send({
    method: "POST",
    url: system.gateway_url + routePrefix(consumer) + EVENTS_PATH,
    headers: {
      "content-type": "application/cloudevents+json",
      [EVENT_SIGNATURE_HEADER]: `sha256=${signature}`,
      traceparent,
    },
    body,
    timeout_ms: system.request_timeout_ms,
    signal: system.signal,
  });
  system.signal.throwIfAborted();
  return "status" in answer ? answer.status : null;
}
