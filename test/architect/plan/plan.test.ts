import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Outline } from "../../../src/architect/outline.ts";
import { planFrom } from "../../../src/architect/plan/plan.ts";
import { summarisePlan } from "../../../src/architect/plan/summary.ts";
import { validateContract } from "../../../src/contracts/validate.ts";
import { atPointer } from "../../../src/lib/json-schema-bundle.ts";
import { Plan } from "../../../src/model/plan.ts";
import { shopOutline } from "../../fixtures/shop/outline.ts";
import { endpoint, entity, event, field, many, outline, service, shape } from "./outlines.ts";

const clock = () => new Date("2026-11-23T12:00:00.000Z");
const plan = (given: Outline) => planFrom(given, "the PRD", clock);

function specOf(result: Plan, name: string, type = "openapi"): Record<string, unknown> {
  return result.contracts.find((contract) => contract.service_name === name && contract.type === type)?.spec ?? {};
}

function operation(result: Plan, name: string, method: string, path: string): unknown {
  return atPointer(specOf(result, name), `/paths/${path.replaceAll("/", "~1")}/${method}`);
}

const abouts = (result: Plan) => result.questions.map((question) => question.about);

async function faultsOf(result: Plan) {
  return (await Promise.all(result.contracts.map(validateContract))).flat();
}

describe("the shop", () => {
  const prd = readFileSync(new URL("../../../examples/shop/PRD.md", import.meta.url), "utf8");
  const shop = planFrom(shopOutline, prd, clock);

  test("gives the plan that other tests build on", () => {
    const fixture = JSON.parse(readFileSync(new URL("../../fixtures/shop/plan.json", import.meta.url), "utf8"));
    expect(shop).toEqual(Plan.parse(fixture));
  });

  test("asks nothing, because its PRD leaves nothing open", () => {
    expect(shop.questions).toEqual([]);
  });

  test("is the same every time, up to the clock", () => {
    expect(JSON.stringify(planFrom(shopOutline, prd, clock))).toBe(JSON.stringify(shop));
    expect(planFrom(shopOutline, prd, () => new Date(0)).service_map.generated_at).toBe("1970-01-01T00:00:00.000Z");
  });

  test("has contracts that are valid by their specifications", async () => {
    expect(await faultsOf(shop)).toEqual([]);
  });

  test("in numbers", () => {
    expect(summarisePlan(shop)).toMatchObject({ entities: 4, endpoints: 14, events: 2, contracts: 5, questions: 0 });
  });
});

