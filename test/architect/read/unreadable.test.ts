import { describe, expect, it } from "vitest";
import { readOutline } from "../../../src/architect/read/read.ts";
import { AppError } from "../../../src/lib/errors.ts";

function refusal(markdown: string): AppError {
  try {
    readOutline(markdown);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("it was read");
}

const prose =
  "# Thoughts\n\nWe want something nice that helps people to meet each other. It has to be quick, friendly and it must not cost much. " +
  "Perhaps people can also exchange things, and later on there may be an app for it.\n";

describe("a PRD that cannot be read", () => {
  it.each([
    ["empty", "", /empty/],
    ["blank", " \n\t\n ", /empty/],
    ["short", "# Shop\n\nSells things.", /21 characters.*at least 100/],
    ["binary", `# Shop\n${"text ".repeat(40)}\0\u0001`, /NUL/],
    ["not UTF-8", "\uFFFD\uFFFDab".repeat(60), /120 characters could not be decoded/],
    ["prose only", prose, /names no services/],
  ])("is refused when %s, with what is missing and what helps", (_name, markdown, message) => {
    const error = refusal(markdown);
    expect(error.code).toBe("PRD_UNREADABLE");
    expect(error.message).toMatch(message);
    expect(error.remedy).toMatch(/table.*heading/);
    for (const part of ["services", "entities", "endpoints", "events"]) expect(error.remedy).toContain(part);
    expect(error.remedy).toMatch(/set architect\.backend to claude-code .* or host/);
  });

  it("is not refused for a stray undecodable character", () => {
    const text = `${prose}\n## Services\n\n| Service | Description |\n|---|---|\n| chat-service | ta\uFFFDk |\n| swap-service | things |\n`;
    expect(readOutline(text).services.map((service) => service.name)).toEqual(["chat-service", "swap-service"]);
  });
});
