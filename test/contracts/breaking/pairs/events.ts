import { integer, object, type Pair, string } from "./pair.ts";

type Document = Pair["old"];

const frame = { info: { title: "Events", version: "1.0.0" } };
/** Version 2 speaks of what others do: they subscribe to what the application sends. */
const v2 = (channel: object, more: object = {}): Document => ({
  asyncapi: "2.6.0",
  ...frame,
  channels: { "order.paid": channel },
  ...more,
});
const message = (payload: object, more: object = {}) => ({ name: "Paid", payload, ...more });
const sends2 = (payload: object, more: object = {}) => v2({ subscribe: { message: message(payload, more) } });
const reads2 = (payload: object, more: object = {}) => v2({ publish: { message: message(payload, more) } });
const v3 = (action: string, payload: object, more: object = {}, channel: object = {}): Document => ({
  asyncapi: "3.0.0",
  ...frame,
  channels: { paid: { address: "order.paid", messages: { Paid: message(payload, more) }, ...channel } },
  operations: { onPaid: { action, channel: { $ref: "#/channels/paid" } } },
});
const required = object({ id: string }, { required: ["id"] });
const optional = object({ id: string });
const SEND = "SEND order.paid";
const RECEIVE = "RECEIVE order.paid";
const both = { publish: { message: message(optional) }, subscribe: { message: message(optional) } };
const server = (protocol: string, url = "broker.example") => ({ servers: { main: { url, protocol } } });

