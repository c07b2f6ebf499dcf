import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createBuiltinArchitect } from "../../src/architect/builtin.ts";
import { contractFaults, planFaults } from "../../src/architect/check/check.ts";
import { validateContract } from "../../src/contracts/validate.ts";
import { atPointer } from "../../src/lib/json-schema-bundle.ts";
import { Plan } from "../../src/model/plan.ts";

const shop = () => Plan.parse(JSON.parse(readFileSync(new URL("../fixtures/shop/plan.json", import.meta.url), "utf8")));

/** The shop's plan after a change, its faults, and the values that their paths lead to. */
function faultsAfter(change: (plan: Plan) => void, wanted?: Parameters<typeof planFaults>[1]) {
  const plan = shop();
  change(plan);
  return planFaults(plan, wanted).map((fault) => ({ ...fault, value: atPointer(plan, fault.path) }));
}

const at = <Item>(list: Item[], index: number): Item => {
  const item = list[index];
  if (item === undefined) throw new Error(`the fixture has no item ${index}`);
  return item;
};
const service = (plan: Plan, index: number) => at(plan.service_map.services, index);
const entity = (plan: Plan, name: string) => {
  const found = plan.domain_model.entities.find((one) => one.name === name);
  if (!found) throw new Error(`the fixture has no ${name}`);
  return found;
};

const cases: [what: string, change: (plan: Plan) => void, message: RegExp, value: unknown][] = [
  [
    "a name with capitals",
    (plan) => (service(plan, 2).name = "Notifications"),
    /Notifications is no DNS label/,
    "Notifications",
  ],
  [
    "a name longer than a DNS label",
    (plan) => (service(plan, 2).name = "n".repeat(64)),
    /no DNS label/,
    "n".repeat(64),
  ],
  [
    "two services of one name",
    (plan) => plan.service_map.services.push(service(plan, 0)),
    /two services/,
    "accounts-service",
  ],
  [
    "a dependency on nobody",
    (plan) => service(plan, 1).depends_on.push("billing"),
    /orders-service depends on billing, which is no service/,
    "billing",
  ],
  [
    "a service that depends on itself",
    (plan) => service(plan, 1).depends_on.push("orders-service"),
    /depends on itself/,
    "orders-service",
  ],
  [
    "services that wait for each other",
    (plan) => service(plan, 0).depends_on.push("orders-service"),
    /accounts-service → orders-service → accounts-service/,
    ["orders-service"],
  ],
  [
    "an event that nobody publishes",
    (plan) => service(plan, 0).events_subscribed.push("order.lost"),
    /Nobody publishes order\.lost/,
    "order.lost",
  ],
  [
    "an entity of nobody",
    (plan) => (entity(plan, "Order").owning_service = "carts"),
    /Order is owned by carts, which is no service/,
    "carts",
  ],
  [
    "an entity of two services",
    (plan) => service(plan, 0).owns_entities.push("Order"),
    /also in owns_entities of accounts-service/,
    "orders-service",
  ],
  [
    "an owner that does not know",
    (plan) => (service(plan, 1).owns_entities = ["OrderItem"]),
    /not in its owns_entities/,
    "orders-service",
  ],
  [
    "a service that owns what is not there",
    (plan) => service(plan, 1).owns_entities.push("Cart"),
    /owns Cart, which is no entity/,
    "Cart",
  ],
  [
    "a field twice",
    (plan) => entity(plan, "Order").fields.push(at(entity(plan, "Order").fields, 0)),
    /two fields named id/,
    "id",
  ],
  [
    "a first state that is none",
    (plan) => Object.assign(Object(entity(plan, "Order").state_machine), { initial_state: "new" }),
    /begins as new/,
    "new",
  ],
  [
    "a transition to nowhere",
    (plan) =>
      entity(plan, "Order").state_machine?.transitions.push({
        from_state: "paid",
        to_state: "lost",
        trigger: "lose",
        guard: null,
      }),
    /moves to lost/,
    "lost",
  ],
  [
    "a state in no field",
    (plan) => Object.assign(Object(entity(plan, "Order").state_machine), { field: "phase" }),
    /kept in phase/,
    "phase",
  ],
  ["a contract of nobody", (plan) => (at(plan.contracts, 0).service_name = "carts"), /belongs to carts/, "carts"],
  [
    "a contract twice",
    (plan) => plan.contracts.push(at(plan.contracts, 0)),
    /two contracts accounts-service openapi/,
    expect.anything(),
  ],
  [
    "a service without its API",
    (plan) => (plan.contracts = plan.contracts.filter(({ service_name }) => service_name !== "accounts-service")),
    /accounts-service has no OpenAPI contract/,
    ["accounts-service-api"],
  ],
  [
    "events without a contract",
    (plan) => (plan.contracts = plan.contracts.filter(({ type }) => type !== "asyncapi")),
    /has no AsyncAPI contract/,
    expect.anything(),
  ],
  [
    "an event that its contract does not have",
    (plan) => {
      service(plan, 1).events_published.push("order.lost");
    },
    /AsyncAPI contract of orders-service does not have order\.lost/,
    expect.objectContaining({ asyncapi: "3.0.0" }),
  ],
  [
    "a contract label that leads nowhere",
    (plan) => service(plan, 1).consumes_contracts.push("billing-api"),
    /names the contract billing-api/,
    "billing-api",
  ],
  [
    "a call of an operation that is not offered",
    (plan) => (at(plan.contracts, 0).spec.paths = {}),
    /which no contract offers/,
    expect.anything(),
  ],
  [
    "an operation that publishes what its service does not",
    (plan) => (service(plan, 1).events_published = []),
    /not in events_published of orders-service/,
    expect.any(String),
  ],
];

