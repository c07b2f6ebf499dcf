import { describe, expect, it } from "vitest";
import { traceReport } from "../../../src/integrator/tracing/report.ts";
import { CLIENT, declaredBy, type RecordedExchange } from "../../../src/integrator/tracing/tracing.ts";
import { contract } from "../system.ts";

const trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
let clock = 1_700_000_000_000;

/** An exchange that lasts 10 ms, each after the one before. */
function exchange(
  from: string,
  to: string,
  [method = "", path = ""]: string[],
  request: unknown,
  response: unknown,
  over: Partial<RecordedExchange> = {},
): RecordedExchange {
  clock += 100;
  const traceparent = `00-${trace_id}-00f067aa0ba902b7-01`;
  return {
    traceparent,
    from,
    to,
    method,
    path,
    status: 200,
    start_ms: clock,
    duration_ms: 10,
    request,
    response,
    ...over,
  };
}

const object = (...names: string[]) => ({
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
});
const api = (service: string, path: string, method: string, request: unknown, response: unknown) =>
  contract(service, "openapi", {
    openapi: "3.1.0",
    info: { title: service, version: "1.0.0" },
    paths: {
      [path]: {
        [method]: {
          ...(request === null ? {} : { requestBody: { content: { "application/json": { schema: request } } } }),
          responses: { "200": { description: "", content: { "application/json": { schema: response } } } },
        },
      },
    },
  });

const contracts = [
  api("payments", "/payments", "post", object("order_ref", "currency", "memo"), object("id")),
  api("audit", "/records", "get", null, { type: "array", items: object("id", "sku", "note", "amount") }),
  contract("audit", "asyncapi", {
    asyncapi: "3.0.0",
    info: { title: "audit", version: "1.0.0" },
    channels: { made: { address: "order.created", messages: { one: { payload: object("sku", "note") } } } },
    operations: { hear: { action: "receive", channel: { $ref: "#/channels/made" } } },
  }),
];

const order = { sku: "A-100", note: "gift", order_ref: "R-1", currency: "EUR", memo: "for Ada" };
const event = (data: unknown) => ({ specversion: "1.0", id: "1", source: "/orders", type: "order.created", data });
const report = (...exchanges: RecordedExchange[]) =>
  traceReport({ trace_id, exchanges, spans: [], logs: [] }, { declared: declaredBy(contracts) });
const found = (...exchanges: RecordedExchange[]) =>
  report(...exchanges).changes.map(({ kind, field, service, certain }) => [kind, field, service, certain].join(" "));

const placed = () => exchange(CLIENT, "orders", ["POST", "/orders"], order, { id: 1, ...order }, { duration_ms: 60 });
const paid = (body: unknown) =>
  exchange("orders", "payments", ["POST", "/payments"], body, { id: 7 }, { start_ms: clock + 5 });
const told = (data: unknown) => exchange("orders", "audit", ["POST", "/_events"], event(data), undefined);
const read = (...items: unknown[]) => exchange(CLIENT, "audit", ["GET", "/records"], undefined, items);

describe("with contracts", () => {
  it("what the receiver's contract does not ask for is not lost", () => {
    const { order_ref, currency, memo } = order;
    expect(found(placed(), paid({ order_ref, currency, memo }))).toEqual([]);
  });

  it("what it asks for is, and the caller is to blame", () => {
    const { order_ref, currency } = order;
    expect(found(placed(), paid({ order_ref, currency }))).toEqual(["lost /memo orders true"]);
  });

  it("a name that the contract has is no rename; another one is", () => {
    const { order_ref, currency, memo } = order;
    expect(found(placed(), paid({ order_ref, currency, Memo: memo }))).toEqual(["renamed /memo orders true"]);
    expect(found(placed(), paid({ order_ref, currency, memo, reference: "A-100" }))).toEqual([]);
  });

  it("an event's data by its receiver's AsyncAPI, and what the receiver shows of it", () => {
    const { sku, note } = order;
    expect(found(placed(), told({ sku, note }), read({ id: 1, sku, note }))).toEqual([]);
    expect(found(placed(), told({ sku }))).toEqual(["lost /note orders true"]);
    expect(found(placed(), told({ sku, note }), read({ id: 1, sku }))).toEqual(["lost /note audit true"]);
    expect(found(placed(), told({ sku, note }), read({ id: 1, sku, note: "gif" }))).toEqual([
      "changed /note audit true",
    ]);
  });

  it("whoever lost it first is blamed, and nobody after", () => {
    const { sku } = order;
    expect(found(placed(), told({ sku }), read({ id: 1, sku }))).toEqual(["lost /note orders true"]);
  });
});

describe("what is no fault", () => {
  const { sku, note } = order;
  it("a value that was set to something else in between", () => {
    const update = exchange(CLIENT, "audit", ["PUT", "/records/1"], { sku, note: "wrapped" }, undefined);
    expect(found(placed(), told({ sku, note }), update, read({ id: 1, sku, note: "wrapped" }))).toEqual([]);
  });

  it("another document: nothing telling in common", () => {
    expect(found(placed(), told({ sku, note }), read({ id: 9, sku: "B-200", note: "other" }))).toEqual([]);
  });

  it("a state that moved, an instant written otherwise, a secret that is not shown", () => {
    const sent = { sku, status: "new", at: "2026-01-01T12:00:00Z", password: "hidden-word" };
    const answer = { id: 1, sku, status: "paid", at: "2026-01-01T13:00:00+01:00" };
    expect(found(exchange(CLIENT, "orders", ["POST", "/orders"], sent, answer))).toEqual([]);
  });

  it("a trace nobody reported is skipped all the same, unless a field is certainly lost", () => {
    expect(report(placed(), told({ sku, note })).verdict).toBe("skipped");
    expect(report(placed(), told({ sku })).verdict).toBe("failed");
  });
});

describe("whose a call without a trace is", () => {
  it("an event much later than a read of somebody else is still the publisher's", () => {
    const poll = exchange(CLIENT, "orders", ["GET", "/orders"], undefined, [], {
      traceparent: "00-00000000000000000000000000000abc-00f067aa0ba902b7-01",
    });
    const begun = placed();
    const lost = { ...told({ sku: order.sku, note: order.note }), traceparent: "" };
    const { violations } = report(begun, { ...poll, start_ms: begun.start_ms + 80 }, lost);
    expect(violations).toMatchObject([{ code: "TRACE-FLOW-001", service: "orders", endpoint: "order.created" }]);
  });

  it("a traceparent inside the event counts; requests for health do not", () => {
    const inside = told({ sku: order.sku, note: order.note });
    const traceparent = `00-${trace_id}-00f067aa0ba902b7-01`;
    const request = { ...event({ sku: order.sku, note: order.note }), traceparent };
    const health = exchange("orders", "audit", ["GET", "/health"], undefined, undefined, { traceparent: "" });
    expect(report(placed(), { ...inside, traceparent: "", request }, health).violations).toEqual([]);
  });
});
