import { createHmac, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import { eventOperations, subscriptions } from "../../../src/integrator/events.ts";
import { startGateway } from "../../../src/integrator/gateway.ts";
import { readOperations } from "../../../src/integrator/operations.ts";
import { routeTable } from "../../../src/integrator/routes.ts";
import type { TestSystem } from "../../../src/integrator/session/session.ts";
import type { Contract } from "../../../src/model/contract.ts";
import { ServiceMap } from "../../../src/model/service-map.ts";
import { marketContracts } from "./market-contracts.ts";

/** The market's services as real HTTP servers behind the real gateway, each with the faults that are asked for. */

export const EVENT_SECRET = "secret of the webhook bus";

type Json = Record<string, unknown>;
type Answer = [status: number, body?: unknown];

export const marketMap = ServiceMap.parse({
  project_name: "market",
  services: ["customers", "orders", "billing", "deliveries"].map((name) => ({
    name,
    stack: { language: "javascript" },
    depends_on: name === "orders" ? ["customers"] : [],
  })),
  generated_at: "",
  prd_hash: "",
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

// Integers beyond 2^53 stay what they are: as text with a mark inside, as digits outside.
const read = (text: string): Json =>
  text === "" ? {} : JSON.parse(text.replace(/"serial":\s*(\d+)/g, '"serial":"#$1"'));
const written = (value: unknown) => JSON.stringify(value).replace(/"#(\d+)"/g, "$1");

const mangled = (text: unknown) => Buffer.from(String(text), "utf8").toString("latin1");
const dayBefore = (date: unknown) => new Date(Date.parse(String(date)) - 86_400_000).toISOString().slice(0, 10);
const withoutOffset = (instant: unknown) => `${String(instant).slice(0, 19)}Z`;
const float32 = (value: unknown) => Math.fround(Number(value));
const lossy = (serial: unknown) => `#${Number(String(serial).slice(1))}`;

/** What a fault does to the data of an order, wherever it does it. */
const DAMAGE: Record<string, (data: Json) => Json> = {
  "decimal-rounded": (data) => ({ ...data, amount: Math.round(Number(data.amount)) }),
  "decimal-as-float": (data) => ({ ...data, amount: float32(data.amount) }),
  "int64-lost": (data) => ({ ...data, serial: lossy(data.serial) }),
  "date-shifted": (data) => ({ ...data, ordered_on: dayBefore(data.ordered_on) }),
  "offset-dropped": (data) => ({ ...data, due_at: withoutOffset(data.due_at) }),
  "unicode-mangled": (data) => ({ ...data, note: data.note === null ? null : mangled(data.note) }),
  "unicode-asked": (data) => ({
    ...data,
    note: data.note === null ? null : String(data.note).replace(/[^\n -~]/gu, "?"),
  }),
  "newline-lost": (data) => ({ ...data, note: data.note === null ? null : String(data.note).replaceAll("\n", "") }),
  "text-cut": (data) => ({ ...data, note: data.note === null ? null : String(data.note).slice(0, 6) }),
  "null-to-empty": (data) => ({ ...data, note: data.note ?? "" }),
  "null-to-word": (data) => ({ ...data, note: String(data.note) }),
  "empty-to-null": (data) => ({ ...data, note: data.note === "" ? null : data.note }),
  "enum-replaced": (data) => ({ ...data, channel: data.channel === "shop" ? "web" : data.channel }),
  "order-id-cut": ({ order_id, ...data }) => ({ ...data, order_id: String(order_id).slice(0, 8) }),
  "customer-id-cut": (data) => ({ ...data, customer_id: String(data.customer_id).slice(0, 18) }),
  "drops-customer": ({ customer_id: _, ...data }) => data,
  "drops-channel": ({ channel: _, ...data }) => data,
  "renames-order": ({ order_id, ...data }) => ({ ...data, orderId: order_id }),
  "another-customer": (data) => ({ ...data, customer_id: randomUUID() }),
};

/** Faults are written `service:fault`, or `service>fault` for the events that the service sends. */
export async function market(
  faults: readonly string[],
  contracts: Contract[] = marketContracts(),
): Promise<TestSystem> {
  const has = (fault: string) => faults.includes(fault);
  const damagedBy = (mark: string, data: Json) =>
    faults
      .filter((fault) => fault.startsWith(mark))
      .reduce((value, fault) => DAMAGE[fault.slice(mark.length)]?.(value) ?? value, data);
  const urls: Record<string, string> = {};
  const tokens = new Map<string, string>();
  const customers = new Map<string, Json>();
  const orders = new Map<string, Json>();
  const kept: Record<string, Json[]> = { billing: [], deliveries: [] };

  for (const [service, items] of Object.entries(kept))
    for (let count = 0; has("much-there") && count < 120; count += 1) {
      const data = { order_id: randomUUID(), customer_id: randomUUID(), amount: 1, serial: "#1", note: null };
      const more = { ordered_on: "2026-01-01", due_at: "2026-01-01T00:00:00Z", channel: "web", status: "open" };
      items.push({ id: randomUUID(), ...data, ...(service === "billing" ? more : {}) });
    }

  const publish = (type: string, data: Json) => {
    if (has(`orders:${type}-lost`)) return;
    const event = { specversion: "1.0", id: randomUUID(), source: "/orders", type, data: damagedBy("orders>", data) };
    const body = written(event);
    const signature = `sha256=${createHmac("sha256", EVENT_SECRET).update(body).digest("hex")}`;
    for (const consumer of subscriptions(marketMap, contracts)[type] ?? [])
      void fetch(`${urls[consumer]}/_events`, {
        method: "POST",
        body,
        headers: { "x-event-signature": signature },
      }).catch(() => {});
  };

  const routes: Record<
    string,
    (given: {
      id: string;
      body: Json;
      caller: string | undefined;
      query: URLSearchParams;
      raw: string;
      signature: unknown;
    }) => Promise<Answer> | Answer
  > = {
    "customers POST /customers/register": ({ body }) => {
      if ([...customers.values()].some(({ email }) => email === body.email)) return [409];
      const id = randomUUID();
      customers.set(id, { id, ...body });
      return [
        201,
        {
          id: has("customers:id-cut") ? id.slice(0, 8) : has("customers:other-id") ? randomUUID() : id,
          email: body.email,
          name: has("customers:unicode-mangled") ? mangled(body.name) : body.name,
        },
      ];
    },
    "customers POST /customers/login": ({ body }) => {
      const found = [...customers.values()].find(
        ({ email, password }) => email === body.email && password === body.password,
      );
      if (found === undefined) return [401];
      const token = randomUUID();
      tokens.set(token, String(found.id));
      return [200, { token }];
    },
    "customers GET /customers/:id": ({ id }) => {
      const found = has("customers:forgets") ? undefined : customers.get(id);
      return found === undefined
        ? [404]
        : [200, { id, email: found.email, name: has("customers:unicode-mangled") ? mangled(found.name) : found.name }];
    },
    "orders POST /orders": async ({ body, caller }) => {
      if (has("orders:crashes")) return [500];
      if (has("orders:crashes-on-text") && /[^\n -~]/u.test(String(body.note))) return [500];
      if (!has("orders:asks-nobody")) {
        const token = [...tokens].find(([, id]) => id === caller)?.[0];
        const found = await fetch(`${urls.customers}/customers/${body.customer_id}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        if (!found.ok) return [400];
      }
      const id = randomUUID();
      const order = damagedBy("orders:", {
        id,
        status: "placed",
        ...body,
        ...(has("orders:missing-to-word") && body.comment === undefined ? { comment: "undefined" } : {}),
      });
      orders.set(id, order);
      const { comment: _, id: __, ...data } = order;
      publish("order.placed", { order_id: id, ...data });
      return [201, order];
    },
    "orders GET /orders/:id": ({ id }) => {
      const order = orders.get(id);
      return order === undefined
        ? [404]
        : [200, has("orders:reads-other-customer") ? { ...order, customer_id: randomUUID() } : order];
    },
    "orders POST /orders/:id/ship": ({ id }) => {
      const order = orders.get(id);
      if (order?.status !== "placed") return [order === undefined ? 404 : 409];
      order.status = "shipped";
      publish("order.shipped", { order_id: id, customer_id: order.customer_id });
      return [200, order];
    },
    "orders GET /orders": ({ query }) => {
      const offset = Number(query.get("offset") ?? 0);
      const from =
        has("orders:offset-off") && offset > 0
          ? offset - 1
          : has("orders:offset-skips") && offset > 0
            ? offset + 1
            : offset;
      const limit = has("orders:limit-ignored") ? 50 : Number(query.get("limit") ?? 20);
      return [200, { items: [...orders.values()].slice(from, from + limit) }];
    },
    "billing GET /invoices": ({ query }) => (has("billing:list-crashes") ? [500] : [200, paged("billing", query)]),
    "deliveries GET /deliveries": ({ query }) => [200, paged("deliveries", query)],
    "billing POST /_events": (given) => receive("billing", given.raw, given.signature),
    "deliveries POST /_events": (given) => receive("deliveries", given.raw, given.signature),
  };

  const paged = (service: string, query: URLSearchParams) => {
    const size = has(`${service}:limit-ignored`) ? 50 : Number(query.get("page_size") ?? 20);
    const first = has(`${service}:page-from-zero`) ? 0 : 1;
    const page = Number(query.get("page") ?? first) - first;
    return (kept[service] ?? []).slice(page * size, page * size + size);
  };

  const receive = (service: string, raw: string, signature: unknown): Answer => {
    if (has(`${service}:no-receiver`)) return [404];
    if (signature !== `sha256=${createHmac("sha256", EVENT_SECRET).update(raw).digest("hex")}`) return [401];
    const event = read(raw);
    const data = event.data as Json;
    if (has(`${service}:refuses`)) return [422];
    if (typeof data.order_id !== "string" || typeof data.customer_id !== "string") return [400];
    if (has(`${service}:ignores`) || (has(`${service}:knows-no-phone`) && data.channel === "phone")) return [202];
    const { status: _, ...rest } = data;
    const own =
      service === "billing"
        ? { id: randomUUID(), ...rest, status: "open" }
        : { id: randomUUID(), order_id: data.order_id, customer_id: data.customer_id };
    kept[service]?.push(damagedBy(`${service}:`, own));
    return [202];
  };

  const answer = async (service: string, request: IncomingMessage): Promise<Answer> => {
    const [path = "", query = ""] = (request.url ?? "").split("?");
    const raw = Buffer.concat(await request.toArray()).toString();
    const id = path.split("/")[2] ?? "";
    const isOne = /^\/(customers|orders)\/[0-9a-z-]{8,}(\/|$)/.test(path) && !/\/(register|login)$/.test(path);
    const handle = routes[`${service} ${request.method} ${isOne ? path.replace(id, ":id") : path}`];
    const caller = tokens.get((request.headers.authorization ?? "").slice("Bearer ".length));
    if (path === "/health") return [200, { status: "ok" }];
    if (handle === undefined) return [404];
    if (caller === undefined && !/register|login|_events/.test(path)) return [401];
    const signature = request.headers["x-event-signature"];
    return handle({
      id,
      body: path === "/_events" ? {} : read(raw),
      caller,
      query: new URLSearchParams(query),
      raw,
      signature,
    });
  };

  for (const { name } of marketMap.services) {
    const server: Server = createServer(async (request, response) => {
      const [status, body] = await answer(name, request);
      response.writeHead(status, body === undefined ? {} : { "content-type": "application/json" });
      response.end(body === undefined ? undefined : written(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    urls[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    closing.push(async () => {
      server.close();
      server.closeAllConnections();
    });
  }
  const table = routeTable(marketMap.services.map(({ name }) => ({ service: name, target: urls[name] ?? null })));
  const gateway = await startGateway(() => table);
  closing.push(() => gateway.close());
  return {
    gateway_url: gateway.url,
    operations: readOperations(contracts),
    events: eventOperations(contracts),
    subscribers: subscriptions(marketMap, contracts),
    health: new Map(marketMap.services.map(({ name }) => [name, "/health"])),
    unavailable: new Map(),
    jwt_secret: null,
    request_timeout_ms: 10_000,
    event_timeout_ms: 1000,
    signal: new AbortController().signal,
  };
}
