import { contract } from "../system.ts";

/** A market of four services, with every kind of data that gets damaged on its way. */

type Json = Record<string, unknown>;

const json = (schema: Json) => ({ content: { "application/json": { schema } } });
const answers = (documented: Record<string, Json | null>) =>
  Object.fromEntries(
    Object.entries(documented).map(([status, schema]) => [
      status,
      { description: "", ...(schema ? json(schema) : {}) },
    ]),
  );
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const uuid = { type: "string", format: "uuid" };
const of = (entity: string, service: string) => ({ ...uuid, "x-references": { entity, service } });
const idParameter = { name: "id", in: "path", required: true, schema: uuid };
const number = (name: string, schema: Json) => ({ name, in: "query", schema: { type: "integer", ...schema } });
const bearer = { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } };
const secured = { security: [{ bearer: [] }] };
const openapi = (title: string, paths: Json, schemas: Json) => ({
  openapi: "3.1.0",
  info: { title, version: "1.0.0" },
  paths,
  components: { schemas, ...bearer },
});

const customers = openapi(
  "customers",
  {
    "/customers/register": {
      post: {
        operationId: "registerCustomer",
        "x-action": "register",
        "x-entity": "Customer",
        requestBody: { required: true, ...json(ref("NewCustomer")) },
        responses: answers({ 201: ref("Customer"), 409: null }),
      },
    },
    "/customers/login": {
      post: {
        operationId: "login",
        "x-action": "login",
        requestBody: { required: true, ...json(ref("Credentials")) },
        responses: answers({ 200: { type: "object", required: ["token"], properties: { token: { type: "string" } } } }),
      },
    },
    "/customers/{id}": {
      get: {
        operationId: "getCustomer",
        "x-action": "get",
        "x-entity": "Customer",
        ...secured,
        parameters: [idParameter],
        responses: answers({ 200: ref("Customer"), 404: null }),
      },
    },
  },
  {
    Credentials: {
      type: "object",
      required: ["email", "password"],
      properties: { email: { type: "string", format: "email" }, password: { type: "string", minLength: 6 } },
    },
    NewCustomer: {
      allOf: [ref("Credentials"), { type: "object", required: ["name"], properties: { name: { type: "string" } } }],
    },
    Customer: {
      type: "object",
      required: ["id", "email", "name"],
      properties: { id: uuid, email: { type: "string", format: "email" }, name: { type: "string" } },
    },
  },
);

/** What an order carries, in its own service, in events and in what is made of them. */
const carried = (): Json => ({
  customer_id: of("Customer", "customers"),
  amount: { type: "number", minimum: 0 },
  serial: { type: "integer", format: "int64", minimum: 0 },
  note: { type: ["string", "null"] },
  ordered_on: { type: "string", format: "date" },
  due_at: { type: "string", format: "date-time" },
  channel: { type: "string", enum: ["web", "phone", "shop"] },
});
const always = ["customer_id", "amount", "serial", "note", "ordered_on", "due_at", "channel"];

