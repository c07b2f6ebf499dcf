import { expect, it } from "vitest";
import { blamed, fuzzService, packsOf } from "./services.ts";

/** What the fuzzer has to find in a service of the fixtures, with no fault and with each pack of its faults. */
export function findsFaultsOf(service: string): void {
  it("finds nothing in a service that does what its contract says", async () => {
    const report = await fuzzService(service, [], { max_examples: 40 });
    expect(report.violations).toEqual([]);
    expect(report.operations.filter(({ skipped }) => skipped !== "")).toEqual([]);
    expect(report.requests).toBeGreaterThan(300);
  });

  it.each(packsOf(service).map((faults) => [faults.map(({ name }) => name).join(", "), faults] as const))(
    "finds and blames: %s",
    async (_names, faults) => {
      const hangs = faults.some(({ codes }) => codes.includes("INT-004") || codes.includes("INT-005"));
      const report = await fuzzService(
        service,
        faults.map(({ name }) => name),
        hangs ? { timeout_ms: 1000 } : {},
      );
      const found = blamed(report);
      for (const { codes, operation } of faults)
        expect(
          found.some((one) => codes.some((code) => one === `${code} ${operation}`)),
          `${operation} in ${found.join("; ")}`,
        ).toBe(true);
      const guilty = new Set(faults.map(({ operation }) => operation));
      expect(
        report.violations.map(({ method, path }) => `${method} ${path}`).filter((one) => !guilty.has(one)),
      ).toEqual([]);
    },
  );
}
