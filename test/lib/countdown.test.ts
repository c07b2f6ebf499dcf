import { once } from "node:events";
import { expect, it } from "vitest";
import { countdown } from "../../src/lib/countdown.ts";

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it("stands still while its clock is stopped, and goes on with what is left", async () => {
  const limit = countdown(100);
  await limit.whileStopped(async () => {
    await limit.whileStopped(() => later(200));
    expect(limit.signal.aborted).toBe(false);
  });
  if (!limit.signal.aborted) await Promise.all([once(limit.signal, "abort"), later(120)]);
  expect(limit.signal.reason).toMatchObject({ name: "TimeoutError" });
});

it("does not go off once it was ended", async () => {
  const limit = countdown(20);
  limit.end();
  await later(60);
  expect(limit.signal.aborted).toBe(false);
});
