import { setTimeout as sleep } from "node:timers/promises";

/** Ask until it is true or the time is over. Throws the signal's reason when aborted. */
export async function eventually(
  ask: () => Promise<boolean>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  for (let pause = 20; ; pause = Math.min(pause * 2, 500)) {
    if (await ask()) return true;
    if (Date.now() >= deadline) return false;
    await sleep(pause, undefined, { signal });
  }
}
