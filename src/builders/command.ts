import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../lib/errors.ts";
import { baseEnvironment, runToEnd, tailOf } from "../lib/exec.ts";
import { taskText } from "./agent/brief.ts";
import { runGroup } from "./agent/group.ts";
import { handOver, type OwnCommand } from "./agent/handover.ts";
import { claimInOutput } from "./agent/output.ts";
import { withinBudget } from "./agent/paid.ts";
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
}

/** Of what it wrote, this much is read for its claim. */
const READ_BYTES = 1_000_000;

/**
 * Builds with any program, by template: codex, gemini, opencode, a script. It runs in the service's folder; the task comes
 * on standard input unless the template names `{prompt}` or `{prompt_file}`. Status 0 is its claim of success.
 * Errors of `build`: see the port; ENVIRONMENT when it cannot be started.
 */
export function createCommandBuilder(options: CommandOptions): Builder {
  return {
    name: "command",
    paid: options.paid,
    build: async (task) => {
      task.signal.throwIfAborted();
      if (!options.paid) return buildWith(options, task, () => {});
      return withinBudget(task, options.max_cost, (_usd, cost) => buildWith(options, task, cost));
    },
  };
}

async function buildWith(
  { run, env, own, cost_pattern }: CommandOptions,
  task: BuildTask,
  settle: (usd: number | null) => void,
): Promise<BuildOutcome> {
  const { service, attempt, output_dir, log_file, signal } = task;
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
      { timeoutMs: task.timeout_ms, signal },
    );
  } finally {
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
  signal.throwIfAborted();
  const ended = describeEnd(command, exit, log_file);
  return {
    success: ended === "" && said.success !== false,
    cost: said.cost,
    error: [ended, said.error].filter(Boolean).join(" ").slice(0, 2000),
    test_passed: said.test_passed,
    test_total: said.test_total,
    convergence_ratio: null,
    breaches,
  };
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
