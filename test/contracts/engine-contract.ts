import { beforeEach, describe, expect, it } from "vitest";
import type { ContractEngine } from "../../src/contracts/port.ts";
import type { ContractDraft } from "../../src/model/contract.ts";

/** An OpenAPI contract with something of everything that an exchange can get wrong. */
export const ORDERS: ContractDraft = {
  service_name: "orders-service",
  type: "openapi",
  version: "1.0.0",
  spec: {
    openapi: "3.1.0",
    info: { title: "Orders", version: "1.0.0" },
    servers: [{ url: "https://example.com/v1" }],
    paths: {
      "/orders": {
        get: {
          operationId: "listOrders",
          parameters: [
            { name: "limit", in: "query", schema: { type: "integer", minimum: 1, maximum: 100 } },
            {
              name: "state",
              in: "query",
              explode: false,
              schema: { type: "array", items: { enum: ["open", "paid"] } },
            },
            {
              name: "filter",
              in: "query",
              style: "deepObject",
              schema: { type: "object", properties: { total: { type: "number" } } },
            },
          ],
          responses: {
            "200": {
              description: "The list.",
              headers: { "X-Total": { required: true, schema: { type: "integer" } } },
              content: {
                "application/json": { schema: { type: "array", items: { $ref: "#/components/schemas/Order" } } },
              },
            },
          },
        },
        post: {
          operationId: "createOrder",
          security: [{ bearer: [] }],
          requestBody: {
            required: true,
            content: { "application/json": { schema: { $ref: "#/components/schemas/Order" } } },
          },
          responses: {
            "201": {
              description: "Created.",
              content: { "application/json": { schema: { $ref: "#/components/schemas/Order" } } },
            },
            "4XX": {
              description: "Refused.",
              content: { "application/problem+json": { schema: { type: "object", required: ["title"] } } },
            },
            default: { description: "Anything else." },
          },
        },
      },
      "/orders/{id}": {
        get: {
          operationId: "getOrder",
          parameters: [{ name: "id", in: "path", required: true, schema: { type: "string", format: "uuid" } }],
          responses: {
            "200": {
              description: "Found.",
              content: { "application/json": { schema: { $ref: "#/components/schemas/Order" } } },
            },
            "404": { description: "None." },
          },
        },
      },
      "/orders/recent": { get: { operationId: "recentOrders", responses: { "204": { description: "None." } } } },
    },
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      schemas: {
        Order: {
          type: "object",
          additionalProperties: false,
          required: ["id", "total", "payment"],
          properties: {
            id: { type: "string", format: "uuid", readOnly: true },
            secret: { type: "string", writeOnly: true },
            total: { type: "number", minimum: 0, multipleOf: 0.01 },
            note: { type: ["string", "null"], maxLength: 20 },
            parent: { $ref: "#/components/schemas/Order" },
            payment: {
              oneOf: [{ $ref: "#/components/schemas/Card" }, { $ref: "#/components/schemas/Cash" }],
              discriminator: { propertyName: "kind", mapping: { card: "#/components/schemas/Card" } },
            },
          },
        },
        Card: {
          type: "object",
          required: ["kind", "number"],
          properties: { kind: { type: "string" }, number: { type: "string", pattern: "^\\d{4}$" } },
        },
        Cash: { type: "object", required: ["kind"], properties: { kind: { type: "string" } } },
      },
    },
  },
};

const ID = "2f6c1f1e-7f0a-4d6e-9b1e-0a4f3c2b1d00";
const ORDER = { id: ID, total: 12.5, payment: { kind: "card", number: "1234" } };
const { id: _id, ...NEW_ORDER } = ORDER;

/**
 * What every contract engine does, embedded or remote: it sees the port only. `make` gives an engine with no contracts of
 * these services; `cycle` is what contracts are registered for.
 */
