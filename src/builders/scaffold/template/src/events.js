import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { newDocument } from "./entities.js";
import { Problem } from "./problem.js";
import { fits, validate } from "./schema.js";
import { shape } from "./shape.js";
import { startSpan, traceHeaders, traceparentOf } from "./trace.js";

const RETRY_AFTER_MS = [100, 400, 1600];
const REMEMBERED_EVENTS = 10_000;

/** The service's AsyncAPI document, which the payload schemas point into. */
export function loadEvents(url = new URL("../contracts/asyncapi.json", import.meta.url)) {
  return JSON.parse(readFileSync(url, "utf8"));
}

/** Send an event about the exchange's subject to everyone who subscribed, after the answer. */
export function publish(event) {
  return (exchange) => {
    const { config, span, background } = exchange;
    const targets = config.eventSubscribers.get(event.name) ?? [];
    const message = JSON.stringify({
      specversion: "1.0",
      id: randomUUID(),
      source: `/${config.name}`,
      type: event.name,
      time: new Date().toISOString(),
      datacontenttype: "application/json",
      traceparent: traceparentOf(span),
      data: dataOf(exchange, event),
    });
    for (const url of targets) background.run(() => deliver(exchange, url, message), `delivery of ${event.name}`);
  };
}

/** The event's data: what its payload schema asks for, or the subject itself when nothing is said. */
function dataOf(exchange, { name, payload, about }) {
  const { subject, events } = exchange;
  return payload ? shape(events, payload, facts(exchange, subject, about), described(name)) : (subject ?? {});
}

/** What is known about a subject: its properties, its id under the entity's name, and who caused it. */
function facts({ caller, body }, subject, entity) {
  const name = entity?.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase();
  const named =
    name && subject ? { [`${name}_id`]: subject.id, [`${camel(name)}Id`]: subject.id, [name]: subject } : {};
  return { ...(caller ? { user_id: caller.sub } : {}), ...body, ...named, ...subject };
}

function camel(name) {
  return name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}

function described(eventName) {
  return (name, schema) => {
    if (schema.format === "date-time") return new Date().toISOString();
    return /^(event|event_?type|event_?name|type)$/i.test(name) ? eventName : undefined;
  };
}

async function deliver({ config, log, span }, url, message) {
  for (const wait of [...RETRY_AFTER_MS, undefined]) {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          ...traceHeaders(span), // traceparent
          "content-type": "application/cloudevents+json",
          "x-event-signature": signatureOf(message, config.secrets.EVENT_SECRET),
        },
        body: message,
        signal: AbortSignal.timeout(config.callTimeoutMs),
      });
      await response.arrayBuffer();
      if (response.ok) return;
      throw new Error(`the subscriber answered with ${response.status}`);
    } catch (cause) {
      if (wait === undefined) throw cause;
      log.warn("event not delivered yet", { error: cause.message, trace_id: span.traceId });
      await sleep(wait);
    }
  }
}

function signatureOf(body, secret) {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

/**
 * Receive events. `subscriptions`: event type → its payload schema and the entity it creates, if any. An event that was
 * seen before is acknowledged and changes nothing.
 */
export function receive(subscriptions) {
  const seen = new Set();
  return (exchange) => {
    checkSignature(exchange);
    exchange.reply = { status: 202 };
    const event = exchange.json();
    if (event?.specversion !== "1.0" || typeof event.id !== "string" || typeof event.type !== "string")
      throw new Problem(400, "This is not a CloudEvents 1.0 document.");
    const subscription = Object.hasOwn(subscriptions, event.type) ? subscriptions[event.type] : undefined;
    const key = `${event.source} ${event.id}`;
    if (subscription === undefined || seen.has(key)) return;
    accept(exchange, event, subscription);
    seen.add(key);
    if (seen.size > REMEMBERED_EVENTS) seen.delete(seen.values().next().value);
  };
}

function checkSignature({ headers, rawBody, config }) {
  const expected = Buffer.from(signatureOf(rawBody, config.secrets.EVENT_SECRET));
  const given = Buffer.from(headers["x-event-signature"] ?? "");
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new Problem(401, "The event's signature is wrong.");
}

function accept(exchange, event, { payload, creates }) {
  const { events, log } = exchange;
  const errors = payload ? validate(events, payload, event.data) : [];
  if (errors.length > 0) throw new Problem(400, `The data of ${event.type} is not valid.`, { errors });
  const span = event.traceparent ? startSpan(event.traceparent) : exchange.span;
  const document = creates ? createFrom(exchange, event, creates) : undefined;
  log.info("event received", {
    event: event.type,
    event_id: event.id,
    ...(document ? { created: `${creates.name} ${document[creates.id]}` } : {}),
    trace_id: span.traceId,
    span_id: span.spanId,
  });
}

/** A document from an event: properties of the same name, the subject's id under its own, and what the event is. */
function createFrom(exchange, event, entity) {
  const { [entity.id]: subjectId, ...data } = { ...event.data };
  const subject = event.type.split(/[._-]|(?<=[a-z])(?=[A-Z])/)[0].toLowerCase();
  const described = {
    ...(subjectId === undefined ? {} : { [`${subject}_id`]: subjectId }),
    ...{ event: event.type, event_type: event.type, type: event.type, event_id: event.id, source: event.source },
    ...{ message: `${event.type} received`, title: event.type, subject: event.type, body: `${event.type} received` },
    ...{ payload: event.data, data: event.data, received_at: new Date().toISOString() },
  };
  const properties = exchange.contract.document.components?.schemas?.[entity.name]?.properties ?? {};
  const known = Object.entries({ ...described, ...data }).filter(
    ([name, value]) => Object.hasOwn(properties, name) && fits(exchange.contract.document, properties[name], value),
  );
  return newDocument({ ...exchange, caller: undefined }, entity, Object.fromEntries(known));
}
