import { expect, test } from "vitest";
import { z } from "zod";
import { compareContracts } from "../../../src/contracts/breaking/breaking.ts";
import { atPointer } from "../../../src/lib/json-schema-bundle.ts";

const json = (schema: object) => ({ "application/json": { schema } });
const string = { type: "string" };
const query = (name: string, more: object = {}) => ({ name, in: "query", schema: string, ...more });
const Order = { $ref: "#/components/schemas/Order" };

const SHOP = {
  openapi: "3.0.3",
  info: { title: "Shop", version: "1.0.0" },
  servers: [{ url: "https://shop.example/v1" }],
  security: [{ key: [] }],
  paths: {
    "/orders": {
      get: {
        operationId: "listOrders",
        parameters: [
          { name: "limit", in: "query", schema: { type: "integer", maximum: 100 } },
          { name: "status", in: "query", schema: { type: "string", enum: ["open", "paid"] } },
          { name: "ids", in: "query", schema: { type: "array", items: string } },
          { name: "X-Trace", in: "header", schema: string },
          { name: "filter", in: "query", content: json({ type: "object" }) },
        ],
        responses: {
          200: { description: "", content: json({ type: "array", items: Order }) },
          404: { description: "" },
        },
      },
      post: {
        operationId: "createOrder",
        security: [{ login: ["orders:write"] }],
        requestBody: {
          required: true,
          content: { ...json(Order), "application/xml": { schema: Order } },
        },
        responses: {
          201: {
            description: "",
            headers: {
              Location: { required: true, schema: string },
              "X-Rate": { schema: { type: "integer" } },
            },
            content: { ...json(Order), "application/xml": { schema: Order } },
          },
        },
        callbacks: {
          paid: {
            "{$request.body#/callback}": {
              post: {
                requestBody: {
                  required: true,
                  content: json({ type: "object", required: ["id"], properties: { id: string } }),
                },
                responses: { 204: { description: "" } },
              },
            },
          },
        },
      },
    },
    "/orders/{id}": {
      parameters: [{ name: "id", in: "path", required: true, schema: string }],
      get: {
        operationId: "getOrder",
        parameters: [query("expand")],
        responses: { 200: { description: "", content: json(Order) } },
      },
      delete: { operationId: "deleteOrder", responses: { 204: { description: "" } } },
    },
    "/notes": {
      post: {
        operationId: "note",
        requestBody: { content: json({ type: "object", properties: { text: string } }) },
        responses: { 204: { description: "" } },
      },
    },
    "/health": { get: { security: [], responses: { 200: { description: "", content: { "text/plain": {} } } } } },
  },
  webhooks: {
    shipped: {
      post: {
        parameters: [{ name: "X-Signature", in: "header", required: true, schema: string }],
        requestBody: {
          required: true,
          content: json({ type: "object", required: ["order"], properties: { order: string } }),
        },
        responses: {
          200: { description: "", content: json({ type: "object", properties: { ok: { type: "boolean" } } }) },
        },
      },
    },
  },
  components: {
    securitySchemes: {
      key: { type: "apiKey", in: "header", name: "X-API-Key" },
      login: {
        type: "oauth2",
        flows: {
          clientCredentials: {
            tokenUrl: "https://login.example/token",
            scopes: { "orders:write": "", "orders:admin": "" },
          },
        },
      },
      other: { type: "apiKey", in: "header", name: "x-api-key" },
    },
    schemas: { Order: { type: "object", required: ["id"], properties: { id: string, note: string } } },
  },
};

/** Changes to a document: pointer → value; undefined removes. Keys are in order. */
type Edits = Record<string, unknown>;

