import { expect, it } from "vitest";
import { mergeOrder } from "../../../src/pipeline/code/merge-order.ts";

const later = () => new Promise<void>((resolve) => setTimeout(resolve, 5));

/** Merge services that become ready in this order while something else is at work; gives the order of the merges. */
async function merged(depends: Record<string, string[]>, ready: string[], failing: string[] = []): Promise<string[]> {
  const order = mergeOrder((name) => depends[name] ?? []);
  const done: string[] = [];
  let running = 0;
  const busy = order.exclusive(later);
  const all = ready.map((name) =>
    order.merge(name, async () => {
      expect(running++).toBe(0);
      await later();
      running--;
      if (failing.includes(name)) throw new Error(name);
      done.push(name);
    }),
  );
  const outcomes = await Promise.allSettled(all);
  await busy;
  expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(failing.length);
  return done;
}

it("of those that are ready, a service comes after what it depends on, also through others", async () => {
  const depends = { web: ["orders"], orders: ["accounts"], accounts: [] };
  expect(await merged(depends, ["web", "orders", "accounts"])).toEqual(["accounts", "orders", "web"]);
  expect(await merged(depends, ["web", "accounts"])).toEqual(["accounts", "web"]);
  expect(await merged(depends, ["accounts", "web", "orders"])).toEqual(["accounts", "orders", "web"]);
});

it("nobody waits for one that is not ready, that failed, or in a circle", async () => {
  expect(await merged({ web: ["orders"] }, ["web"])).toEqual(["web"]);
  expect(await merged({ web: ["orders"] }, ["web", "orders"], ["orders"])).toEqual(["web"]);
  expect((await merged({ a: ["b"], b: ["a"] }, ["a", "b"])).toSorted()).toEqual(["a", "b"]);
});
