import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../lib/errors.ts";
import type { BuildOutcome, BuildTask } from "../port.ts";
import { type BackoffLimits, backoffSeconds, type Limited } from "./backoff.ts";
import type { Stuck, StuckLimits } from "./watch-run.ts";

/** How runs are looked after. */
export interface Care {
  stuck: StuckLimits;
  backoff: BackoffLimits;
  /** How often a run is looked at, in milliseconds. */
  look_ms?: number | undefined;
  /** How far apart two errors in plain output are that count, in milliseconds. */
  error_span_ms?: number | undefined;
}

/** How the next run begins, and what it is told beside its task. */
export interface Beginning {
  how: "begin" | "nudge" | "restart" | "go_on";
  message: string;
}

/**
 * How a run ended: by itself, because it was stuck and we ended it, at a limit of somebody's API, or in the middle of its
 * work without a word.
 */
export type RunEnd = { breaches?: string[] } & (
  | { outcome: BuildOutcome }
  | { stuck: Stuck }
  | { limited: Limited }
  | { died: AppError }
);

/**
 * Run an agent until it has done its work. One that is stuck is nudged where it has a conversation to go on in, then begun
 * anew with what was learned, then given up: the outcome says so in `stuck`. One that died goes on where it was. A limit of
 * its API is waited for with all clocks stopped; it counts as no failure. Errors: ENVIRONMENT when a limit lasts too long,
 * or it dies again and again; those of `runOnce`.
 */
export async function supervise(
  task: BuildTask,
  { stuck: limits, backoff }: Care,
  { name, canNudge }: { name: string; canNudge: boolean },
  runOnce: (beginning: Beginning) => Promise<RunEnd>,
): Promise<BuildOutcome> {
  const breaches: string[] = [];
  const seen: string[] = [];
  let beginning: Beginning = { how: "begin", message: "" };
  let [nudges, restarts, tries, waited] = [0, 0, 0, 0];
  for (;;) {
    const end = await runOnce(beginning);
    breaches.push(...(end.breaches ?? []));
    if ("outcome" in end) return { ...end.outcome, breaches: [...breaches, ...(end.outcome.breaches ?? [])] };
    if ("limited" in end) {
      waited += await waitForLimit(task, backoff, { name, tries, waited, ...end.limited });
      tries += 1;
      beginning = { how: "go_on", message: "You were interrupted by a limit of the API. Go on with your task." };
      continue;
    }
    if ("died" in end) {
      const again = restarts < limits.restarts;
      task.note?.({ kind: "died", detail: end.died.message.slice(0, 500), next: again ? "restart" : "give_up" });
      if (!again) throw end.died;
      restarts += 1;
      beginning = { how: "go_on", message: "You were interrupted. Look at what is there, and go on with your task." };
      continue;
    }
    const { what, detail } = end.stuck;
    seen.push(detail);
    const next = canNudge && nudges < limits.nudges ? "nudge" : restarts < limits.restarts ? "restart" : "give_up";
    task.note?.({ kind: "stuck", what, detail, next });
    if (next === "give_up") return { ...gaveUp(name, seen), breaches };
    if (next === "nudge") nudges += 1;
    else restarts += 1;
    beginning = { how: next, message: next === "nudge" ? nudge(end.stuck) : lesson(seen) };
  }
}

async function waitForLimit(
  { note, signal, untimed = (work) => work() }: BuildTask,
  backoff: BackoffLimits,
  { name, tries, waited, reason, retry_after }: Limited & { name: string; tries: number; waited: number },
): Promise<number> {
  const seconds = backoffSeconds(backoff, { tries, retry_after });
  if (waited + seconds > backoff.give_up)
    throw new AppError("ENVIRONMENT", `${name} met a limit of its API: ${reason}`, {
      remedy:
        "Wait until it is lifted, then resume: nothing that was finished is lost. builder.backoff.give_up waits longer; builder.fallback names who steps in.",
    });
  note?.({ kind: "backoff", seconds: Math.round(seconds * 10) / 10, reason });
  await untimed(() => sleep(seconds * 1000, undefined, { signal }));
  return seconds;
}

const ADVICE: Record<Stuck["what"], string> = {
  silent:
    "Do not start anything that does not end by itself (servers, watchers, prompts for input); run such a thing in the background with a time limit.",
  same_error: "Do not try the same thing again: find out why it fails, or go another way.",
  no_diff: "Stop exploring: write the files that the task asks for, or say what keeps you from it.",
};

function nudge({ what, detail }: Stuck): string {
  return `You were stopped because you ${detail}. ${ADVICE[what]} Go on with the task, and end with the structured output.`;
}

function lesson(seen: string[]): string {
  return `An earlier run at this task was stopped because it ${seen.join("; then it ")}. What it left is in the folder. Go on from there, another way.`;
}

function gaveUp(name: string, seen: string[]): BuildOutcome {
  const stuck = `${name} was given up: it ${seen.join("; then it ")}.`;
  return {
    success: false,
    cost: null,
    error: stuck.slice(0, 2000),
    stuck,
    test_passed: null,
    test_total: null,
    convergence_ratio: null,
  };
}