describe("what is doubtful is asked and left out", () => {
  const two = [service("a-service"), service("b-service")];

  test("an endpoint without an owner, with the likely answer", () => {
    const result = plan(
      outline({
        services: two,
        entities: [entity("Report", "b-service", [field("id", "uuid")])],
        endpoints: [endpoint(null, "GET /reports"), endpoint("c-service", "GET /else")],
      }),
    );
    expect(Object.keys(specOf(result, "b-service").paths ?? {})).toEqual(["/health"]);
    expect(result.questions).toContainEqual({
      about: "endpoint GET /reports",
      question: expect.stringContaining("endpoint GET /reports belongs to b-service"),
      line: 3,
    });
    expect(abouts(result)).toContain("endpoint GET /else");
  });

  test("an entity without an owner", () => {
    const result = plan(outline({ services: two, entities: [entity("Lost", null, [field("id", "uuid")])] }));
    expect(result.domain_model.entities).toEqual([]);
    expect(abouts(result)).toContain("entity Lost");
  });

  test("unless exactly one service could own it", () => {
    const result = plan(
      outline({
        services: [service("a-service"), service("web", { is_frontend: true })],
        entities: [entity("Thing", null, [field("id", "uuid")])],
        endpoints: [endpoint(null, "GET /things/{id}")],
      }),
    );
    expect(result.domain_model.entities[0]?.owning_service).toBe("a-service");
    expect(operation(result, "a-service", "get", "/things/{id}")).toMatchObject({
      "x-action": "get",
      "x-entity": "Thing",
    });
    expect(result.contracts.map((contract) => contract.service_name)).toEqual(["a-service"]);
  });

  test("an event nobody publishes or consumes, and one that no endpoint causes", () => {
    const result = plan(
      outline({ services: two, events: [event("x.done", null, ["a-service"]), event("y.done", "b-service", [])] }),
    );
    const about = (name: string) =>
      result.questions.filter((question) => question.about === name).map((each) => each.question);
    expect(about("event x.done").join()).toContain("Nobody publishes x.done");
    expect(about("event y.done").join()).toContain("Nobody consumes y.done");
    expect(about("event y.done").join()).toContain("What makes b-service publish y.done?");
  });

  test("services that call each other in a circle keep their calls", () => {
    const result = plan(
      outline({
        services: [...two, service("c-service")],
        dependencies: [
          { from: "a-service", to: "b-service" },
          { from: "b-service", to: "c-service" },
          { from: "c-service", to: "a-service" },
          { from: "c-service", to: "c-service" },
          { from: "c-service", to: "nobody" },
        ],
      }),
    );
    expect(result.service_map.services.map((each) => each.depends_on)).toEqual([
      ["b-service"],
      ["c-service"],
      ["a-service"],
    ]);
    expect(result.questions).toContainEqual({
      about: "dependencies",
      question: expect.stringContaining("a-service → b-service → c-service → a-service"),
      line: null,
    });
    expect(abouts(result)).toContain("dependency c-service → nobody");
  });

  test("what reading asks already is asked once, in the words that say what was done about it", () => {
    const asked = (about: string, question: string) => ({ about, question, line: 2 });
    const result = plan(
      outline({
        services: two,
        entities: [entity("Empty", "a-service", [])],
        endpoints: [endpoint("a-service", "POST /empties"), endpoint("a-service", "GET /empties/{id}")],
        events: [event("x.done", "a-service", []), event("y.done", "a-service", [])],
        questions: [
          asked("entity Empty", "Which fields does Empty have?"),
          asked("event x.done", "Which service consumes x.done?"),
          asked("event z.done", "Which service consumes z.done?"),
        ],
      }),
    );
    const questions = result.questions.map(({ question }) => question);
    expect(questions.filter((question) => question.startsWith("Which fields does Empty have?"))).toHaveLength(1);
    expect(questions).not.toContain("Which service consumes x.done?");
    expect(questions).toContain("Which service consumes z.done?");
    expect(questions.filter((question) => question.startsWith("What makes a-service publish"))).toEqual([
      "What makes a-service publish x.done, y.done? None of its endpoints evidently does.",
    ]);
    // An entity that nothing is said of may have any properties, its id among them.
    expect(atPointer(specOf(result, "a-service"), "/components/schemas/Empty")).toEqual({ type: "object" });
  });

  test("types and references that mean nothing", () => {
    const result = plan(
      outline({
        services: two,
        entities: [
          entity("Thing", "a-service", [field("id", "uuid"), field("blob", "Frobnicator"), field("of", "FK → Ghost")]),
        ],
      }),
    );
    expect(abouts(result)).toEqual(expect.arrayContaining(["type Frobnicator", "entity Ghost"]));
    expect(atPointer(specOf(result, "a-service"), "/components/schemas/Thing/properties/blob/type")).toBeUndefined();
  });

  test("no services at all cannot be planned", () => {
    expect(() => plan(outline({}))).toThrowError(expect.objectContaining({ code: "PRD_UNREADABLE" }));
  });

  test("a first state that is a dead end gives way to the one that everything starts from, with a question", () => {
    const move = (from_state: string, to_state: string) => ({ from_state, to_state, trigger: "", guard: null });
    const machine = (initial_state: string) => ({
      field: "status",
      states: ["REJECTED", "NEW", "CONFIRMED", "DONE"],
      initial_state,
      transitions: [move("NEW", "CONFIRMED"), move("CONFIRMED", "DONE"), move("NEW", "REJECTED")],
      line: 9,
    });
    const settled = (initial: string) =>
      plan(
        outline({
          services: [service("a")],
          entities: [entity("Order", "a", [field("status", "string")], { state_machine: machine(initial) })],
        }),
      );
    const rejected = settled("REJECTED");
    expect(rejected.domain_model.entities[0]?.state_machine?.initial_state).toBe("NEW");
    expect(rejected.questions.map(({ question }) => question).join()).toContain("from which nothing leads on");
    const confirmed = settled("CONFIRMED");
    expect(confirmed.domain_model.entities[0]?.state_machine?.initial_state).toBe("CONFIRMED");
    expect(abouts(confirmed)).not.toContain("state machine of Order");
  });

  test("a reference to what nothing creates is not asked for, because the answer could only be no", () => {
    const given = (extra: string[]) =>
      plan(
        outline({
          services: two,
          entities: [
            entity("Tenant", "b-service", [field("id", "uuid")]),
            entity("Thing", "a-service", [field("id", "uuid"), field("tenant_id", "uuid")]),
          ],
          endpoints: [
            endpoint("a-service", "POST /things"),
            ...["GET /tenants/{id}", ...extra].map((name) => endpoint("b-service", name)),
          ],
          dependencies: [{ from: "a-service", to: "b-service" }],
        }),
      );
    const without = given([]);
    expect(operation(without, "a-service", "post", "/things")).not.toHaveProperty("x-calls");
    expect(without.questions.map(({ question }) => question).join()).toContain("How does a Tenant come into being?");
    expect(operation(given(["POST /tenants"]), "a-service", "post", "/things")).toHaveProperty("x-calls");
  });

  test("fields given by name only get the types that their names have, and one question asks about them", () => {
    const names = ["id", "title", "is_open", "total_amount", "due_date", "posted_at", "created_at", "lines"];
    const fields = names.map((name) => field(name, name === "lines" ? "array" : "string"));
    const bill = plan(
      outline({
        services: [service("a-service")],
        entities: [
          entity("Bill", "a-service", fields),
          entity("Typed", "a-service", [field("id", "uuid"), field("is_open", "string")]),
        ],
        endpoints: [endpoint("a-service", "POST /bills")],
      }),
    );
    const schemas = atPointer(specOf(bill, "a-service"), "/components/schemas");
    expect(atPointer(schemas, "/Bill")).toMatchObject({
      required: expect.not.arrayContaining(["posted_at"]),
      properties: {
        title: { type: "string" },
        is_open: { type: "boolean" },
        total_amount: { type: "number" },
        due_date: { type: "string", format: "date" },
        posted_at: { format: "date-time", readOnly: true },
        created_at: { format: "date-time", readOnly: true },
      },
    });
    expect(atPointer(schemas, "/BillInput")).toMatchObject({
      required: ["title", "is_open", "total_amount", "due_date", "lines"],
    });
    expect(atPointer(schemas, "/Typed/properties/is_open/type")).toBe("string");
    const asked = bill.questions.filter(({ question }) => question.includes("gives their names only"));
    expect(asked).toHaveLength(1);
    expect(asked[0]?.question).toContain("is_open boolean, total_amount decimal");
  });

  test("an operation whose name fits two changes of state makes the one that no other makes", () => {
    const move = (from_state: string, to_state: string, trigger: string) => ({
      ...{ from_state, to_state, trigger, guard: null },
    });
    const state_machine = {
      field: "status",
      states: ["open", "closing", "closed"],
      initial_state: "open",
      transitions: [move("open", "closing", "initiate_close"), move("closing", "closed", "complete_close")],
      line: 1,
    };
    const given = (names: string[]) =>
      plan(
        outline({
          services: [service("a")],
          entities: [entity("Period", "a", [field("id", "uuid"), field("status", "string")], { state_machine })],
          endpoints: names.map((name) => endpoint("a", name)),
        }),
      );
    const close = (result: Plan) => operation(result, "a", "post", "/periods/{id}/close");
    expect(close(given(["POST /periods/{id}/close", "POST /periods/{id}/complete"]))).toMatchObject({
      "x-action": "transition",
      "x-transition": { from: ["open"], to: "closing" },
    });
    expect(close(given(["POST /periods/{id}/close"]))).toMatchObject({ "x-action": "custom" });
  });

  test("an entity of which the PRD says its states only may have any other property", () => {
    const state_machine = {
      ...{ field: null, states: ["new", "done"], initial_state: "new", line: 9 },
      transitions: [{ from_state: "new", to_state: "done", trigger: "finish", guard: null }],
    };
    const result = plan(
      outline({
        services: [service("a")],
        entities: [entity("Job", "a", [], { state_machine })],
        endpoints: [endpoint("a", "POST /jobs"), endpoint("a", "POST /jobs/{id}/finish")],
      }),
    );
    expect(atPointer(specOf(result, "a"), "/components/schemas/Job")).toMatchObject({
      properties: { status: { enum: ["new", "done"] } },
      additionalProperties: true,
    });
  });

  test("a state machine without transitions stays without", () => {
    const result = plan(
      outline({
        services: two,
        entities: [
          entity("Ride", "a-service", [field("id", "uuid"), field("phase", "string")], {
            state_machine: { field: null, states: ["asked", "driving"], initial_state: null, transitions: [], line: 9 },
          }),
        ],
      }),
    );
    expect(result.domain_model.entities[0]?.state_machine).toEqual({
      field: "phase",
      states: ["asked", "driving"],
      initial_state: "asked",
      transitions: [],
    });
    expect(result.questions.filter((question) => question.line === 9)).toHaveLength(2);
    const phase = atPointer(specOf(result, "a-service"), "/components/schemas/Ride/properties/phase");
    expect(phase).toEqual({ type: "string", enum: ["asked", "driving"] });
  });
});

