import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readOutline } from "../../../src/architect/read/read.ts";
import { summary } from "./summary.ts";

const folder = new URL("../../fixtures/prd/", import.meta.url);
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".md"))
  .map((file) => file.slice(0, -3));

describe("PRDs of every dialect", () => {
  it("has at least ten of them", () => {
    expect(names.length).toBeGreaterThanOrEqual(10);
  });

  it.each(names)("%s is read as a person reads it", (name) => {
    const expected: unknown = JSON.parse(readFileSync(new URL(`${name}.expected.json`, folder), "utf8"));
    const outline = readOutline(readFileSync(new URL(`${name}.md`, folder), "utf8"));
    expect(summary(outline)).toEqual(expected);
  });

  it.each(names)("%s points every fact at a line of its text", (name) => {
    const text = readFileSync(new URL(`${name}.md`, folder), "utf8");
    const lines = text.split("\n");
    const outline = readOutline(text);
    for (const entity of outline.entities) {
      const line = lines[entity.line - 1] ?? "";
      const spelt = line.toLowerCase().replace(/[^a-z]/g, "");
      const told = spelt.includes(entity.name.toLowerCase().slice(0, -1)) || /^\||^```/.test(line);
      expect(told, `${entity.name} on line ${entity.line}: ${line}`).toBe(true);
    }
    for (const event of outline.events) expect(event.line).toBeLessThanOrEqual(lines.length);
  });

  it.each(names)("%s is read the same with Windows line ends and a byte order mark", (name) => {
    const text = readFileSync(new URL(`${name}.md`, folder), "utf8");
    expect(readOutline(`\uFEFF${text.replaceAll("\n", "\r\n")}`)).toEqual(readOutline(text));
  });
});
