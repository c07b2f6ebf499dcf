import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../lib/errors.ts";
import { baseEnvironment, runToEnd, tailOf } from "../lib/exec.ts";
import { limitIn } from "./agent/backoff.ts";
import { taskText } from "./agent/brief.ts";
import { runGroup } from "./agent/group.ts";
import { handOver, type OwnCommand } from "./agent/handover.ts";
import { claimInOutput } from "./agent/output.ts";
import { followOutput } from "./agent/output-lines.ts";
import { withinBudget } from "./agent/paid.ts";
import { type Care, type RunEnd, supervise } from "./agent/supervise.ts";
import { watchRun } from "./agent/watch-run.ts";
import type { Builder, BuildOutcome, BuildTask } from "./port.ts";

export interface CommandOptions {
  /** Program and arguments; `{prompt}`, `{prompt_file}`, `{service}`, `{output_dir}` and `{attempt}` are filled in. */
  run: string[];
  /** Whether a run costs money. */
  paid: boolean;
  /** USD that one run may cost at most. */
  max_cost: number;
  /** Regular expression whose first group is the cost in USD; "" looks for the usual words. */
  cost_pattern: string;
  /** What it gets beside the variables every program needs. */
  env: Record<string, string>;
  own: OwnCommand;
  care: Care;
}

/** Of what it wrote, this much is read for its claim. */
const READ_BYTES = 1_000_000;

/**
 * Builds with any program, by template: codex, gemini, opencode, a script. It runs in the service's folder; the task comes
 * on standard input unless the template names `{prompt}` or `{prompt_file}`. Status 0 is its claim of success. One that is
 * stuck is ended and begun anew with what was learned; one that ends at a limit of its API is waited for.
 * Errors of `build`: see the port; ENVIRONMENT when it cannot be started.
 */
export function createCommandBuilder(options: CommandOptions): Builder {
  return {
    name: "command",
    paid: options.paid,
    build: async (task) => {
      task.signal.throwIfAborted();
      return supervise(task, options.care, { name: "command", canNudge: false }, ({ how, message }) => {
        const told = how === "restart" ? { ...task, learned: [...(task.learned ?? []), message] } : task;
        if (!options.paid) return runOnce(options, told, () => {});
        return withinBudget(told, options.max_cost, (_usd, cost) => runOnce(options, told, cost));
      });
    },
  };
}

async function runOnce(
  { run, env, own, cost_pattern, care }: CommandOptions,
  task: BuildTask,
  settle: (usd: number | null) => void,
): Promise<RunEnd> {
  const { service, attempt, output_dir, log_file } = task;
  const { brief, check } = handOver(task, own);
  const prompt = `${taskText(task)}\n\n${brief}`;
  const prompt_file = join(dirname(log_file), `${service.name}.builder-${attempt}.prompt.md`);
  mkdirSync(dirname(log_file), { recursive: true });
  writeFileSync(prompt_file, prompt);
  const values: Record<string, string> = {
    prompt,
    prompt_file,
    service: service.name,
    output_dir,
    attempt: `${attempt}`,
  };
  const filled = run.map((word) => word.replaceAll(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all));
  const [command = "", ...args] = filled;
  const offset = sizeOf(log_file);
  const group = runGroup(task.spawn);
  const watch = watchRun(task, care.stuck, { outputs: [log_file], look_ms: care.look_ms });
  const unfollow = followOutput(task, watch, care.error_span_ms);
  let exit: Awaited<ReturnType<typeof runToEnd>>;
  try {
    const named = run.some((word) => word.includes("{prompt}") || word.includes("{prompt_file}"));
    exit = await runToEnd(
      group.spawn,
      {
        purpose: `build ${service.name}`,
        command,
        args,
        cwd: output_dir,
        env: baseEnvironment({ CI: "1", NO_COLOR: "1", ...env }),
        logFile: log_file,
        ...(named ? {} : { inputFile: prompt_file }),
      },
      { timeoutMs: task.timeout_ms, signal: watch.signal },
    );
  } finally {
    unfollow();
    watch.end();
    await group.end();
  }
  const breaches = check();
  const output = tailOf(log_file, Math.min(READ_BYTES, sizeOf(log_file) - offset));
  if (exit.code === 127 || exit.code === 126) {
    settle(0);
    throw cannotStart(command, output);
  }
  const said = claimInOutput(output, cost_pattern);
  settle(said.cost);
  task.signal.throwIfAborted();
  const stuck = watch.stuck();
  if (stuck) return { stuck, breaches };
  const limited = exit.code === 0 || exit.timedOut ? undefined : limitIn(output);
  if (limited) return { limited, breaches };
  const ended = describeEnd(command, exit, log_file);
  const outcome: BuildOutcome = {
    success: ended === "" && said.success !== false,
    cost: said.cost,
    error: [ended, said.error].filter(Boolean).join(" ").slice(0, 2000),
    test_passed: said.test_passed,
    test_total: said.test_total,
    convergence_ratio: null,
  };
  return { outcome, breaches };
}

function cannotStart(command: string, output: string): AppError {
  return new AppError("ENVIRONMENT", `${command} could not be started: ${output.trim().slice(-400)}`, {
    remedy: "Install it or correct builder.command.run, or set builder.fallback to a backend that can step in.",
  });
}

function describeEnd(command: string, exit: Awaited<ReturnType<typeof runToEnd>>, logFile: string): string {
  if (exit.timedOut) return `${command} did not end in time (${logFile}).`;
  if (exit.signal !== null) return `${command} was ended by ${exit.signal} (${logFile}).`;
  return exit.code === 0 ? "" : `${command} ended with ${exit.code} (${logFile}).`;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