describe("what endpoints mean", () => {
  const ride = entity(
    "Ride",
    "rides",
    [field("id", "int"), field("fare", "decimal(10,2)"), field("plate", "string", "unique"), field("status", "string")],
    {
      state_machine: {
        field: "status",
        states: ["asked", "driving", "done", "cancelled"],
        initial_state: "asked",
        transitions: [
          { from_state: "asked", to_state: "driving", trigger: "driver accepts", guard: null },
          { from_state: "driving", to_state: "done", trigger: "", guard: "finish" },
          { from_state: "asked", to_state: "cancelled", trigger: "cancel", guard: null },
          { from_state: "driving", to_state: "cancelled", trigger: "cancel", guard: null },
        ],
        line: 5,
      },
    },
  );
  const stop = entity("RideStop", "rides", [field("id", "uuid"), field("ride_id", "FK → Ride")]);
  const foreign = entity("Driver", "drivers", [field("id", "uuid")]);
  const base = { services: [service("rides"), service("drivers")], entities: [ride, stop, foreign] };
  const meaning = (name: string, rest: Parameters<typeof endpoint>[2] = {}) => {
    const result = plan(outline({ ...base, endpoints: [endpoint("rides", name, rest)] }));
    const [method = "", path = ""] = name.split(" ");
    return { result, operation: operation(result, "rides", method.toLowerCase(), path) };
  };

  test.each<[string, Record<string, unknown>]>([
    ["GET /api/v1/rides", { operationId: "listRides", "x-action": "list", "x-entity": "Ride" }],
    ["POST /rides", { operationId: "createRide", "x-action": "create", "x-entity": "Ride" }],
    ["GET /rides/{id}", { operationId: "getRide", "x-action": "get" }],
    ["PUT /rides/{rideId}", { operationId: "updateRide", "x-action": "update" }],
    ["PATCH /rides/{id}/status", { "x-action": "update", "x-entity": "Ride" }],
    ["DELETE /rides/{id}", { operationId: "deleteRide", "x-action": "delete" }],
    ["GET /rides/{id}/stops", { operationId: "listRideStops", "x-action": "list", "x-entity": "RideStop" }],
    ["GET /ride-stops", { operationId: "listRideStops", "x-entity": "RideStop" }],
    ["GET /rides/statistics", { "x-action": "custom", operationId: "getRidesStatistics" }],
    ["GET /rides/{id}/driver", { "x-action": "custom" }],
    ["GET /health", { "x-action": "health", security: [] }],
  ])("%s", (name, expected) => {
    expect(meaning(name).operation).toMatchObject(expected);
  });

  test("an entity of another service is not this service's to act on", () => {
    expect(meaning("GET /drivers/{id}").operation).not.toHaveProperty("x-entity");
  });

  test.each<[string, { from: string[]; to: string } | undefined]>([
    ["POST /rides/{id}/accept", { from: ["asked"], to: "driving" }],
    ["POST /rides/{id}/cancel", { from: ["asked", "driving"], to: "cancelled" }],
    ["POST /rides/{id}/done", { from: ["driving"], to: "done" }],
    ["POST /rides/{id}/finish", { from: ["driving"], to: "done" }],
    ["POST /rides/{id}/teleport", undefined],
  ])("transition by %s", (name, expected) => {
    const { operation: found, result } = meaning(name);
    if (expected) {
      expect(found).toMatchObject({ "x-action": "transition", "x-transition": { field: "status", ...expected } });
      expect(atPointer(found, "/responses/409/content/application~1problem+json/schema")).toEqual({
        $ref: "#/components/schemas/Problem",
      });
    } else {
      expect(found).toMatchObject({ "x-action": "custom" });
      expect(abouts(result)).toContain(`endpoint ${name}`);
    }
  });

  test("bodies that the PRD leaves out are the entity's fields without what the server sets, and that is asked", async () => {
    const { operation: create, result } = meaning("POST /rides");
    expect(atPointer(create, "/requestBody/content/application~1json/schema")).toEqual({
      $ref: "#/components/schemas/RideInput",
    });
    expect(Object.keys(Object(atPointer(specOf(result, "rides"), "/components/schemas/RideInput/properties")))).toEqual(
      ["fare", "plate"],
    );
    expect(create).toMatchObject({ responses: { 201: {}, 400: {}, 409: {} } });
    expect(result.questions.some((question) => question.question.includes("POST /rides"))).toBe(true);
    expect(await faultsOf(result)).toEqual([]);
  });

  test("parameters have the type of the id they hold", () => {
    const { operation: found } = meaning("GET /rides/{id}");
    expect(found).toMatchObject({
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "integer" } }],
    });
  });

  test("query parameters take type and values from the entity", () => {
    const query = ["status", "page", "driver_id"].map((name) => ({
      name,
      optional: false,
      shape: { kind: "scalar" as const, type: "" },
      note: "",
    }));
    expect(meaning("GET /rides", { query }).operation).toMatchObject({
      parameters: [
        { name: "status", in: "query", required: false, schema: { enum: ["asked", "driving", "done", "cancelled"] } },
        { name: "page", schema: { type: "integer", minimum: 1 } },
        { name: "driver_id", schema: { format: "uuid", "x-references": { entity: "Driver", service: "drivers" } } },
      ],
    });
  });

  test("a page answers in the PRD's own shape", () => {
    const responses = [
      { status: 200, shape: shape({ items: many("Ride"), total: "int", "next?": "string" }), description: "" },
    ];
    const { operation: found } = meaning("GET /rides", { responses });
    expect(found).toMatchObject({ "x-action": "list" });
    expect(atPointer(found, "/responses/200/content/application~1json/schema")).toEqual({
      type: "object",
      required: ["items", "total"],
      properties: {
        items: { type: "array", items: { $ref: "#/components/schemas/Ride" } },
        total: { type: "integer" },
        next: { type: "string" },
      },
    });
  });

  test("paths that differ in a parameter's name only become one path, the same endpoint twice is asked about", async () => {
    const result = plan(
      outline({
        ...base,
        endpoints: [
          endpoint("rides", "GET /rides/{id}"),
          endpoint("rides", "DELETE /rides/{ride_id}"),
          endpoint("rides", "GET /rides/{x}"),
        ],
      }),
    );
    expect(Object.keys(specOf(result, "rides").paths ?? {})).toEqual(["/rides/{id}", "/health"]);
    expect(abouts(result)).toContain("endpoint GET /rides/{x}");
    expect(await faultsOf(result)).toEqual([]);
  });

  test("operationIds are unique", async () => {
    const result = plan(
      outline({
        ...base,
        endpoints: ["GET /rides", "GET /drivers/{id}/rides", "GET /v1/rides", "GET /v1-rides"].map((name) =>
          endpoint("rides", name),
        ),
      }),
    );
    expect(await faultsOf(result)).toEqual([]);
  });

  test("a service's own health endpoint is used", () => {
    const result = plan(
      outline({ ...base, endpoints: [endpoint("rides", "GET /api/healthz"), endpoint(null, "GET /health")] }),
    );
    expect(result.service_map.services.map((each) => each.health_endpoint)).toEqual(["/health", "/health"]);
    const own = plan(outline({ ...base, endpoints: [endpoint("rides", "GET /api/healthz")] }));
    expect(own.service_map.services.map((each) => each.health_endpoint)).toEqual(["/api/healthz", "/health"]);
    expect(operation(own, "rides", "get", "/api/healthz")).toMatchObject({ "x-action": "health" });
  });
});