function edit(edits: Edits, document: unknown = SHOP): Record<string, unknown> {
  const copy: unknown = JSON.parse(JSON.stringify(document));
  for (const [pointer, value] of Object.entries(edits)) {
    const at = pointer.lastIndexOf("/");
    const key = pointer
      .slice(at + 1)
      .replaceAll("~1", "/")
      .replaceAll("~0", "~");
    const parent = atPointer(copy, pointer.slice(0, at));
    if (parent === null || typeof parent !== "object") throw new Error(`nothing at ${pointer}`);
    if (value === undefined && Array.isArray(parent)) parent.splice(Number(key), 1);
    else if (value === undefined) Reflect.deleteProperty(parent, key);
    else Reflect.set(parent, key, JSON.parse(JSON.stringify(value)));
  }
  return z.record(z.string(), z.unknown()).parse(copy);
}

const LIST = "/paths/~1orders/get";
const CREATE = "/paths/~1orders/post";
const ONE = "/paths/~1orders~1{id}";
const NOTE = "/paths/~1notes/post";
const DELETE = `${ONE}/delete`;
const CALLBACK = `${CREATE}/callbacks/paid/{$request.body#~1callback}/post`;
const HOOK = "/webhooks/shipped/post";
const SCHEMES = "/components/securitySchemes";
const FLOW = `${SCHEMES}/login/flows/clientCredentials`;
const NOW = new Date("2026-06-01T00:00:00Z");

const item = SHOP.paths["/orders/{id}"];
const moved = (from: string, to: string) => ({
  [`/paths/${from.replaceAll("/", "~1")}`]: undefined,
  [`/paths/${to.replaceAll("/", "~1")}`]: atPointer(SHOP, `/paths/${from.replaceAll("/", "~1")}`),
});
const renamedItem = { ...item, parameters: [{ name: "order_id", in: "path", required: true, schema: string }] };
const deprecated = (more: object = {}) => ({ ...item.delete, deprecated: true, ...more });

