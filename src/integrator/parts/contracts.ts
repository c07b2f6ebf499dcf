import { mapPool } from "../../lib/pool.ts";
import type { CheckResult } from "../contract-check/check-operation.ts";
import { checkService, skipService } from "../contract-check/check-service.ts";
import type { TestSystem } from "../session/session.ts";
import type { Part, Scene } from "./part.ts";

/** Groups of services at the same time. */
const CONCURRENCY = 3;

/**
 * Every operation of every contract once. Services are checked side by side unless events join them: whose effect a new
 * item in a list is could not be told.
 */
export const checkContracts: Part = async (scene) => {
  const names = scene.services.map(({ service }) => service.name);
  const results = new Map<string, CheckResult>();
  await mapPool(joinedByEvents(names, scene.system), CONCURRENCY, async (group) => {
    for (const name of group) results.set(name, await check(scene, name));
  });
  const all = names.flatMap((name) => results.get(name) ?? []);
  return { operations: all.flatMap(({ checks }) => checks), violations: all.flatMap(({ violations }) => violations) };
};

async function check({ system, step, progress }: Scene, name: string): Promise<CheckResult> {
  system.signal.throwIfAborted();
  const reason = system.unavailable.get(name);
  if (reason !== undefined) return skipService(system, name, `Not tested: ${reason}.`);
  progress(`Checking the contracts of ${name}`);
  return step(`contract-check:${name}`, () => checkService(system, name));
}

/** Services in groups, in their order; who publishes an event is in one with everybody who receives it. */
function joinedByEvents(names: readonly string[], { operations, subscribers }: TestSystem): string[][] {
  const group = new Map(names.map((name) => [name, [name]]));
  for (const { service, publishes } of operations)
    for (const listener of publishes.flatMap((event) => subscribers[event] ?? [])) {
      const [own, other] = [group.get(service), group.get(listener)];
      if (own === undefined || other === undefined || own === other) continue;
      own.push(...other);
      for (const name of other) group.set(name, own);
    }
  return [...new Set(group.values())].map((one) => names.filter((name) => one.includes(name)));
}
