import { describe, expect, test } from "vitest";
import { checkBoundaries } from "../../../src/integrator/boundary/check-boundaries.ts";
import { EVENT_SECRET, market, marketMap } from "../flow/market.ts";

const options = { event_secret: EVENT_SECRET, service_map: marketMap };

test.each([[[]], [["much-there"]]])(
  "a clean market has no finding, and every topic was looked at (%j)",
  async (faults) => {
    const { checks, violations } = await checkBoundaries(await market(faults), options);
    expect(violations).toEqual([]);
    expect(checks.filter(({ verdict }) => verdict !== "passed")).toEqual([]);
    expect(new Set(checks.map(({ topic }) => topic))).toEqual(
      new Set(["contract", "value", "number", "time", "text", "enum", "empty", "page"]),
    );
  },
);

describe("damage is found and blamed on the service that does it", () => {
  test.each([
    ["orders:decimal-rounded", "orders BOUNDARY-012"],
    ["orders>decimal-rounded", "orders BOUNDARY-012"],
    ["billing:decimal-rounded", "billing BOUNDARY-012"],
    ["billing:decimal-as-float", "billing BOUNDARY-012"],
    ["orders:int64-lost", "orders BOUNDARY-012"],
    ["orders>int64-lost", "orders BOUNDARY-012"],
    ["billing:int64-lost", "billing BOUNDARY-012"],
    ["orders:date-shifted", "orders BOUNDARY-013"],
    ["billing:date-shifted", "billing BOUNDARY-013"],
    ["billing:offset-dropped", "billing BOUNDARY-013"],
    ["orders>offset-dropped", "orders BOUNDARY-013"],
    ["customers:unicode-mangled", "customers BOUNDARY-016"],
    ["orders:unicode-mangled", "orders BOUNDARY-016"],
    ["billing:unicode-asked", "billing BOUNDARY-016"],
    ["billing:newline-lost", "billing BOUNDARY-016"],
    ["orders>text-cut", "orders BOUNDARY-016"],
    ["orders:crashes-on-text", "orders BOUNDARY-016"],
    ["orders:null-to-empty", "orders BOUNDARY-014"],
    ["billing:null-to-word", "billing BOUNDARY-014"],
    ["orders:empty-to-null", "orders BOUNDARY-014"],
    ["orders:missing-to-word", "orders BOUNDARY-014"],
    ["orders:enum-replaced", "orders BOUNDARY-015"],
    ["billing:enum-replaced", "billing BOUNDARY-015"],
    ["billing:knows-no-phone", "billing BOUNDARY-015"],
    ["billing:drops-channel", "billing BOUNDARY-011"],
    ["orders:limit-ignored", "orders BOUNDARY-018"],
    ["orders:offset-off", "orders BOUNDARY-018"],
    ["orders:offset-skips", "orders BOUNDARY-018"],
    ["billing:page-from-zero", "billing BOUNDARY-018"],
    ["billing:limit-ignored", "billing BOUNDARY-018"],
  ])("%s", async (fault, charge) => {
    const { checks, violations } = await checkBoundaries(await market([fault]), options);
    expect([...new Set(violations.map(({ service, code }) => `${service} ${code}`))]).toEqual([charge]);
    expect(checks.some(({ verdict }) => verdict === "failed")).toBe(true);
    for (const { severity, reproduce, clause } of violations) {
      expect(severity).toBe("error");
      expect(reproduce).toMatch(/^curl -i /);
      expect(clause).toMatch(/^\//);
    }
  });
});
