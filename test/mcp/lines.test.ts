import { describe, expect, it } from "vitest";
import { lineSplitter } from "../../src/mcp/client/lines.ts";

describe("lines of a stream", () => {
  const split = (chunks: string[], limit?: number) => {
    const lines: string[] = [];
    const push = lineSplitter((line) => lines.push(line), limit);
    const kept = chunks.map((chunk) => push(Buffer.from(chunk, "latin1")));
    return { lines, kept };
  };

  it("come whole, however the stream is cut, also within a letter", () => {
    const text = Buffer.from('{"a":"é"}\r\n\n{"b":2}\nrest').toString("latin1");
    expect(split([...text]).lines).toEqual(['{"a":"é"}\r', '{"b":2}']);
    expect(split([text]).lines).toEqual(['{"a":"é"}\r', '{"b":2}']);
  });

  it("may be as long as the limit, and no longer", () => {
    expect(split(["12345", "678\n", "12345678", "9"], 8).kept).toEqual([true, true, true, false]);
  });
});
