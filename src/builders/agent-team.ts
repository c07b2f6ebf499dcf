import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "../lib/errors.ts";
import { baseEnvironment, type Exit, runToEnd, tailOf } from "../lib/exec.ts";
import { writeFileAtomic } from "../lib/fs.ts";
import { limitIn } from "./agent/backoff.ts";
import { taskText } from "./agent/brief.ts";
import { runGroup } from "./agent/group.ts";
import { handOver, type OwnCommand } from "./agent/handover.ts";
import { followOutput } from "./agent/output-lines.ts";
import { overspendGuard } from "./agent/overspend.ts";
import { withinBudget } from "./agent/paid.ts";
import { type Care, type RunEnd, supervise } from "./agent/supervise.ts";
import { readTeamState, type TeamState, teamProgress } from "./agent/team-state.ts";
import { type Stuck, watchRun } from "./agent/watch-run.ts";
import type { Builder, BuildOutcome, BuildTask } from "./port.ts";

export interface AgentTeamOptions {
  /** The interpreter: a name on PATH or a path. */
  python: string;
  /** Absolute path of its configuration; "" for the `config.yaml` that is laid into the folder. */
  config: string;
  /** USD that one run may cost at most: the run is ended when its state says that this is reached, after its grace. */
  max_cost: number;
  env: Record<string, string>;
  own: OwnCommand;
  /** Time to finish for a run that has cost all it may, in milliseconds; none when left out. */
  grace_ms?: number;
  care: Care;
  /** How often its state is looked at, in milliseconds. */
  look_ms?: number;
}

/** The newer first. */
const MODULES = ["agent_team_v15", "agent_team"];
const KEYS = ["ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "OPENAI_API_KEY", "CLAUDE_CONFIG_DIR"];

/** Its account and nothing of a session that may have started us: a nested `claude` would refuse to start. */
export function agentTeamEnvironment(extra: Record<string, string>, own = process.env): Record<string, string> {
  const kept = KEYS.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]]]));
  const env = baseEnvironment({ ...Object.fromEntries(kept), ...extra, AGENT_TEAM_KEEP_STATE: "1" });
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^CLAUDECODE|^CLAUDE_CODE_/.test(name)));
}

/**
 * Builds with `python -m agent_team_v15`, else `agent_team`: a first build from the PRD in the folder, a fix with the
 * findings as its task. Its STATE.json tells progress and cost only; what it says of success and tests is not read.
 * Errors of `build`: see the port; ENVIRONMENT when Python or the package is not there.
 */
export function createAgentTeamBuilder(options: AgentTeamOptions): Builder {
  return {
    name: "agent-team",
    paid: true,
    build: async (task) => {
      task.signal.throwIfAborted();
      return supervise(task, options.care, { name: "agent-team", canNudge: false }, ({ how, message }) => {
        const told = how === "restart" ? { ...task, learned: [...(task.learned ?? []), message] } : task;
        return withinBudget(told, options.max_cost, (usd, settle) => buildWith(options, told, usd, settle));
      });
    },
  };
}

async function buildWith(
  options: AgentTeamOptions,
  task: BuildTask,
  usd: number,
  settle: (usd: number | null) => void,
): Promise<RunEnd> {
  const { output_dir, log_file, signal, prd } = task;
  const { check } = handOver(task, options.own);
  writeFileAtomic(join(output_dir, "prd_input.md"), prd);
  mkdirSync(dirname(log_file), { recursive: true });
  for (const module of MODULES) {
    const offset = sizeOf(log_file);
    const run = await runModule(module, options, task, usd);
    const output = tailOf(log_file, Math.min(sizeOf(log_file) - offset, 100_000));
    if (run.exit.code !== 0 && output.includes(`No module named ${module}`)) continue;
    if (run.exit.code === 127 || run.exit.code === 126) break;
    settle(run.cost);
    const breaches = check();
    signal.throwIfAborted();
    if (run.stuck) return { stuck: run.stuck, breaches };
    const limited =
      run.exit.code === 0 || run.overspent ? undefined : limitIn(`${output}\n${run.state?.error_context ?? ""}`);
    if (limited) return { limited, breaches };
    return { outcome: claimOf(run, usd, log_file), breaches };
  }
  settle(0);
  throw new AppError(
    "ENVIRONMENT",
    `${options.python} has no agent_team_v15 and no agent_team: ${lastLine(log_file)}`,
    {
      remedy:
        "Install agent-team-v15 in that Python, name another one in builder.agent_team.python, or use another builder.",
    },
  );
}

