import { pointerPart } from "../../lib/json-schema-bundle.ts";
import { isJson } from "../document.ts";
import { type Placed, schemaAt } from "./comparison.ts";
import { plainText } from "./schema-text.ts";
import { child, entriesAt, own, type Part, referenceName, type Source } from "./source.ts";

export interface Message {
  /** Its name; "" when it has none. */
  name: string;
  at: string;
  contentType: string;
  payload: Part[];
  headers: Part[];
  bindings: string;
  /** The payload as text when it is in a language other than JSON Schema. */
  foreign: string;
}

/** What the service does on a channel: `send` what others read, or `receive` what others send. */
export interface EventOperation {
  action: "send" | "receive";
  at: string;
  messages: Map<string, Message>;
  bindings: string;
  reply: string;
}

export interface Channel {
  /** Its key in the document. */
  name: string;
  address: string;
  /** The address with parameters made alike. */
  template: string;
  at: string;
  parameters: Map<string, string>;
  bindings: string;
  operations: EventOperation[];
}

/** Channels by their address, from AsyncAPI 2.x or 3.x. */
export function eventsOf(source: Source): Map<string, Channel> {
  const old = String(own(source.document, "asyncapi")).startsWith("2");
  const found = new Map<string, Channel>();
  for (const [name, value] of entriesAt(source.document, "channels")) {
    const place = source.resolve(value, `/channels${pointerPart(name)}`);
    const { node, at } = place;
    const address = !old && typeof node.address === "string" ? node.address : name;
    const template = address.replace(/\{[^{}]*\}/g, "{}");
    const operations = old ? operationsOf2(source, place) : operationsOf3(source, place, name);
    const known = found.get(template);
    if (known)
      known.operations.push(
        ...operations.filter(({ action }) => !known.operations.some((each) => each.action === action)),
      );
    else
      found.set(template, {
        name,
        address,
        template,
        at,
        parameters: new Map(
          entriesAt(node, "parameters").map(([parameter]) => [parameter, `${at}/parameters${pointerPart(parameter)}`]),
        ),
        bindings: textAt(source, place, "bindings"),
        operations,
      });
  }
  return found;
}

/** In version 2 others publish what the service receives, and subscribe to what it sends. */
function operationsOf2(source: Source, channel: Placed): EventOperation[] {
  return (["subscribe", "publish"] as const).flatMap((key): EventOperation[] => {
    if (!isJson(own(channel.node, key))) return [];
    const operation = child(source, channel, key);
    const raw = own(operation.node, "message");
    const alternatives = isJson(raw) ? own(raw, "oneOf") : undefined;
    const list: [unknown, string][] = Array.isArray(alternatives)
      ? alternatives.map((each, index) => [each, `${operation.at}/message/oneOf/${index}`])
      : [[raw, `${operation.at}/message`]];
    return [
      {
        action: key === "subscribe" ? "send" : "receive",
        at: operation.at,
        messages: messagesOf(
          source,
          list.map(([value, at]) => ({ value, at, key: undefined })),
        ),
        bindings: textAt(source, operation, "bindings"),
        reply: "",
      },
    ];
  });
}

function operationsOf3(source: Source, channel: Placed, name: string): EventOperation[] {
  const found = new Map<string, EventOperation>();
  const declared = entriesAt(channel.node, "messages").map(([key, value]) => ({
    key,
    value,
    at: `${channel.at}/messages${pointerPart(key)}`,
  }));
  for (const [key, raw] of entriesAt(source.document, "operations")) {
    const operation = source.resolve(raw, `/operations${pointerPart(key)}`);
    const { node, at } = operation;
    const target = own(node, "channel");
    if (node.action !== "send" && node.action !== "receive") continue;
    if (referenceName(target) !== name && child(source, operation, "channel").at !== channel.at) continue;
    const list = own(node, "messages");
    const picked = Array.isArray(list)
      ? list.map((value, index) => ({ key: referenceName(value), value, at: `${at}/messages/${index}` }))
      : declared;
    const known = found.get(node.action);
    const messages = messagesOf(source, picked);
    if (known) for (const [each, message] of messages) known.messages.set(each, message);
    else
      found.set(node.action, {
        action: node.action,
        at,
        messages,
        bindings: textAt(source, operation, "bindings"),
        reply: isJson(node.reply) ? plainText(node.reply) : "",
      });
  }
  return [...found.values()];
}

function messagesOf(
  source: Source,
  list: { key: string | undefined; value: unknown; at: string }[],
): Map<string, Message> {
  const found = new Map<string, Message>();
  for (const { key, value, at: place } of list) {
    const target = source.resolve(value, place);
    const { node, at } = target;
    if (Object.keys(node).length === 0) continue;
    const named = [own(node, "name"), own(node, "messageId"), referenceName(value), key].find(
      (each) => typeof each === "string",
    );
    const name = typeof named === "string" ? named : "";
    const traits = (Array.isArray(node.traits) ? node.traits : []).map((trait, index) =>
      source.resolve(trait, `${at}/traits/${index}`),
    );
    const type = [target, ...traits].map((each) => own(each.node, "contentType")).find((each) => each !== undefined);
    const { payload, foreign } = payloadOf(source, target);
    found.set(name === "" && found.has("") ? `#${found.size}` : name, {
      name,
      at,
      contentType: String(type ?? own(source.document, "defaultContentType") ?? "application/json"),
      payload,
      headers: [target, ...traits].flatMap((each) => schemaAt(each, "headers")),
      bindings: textAt(source, target, "bindings"),
      foreign,
    });
  }
  return found;
}

const OURS = /json-schema|schema\+json|asyncapi|schema\+yaml|openapi/i;

/** The payload, which version 3 may wrap in an object that names its schema language. */
function payloadOf(source: Source, message: Placed): { payload: Part[]; foreign: string } {
  const [part] = schemaAt(message, "payload");
  const wrapped =
    part && isJson(part.node) && own(part.node, "schemaFormat") !== undefined
      ? { node: part.node, at: part.at }
      : undefined;
  const format = String(
    own(message.node, "schemaFormat") ?? (wrapped ? own(wrapped.node, "schemaFormat") : "json-schema"),
  );
  const payload = wrapped ? schemaAt(wrapped) : part ? [part] : [];
  if (OURS.test(format)) return { payload, foreign: "" };
  const content = wrapped ? own(wrapped.node, "schema") : own(message.node, "payload");
  return {
    payload: [],
    foreign: `${format} ${plainText(isJson(content) ? source.resolve(content, message.at).node : content)}`,
  };
}

function textAt(source: Source, holder: Placed, key: string): string {
  const { node } = child(source, holder, key);
  return Object.keys(node).length === 0 ? "" : plainText(node);
}

/** Servers by name, with protocol and address. */
export function serversOf(source: Source): Map<string, { at: string; protocol: string; address: string }> {
  return new Map(
    entriesAt(source.document, "servers").map(([name, value]) => {
      const { node, at } = source.resolve(value, `/servers${pointerPart(name)}`);
      const host =
        typeof node.host === "string"
          ? `${node.host}${typeof node.pathname === "string" ? node.pathname : ""}`
          : String(node.url ?? "").replace(/^[a-z+]+:\/\//, "");
      return [name, { at, protocol: String(node.protocol ?? ""), address: host }];
    }),
  );
}
