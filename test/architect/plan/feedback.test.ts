import { describe, expect, test } from "vitest";
import { applyFeedback, readFeedback } from "../../../src/architect/plan/feedback.ts";
import { planFrom } from "../../../src/architect/plan/plan.ts";
import { shopOutline } from "../../fixtures/shop/outline.ts";

const corrected = (text: string) => applyFeedback(shopOutline, readFeedback(text));
const plan = (text: string) => planFrom(corrected(text), "the PRD", () => new Date(0));

describe("reading", () => {
  test("one correction a line, sentence or bullet, in any case, with or without quotes", () => {
    expect(
      readFeedback(
        "Rename service orders-service to sales-service. Please remove service `notifications-service`.\n" +
          "- Move entity Order to service accounts-service;\n* ENDPOINT get /orders/{id} BELONGS TO accounts-service\n" +
          "1. event order.paid is published by accounts-service.\n2. order.created is consumed by orders-service",
      ),
    ).toEqual([
      { kind: "rename-service", from: "orders-service", to: "sales-service" },
      { kind: "remove-service", service: "notifications-service" },
      { kind: "move-entity", entity: "Order", service: "accounts-service" },
      { kind: "own-endpoint", method: "GET", path: "/orders/{id}", service: "accounts-service" },
      { kind: "publish-event", event: "order.paid", service: "accounts-service" },
      { kind: "consume-event", event: "order.created", service: "orders-service" },
    ]);
  });

  test.each([
    "make it faster",
    "",
    "   \n",
    "rename service a to b\nand use Kotlin",
    "x".repeat(100_000),
    "move entity ".repeat(5000),
  ])("what is not understood is refused as a whole: %.40s", (text) => {
    expect(() => readFeedback(text)).toThrowError(
      expect.objectContaining({ code: "INVALID_INPUT", message: expect.stringContaining("rename service A to B") }),
    );
  });
});

describe("carrying out", () => {
  test("renaming a service renames it everywhere", () => {
    const result = plan("rename service orders-service to Sales");
    expect(result.service_map.services[1]).toMatchObject({
      name: "sales",
      provides_contracts: ["sales-api", "sales-events"],
    });
    expect(result.service_map.services[2]).toMatchObject({ consumes_contracts: ["sales-events"] });
    expect(JSON.stringify(result.contracts)).not.toContain('"service":"orders-service"');
    expect(result.questions).toEqual([]);
  });

  test("removing a service removes what it owns and asks about what depended on it", () => {
    const result = plan("remove service accounts-service");
    expect(result.domain_model.entities.map((entity) => entity.name)).toEqual(["Order", "OrderItem", "Notification"]);
    expect(result.service_map.services.map((service) => service.depends_on)).toEqual([[], []]);
    const abouts = result.questions.map((question) => question.about);
    expect(abouts).toEqual(expect.arrayContaining(["entity Account", "authentication"]));
  });

  test("moving an entity and its endpoints", () => {
    const result = plan("move entity notification to orders\nendpoint GET /notifications belongs to orders-service");
    expect(result.service_map.services[1]?.owns_entities).toEqual(["Order", "OrderItem", "Notification"]);
    const orders = result.contracts.find((contract) => contract.service_name === "orders-service");
    expect(JSON.stringify(orders?.spec)).toContain("listNotifications");
  });

  test("events get another publisher and one more consumer", () => {
    const { services } = plan(
      "OrderPaid is published by accounts-service; order.created is consumed by accounts-service",
    ).service_map;
    expect(services.map((service) => service.events_published)).toEqual([["order.paid"], ["order.created"], []]);
    expect(services[0]?.events_subscribed).toEqual(["order.created"]);
    expect(services[2]?.events_subscribed).toEqual(["order.created", "order.paid"]);
  });

  test("the given outline stays as it is", () => {
    const before = structuredClone(shopOutline);
    corrected("remove service accounts-service");
    expect(shopOutline).toEqual(before);
  });

  test.each([
    ["remove service order-services", "Did you mean orders-service?"],
    ["rename service orders-service to accounts-service", "already"],
    ["rename service orders-service to 7up", "cannot be the name"],
    ["move entity Ordr to orders-service", "Did you mean Order?"],
    ["endpoint GET /nowhere belongs to orders-service", "no endpoint GET /nowhere"],
    ["event order.lost is published by orders-service", "no event order.lost"],
    [
      "remove service accounts-service\nremove service orders-service\nremove service notifications-service",
      "only service",
    ],
  ])("%s", (text, message) => {
    expect(() => corrected(text)).toThrowError(
      expect.objectContaining({ code: "INVALID_INPUT", message: expect.stringContaining(message) }),
    );
  });
});
