import { expect, it } from "vitest";
import { type ProgressParams, progressReporter } from "../../src/mcp/progress.ts";

function record(calls: [done: number, total: number][]): ProgressParams[] {
  const sent: ProgressParams[] = [];
  const report = progressReporter("t", (params) => void sent.push(params));
  // Each call arrives as if long after the one before: a complete step is never thinned, so use done >= total.
  for (const [done, total] of calls) report("m", done, total);
  return sent;
}

it("sends the first step of a flood and the last", () => {
  const sent = record(Array.from({ length: 1000 }, (_, index) => [index + 1, 1000]));
  expect(sent[0]?.progress).toBe(1);
  expect(sent.at(-1)?.progress).toBe(1000);
  expect(sent.length).toBeLessThan(1000);
});

it("keeps growing while nothing moves, or when a step goes back, without reaching the next step", () => {
  const sent = record(Array.from({ length: 3000 }, (_, index) => [index === 1 ? 2 : 3, 2]));
  const values = sent.map(({ progress }) => progress);
  expect(values).toHaveLength(3000);
  for (let index = 1; index < values.length; index += 1) expect(values[index]).toBeGreaterThan(values[index - 1] ?? 0);
  expect(values.at(-1)).toBeLessThan(4);
});

it("leaves an unknown total out", () => {
  expect(record([[0, 0]])).toEqual([{ progressToken: "t", progress: 0, message: "m" }]);
});
