import { describe, expect, test } from "vitest";
import { compareContracts } from "../../../src/contracts/breaking/breaking.ts";
import { EVENT_PAIRS } from "./pairs/events.ts";
import { OPERATION_PAIRS } from "./pairs/operations.ts";
import type { Pair } from "./pairs/pair.ts";
import { SCHEMA_PAIRS } from "./pairs/schemas.ts";

const copy = (document: Pair["old"]): Pair["old"] => JSON.parse(JSON.stringify(document));

describe.each([
  ["schemas", SCHEMA_PAIRS],
  ["operations", OPERATION_PAIRS],
  ["events", EVENT_PAIRS],
])("pairs of %s with a known verdict", (_kind, pairs) => {
  test.each(pairs.map((pair) => [pair.name, pair] as const))("%s", (_name, { old, now, breaking, rule, operation }) => {
    const changes = compareContracts(copy(old), copy(now));
    const told = changes.map(({ id, breaking: breaks }) => `${breaks ? "!" : ""}${id}`);
    expect(
      changes.some((change) => change.breaking),
      told.join(", "),
    ).toBe(breaking);
    if (rule === "") return expect(told).toEqual([]);
    const named = changes.filter(({ id }) => id === rule || id.endsWith(`-${rule}`));
    expect(named.length, `${rule} in ${told.join(", ") || "nothing"}`).toBeGreaterThan(0);
    expect(named.map(({ method, path }) => `${method} ${path}`)).toContain(operation);
  });

  test("no pair has a change against itself, and each is told in whole sentences", () => {
    for (const { old, now } of pairs) {
      for (const document of [old, now]) expect(compareContracts(document, copy(document))).toEqual([]);
      for (const change of compareContracts(old, now)) {
        expect(Object.keys(change)).toEqual(
          expect.arrayContaining(["id", "breaking", "severity", "method", "path", "pointer", "message"]),
        );
        expect(change.message).toMatch(/\.$/);
      }
    }
  });
});