export function engineContract(make: () => Promise<ContractEngine>, { cycle }: { cycle: string | null }): void {
  let engine: ContractEngine;
  beforeEach(async () => {
    engine = await make();
  });
  const registered = () => engine.register(ORDERS, cycle);
  const judge = (given: Partial<Parameters<ContractEngine["validateEndpoint"]>[0]>) =>
    engine.validateEndpoint({
      service_name: "orders-service",
      method: "GET",
      path: "/orders",
      status_code: 200,
      ...given,
    });

  describe("contracts", () => {
    it("are frozen: the same again is the same, another is refused", async () => {
      const first = await registered();
      expect(first).toMatchObject({
        service_name: "orders-service",
        type: "openapi",
        version: "1.0.0",
        status: "active",
      });
      expect((await registered()).id).toBe(first.id);
      expect((await engine.get(first.id)).spec).toEqual(ORDERS.spec);
      expect((await engine.list({ service_name: "orders-service" })).map(({ id }) => id)).toEqual([first.id]);
      const changed = { ...ORDERS, spec: { ...ORDERS.spec, info: { title: "Other", version: "1.0.0" } } };
      await expect(engine.register(changed, cycle)).rejects.toMatchObject({ code: "WRONG_STATE" });
    });

    it("that are not valid are refused with the place", async () => {
      const broken = { ...ORDERS, spec: { ...ORDERS.spec, paths: { "/x/{id}": { get: { responses: {} } } } } };
      expect(await engine.validate(broken)).toContainEqual(
        expect.objectContaining({ pointer: expect.stringContaining("/paths/~1x~1{id}") }),
      );
      await expect(engine.register(broken, cycle)).rejects.toMatchObject({ code: "CONTRACT_INVALID" });
    });

    it("that do not exist are not found", async () => {
      await expect(engine.get("none")).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(judge({ service_name: "nobody" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    });
  });

  describe("an exchange", () => {
    beforeEach(registered);
    const places = (verdict: { violations: { part: string; location: string; field: string }[] }) =>
      verdict.violations.map(({ part, location, field }) => `${part} ${location} ${field}`);

    it("that keeps the contract is valid, under the server's path too", async () => {
      const sent = {
        method: "POST",
        path: "/v1/orders",
        status_code: 201,
        request_body: NEW_ORDER,
        response_body: ORDER,
      };
      const verdict = await judge({
        ...sent,
        request_headers: { Authorization: "Bearer x", "Content-Type": "application/json" },
      });
      expect(verdict).toEqual({ valid: true, operation: "POST /orders", violations: [], not_checked: [] });
    });

    it("takes the most concrete path", async () => {
      expect(await judge({ path: "/orders/recent", status_code: 204 })).toMatchObject({
        valid: true,
        operation: "GET /orders/recent",
      });
      expect(await judge({ path: `/orders/${ID}`, response_body: ORDER })).toMatchObject({
        valid: true,
        operation: "GET /orders/{id}",
      });
    });

    it("of no operation is told with what there is", async () => {
      const wrongMethod = await judge({ method: "DELETE" });
      expect(wrongMethod).toMatchObject({ valid: false, operation: "" });
      expect(wrongMethod.violations[0]).toMatchObject({
        part: "operation",
        expected: "GET, POST",
        clause: "/paths/~1orders",
      });
      const wrongPath = await judge({ path: "/order" });
      expect(wrongPath.violations[0]?.message).toContain("did you mean /orders?");
    });

    it("is judged by its parameters, each with its clause", async () => {
      const path = "/orders?limit=0&state=open,lost&filter%5Btotal%5D=much";
      const verdict = await judge({
        path,
        response_headers: { "X-Total": "0", "content-type": "application/json" },
        response_body: [],
      });
      expect(verdict.valid).toBe(false);
      expect(places(verdict)).toEqual(["request query limit", "request query state/1", "request query filter/total"]);
      expect(verdict.violations[0]).toMatchObject({ clause: "/paths/~1orders/get/parameters/0/schema", actual: "0" });
      const wrongId = await judge({ path: "/orders/42", response_body: ORDER });
      expect(places(wrongId)).toEqual(["request path id"]);
    });

    it("is judged by its bodies: types, bounds, direction, discriminator, recursion", async () => {
      const body = {
        ...ORDER,
        total: -1,
        note: null,
        parent: { total: 1, payment: { kind: "cheque" } },
        payment: { kind: "card", number: "x" },
      };
      const verdict = await judge({ method: "POST", status_code: 201, request_body: body });
      expect(places(verdict).toSorted()).toEqual([
        "request body /id",
        "request body /parent/payment/kind",
        "request body /payment/number",
        "request body /total",
      ]);
      const total = verdict.violations.find(({ field }) => field === "/total");
      expect(total).toMatchObject({ clause: "/components/schemas/Order/properties/total", actual: "-1" });
      const leaked = await judge({ path: `/orders/${ID}`, response_body: { ...ORDER, secret: "x" } });
      expect(places(leaked)).toEqual(["response body /secret"]);
      expect(leaked.violations[0]?.message).toContain("write-only");
      const incomplete = await judge({ path: `/orders/${ID}`, response_body: NEW_ORDER });
      expect(incomplete.violations).toMatchObject([{ field: "/id", actual: "absent", expected: "property id" }]);
    });

    it("is judged by status, media type and headers", async () => {
      expect(places(await judge({ path: `/orders/${ID}`, status_code: 500 }))).toEqual(["response status "]);
      const text = await judge({
        path: `/orders/${ID}`,
        response_body: ORDER,
        response_headers: { "Content-Type": "text/html" },
      });
      expect(places(text)).toEqual(["response content-type content-type"]);
      const counted = await judge({
        response_headers: { "content-type": "application/json", "x-total": "many" },
        response_body: [],
      });
      expect(places(counted)).toEqual(["response header X-Total"]);
      const bare = await judge({ response_headers: { "content-type": "application/json" }, response_body: [] });
      expect(bare.violations[0]).toMatchObject({ location: "header", actual: "absent" });
    });

    it("refused with a documented status is in order, whatever the request was", async () => {
      const verdict = await judge({
        method: "POST",
        status_code: 422,
        request_body: {},
        response_body: { title: "No." },
      });
      expect(verdict.valid).toBe(true);
      expect(verdict.violations.every(({ severity }) => severity === "info")).toBe(true);
      expect((await judge({ method: "POST", status_code: 422, request_body: {}, response_body: {} })).valid).toBe(
        false,
      );
      expect((await judge({ method: "POST", status_code: 503 })).valid).toBe(true);
    });

    it("says what it did not look at", async () => {
      const verdict = await judge({ method: "POST", status_code: 201 });
      expect(verdict.not_checked.join(" ")).toMatch(/security.*body/);
      const open = await judge({
        method: "POST",
        status_code: 201,
        request_headers: { "content-type": "application/json" },
        request_body: NEW_ORDER,
      });
      expect(places(open)).toEqual(["request security authorization"]);
    });
  });

  describe("conformance tests", () => {
    it("have valid, boundary and invalid cases that name what they break", async () => {
      const { id } = await registered();
      const { cases, files } = await engine.generateTests(id, { framework: "json" });
      expect(files).toHaveLength(1);
      const names = cases.map(({ name }) => name);
      for (const name of [
        "POST /orders valid: with everything",
        "POST /orders invalid: body /total minimum",
        "POST /orders invalid: body /total multipleOf",
        "POST /orders boundary: body /total minimum",
        "POST /orders invalid: body /payment/number pattern",
        "POST /orders invalid: body /note maxLength",
        "POST /orders boundary: body /note null",
        "POST /orders invalid: body additionalProperties",
        "POST /orders invalid: security without credentials",
        "GET /orders invalid: query limit maximum",
        "GET /orders boundary: query limit maximum",
        "GET /orders/{id} invalid: path id format",
      ])
        expect(names).toContain(name);
      const valid = await engine.generateTests(id, { framework: "json", include_negative: false });
      expect(new Set(valid.cases.map(({ kind }) => kind))).toEqual(new Set(["valid", "boundary"]));
    });

    it("are what they say, by the engine's own judgement", async () => {
      const { id } = await registered();
      const { cases } = await engine.generateTests(id, { framework: "json" });
      for (const { name, kind, request } of cases) {
        const { method, path, headers, body } = request;
        const verdict = await judge({
          method,
          path,
          status_code: 200,
          request_headers: headers,
          ...(body === undefined ? {} : { request_body: body }),
        });
        const wrong = verdict.violations.filter(({ part, severity }) => part !== "response" && severity === "error");
        expect({ name, wrong: wrong.length > 0 }).toEqual({ name, wrong: kind === "invalid" });
      }
    });

    it("are refused for what does not exist", async () => {
      await expect(engine.generateTests("none", { framework: "json" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    });
  });

  it("tells what a changed document breaks", async () => {
    const { id } = await registered();
    const { paths } = ORDERS.spec;
    const { "/orders/{id}": _gone, ...left } = paths as Record<string, unknown>;
    const changes = await engine.checkBreakingChanges(id, { ...ORDERS.spec, paths: left });
    expect(changes).toContainEqual(expect.objectContaining({ breaking: true, path: "/orders/{id}", method: "GET" }));
    expect(await engine.checkBreakingChanges(id, ORDERS.spec)).toEqual([]);
  });

  it("keeps claims, and does not take them for evidence", async () => {
    const { id } = await registered();
    const claim = { contract_id: id, service_name: "orders-service", evidence_path: "src/orders.ts" };
    expect(await engine.markImplemented(claim)).toMatchObject({ marked: true, total_implementations: 1 });
    const [open] = await engine.getUnimplemented({ service_name: "orders-service" });
    expect(open).toMatchObject({ id, expected_service: "orders-service", claim: { evidence_path: "src/orders.ts" } });
    await expect(engine.markImplemented({ ...claim, contract_id: "none" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
}