describe("tokens", () => {
  const user = entity("User", "auth", [field("id", "uuid"), field("email", "email"), field("password_hash", "string")]);
  const login = endpoint("auth", "POST /auth/login", {
    request: shape({ email: "string", password: "string" }),
    responses: [{ status: 200, shape: shape({ access_token: "string" }), description: "" }],
  });
  const build = (rest: Partial<Outline>) => plan(outline({ services: [service("auth")], entities: [user], ...rest }));

  test("a login compares its credentials and answers with a token", () => {
    const result = build({
      endpoints: [login, endpoint("auth", "GET /auth/me")],
      auth: { scheme: "jwt", issuer: "auth" },
    });
    const found = operation(result, "auth", "post", "/auth/login");
    expect(found).toMatchObject({ "x-action": "login", "x-entity": "User", security: [] });
    const body = "/requestBody/content/application~1json/schema/properties";
    expect(atPointer(found, `${body}/email/x-credential`)).toBe("identifier");
    expect(atPointer(found, `${body}/email/format`)).toBe("email");
    expect(atPointer(found, `${body}/password/x-credential`)).toBe("secret");
    expect(atPointer(found, "/responses/200/content/application~1json/schema/properties/access_token/x-token")).toBe(
      true,
    );
    expect(operation(result, "auth", "get", "/auth/me")).toMatchObject({
      "x-action": "current",
      security: [{ bearerAuth: [] }],
    });
  });

  test("nobody needs a token to get one, whatever a general sentence says", () => {
    const registration = endpoint("auth", "POST /auth/register", { request: shape({ email: "any", password: "any" }) });
    const result = build({ endpoints: [registration, login].map((each) => ({ ...each, auth: true })) });
    for (const path of ["/auth/register", "/auth/login"])
      expect(operation(result, "auth", "post", path)).toMatchObject({ security: [] });
  });

  test("a login without bodies compares what registering asks for, and both are asked about", async () => {
    const registration = endpoint("auth", "POST /auth/register", {
      request: shape({ name: "any", email: "any", password: "any" }),
    });
    const result = build({ endpoints: [registration, endpoint("auth", "POST /auth/login")] });
    const found = operation(result, "auth", "post", "/auth/login");
    expect(atPointer(found, "/requestBody/content/application~1json/schema")).toMatchObject({
      required: ["email", "password"],
      properties: { email: { "x-credential": "identifier" }, password: { type: "string", "x-credential": "secret" } },
    });
    expect(atPointer(found, "/responses/200/content/application~1json/schema/properties/token/x-token")).toBe(true);
    expect(abouts(result).filter((about) => about === "endpoint POST /auth/login")).toHaveLength(2);
    expect(await faultsOf(result)).toEqual([]);
  });

  const body = (found: unknown) => atPointer(found, "/requestBody/content/application~1json/schema");

  test("accounts without bodies take what the fields of whoever logs in say; what keeps a password is never shown", async () => {
    const endpoints = [endpoint("auth", "POST /auth/register"), endpoint("auth", "POST /auth/login")];
    const member = entity("User", "auth", [...user.fields, field("first_name", "string"), field("role", "string")]);
    const result = build({ endpoints, entities: [member] });
    expect(body(operation(result, "auth", "post", "/auth/login"))).toMatchObject({
      required: ["email", "password"],
      properties: {
        email: { format: "email", "x-credential": "identifier" },
        password: { "x-credential": "secret", writeOnly: true },
      },
    });
    const registration = body(operation(result, "auth", "post", "/auth/register"));
    expect(registration).toMatchObject({ required: ["email", "password", "first_name"] });
    const shown = atPointer(specOf(result, "auth"), "/components/schemas/User/properties");
    expect(Object.keys(shown ?? {})).toEqual(["id", "email", "first_name", "role"]);
    expect(result.domain_model.entities[0]?.fields.map(({ name }) => name)).toContain("password_hash");
    expect(abouts(result)).toEqual(
      expect.arrayContaining(["endpoint POST /auth/register", "endpoint POST /auth/login"]),
    );
    expect(await faultsOf(result)).toEqual([]);
  });

  test("accounts without bodies take what an endpoint's own words say", () => {
    const cook = entity("Cook", "auth", [field("id", "uuid"), field("email", "string"), field("name", "string")]);
    const signIn = endpoint("auth", "POST /auth/login", { summary: "email + password → JWT token" });
    const result = build({ endpoints: [signIn, endpoint("auth", "POST /auth/register")], entities: [cook] });
    expect(body(operation(result, "auth", "post", "/auth/login"))).toMatchObject({ required: ["email", "password"] });
    expect(operation(result, "auth", "post", "/auth/register")).toMatchObject({ "x-action": "register" });
    expect(body(operation(result, "auth", "post", "/auth/register"))).toMatchObject({
      required: ["email", "password", "name"],
    });
  });

  test("where nobody registers, whoever logs in is created with the secret", () => {
    const signIn = endpoint("auth", "POST /auth/login");
    const result = build({ endpoints: [endpoint("auth", "POST /users", { auth: true }), signIn] });
    const created = operation(result, "auth", "post", "/users");
    expect(created).toMatchObject({ "x-action": "create", security: [{ bearerAuth: [] }] });
    expect(body(created)).toMatchObject({
      required: ["email", "password"],
      properties: { password: { "x-credential": "secret" } },
    });
  });

  test("a login that nothing is known about answers as documented, and is asked about", async () => {
    const sso = endpoint("auth", "POST /auth/login", { summary: "Initiates SSO redirect" });
    const guest = entity("Guest", "auth", [field("id", "uuid"), field("nickname", "string")]);
    const result = build({ endpoints: [sso, endpoint("auth", "POST /auth/register")], entities: [guest] });
    const found = operation(result, "auth", "post", "/auth/login");
    expect(found).toMatchObject({ "x-action": "custom", security: [], responses: { "200": {} } });
    expect(found).not.toHaveProperty("requestBody");
    expect(found).not.toHaveProperty("responses.401");
    expect(operation(result, "auth", "post", "/auth/register")).toMatchObject({
      "x-action": "create",
      "x-entity": "Guest",
      security: [],
    });
    expect(result.questions.map(({ question }) => question).join()).toContain("What does POST /auth/login compare?");
    expect(await faultsOf(result)).toEqual([]);
  });

  test("without any word of tokens nothing is secured", () => {
    const result = build({ endpoints: [endpoint("auth", "GET /users")] });
    expect(operation(result, "auth", "get", "/users")).toMatchObject({ security: [] });
    expect(atPointer(specOf(result, "auth"), "/components/securitySchemes")).toBeUndefined();
  });

  test("tokens that nobody issues, and endpoints that the PRD is silent about, are asked about", () => {
    const result = build({
      endpoints: [endpoint("auth", "GET /users", { auth: true }), endpoint("auth", "GET /users/{id}")],
      auth: { scheme: "jwt", issuer: null },
    });
    const questions = result.questions
      .filter((question) => question.about === "authentication")
      .map((each) => each.question);
    expect(questions.join()).toContain("Which endpoint issues the bearer tokens?");
    expect(questions.join()).toContain("GET /users/{id}");
  });
});

