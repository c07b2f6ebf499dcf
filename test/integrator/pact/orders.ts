import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import { contract } from "../system.ts";

type Json = Record<string, unknown>;

const json = (schema: Json) => ({ content: { "application/json": { schema } } });
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const id = { name: "orderId", in: "path", required: true, schema: { type: "string", format: "uuid" } };

/** What the orders service offers: customers to refer to, and orders. */
export const ordersSpec = (): Json => ({
  openapi: "3.1.0",
  info: { title: "orders", version: "1.0.0" },
  paths: {
    "/customers": {
      get: {
        operationId: "listCustomers",
        responses: { "200": { description: "ok", ...json({ type: "array", items: ref("Customer") }) } },
      },
      post: {
        operationId: "createCustomer",
        requestBody: { required: true, ...json(ref("NewCustomer")) },
        responses: { "201": { description: "made", ...json(ref("Customer")) }, "409": { description: "taken" } },
      },
    },
    "/orders": {
      get: {
        operationId: "listOrders",
        responses: {
          "200": {
            description: "ok",
            ...json({
              type: "object",
              required: ["items"],
              properties: { items: { type: "array", items: ref("Order") } },
            }),
          },
        },
      },
      post: {
        operationId: "createOrder",
        requestBody: { required: true, ...json(ref("NewOrder")) },
        responses: {
          "201": {
            description: "made",
            headers: { Location: { required: true, schema: { type: "string", example: "/orders/1" } } },
            ...json(ref("Order")),
          },
        },
      },
    },
    "/orders/{orderId}": {
      parameters: [id],
      get: {
        operationId: "getOrder",
        responses: {
          "200": { description: "ok", ...json(ref("Order")) },
          "404": {
            description: "none",
            ...json({ type: "object", required: ["title"], properties: { title: { type: "string" } } }),
          },
        },
      },
      delete: { operationId: "deleteOrder", responses: { "204": { description: "gone" } } },
    },
  },
  components: {
    schemas: {
      NewCustomer: {
        type: "object",
        required: ["name"],
        properties: { name: { type: "string", minLength: 1, example: "Ada" } },
      },
      Customer: {
        type: "object",
        required: ["id", "name"],
        properties: { id: { type: "string", format: "uuid" }, name: { type: "string" } },
      },
      NewOrder: {
        type: "object",
        required: ["customer_id", "quantity"],
        properties: {
          customer_id: { type: "string", format: "uuid", "x-references": { entity: "Customer", service: "orders" } },
          quantity: { type: "integer", minimum: 1, maximum: 9 },
        },
      },
      Order: {
        type: "object",
        required: ["id", "customer_id", "quantity", "status", "placed_at", "lines"],
        properties: {
          id: { type: "string", format: "uuid" },
          customer_id: { type: "string", format: "uuid" },
          quantity: { type: "integer" },
          status: { type: "string", enum: ["open", "paid"] },
          placed_at: { type: "string", format: "date-time" },
          lines: {
            type: "array",
            items: { type: "object", required: ["sku"], properties: { sku: { type: "string" } } },
          },
          note: { type: ["string", "null"] },
        },
      },
    },
  },
});

/** The same, for callers with a bearer token that the contract offers no way to. */
export const securedSpec = (): Json => ({ ...ordersSpec(), security: [{ bearer: [] }] });

export const orders = () => contract("orders", "openapi", ordersSpec());

export type Fault =
  | "missing-field"
  | "wrong-type"
  | "wrong-enum"
  | "wrong-status"
  | "server-error"
  | "wrong-media-type"
  | "missing-header"
  | "hangs"
  | "breaks-off"
  | "no-404";

export interface Provider {
  url: string;
  /** Requests as `METHOD /path`, in the order they came. */
  asked: string[];
  /** Bodies sent to `/_pact/state`. */
  states: Json[];
  server: Server;
}

const running: Server[] = [];
afterEach(() => {
  for (const server of running.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A real orders service in this process, good or with one fault in `GET /orders/{orderId}` (`missing-header`: in POST). */
export async function startOrders(
  fault?: Fault,
  options: { states?: boolean; strictNames?: boolean; token?: string } = {},
): Promise<Provider> {
  const customers = new Map<string, Json>();
  const all = new Map<string, Json>();
  const asked: string[] = [];
  const states: Json[] = [];
  const order = (given: Json, id: string = randomUUID()): Json => {
    const made = { id, quantity: 1, ...given, status: "open", placed_at: new Date().toISOString(), lines: [] };
    all.set(id, made);
    return made;
  };
  const server = createServer(async (request, response) => {
    const path = (request.url ?? "").split("?")[0] ?? "";
    const body = await bodyOf(request);
    asked.push(`${request.method} ${path}`);
    const answer = (status: number, value?: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, value === undefined ? headers : { "content-type": "application/json", ...headers });
      response.end(value === undefined ? undefined : JSON.stringify(value));
    };
    if (path === "/_pact/state" && options.states) {
      states.push(body);
      const params = (body.params ?? {}) as Record<string, string>;
      const customer = params.body_customer_id;
      if (body.action === "setup" && body.state === "at least one order exists") order({ customer_id: randomUUID() });
      if (body.action === "setup" && body.state === "an order exists")
        order({ customer_id: randomUUID() }, params.orderId);
      if (body.action === "setup" && customer) customers.set(customer, { id: customer });
      return answer(200, {});
    }
    const one = /^\/orders\/([^/]+)$/.exec(path)?.[1];
    if (options.token !== undefined && request.headers.authorization !== `Bearer ${options.token}`)
      return answer(401, { title: "who are you" });
    switch (`${request.method} ${one === undefined ? path : "/orders/{}"}`) {
      case "GET /customers":
        return answer(200, [...customers.values()]);
      case "POST /customers": {
        const isTaken = options.strictNames && [...customers.values()].some(({ name }) => name === body.name);
        if (isTaken) return answer(409, { title: "taken" });
        const made = { id: randomUUID(), name: body.name };
        customers.set(made.id, made);
        return answer(201, made);
      }
      case "GET /orders":
        return answer(200, { items: [...all.values()] });
      case "POST /orders": {
        if (!customers.has(String(body.customer_id))) return answer(422, { title: "no such customer" });
        const made = order(body);
        return answer(201, made, fault === "missing-header" ? {} : { location: `/orders/${String(made.id)}` });
      }
      case "GET /orders/{}": {
        const found = all.get(one ?? "");
        if (found === undefined)
          return fault === "no-404"
            ? answer(200, order({ customer_id: randomUUID() }))
            : answer(404, { title: "no such order" });
        if (fault === "hangs") return;
        if (fault === "breaks-off") return request.socket.destroy();
        if (fault === "server-error") return answer(500, { title: "broken" });
        if (fault === "wrong-status") return answer(202, found);
        if (fault === "wrong-media-type")
          return response.writeHead(200, { "content-type": "text/plain" }).end("an order");
        if (fault === "wrong-type") return answer(200, { ...found, quantity: "one" });
        if (fault === "wrong-enum") return answer(200, { ...found, status: "OPEN" });
        const { customer_id: _left, ...without } = found;
        return answer(200, fault === "missing-field" ? without : found);
      }
      case "DELETE /orders/{}":
        return all.delete(one ?? "") ? answer(204) : answer(404, { title: "no such order" });
      default:
        return answer(404, { title: "no such route" });
    }
  });
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, states, server };
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const text = Buffer.concat(await request.toArray()).toString();
  return text === "" ? {} : (JSON.parse(text) as Json);
}
