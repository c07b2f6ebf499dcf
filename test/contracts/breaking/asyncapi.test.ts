import { describe, expect, test } from "vitest";
import { compareContracts } from "../../../src/contracts/breaking/breaking.ts";

const string = { type: "string" };
const integer = { type: "integer" };
const object = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
const Paid = object({ id: string, amount: integer }, { required: ["id"] });

/** The service sends `order.paid` and reads `order.cancel`, in version 3. */
function version3(more: {
  paid?: object;
  cancel?: object;
  message?: object;
  channels?: object;
  operations?: object;
  servers?: object;
}) {
  return {
    asyncapi: "3.0.0",
    info: { title: "Orders", version: "1.0.0" },
    servers: { main: { host: "broker.example", protocol: "amqp" }, ...more.servers },
    channels: {
      paid: { address: "order.paid", messages: { Paid: { $ref: "#/components/messages/Paid" } } },
      cancel: { address: "order.cancel", messages: { Cancel: { payload: more.cancel ?? object({ id: string }) } } },
      ...more.channels,
    },
    operations: {
      sendPaid: {
        action: "send",
        channel: { $ref: "#/channels/paid" },
        messages: [{ $ref: "#/channels/paid/messages/Paid" }],
      },
      readCancel: { action: "receive", channel: { $ref: "#/channels/cancel" } },
      ...more.operations,
    },
    components: {
      messages: { Paid: { payload: more.paid ?? Paid, headers: object({ trace: string }), ...more.message } },
    },
  };
}

function version2(paid: object = Paid, cancel: object = object({ id: string })) {
  return {
    asyncapi: "2.6.0",
    info: { title: "Orders", version: "1.0.0" },
    servers: { main: { url: "amqp://broker.example", protocol: "amqp" } },
    channels: {
      "order.paid": { subscribe: { message: { name: "Paid", payload: paid, headers: object({ trace: string }) } } },
      "order.cancel": { publish: { message: { name: "Cancel", payload: cancel } } },
    },
  };
}

const told = (old: Record<string, unknown>, now: Record<string, unknown>) =>
  compareContracts(old, JSON.parse(JSON.stringify(now)))
    .map(({ id, breaking }) => `${breaking ? "!" : ""}${id}`)
    .sort();

const optional = object({ id: string, amount: integer });
const fewer = object({ id: string }, { required: ["id"] });
const more = object({ id: string, amount: integer, at: string }, { required: ["id", "at"] });

describe("what a service sends and reads", () => {
  test.each<[string, Parameters<typeof version3>[0], string[]]>([
    ["nothing", {}, []],
    [
      "a sent property of another type",
      { paid: object({ id: integer, amount: integer }, { required: ["id"] }) },
      ["!published-property-type-changed"],
    ],
    ["a sent property optional", { paid: optional }, ["!published-property-became-optional"]],
    ["a sent property less", { paid: fewer }, ["!published-property-removed"]],
    ["a sent required property more", { paid: more }, ["published-required-property-added"]],
    [
      "a read property required",
      { cancel: object({ id: string }, { required: ["id"] }) },
      ["!received-property-became-required"],
    ],
    ["a read property more", { cancel: object({ id: string, why: string }) }, ["received-optional-property-added"]],
    [
      "a read value narrower",
      { cancel: object({ id: { ...string, maxLength: 9 } }) },
      ["!received-property-max-length-lowered"],
    ],
    ["a header less", { message: { headers: object({}) } }, ["!published-header-property-removed"]],
    ["another content type", { message: { contentType: "application/xml" } }, ["!published-content-type-changed"]],
    ["another routing key", { message: { bindings: { amqp: { messageType: "x" } } } }, ["!channel-binding-changed"]],
    [
      "a channel less",
      { channels: { cancel: undefined }, operations: { readCancel: undefined } },
      ["!channel-removed"],
    ],
    ["a channel more", { channels: { lost: { address: "order.lost", messages: {} } } }, ["channel-added"]],
    [
      "a channel at another address",
      { channels: { cancel: { address: "orders.cancel", messages: { Cancel: { payload: object({ id: string }) } } } } },
      ["!channel-renamed"],
    ],
    ["an operation less", { operations: { readCancel: undefined } }, ["!received-operation-removed"]],
    [
      "an operation more",
      { operations: { more: { action: "receive", channel: { $ref: "#/channels/paid" } } } },
      ["received-operation-added"],
    ],
    [
      "another protocol",
      { servers: { main: { host: "broker.example", protocol: "kafka" } } },
      ["!event-server-protocol-changed"],
    ],
    [
      "a payload in another schema language",
      {
        paid: {
          schemaFormat: "application/vnd.apache.avro;version=1.9.0",
          schema: { type: "record", name: "Paid", fields: [] },
        },
      },
      ["!published-payload-replaced"],
    ],
  ])("%s", (_name, edits, ids) => {
    expect(told(version3({}), version3(edits))).toEqual(ids);
  });

  test("a message less and a message more", () => {
    const channel = (messages: object) => version3({ channels: { cancel: { address: "order.cancel", messages } } });
    const Cancel = { payload: object({ id: string }) };
    const Refund = { payload: object({ sum: integer }) };
    expect(told(channel({ Cancel, Refund }), channel({ Cancel }))).toEqual(["!received-message-removed"]);
    expect(told(channel({ Cancel }), channel({ Cancel, Refund }))).toEqual(["received-message-added"]);
    expect(told(channel({ Cancel }), channel({ CancelOrder: Cancel }))).toEqual(["!received-message-renamed"]);
  });

  test("a change says channel and direction", () => {
    const [change] = compareContracts(version3({}), version3({ paid: optional }));
    expect(change).toMatchObject({
      method: "SEND",
      path: "order.paid",
      pointer: "/components/messages/Paid/payload/properties/id",
    });
    expect(change?.message).toBe("Property `id` of the payload of the message Paid is not required any more.");
  });
});

describe("version 2", () => {
  test("says the same", () => {
    expect(told(version2(), version2(optional))).toEqual(["!published-property-became-optional"]);
    expect(told(version2(), version2(Paid, object({ id: integer })))).toEqual(["!received-property-type-changed"]);
  });

  test("compares with version 3", () => {
    expect(told(version2(), version3({}))).toEqual([]);
    expect(told(version2(), version3({ paid: optional }))).toEqual(["!published-property-became-optional"]);
  });
});