describe("events", () => {
  const services = [service("shop"), service("mail")];
  const order = entity("Order", "shop", [field("id", "uuid"), field("email", "email")]);
  const mail = entity("Mail", "mail", [field("id", "uuid"), field("order_id", "uuid"), field("type", "string")]);
  const payload = shape({ order_id: "uuid", email: "string" });

  test("an event named after a part of an entity's name is caused by what happens to that entity", () => {
    const publishes = (entities: Outline["entities"]) =>
      operation(
        plan(
          outline({
            services,
            entities,
            endpoints: entities.map(({ name }) => endpoint("shop", `POST /${name}s`)),
            events: [event("period.created", "shop", ["mail"], { payload })],
          }),
        ),
        "shop",
        "post",
        "/FiscalPeriods",
      );
    const fiscal = entity("FiscalPeriod", "shop", [field("id", "uuid"), field("name", "string")]);
    const named = (name: string) => ({ ...fiscal, name });
    expect(publishes([fiscal])).toHaveProperty("x-publishes", ["period.created"]);
    expect(publishes([fiscal, named("Period")])).not.toHaveProperty("x-publishes");
    expect(publishes([fiscal, named("TrialPeriod")])).not.toHaveProperty("x-publishes");
  });

  test("events whose effect nothing says are one question for their consumer", () => {
    const events = ["order.created", "order.sent", "order.lost"].map((name) => event(name, "shop", ["mail"]));
    const result = plan(
      outline({ services, entities: [order], endpoints: [endpoint("shop", "POST /orders")], events }),
    );
    const asked = result.questions.filter(({ question }) => question.startsWith("What does mail do"));
    expect(asked).toHaveLength(1);
    expect(asked[0]?.question).toContain("order.created, order.sent, order.lost");
  });

  test("one event under two spellings is one; its message keeps the first name", async () => {
    const result = plan(
      outline({
        services,
        entities: [order, mail],
        endpoints: [endpoint("shop", "POST /orders")],
        events: [event("order.created", "shop", [], { payload }), event("OrderCreated", null, ["mail"])],
      }),
    );
    expect(result.service_map.services.map((each) => [each.events_published, each.events_subscribed])).toEqual([
      [["order.created"], []],
      [[], ["order.created"]],
    ]);
    expect(operation(result, "shop", "post", "/orders")).toMatchObject({ "x-publishes": ["order.created"] });
    const received = specOf(result, "mail", "asyncapi");
    expect(atPointer(received, "/operations/receiveOrderCreated")).toMatchObject({
      action: "receive",
      "x-creates": "Mail",
    });
    expect(atPointer(received, "/components/messages/OrderCreated")).toMatchObject({
      name: "order.created",
      payload: { properties: { email: { format: "email" } } },
    });
    expect(result.service_map.services[1]).toMatchObject({
      consumes_contracts: ["shop-events"],
      provides_contracts: ["mail-api", "mail-events"],
    });
    expect(await faultsOf(result)).toEqual([]);
  });

  test("an endpoint that names the event causes it, whatever its path", () => {
    const result = plan(
      outline({
        services,
        endpoints: [endpoint("shop", "POST /basket/checkout", { summary: "Check out; publishes `basket.ready`." })],
        events: [event("basket.ready", "shop", ["mail"], { payload })],
      }),
    );
    expect(operation(result, "shop", "post", "/basket/checkout")).toMatchObject({ "x-publishes": ["basket.ready"] });
  });

  test("a verb on an entity causes the event in its past form", () => {
    const result = plan(
      outline({
        services,
        entities: [order],
        endpoints: [endpoint("shop", "POST /orders/{id}/pay"), endpoint("shop", "GET /orders/{id}/pay")],
        events: [event("order.paid", "shop", ["mail"], { payload })],
      }),
    );
    expect(operation(result, "shop", "post", "/orders/{id}/pay")).toMatchObject({ "x-publishes": ["order.paid"] });
    expect(operation(result, "shop", "get", "/orders/{id}/pay")).not.toHaveProperty("x-publishes");
  });

  test("events on one channel share it", async () => {
    const events = ["order.created", "order.deleted"].map((name) =>
      event(name, "shop", ["mail"], { channel: "orders", payload }),
    );
    const result = plan(outline({ services, entities: [order, mail], events }));
    const spec = specOf(result, "shop", "asyncapi");
    expect(Object.keys(Object(spec.channels))).toEqual(["orders"]);
    expect(Object.keys(Object(spec.operations))).toEqual(["sendOrderCreated", "sendOrderDeleted"]);
    expect(await faultsOf(result)).toEqual([]);
  });

  test("what a consumer does is asked when two entities could be meant", () => {
    const second = entity("Letter", "mail", [field("id", "uuid"), field("order_id", "uuid")]);
    const result = plan(
      outline({
        services,
        entities: [order, mail, second],
        events: [event("order.created", "shop", ["mail"], { payload })],
      }),
    );
    expect(result.questions.some((question) => question.question.includes("Mail or Letter"))).toBe(true);
    expect(atPointer(specOf(result, "mail", "asyncapi"), "/operations/receiveOrderCreated/x-creates")).toBeUndefined();
  });
});

