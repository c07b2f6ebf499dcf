import { describe, expect, it } from "vitest";
import { columnsOf, cut, duration, inColumns, printable, printableInColor, wrap } from "../../src/terminal/text.ts";

describe("text in columns", () => {
  it.each([
    ["abc", 3],
    ["商店", 4],
    ["e\u0301", 1],
    ["🛒", 2],
    ["👨‍👩‍👧", 2],
    ["한글", 4],
  ])("%s takes %d", (text, columns) => {
    expect(columnsOf(text)).toBe(columns);
    expect(columnsOf(inColumns(text, 10))).toBe(10);
  });

  it("cuts between characters, never beyond the width", () => {
    expect(cut("商店商店", 5)).toBe("商店…");
    expect(cut("商店商店", 4)).toBe("商…");
    expect(cut("abc", 0)).toBe("");
    expect(inColumns("12", 4, "right")).toBe("  12");
  });

  it("wraps between words", () => {
    expect(wrap("one two three", 7)).toEqual(["one two", "  three"]);
    expect(wrap("", 7)).toEqual([""]);
  });
});

it("shows control characters instead of sending them, and bidirectional overrides", () => {
  expect(printable("a\tb\n\r\u0000\u001b[2J\u009b1m\u202e")).toBe("a\tb\n\\x0d\\x00\\x1b[2J\\x9b1m\\u202e");
});

it("keeps plain colours, and ends them", () => {
  expect(printableInColor("\u001b[31mred\u001b[2J")).toBe("\u001b[31mred\\x1b[2J\u001b[0m");
  expect(printableInColor("plain\u001b[8m")).toBe("plain\\x1b[8m");
});

it.each([
  [-1, "0s"],
  [45.9, "45s"],
  [125, "2m 05s"],
  [8100, "2h 15m"],
  [273_600, "3d 4h"],
])("%d seconds are %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