/** Edits of the new document, and ids with "!" before those that break. `before`: edits of the old one too. */
const ROWS: [name: string, edits: Edits, ids: string[], before?: Edits][] = [
  // Paths and operations
  ["nothing", {}, []],
  ["a path less", { "/paths/~1notes": undefined }, ["!path-removed"]],
  ["an operation less", { [DELETE]: undefined }, ["!operation-removed"]],
  ["an operation more", { [`${ONE}/put`]: { responses: { 200: { description: "" } } } }, ["operation-added"]],
  [
    "another method",
    { [DELETE]: undefined, [`${ONE}/post`]: { responses: { 204: { description: "" } } } },
    ["!operation-removed", "operation-added"],
  ],
  [
    "a path's parameter renamed",
    { [ONE]: undefined, "/paths/~1orders~1{order_id}": renamedItem },
    ["path-parameter-renamed", "path-parameter-renamed"],
  ],
  ["a path renamed", moved("/notes", "/remarks"), ["!path-renamed"]],
  ["a path renamed with all in it", moved("/orders/{id}", "/purchases/{id}"), ["!path-renamed", "!path-renamed"]],
  ["a path under a prefix", moved("/health", "/v2/health"), ["!path-renamed"]],
  [
    "another operation is no renamed one",
    { "/paths/~1notes": undefined, "/paths/~1bills": { post: { responses: { 201: { description: "" } } } } },
    ["!path-removed", "operation-added"],
  ],
  ["another operationId", { [`${LIST}/operationId`]: "orders" }, ["operation-id-changed"]],
  ["an operation deprecated", { [`${DELETE}/deprecated`]: true }, ["operation-deprecated"]],
  ["an operation not deprecated", {}, ["operation-reactivated"], { [`${DELETE}/deprecated`]: true }],
  [
    "a deprecated operation less",
    { [DELETE]: undefined },
    ["operation-removed-after-deprecation"],
    { [DELETE]: deprecated() },
  ],
  [
    "an operation less after its sunset",
    { [DELETE]: undefined },
    ["operation-removed-after-deprecation"],
    { [DELETE]: deprecated({ "x-sunset": "2026-05-31" }) },
  ],
  [
    "an operation less before its sunset",
    { [DELETE]: undefined },
    ["!operation-removed-before-sunset"],
    { [DELETE]: deprecated({ "x-sunset": "2026-06-02" }) },
  ],
  [
    "an operation less whose sunset is no date",
    { [DELETE]: undefined },
    ["!operation-removed-before-sunset"],
    { [DELETE]: deprecated({ "x-sunset": "soon" }) },
  ],
  [
    "an unstable operation less",
    { [DELETE]: undefined },
    ["operation-removed-unstable"],
    { [`${DELETE}/x-stability-level`]: "alpha" },
  ],
  [
    "a sunset",
    { [DELETE]: deprecated({ "x-sunset": "2027-01-01" }) },
    ["operation-sunset-announced"],
    { [DELETE]: deprecated() },
  ],
  [
    "an earlier sunset",
    { [DELETE]: deprecated({ "x-sunset": "2027-01-01" }) },
    ["!operation-sunset-moved-forward"],
    { [DELETE]: deprecated({ "x-sunset": "2027-02-01" }) },
  ],
  [
    "a later sunset",
    { [DELETE]: deprecated({ "x-sunset": "2027-02-01" }) },
    ["operation-sunset-postponed"],
    { [DELETE]: deprecated({ "x-sunset": "2027-01-01" }) },
  ],
  [
    "no sunset",
    { [DELETE]: deprecated() },
    ["!operation-sunset-removed"],
    { [DELETE]: deprecated({ "x-sunset": "2027-01-01" }) },
  ],
  [
    "a sunset that is no date",
    { [DELETE]: deprecated({ "x-sunset": "soon" }) },
    ["!operation-sunset-moved-forward"],
    { [DELETE]: deprecated({ "x-sunset": "2027-01-01" }) },
  ],
  ["less stability", { [`${DELETE}/x-stability-level`]: "beta" }, ["!operation-stability-lowered"]],
  ["more stability", {}, ["operation-stability-raised"], { [`${DELETE}/x-stability-level`]: "beta" }],
  ["another server", { "/servers/0/url": "https://shop2.example/v1" }, ["server-added", "server-removed"]],
  [
    "another server below another path",
    { "/servers/0/url": "https://shop.example/v2" },
    ["!server-path-changed", "server-added", "server-removed"],
  ],
  // Parameters
  [
    "a required parameter more",
    { [`${LIST}/parameters/5`]: query("owner", { required: true }) },
    ["!required-request-parameter-added"],
  ],
  [
    "a required header more",
    { [`${LIST}/parameters/5`]: { name: "X-Tenant", in: "header", required: true, schema: string } },
    ["!required-request-parameter-added"],
  ],
  [
    "a required parameter with a default",
    { [`${LIST}/parameters/5`]: query("owner", { required: true, schema: { type: "string", default: "me" } }) },
    ["!required-request-parameter-added"],
  ],
  [
    "a required parameter of the path item",
    { [`${ONE}/parameters/1`]: query("tenant", { required: true }) },
    ["!required-request-parameter-added", "!required-request-parameter-added"],
  ],
  ["an optional parameter more", { [`${LIST}/parameters/5`]: query("owner") }, ["optional-request-parameter-added"]],
  [
    "headers that are described elsewhere",
    { [`${LIST}/parameters/5`]: { name: "Accept", in: "header", required: true, schema: string } },
    [],
  ],
  ["a parameter less", { [`${LIST}/parameters/1`]: undefined }, ["!request-parameter-removed"]],
  [
    "a deprecated parameter less",
    { [`${LIST}/parameters/1`]: undefined },
    ["request-parameter-removed-after-deprecation"],
    { [`${LIST}/parameters/1/deprecated`]: true },
  ],
  [
    "a parameter less before its sunset",
    { [`${LIST}/parameters/3`]: undefined },
    ["!request-parameter-removed-before-sunset"],
    {
      [`${LIST}/parameters/3`]: {
        name: "X-Trace",
        in: "header",
        schema: string,
        deprecated: true,
        "x-sunset": "2030-01-01",
      },
    },
  ],
  ["a parameter renamed", { [`${LIST}/parameters/0/name`]: "page_limit" }, ["!request-parameter-renamed"]],
  ["a header in another case", { [`${LIST}/parameters/3/name`]: "x-trace" }, []],
  ["a parameter elsewhere", { [`${LIST}/parameters/3/in`]: "query" }, ["!request-parameter-location-changed"]],
  ["parameters in another order", { [`${LIST}/parameters`]: SHOP.paths["/orders"].get.parameters.toReversed() }, []],
  ["a parameter required", { [`${LIST}/parameters/0/required`]: true }, ["!request-parameter-became-required"]],
  ["a parameter optional", {}, ["request-parameter-became-optional"], { [`${LIST}/parameters/0/required`]: true }],
  [
    "a parameter of another type",
    { [`${LIST}/parameters/0/schema`]: { type: "boolean" } },
    ["!request-parameter-type-changed"],
  ],
  [
    "a path parameter of another type",
    { [`${ONE}/parameters/0/schema`]: { type: "integer" } },
    ["!request-parameter-type-changed", "!request-parameter-type-changed"],
  ],
  [
    "a parameter's lower bound",
    { [`${LIST}/parameters/0/schema/maximum`]: 50 },
    ["!request-parameter-maximum-lowered"],
  ],
  [
    "a parameter's value less",
    { [`${LIST}/parameters/1/schema/enum`]: ["open"] },
    ["!request-parameter-enum-value-removed"],
  ],
  [
    "a parameter's value more",
    { [`${LIST}/parameters/1/schema/enum`]: ["open", "paid", "void"] },
    ["request-parameter-enum-value-added"],
  ],
  [
    "a parameter's pattern",
    { [`${LIST}/parameters/3/schema/pattern`]: "^[0-9a-f]+$" },
    ["!request-parameter-pattern-added"],
  ],
  ["a parameter's default", { [`${LIST}/parameters/0/schema/default`]: 10 }, ["request-parameter-default-added"]],
  [
    "another default of a parameter",
    { [`${LIST}/parameters/0/schema/default`]: 10 },
    ["request-parameter-default-changed"],
    { [`${LIST}/parameters/0/schema/default`]: 20 },
  ],
  [
    "a parameter's items of another type",
    { [`${LIST}/parameters/2/schema/items`]: { type: "integer" } },
    ["!request-property-type-changed"],
  ],
  ["a list not exploded", { [`${LIST}/parameters/2/explode`]: false }, ["!request-parameter-style-changed"]],
  [
    "a list in another style",
    { [`${LIST}/parameters/2/style`]: "pipeDelimited" },
    ["!request-parameter-style-changed"],
  ],
  [
    "the default style written out",
    { [`${LIST}/parameters/2/style`]: "form", [`${LIST}/parameters/2/explode`]: true },
    [],
  ],
  ["a single value not exploded", { [`${LIST}/parameters/0/explode`]: false }, []],
  [
    "a parameter in another media type",
    { [`${LIST}/parameters/4/content`]: { "application/xml": { schema: { type: "object" } } } },
    ["!request-parameter-media-type-changed"],
  ],
  [
    "a parameter's content required",
    { [`${LIST}/parameters/4/content/application~1json/schema/required`]: ["a"] },
    ["!request-required-property-added"],
  ],
  [
    "empty values allowed",
    { [`${LIST}/parameters/1/allowEmptyValue`]: true },
    ["request-parameter-empty-value-allowed"],
  ],
  [
    "empty values forbidden",
    {},
    ["!request-parameter-empty-value-forbidden"],
    { [`${LIST}/parameters/1/allowEmptyValue`]: true },
  ],
  [
    "reserved characters forbidden",
    {},
    ["!request-parameter-reserved-characters-forbidden"],
    { [`${LIST}/parameters/1/allowReserved`]: true },
  ],
  ["a parameter deprecated", { [`${LIST}/parameters/0/deprecated`]: true }, ["request-parameter-deprecated"]],
  // Bodies
  [
    "a required body",
    { [`${DELETE}/requestBody`]: { required: true, content: json(Order) } },
    ["!required-request-body-added"],
  ],
  ["an optional body", { [`${DELETE}/requestBody`]: { content: json(Order) } }, ["optional-request-body-added"]],
  ["no body", { [`${NOTE}/requestBody`]: undefined }, ["!request-body-removed"]],
  ["a body required", { [`${NOTE}/requestBody/required`]: true }, ["!request-body-became-required"]],
  ["a body optional", { [`${CREATE}/requestBody/required`]: false }, ["request-body-became-optional"]],
  [
    "a media type of a body less",
    { [`${CREATE}/requestBody/content/application~1xml`]: undefined },
    ["!request-media-type-removed"],
  ],
  ["a media type of a body more", { [`${CREATE}/requestBody/content/text~1csv`]: {} }, ["request-media-type-added"]],
  [
    "a range for a body's media type",
    {
      [`${NOTE}/requestBody/content`]: {
        "application/*": { schema: { type: "object", properties: { text: string } } },
      },
    },
    [],
  ],
  [
    "a charset",
    {
      [`${NOTE}/requestBody/content`]: {
        "application/json; charset=utf-8": { schema: { type: "object", properties: { text: string } } },
      },
    },
    [],
  ],
  [
    "another version of a media type",
    {
      [`${NOTE}/requestBody/content`]: {
        "application/json;v=2": { schema: { type: "object", properties: { text: string } } },
      },
    },
    ["!request-media-type-parameters-changed"],
  ],
  [
    "a body of another type",
    { [`${NOTE}/requestBody/content/application~1json/schema`]: { type: "array", items: string } },
    ["!request-body-type-changed"],
  ],
  // Responses
  [
    "a success less",
    { [`${LIST}/responses/200`]: undefined, [`${LIST}/responses/203`]: { description: "" } },
    ["!response-success-status-removed", "response-success-status-added"],
  ],
  ["an error less", { [`${LIST}/responses/404`]: undefined }, ["response-error-status-removed"]],
  ["an error more", { [`${LIST}/responses/409`]: { description: "" } }, ["response-error-status-added"]],
  ["a range of success", { [`${NOTE}/responses`]: { "2XX": { description: "" } } }, []],
  [
    "a media type of a response less",
    { [`${CREATE}/responses/201/content/application~1xml`]: undefined },
    ["!response-media-type-removed"],
  ],
  [
    "a media type of a response more",
    { [`${CREATE}/responses/201/content/text~1csv`]: {} },
    ["response-media-type-added"],
  ],
  [
    "a media type of a response renamed",
    { [`${LIST}/responses/200/content`]: { "application/vnd.shop+json": { schema: { type: "array", items: Order } } } },
    ["response-media-type-specialized"],
  ],
  [
    "a range for a response's media type",
    { [`${LIST}/responses/200/content`]: { "*/*": { schema: { type: "array", items: Order } } } },
    ["!response-media-type-widened"],
  ],
  ["a response without its body", { [`${LIST}/responses/200/content`]: undefined }, ["!response-body-removed"]],
  ["a response with a body", { [`${DELETE}/responses/204/content`]: json(string) }, ["response-body-added"]],
  [
    "a page instead of a list",
    {
      [`${LIST}/responses/200/content/application~1json/schema`]: {
        type: "object",
        properties: { items: { type: "array", items: Order } },
      },
    },
    ["!response-body-type-changed"],
  ],
  [
    "a required header less",
    { [`${CREATE}/responses/201/headers/Location`]: undefined },
    ["!required-response-header-removed"],
  ],
  [
    "an optional header less",
    { [`${CREATE}/responses/201/headers/X-Rate`]: undefined },
    ["optional-response-header-removed"],
  ],
  ["a header more", { [`${CREATE}/responses/201/headers/ETag`]: { schema: string } }, ["response-header-added"]],
  [
    "a header optional",
    { [`${CREATE}/responses/201/headers/Location/required`]: false },
    ["!response-header-became-optional"],
  ],
  [
    "a header required",
    { [`${CREATE}/responses/201/headers/X-Rate/required`]: true },
    ["response-header-became-required"],
  ],
  [
    "a header of another type",
    { [`${CREATE}/responses/201/headers/X-Rate/schema`]: string },
    ["!response-header-type-changed"],
  ],
  [
    "a header deprecated",
    { [`${CREATE}/responses/201/headers/X-Rate/deprecated`]: true },
    ["response-header-deprecated"],
  ],
  // Security
  ["credentials where none were", { "/paths/~1health/get/security": undefined }, ["!security-tightened"]],
  ["no credentials", { [`${CREATE}/security`]: [] }, ["security-dropped"]],
  [
    "an alternative to credentials",
    { [`${CREATE}/security`]: [{ login: ["orders:write"] }, { key: [] }] },
    ["security-loosened"],
  ],
  [
    "an alternative less",
    { [`${CREATE}/security`]: [{ key: [] }] },
    ["!security-tightened"],
    { [`${CREATE}/security`]: [{ login: ["orders:write"] }, { key: [] }] },
  ],
  ["other credentials", { [`${CREATE}/security`]: [{ key: [] }] }, ["!security-tightened"]],
  [
    "more credentials at once",
    { [`${CREATE}/security`]: [{ login: ["orders:write"], key: [] }] },
    ["!security-tightened"],
  ],
  ["anonymous too", { [`${CREATE}/security`]: [{ login: ["orders:write"] }, {}] }, ["security-loosened"]],
  [
    "a scope more",
    { [`${CREATE}/security`]: [{ login: ["orders:write", "orders:admin"] }] },
    ["!security-scope-added"],
  ],
  ["a scope less", { [`${CREATE}/security`]: [{ login: [] }] }, ["security-scope-removed"]],
  ["the same scheme under another name", { "/security": [{ other: [] }] }, []],
  ["another header for a key", { [`${SCHEMES}/key/name`]: "X-Token" }, ["!security-scheme-changed"]],
  [
    "a bearer token for a key",
    { [`${SCHEMES}/key`]: { type: "http", scheme: "bearer" } },
    ["!security-scheme-changed"],
  ],
  [
    "tokens from another address",
    { [`${FLOW}/tokenUrl`]: "https://id.example/token" },
    ["!security-scheme-address-changed"],
  ],
  ["a scope offered", { [`${FLOW}/scopes/orders:read`]: "" }, ["security-scheme-scope-offered"]],
  ["a scope withdrawn", { [`${FLOW}/scopes/orders:admin`]: undefined }, ["security-scheme-scope-withdrawn"]],
  [
    "another flow",
    { [`${SCHEMES}/login/flows`]: { password: SHOP.components.securitySchemes.login.flows.clientCredentials } },
    ["!security-scheme-flow-removed", "security-scheme-flow-added"],
  ],
  // Webhooks and callbacks: the API sends, so that the directions are turned round
  ["a webhook less", { "/webhooks/shipped": undefined }, ["!webhook-removed"]],
  ["a webhook more", { "/webhooks/lost": { post: {} } }, ["webhook-added"]],
  [
    "a webhook renamed",
    { "/webhooks/shipped": undefined, "/webhooks/sent": SHOP.webhooks.shipped },
    ["!webhook-renamed"],
  ],
  [
    "a webhook's property less",
    { [`${HOOK}/requestBody/content/application~1json/schema`]: { type: "object" } },
    ["!webhook-required-property-removed"],
  ],
  [
    "a webhook's required property more",
    {
      [`${HOOK}/requestBody/content/application~1json/schema`]: {
        type: "object",
        required: ["order", "at"],
        properties: { order: string, at: string },
      },
    },
    ["webhook-required-property-added"],
  ],
  ["a webhook's header less", { [`${HOOK}/parameters`]: [] }, ["!required-webhook-parameter-removed"]],
  [
    "a webhook's answer demanding more",
    { [`${HOOK}/responses/200/content/application~1json/schema/required`]: ["ok"] },
    ["!webhook-response-property-became-required"],
  ],
  ["a callback less", { [`${CREATE}/callbacks`]: undefined }, ["!callback-removed"]],
  [
    "a callback's property of another type",
    { [`${CALLBACK}/requestBody/content/application~1json/schema/properties/id`]: { type: "integer" } },
    ["!callback-property-type-changed"],
  ],
  [
    "a callback's property more",
    { [`${CALLBACK}/requestBody/content/application~1json/schema/properties/at`]: string },
    ["callback-optional-property-added"],
  ],
  [
    "a callback not always with a body",
    { [`${CALLBACK}/requestBody/required`]: false },
    ["!callback-body-became-optional"],
  ],
  // Shared parts
  [
    "a schema that both sides use",
    { "/components/schemas/Order/required": ["id", "note"] },
    // Once an operation and direction, whatever media types share it.
    [
      "!request-property-became-required",
      "response-property-became-required",
      "response-property-became-required",
      "response-property-became-required",
    ],
  ],
  [
    "a schema renamed",
    {
      "/components/schemas/Order": undefined,
      "/components/schemas/PurchaseOrder": SHOP.components.schemas.Order,
      ...renamedReferences(),
    },
    ["schema-renamed"],
  ],
  ["a schema that nobody uses", { "/components/schemas/Unused": { type: "object" } }, ["schema-added"]],
  ["a schema that nobody used", {}, ["schema-removed"], { "/components/schemas/Unused": { type: "object" } }],
  [
    "explanations",
    {
      [`${LIST}/description`]: "x",
      [`${LIST}/tags`]: ["a"],
      "/info/version": "2.0.0",
      "/components/schemas/Order/description": "y",
    },
    [],
  ],
];

