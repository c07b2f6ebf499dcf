import { toAppError } from "../lib/errors.ts";
import { digestTree } from "../lib/fs.ts";
import { isDelivered } from "./agent/handover.ts";
import type { Builder, BuildOutcome, BuildTask } from "./port.ts";

/**
 * One builder out of several: each service goes to the first of its chain. The next one steps in when a backend could not
 * do its work at all (ENVIRONMENT), was stuck and given up, or ended without success and without having changed a file.
 */
export function routeBuilders(chainOf: (service: string) => [Builder, ...Builder[]], all: Builder[]): Builder {
  const names = [...new Set(all.map(({ name }) => name))];
  return {
    name: names.length === 1 ? (names[0] ?? "") : "mixed",
    paid: all.some(({ paid }) => paid),
    nameFor: (service) => chainOf(service)[0].name,
    build: (task) => buildInTurn(chainOf(task.service.name), task),
  };
}

async function buildInTurn(chain: Builder[], task: BuildTask): Promise<BuildOutcome> {
  const notes: string[] = [];
  const breaches: string[] = [];
  const learned: string[] = [];
  const stepIn = (index: number, reason: string) => {
    const [from, to] = [chain[index]?.name ?? "", chain[index + 1]?.name ?? ""];
    task.note?.({ kind: "stepped_in", from, to, reason: reason.slice(0, 500) });
  };
  for (const [index, builder] of chain.entries()) {
    const before = digestTree(task.output_dir, isDelivered);
    const isLast = index === chain.length - 1;
    const outcome = await attempt(builder, { ...task, learned: [...(task.learned ?? []), ...learned] }, isLast);
    if ("note" in outcome) {
      notes.push(`${builder.name}: ${outcome.note}`);
      stepIn(index, outcome.note);
      continue;
    }
    breaches.push(...(outcome.breaches ?? []));
    const idle = !outcome.success && digestTree(task.output_dir, isDelivered) === before;
    if ((idle || outcome.stuck !== undefined) && !isLast) {
      const reason = outcome.error || "it changed nothing";
      notes.push(`${builder.name}: ${reason}`);
      if (outcome.stuck !== undefined) learned.push(`Another agent was at it before: ${outcome.stuck}`);
      stepIn(index, reason);
      continue;
    }
    return { ...outcome, backend: builder.name, error: [...notes, outcome.error].filter(Boolean).join(" "), breaches };
  }
  throw new Error("A chain of builders has at least one.");
}

async function attempt(builder: Builder, task: BuildTask, isLast: boolean): Promise<BuildOutcome | { note: string }> {
  try {
    return await builder.build(task);
  } catch (cause) {
    task.signal.throwIfAborted();
    const error = toAppError(cause);
    if (isLast || error.code !== "ENVIRONMENT") throw error;
    return { note: error.message };
  }
}