test("a dependency whose call shows nowhere is asked about", () => {
  const result = plan(outline({ services: [service("a"), service("b")], dependencies: [{ from: "a", to: "b" }] }));
  expect(abouts(result)).toContain("dependency a → b");
  expect(result.service_map.services[0]).toMatchObject({ depends_on: ["b"], consumes_contracts: ["b-api"] });
});

describe("hostile and large outlines", () => {
  test("names of every kind still give valid contracts", async () => {
    const odd = ["__proto__", "constructor", "a b", "Ünïcode", "x".repeat(300), "a/b~c", "$ref", "{}", ""];
    const result = plan(
      outline({
        services: [service("only")],
        entities: odd.map((name) =>
          entity(name, "only", [...odd.map((each) => field(each, each)), field("id", "uuid")]),
        ),
        endpoints: odd.flatMap((name) => [
          endpoint("only", `GET /${name}`.replace(/ /g, "-"), {
            responses: [{ status: 200, shape: shape({ [name]: name }), description: "" }],
          }),
          endpoint("only", "POST /things", { request: shape(Object.fromEntries(odd.map((each) => [each, each]))) }),
        ]),
        events: odd.map((name) => event(name, "only", ["only"], { payload: shape({ [name]: name }) })),
      }),
    );
    expect(await faultsOf(result)).toEqual([]);
  });

  test("long texts do not hang it", () => {
    const long = `${"enum [".repeat(20_000)}${" a|b".repeat(20_000)}`;
    const result = plan(
      outline({
        services: [service("only", { technology: long, description: long })],
        entities: [entity("Thing", "only", [field("id", "uuid"), field("a", long, long)], { description: long })],
        endpoints: [endpoint("only", "POST /things", { summary: long, request: shape({ a: long }) })],
        events: [event("thing.created", "only", [], { description: long })],
      }),
    );
    expect(result.contracts).toHaveLength(2);
  });

  test("shapes nested without end stop", async () => {
    let nested = shape({ a: "string" });
    for (let depth = 0; depth < 5000; depth += 1) nested = shape({ a: nested });
    const result = plan(
      outline({ services: [service("only")], endpoints: [endpoint("only", "POST /deep", { request: nested })] }),
    );
    expect(await faultsOf(result)).toEqual([]);
  });

  test("sixty services are planned and all their contracts are valid", async () => {
    const names = Array.from({ length: 60 }, (_, index) => `part${index}-service`);
    const result = plan(
      outline({
        services: names.map((name) => service(name, { technology: "Node.js" })),
        entities: names.map((name, index) =>
          entity(`Part${index}`, name, [field("id", "uuid"), field("name", "string")]),
        ),
        endpoints: names.flatMap((name, index) =>
          [`GET /part${index}s`, `POST /part${index}s`, `GET /part${index}s/{id}`].map((each) => endpoint(name, each)),
        ),
        events: names.map((name, index) =>
          event(`part${index}.created`, name, [names[(index + 1) % 60] ?? name], {
            payload: shape({ id: "uuid", name: "string" }),
          }),
        ),
      }),
    );
    expect(result.contracts).toHaveLength(120);
    expect(summarisePlan(result)).toMatchObject({ endpoints: 240, events: 60, entities: 60 });
    expect(await faultsOf(result)).toEqual([]);
  });
});
