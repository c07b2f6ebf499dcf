import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createBuiltinArchitect } from "../../../src/architect/builtin.ts";
import { validateContract } from "../../../src/contracts/validate.ts";
import { Plan } from "../../../src/model/plan.ts";

const prd = readFileSync(new URL("../../../examples/shop/PRD.md", import.meta.url), "utf8");
const fixture = Plan.parse(JSON.parse(readFileSync(new URL("../../fixtures/shop/plan.json", import.meta.url), "utf8")));
const clock = () => new Date("2026-11-23T12:00:00.000Z");
const architect = createBuiltinArchitect({ validate: validateContract, clock });

/** A value without prose: how much of it is taken from the PRD is a matter of taste, everything else is not. */
function withoutProse(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutProse);
  if (value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).filter(
    ([key, inner]) => !(["description", "summary"].includes(key) && typeof inner === "string"),
  );
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutProse(inner)]));
}

describe("the example PRD", () => {
  test("is read and planned exactly as a person would, with nothing left to ask", async () => {
    const plan = await architect.plan({ prd, feedback: [] });
    expect(withoutProse(plan)).toEqual(withoutProse(fixture));
    expect(Plan.parse(plan)).toEqual(plan);
  });

  test("is planned the same every time", async () => {
    const [first, second] = await Promise.all([
      architect.plan({ prd, feedback: [] }),
      architect.plan({ prd, feedback: [] }),
    ]);
    expect(JSON.stringify(second)).toBe(JSON.stringify(first));
  });

  test("with feedback of two reviews, each on top of the other", async () => {
    const feedback = [
      "rename service orders-service to sales-service",
      "event order.paid is consumed by accounts-service",
    ];
    const plan = await architect.plan({ prd, feedback });
    expect(plan.service_map.services.map((service) => [service.name, service.events_subscribed])).toEqual([
      ["accounts-service", ["order.paid"]],
      ["sales-service", []],
      ["notifications-service", ["order.created", "order.paid"]],
    ]);
  });
});

describe("checking feedback before it is recorded", () => {
  test("its words", () => {
    expect(() => architect.checkFeedback?.("use Kotlin")).toThrowError(
      expect.objectContaining({ code: "INVALID_INPUT" }),
    );
    expect(() => architect.checkFeedback?.("remove service nobody")).not.toThrow();
  });

  test("and, with the PRD, the names in it", () => {
    const request = { prd, feedback: ["rename service orders-service to sales-service"] };
    expect(() => architect.checkFeedback?.("remove service orders-service", request)).toThrowError(
      expect.objectContaining({ code: "INVALID_INPUT", message: expect.stringContaining("no service orders-service") }),
    );
    expect(() => architect.checkFeedback?.("remove service sales-service", request)).not.toThrow();
  });
});

test("a planned contract that its validator refuses is no plan", async () => {
  const strict = createBuiltinArchitect({ validate: async () => [{ pointer: "/info", message: "is not liked" }] });
  await expect(strict.plan({ prd, feedback: [] })).rejects.toMatchObject({
    code: "CONTRACT_INVALID",
    message: expect.stringContaining("/info: is not liked"),
  });
});

test("a cancelled plan stops", async () => {
  await expect(architect.plan({ prd, feedback: [], signal: AbortSignal.abort() })).rejects.toThrow();
});