const orders = openapi(
  "orders",
  {
    "/orders": {
      get: {
        operationId: "listOrders",
        "x-action": "list",
        "x-entity": "Order",
        ...secured,
        parameters: [number("limit", { minimum: 1, maximum: 50 }), number("offset", { minimum: 0 })],
        responses: answers({ 200: { type: "object", properties: { items: { type: "array", items: ref("Order") } } } }),
      },
      post: {
        operationId: "createOrder",
        "x-action": "create",
        "x-entity": "Order",
        "x-calls": [{ service: "customers", operation_id: "getCustomer", property: "customer_id" }],
        "x-publishes": ["order.placed"],
        ...secured,
        requestBody: { required: true, ...json(ref("NewOrder")) },
        responses: answers({ 201: ref("Order"), 400: null }),
      },
    },
    "/orders/{id}": {
      get: {
        operationId: "getOrder",
        "x-action": "get",
        "x-entity": "Order",
        ...secured,
        parameters: [idParameter],
        responses: answers({ 200: ref("Order"), 404: null }),
      },
    },
    "/orders/{id}/ship": {
      post: {
        operationId: "shipOrder",
        "x-action": "transition",
        "x-entity": "Order",
        "x-transition": { field: "status", from: ["placed"], to: "shipped" },
        "x-publishes": ["order.shipped"],
        ...secured,
        parameters: [idParameter],
        responses: answers({ 200: ref("Order"), 404: null, 409: null }),
      },
    },
  },
  {
    NewOrder: { type: "object", required: always, properties: { ...carried(), comment: { type: "string" } } },
    Order: {
      type: "object",
      required: ["id", "status", ...always],
      properties: {
        id: uuid,
        status: { type: "string", enum: ["placed", "shipped"] },
        ...carried(),
        comment: { type: "string" },
      },
    },
  },
);

const message = (properties: Json, required: string[]) => ({ payload: { type: "object", required, properties } });
const placed = () =>
  message({ order_id: of("Order", "orders"), status: { type: "string" }, ...carried() }, ["order_id", ...always]);
const shipped = () =>
  message({ order_id: of("Order", "orders"), customer_id: of("Customer", "customers") }, ["order_id", "customer_id"]);

const asyncapi = (
  title: string,
  action: "send" | "receive",
  events: Record<string, { message: Json; creates?: string }>,
) => ({
  asyncapi: "3.0.0",
  info: { title, version: "1.0.0" },
  channels: Object.fromEntries(
    Object.entries(events).map(([event, one]) => [event, { address: event, messages: { it: one.message } }]),
  ),
  operations: Object.fromEntries(
    Object.entries(events).map(([event, { creates }]) => [
      `${action}_${event}`,
      { action, channel: { $ref: `#/channels/${event}` }, ...(creates ? { "x-creates": creates } : {}) },
    ]),
  ),
});

const list = (entity: string, path: string, schema: Json) =>
  openapi(
    path,
    {
      [path]: {
        get: {
          operationId: `list${entity}s`,
          "x-action": "list",
          "x-entity": entity,
          ...secured,
          parameters: [number("page_size", { minimum: 1, maximum: 50 }), number("page", { minimum: 1, default: 1 })],
          responses: answers({ 200: { type: "array", items: ref(entity) } }),
        },
      },
    },
    { [entity]: schema },
  );

const billing = list("Invoice", "/invoices", {
  type: "object",
  required: ["id", "order_id", "status", ...always],
  // The status of an invoice has nothing to do with that of its order.
  properties: {
    id: uuid,
    order_id: of("Order", "orders"),
    status: { type: "string", enum: ["open", "settled"] },
    ...carried(),
  },
});

const deliveries = list("Delivery", "/deliveries", {
  type: "object",
  required: ["id", "order_id", "customer_id"],
  properties: { id: uuid, order_id: of("Order", "orders"), customer_id: of("Customer", "customers") },
});

/** Copies, so that a test may change them. */
export const marketContracts = () =>
  structuredClone([
    contract("customers", "openapi", customers),
    contract("orders", "openapi", orders),
    contract(
      "orders",
      "asyncapi",
      asyncapi("orders", "send", { "order.placed": { message: placed() }, "order.shipped": { message: shipped() } }),
    ),
    contract("billing", "openapi", billing),
    contract(
      "billing",
      "asyncapi",
      asyncapi("billing", "receive", { "order.placed": { message: placed(), creates: "Invoice" } }),
    ),
    contract("deliveries", "openapi", deliveries),
    contract(
      "deliveries",
      "asyncapi",
      asyncapi("deliveries", "receive", {
        "order.placed": { message: placed(), creates: "Delivery" },
        "order.shipped": { message: shipped(), creates: "Delivery" },
      }),
    ),
  ]);