describe("the check of a whole plan", () => {
  it("finds nothing in a sound one", async () => {
    expect(planFaults(shop())).toEqual([]);
    expect(await contractFaults(shop(), validateContract)).toEqual([]);
  });

  it.each(cases)("finds %s, and says where", (_what, change, message, value) => {
    const found = faultsAfter((plan) => void change(plan)).filter((fault) => message.test(fault.message));
    expect(found.length).toBeGreaterThan(0);
    expect(found.map((fault) => fault.value)).toContainEqual(value);
  });

  it("finds endpoints that were asked for and are in no contract, whatever their parameters are called", () => {
    const wanted = [
      { service: "orders-service", method: "GET", path: "/orders/{order_id}" },
      { service: "orders-service", method: "GET", path: "/orders/{id}/invoice" },
    ];
    expect(faultsAfter(() => {}, wanted).map(({ message }) => message)).toEqual([
      "No contract of orders-service has GET /orders/{id}/invoice.",
    ]);
  });

  it("finds what is wrong inside a contract, at its place in the plan", async () => {
    const plan = shop();
    Object.assign(Object(at(plan.contracts, 1).spec.info), { version: 7 });
    const [fault] = await contractFaults(plan, validateContract);
    expect(fault?.path).toBe("/contracts/1/spec/info/version");
    expect(atPointer(plan, fault?.path ?? "")).toBe(7);
  });

  it("turns into questions what a PRD gets wrong, once", async () => {
    const prd = `# Pair\n\n## Service 1: left-service\n\nCalls right-service. Consumes the event tea.made.\n\n### Cup\n\n- id: UUID\n\n- GET /cups\n\n## Service 2: right-service\n\nCalls left-service.\n\n- GET /spoons\n\n## Events\n\n| Event | Publisher | Payload | Consumers |\n|---|---|---|---|\n| tea.made | nobody-service | { id: uuid } | left-service |\n`;
    const { questions } = await createBuiltinArchitect({ validate: validateContract }).plan({ prd, feedback: [] });
    expect(questions.filter(({ about }) => about === "dependencies")).toHaveLength(1);
    expect(questions.filter(({ question }) => question.includes("Nobody publishes tea.made"))).toHaveLength(1);
  });
});
