import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseArguments } from "../../src/lib/arguments.ts";
import { AppError } from "../../src/lib/errors.ts";

const Schema = z.object({
  path: z.string().describe("Folder."),
  depth: z.enum(["quick", "thorough"]).default("quick"),
  limit: z.number().nullable().default(null),
  budget: z.number().positive().nullish(),
  rules: z.array(z.object({ code: z.string() })).default([]),
  labels: z.record(z.string(), z.number()).default({}),
  target: z.union([z.string(), z.number()]).optional(),
  ratio: z.number().min(0).max(1).optional(),
});

function refusal(given: unknown, spell?: (field: string) => string): AppError {
  try {
    parseArguments(Schema, given, "scan", spell);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

describe("parseArguments", () => {
  it("fills in defaults", () => {
    expect(parseArguments(Schema, { path: "." }, "scan")).toEqual({
      path: ".",
      depth: "quick",
      limit: null,
      rules: [],
      labels: {},
    });
  });

  it("takes absent arguments as none given", () => {
    expect(parseArguments(z.object({}), undefined, "scan")).toEqual({});
    expect(refusal(undefined).message).toBe("path is missing, give a string (Folder.).");
  });

  it.each([
    [{ path: 5 }, "path must be a string, got 5."],
    [{ path: ".", depth: "quik" }, 'depth must be one of quick, thorough, got "quik", did you mean quick?.'],
    [{ path: ".", limit: "much" }, 'limit must be a number, got "much".'],
    [{ path: ".", budget: "much" }, 'budget must be a number above 0, got "much".'],
    [{ path: ".", rules: [{ code: "A" }, {}] }, "rules.1.code is missing, give a string."],
    [{ path: ".", rules: "A" }, 'rules must be a list, each an object, got "A".'],
    [{ path: ".", labels: { a: "b" } }, 'labels.a must be a number, got "b".'],
    [{ path: ".", target: true }, "target must be a string or a number, got true."],
    [{ path: ".", ratio: "x" }, 'ratio must be a number from 0 to 1, got "x".'],
    [{ pth: "." }, 'unknown argument "pth", did you mean path?; path is missing, give a string (Folder.).'],
    [[1], "The arguments must be one JSON object."],
  ])("%j is refused", (given, message) => {
    expect(refusal(given)).toMatchObject({ code: "INVALID_INPUT", message });
  });

  it("spells fields as the caller does", () => {
    expect(refusal({ path: ".", depht: 1 }, (field) => `--${field}`).message).toContain("did you mean --depth?");
  });

  it("refuses __proto__ and does not print endless values", () => {
    expect(refusal(JSON.parse('{"__proto__": 1, "path": "."}')).message).toContain('unknown argument "__proto__"');
    expect(refusal({ path: Array.from({ length: 10_000 }, () => "long") }).message.length).toBeLessThan(120);
  });
});
