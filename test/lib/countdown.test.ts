import { once } from "node:events";
import { expect, it, onTestFinished, vi } from "vitest";
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

it("has all of its time again when it is renewed, also while it stands still", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const limit = countdown(100);
  vi.advanceTimersByTime(90);
  limit.renew();
  vi.advanceTimersByTime(90);
  await limit.whileStopped(async () => {
    limit.renew();
    vi.advanceTimersByTime(500);
  });
  vi.advanceTimersByTime(90);
  expect(limit.signal.aborted).toBe(false);
  vi.advanceTimersByTime(20);
  expect(limit.signal.aborted).toBe(true);
});