const ROWS: [name: string, old: Document, now: Document, rule: string, operation: string][] = [
  [
    "a sent property became optional (2)",
    sends2(required),
    sends2(optional),
    "!published-property-became-optional",
    SEND,
  ],
  [
    "a sent property became required (2)",
    sends2(optional),
    sends2(required),
    "published-property-became-required",
    SEND,
  ],
  [
    "a read property became required (2)",
    reads2(optional),
    reads2(required),
    "!received-property-became-required",
    RECEIVE,
  ],
  [
    "a read property became optional (2)",
    reads2(required),
    reads2(optional),
    "received-property-became-optional",
    RECEIVE,
  ],
  [
    "a sent property became optional (3)",
    v3("send", required),
    v3("send", optional),
    "!published-property-became-optional",
    SEND,
  ],
  [
    "a read property became required (3)",
    v3("receive", optional),
    v3("receive", required),
    "!received-property-became-required",
    RECEIVE,
  ],
  [
    "a sent value more",
    v3("send", object({ s: { enum: ["a"] } })),
    v3("send", object({ s: { enum: ["a", "b"] } })),
    "!published-property-enum-value-added",
    SEND,
  ],
  [
    "a read value more",
    v3("receive", object({ s: { enum: ["a"] } })),
    v3("receive", object({ s: { enum: ["a", "b"] } })),
    "received-property-enum-value-added",
    RECEIVE,
  ],
  [
    "a read value less",
    reads2(object({ s: { enum: ["a", "b"] } })),
    reads2(object({ s: { enum: ["a"] } })),
    "!received-property-enum-value-removed",
    RECEIVE,
  ],
  [
    "a sent property of another type",
    sends2(object({ n: integer })),
    sends2(object({ n: string })),
    "!published-property-type-changed",
    SEND,
  ],
  [
    "a read property generalised",
    reads2(object({ n: integer })),
    reads2(object({ n: { type: "number" } })),
    "received-property-type-widened",
    RECEIVE,
  ],
  [
    "a sent property generalised",
    sends2(object({ n: integer })),
    sends2(object({ n: { type: "number" } })),
    "!published-property-type-widened",
    SEND,
  ],
  [
    "a channel removed",
    v2({ subscribe: { message: message(optional) } }),
    { ...v2({}), channels: {} },
    "!channel-removed",
    " order.paid",
  ],
  [
    "a channel added",
    { ...v2({}), channels: {} },
    v2({ subscribe: { message: message(optional) } }),
    "channel-added",
    " order.paid",
  ],
  ["no longer sent", v2(both), v2({ publish: both.publish }), "!published-operation-removed", SEND],
  ["no longer read", v2(both), v2({ subscribe: both.subscribe }), "!received-operation-removed", RECEIVE],
  ["sent too", v2({ publish: both.publish }), v2(both), "published-operation-added", SEND],
  ["sent instead of read", reads2(optional), sends2(optional), "!received-operation-removed", RECEIVE],
  [
    "another content type",
    sends2(optional),
    sends2(optional, { contentType: "application/xml" }),
    "!published-content-type-changed",
    SEND,
  ],
  ["the default content type said", sends2(optional), sends2(optional, { contentType: "application/json" }), "", ""],
  ["a message renamed", sends2(required), sends2(required, { name: "OrderPaid" }), "!published-message-renamed", SEND],
  [
    "a read message more",
    reads2(optional),
    v2({ publish: { message: { oneOf: [message(optional), { name: "Void", payload: object({ at: integer }) }] } } }),
    "received-message-added",
    RECEIVE,
  ],
  [
    "a read message less",
    v2({ publish: { message: { oneOf: [message(optional), { name: "Void", payload: object({ at: integer }) }] } } }),
    reads2(optional),
    "!received-message-removed",
    RECEIVE,
  ],
  [
    "a header became optional",
    sends2(optional, { headers: required }),
    sends2(optional, { headers: optional }),
    "!published-header-property-became-optional",
    SEND,
  ],
  ["a description", sends2(optional), sends2(optional, { description: "x", summary: "y" }), "", ""],
  ["examples", sends2(optional), sends2(optional, { examples: [{ payload: { id: "1" } }] }), "", ""],
  ["from version 2 to 3", sends2(required), v3("send", required), "", ""],
  [
    "from version 2 to 3, a property optional",
    sends2(required),
    v3("send", optional),
    "!published-property-became-optional",
    SEND,
  ],
  [
    "from version 2 to 3, the other direction",
    sends2(required),
    v3("receive", required),
    "!published-operation-removed",
    SEND,
  ],
  [
    "the address changed, the channel's key kept",
    v3("send", required),
    v3("send", required, {}, { address: "orders.paid" }),
    "!channel-renamed",
    " order.paid",
  ],
  [
    "the channel's key changed, the address kept",
    v3("send", required),
    {
      ...v3("send", required),
      channels: { other: { address: "order.paid", messages: { Paid: message(required) } } },
      operations: { on: { action: "send", channel: { $ref: "#/channels/other" } } },
    },
    "",
    "",
  ],
  [
    "a message behind a reference",
    sends2(required),
    {
      ...v2({ subscribe: { message: { $ref: "#/components/messages/Paid" } } }),
      components: { messages: { Paid: message(required) } },
    },
    "",
    "",
  ],
  [
    "the operation renamed (3)",
    v3("send", required),
    { ...v3("send", required), operations: { other: { action: "send", channel: { $ref: "#/channels/paid" } } } },
    "",
    "",
  ],
  ["another protocol", v2({}, server("amqp")), v2({}, server("kafka")), "!event-server-protocol-changed", " "],
  [
    "another address of the broker",
    v2({}, server("amqp")),
    v2({}, server("amqp", "other.example")),
    "event-server-removed",
    " ",
  ],
  [
    "another queue",
    v2({ subscribe: { message: message(optional) }, bindings: { amqp: { queue: { name: "a" } } } }),
    v2({ subscribe: { message: message(optional) }, bindings: { amqp: { queue: { name: "b" } } } }),
    "!channel-binding-changed",
    " order.paid",
  ],
];

export const EVENT_PAIRS: Pair[] = ROWS.map(([name, old, now, told, operation]) => ({
  name,
  old,
  now,
  breaking: told.startsWith("!"),
  rule: told.replace("!", ""),
  operation,
}));
