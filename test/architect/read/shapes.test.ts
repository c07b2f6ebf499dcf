import { describe, expect, it } from "vitest";
import { parseShape } from "../../../src/architect/read/shapes.ts";

const scalar = (type: string) => ({ kind: "scalar" as const, type });
const field = (name: string, shape: unknown, optional = false, note = "") => ({ name, optional, shape, note });

describe("shapes", () => {
  it("reads fields with types, marks of optional ones and nested objects", () => {
    expect(parseShape("{ id: uuid, note?: string, owner: { name: string }, tags: [string] }")).toEqual({
      kind: "object",
      fields: [
        field("id", scalar("uuid")),
        field("note", scalar("string"), true),
        field("owner", { kind: "object", fields: [field("name", scalar("string"))] }),
        field("tags", { kind: "array", items: scalar("string") }),
      ],
    });
  });

  it("reads bare names, with and without brackets, without guessing their type", () => {
    expect(parseShape("`{ trip_id, stops[], fare? }`")).toEqual({
      kind: "object",
      fields: [
        field("trip_id", scalar("any")),
        field("stops", { kind: "array", items: scalar("any") }),
        field("fare", scalar("any"), true),
      ],
    });
  });

  it("reads samples by what their values show", () => {
    const sample =
      '{ "id": "a1b2c3d4-e5f6-7890-abcd-ef1234567890", "at": "2026-02-17T10:30:00.000Z", "n": 3, "x": 1.5, "ok": true, "lines": [{ "sku": "A" }, ...] }';
    expect(parseShape(sample)).toEqual({
      kind: "object",
      fields: [
        field("id", scalar("uuid")),
        field("at", scalar("datetime")),
        field("n", scalar("integer")),
        field("x", scalar("number")),
        field("ok", scalar("boolean")),
        field("lines", { kind: "array", items: { kind: "object", fields: [field("sku", scalar("string"))] } }),
      ],
    });
  });

  it("reads samples whose values name types", () => {
    expect(parseShape('{ "name": "string (optional, 1-100 chars)", "until": "string|null", "kind": "UUID" }')).toEqual({
      kind: "object",
      fields: [
        field("name", scalar("string"), true, "optional, 1-100 chars"),
        field("until", scalar("string"), true),
        field("kind", scalar("uuid")),
      ],
    });
  });

  it.each([
    ["Order", scalar("Order")],
    ["[Order]", { kind: "array", items: scalar("Order") }],
    ["Order[]", { kind: "array", items: scalar("Order") }],
    ["list of orders", { kind: "array", items: scalar("order") }],
    ["Updated user profile with all details", null],
    ["", null],
  ])("%s", (text, expected) => {
    expect(parseShape(text)).toEqual(expected);
  });
});