function renamedReferences(): Edits {
  const to = { $ref: "#/components/schemas/PurchaseOrder" };
  return {
    [`${LIST}/responses/200/content/application~1json/schema/items`]: to,
    [`${CREATE}/requestBody/content/application~1json/schema`]: to,
    [`${CREATE}/requestBody/content/application~1xml/schema`]: to,
    [`${CREATE}/responses/201/content/application~1json/schema`]: to,
    [`${CREATE}/responses/201/content/application~1xml/schema`]: to,
    [`${ONE}/get/responses/200/content/application~1json/schema`]: to,
  };
}

test.each(ROWS)("%s", (_name, edits, ids, before = {}) => {
  const old = edit(before);
  const changes = compareContracts(
    old,
    edit({ ...Object.fromEntries(Object.entries(before).map(([at]) => [at, atPointer(SHOP, at)])), ...edits }, old),
    { now: NOW },
  );
  const told = changes.map(({ id, breaking }) => `${breaking ? "!" : ""}${id}`);
  expect(told.sort()).toEqual([...ids].sort());
});

test("a change says where it is", () => {
  const [change] = compareContracts(SHOP, edit({ [`${LIST}/parameters/0/required`]: true }));
  expect(change).toEqual({
    id: "request-parameter-became-required",
    breaking: true,
    severity: "error",
    method: "GET",
    path: "/orders",
    pointer: `${LIST}/parameters/0`,
    message: "The query parameter `limit` is required now.",
    old_value: false,
    new_value: true,
  });
});