interface TeamRun {
  exit: Exit & { timedOut: boolean };
  state: TeamState | undefined;
  /** USD; null when its state says nothing, or nothing but zero: a subscription reports none. */
  cost: number | null;
  overspent: boolean;
  stuck: Stuck | undefined;
}

async function runModule(module: string, options: AgentTeamOptions, task: BuildTask, usd: number): Promise<TeamRun> {
  const { service, output_dir, log_file, timeout_ms } = task;
  const { python, env, look_ms = 1000 } = options;
  const stateFile = join(output_dir, ".agent-team", "STATE.json");
  const stampBefore = stampOf(stateFile);
  const group = runGroup(task.spawn);
  const overspending = overspendGuard(usd, options.grace_ms ?? 0);
  const watch = watchRun(task, options.care.stuck, {
    outputs: [log_file, stateFile],
    look_ms: options.care.look_ms,
  });
  const unfollow = followOutput({ log_file }, watch, options.care.error_span_ms);
  let shown = "";
  const look = () => {
    // A state that an earlier run left says nothing of this one.
    const state = stampOf(stateFile) === stampBefore ? undefined : readTeamState(stateFile);
    if (state === undefined) return undefined;
    const progress = teamProgress(state);
    if (JSON.stringify(progress) !== shown) task.progress?.(progress);
    shown = JSON.stringify(progress);
    overspending.look(state.total_cost ?? 0);
    return state;
  };
  const timer = setInterval(look, look_ms);
  try {
    const exit = await runToEnd(
      group.spawn,
      {
        purpose: `build ${service.name}`,
        command: python,
        args: ["-m", module, ...argumentsOf(options, task, usd)],
        cwd: output_dir,
        env,
        logFile: log_file,
      },
      { timeoutMs: timeout_ms, signal: AbortSignal.any([watch.signal, overspending.signal]) },
    );
    const state = look();
    return {
      exit,
      state,
      cost: state?.total_cost || null,
      overspent: overspending.signal.aborted,
      stuck: watch.stuck(),
    };
  } finally {
    clearInterval(timer);
    overspending.end();
    unfollow();
    watch.end();
    await group.end();
  }
}

/** With neither a PRD nor a task it would wait for somebody to talk to. */
function argumentsOf({ env, config }: AgentTeamOptions, task: BuildTask, usd: number): string[] {
  const depth = typeof task.config.depth === "string" ? task.config.depth : "standard";
  return [
    ...(task.findings.length > 0 ? [taskText(task)] : ["--prd", "prd_input.md"]),
    ...["--depth", task.findings.length > 0 ? "quick" : depth],
    ...["--cwd", task.output_dir],
    ...["--config", config === "" ? join(task.output_dir, "config.yaml") : config],
    ...["--milestone-cost-cap-usd", usd.toFixed(2)],
    "--no-interview",
    ...(env.ANTHROPIC_API_KEY === undefined ? ["--backend", "cli"] : []),
  ];
}

/** Status 0 is all that counts as its claim, and even that is also what a run gives that wrote no code. */
function claimOf({ exit, state, cost, overspent }: TeamRun, usd: number, logFile: string): BuildOutcome {
  const failed = state?.failed_milestones.length ?? 0;
  const reasons = [
    overspent ? `It was ended at $${usd.toFixed(2)}, the most it may cost.` : "",
    !overspent && exit.timedOut ? `It did not end in time (${logFile}).` : "",
    !overspent && !exit.timedOut && exit.code !== 0
      ? `agent-team ended with ${exit.signal ?? exit.code} (${logFile}).`
      : "",
    failed > 0 ? `${failed} milestones failed.` : "",
    state?.error_context ?? "",
  ];
  const error = reasons.filter(Boolean).join(" ").slice(0, 2000);
  const success = exit.code === 0 && failed === 0 && !overspent;
  const ratio = state?.summary.convergence_ratio;
  // Its counts are test files on disk: nothing was counted that ran.
  return { success, cost, error, test_passed: null, test_total: null, convergence_ratio: ratio || null };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? "" : [stat.mtimeMs, stat.ino, stat.size].join(" ");
}

function lastLine(file: string): string {
  return tailOf(file, 2000).trim().split("\n").at(-1) ?? "";
}
