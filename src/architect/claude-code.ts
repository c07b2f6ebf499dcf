import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContractRegistry } from "../contracts/port.ts";
import { obstacleOf } from "../lib/claude/result.ts";
import { type ClaudeRun, runClaude } from "../lib/claude/run.ts";
import { AppError } from "../lib/errors.ts";
import { spawnGroup } from "../lib/exec.ts";
import type { Plan } from "../model/plan.ts";
import type { Architect, PlanFault, PlanRequest } from "./port.ts";
import { briefFor, promptFor, repairPrompt } from "./proposal/brief.ts";
import { judgeProposal } from "./proposal/judge.ts";

export interface ClaudeCodeOptions {
  validate: ContractRegistry["validate"];
  /** The program: a name on PATH or a path. */
  command: string;
  /** "" for its own default. */
  model: string;
  /** USD that one planning, with its repairs, may cost at most. */
  max_cost: number;
  env: Record<string, string>;
  clock?: () => Date;
}

/** How often an answer with faults is sent back. */
const REPAIRS = 2;
/** Less than this is no budget for a run, in USD. */
const LEAST = 0.01;
const SYSTEM_PROMPT =
  "You are a software architect. You plan multi-service systems from product requirements and answer through the structured output only.";

/**
 * Plans with a headless `claude` that has no tools: its answer is judged like any other, and sent back with its faults at
 * most twice, in the same session. Every run is reserved and settled in the request's budget.
 * Errors of `plan`: see the port; PLAN_INVALID with the last faults.
 */
export function createClaudeCodeArchitect(options: ClaudeCodeOptions): Architect {
  return {
    name: "claude-code",
    async plan(request) {
      const { log_dir } = request;
      if (log_dir !== undefined) return planIn(log_dir, request, options);
      const temporary = mkdtempSync(join(tmpdir(), "so-architect-"));
      try {
        return await planIn(temporary, request, options);
      } finally {
        rmSync(temporary, { recursive: true, force: true });
      }
    },
  };
}

async function planIn(folder: string, request: PlanRequest, options: ClaudeCodeOptions): Promise<Plan> {
  mkdirSync(folder, { recursive: true });
  const id = randomUUID();
  const { command, model, env } = options;
  const common = {
    purpose: "architect",
    command,
    model,
    env,
    system_prompt: SYSTEM_PROMPT,
    schema: briefFor(request).schema,
    log_dir: folder,
    spawn: request.spawn ?? spawnGroup,
    signal: request.signal ?? new AbortController().signal,
  };
  const spending = { left: options.max_cost };
  let prompt = promptFor(request);
  let faults: PlanFault[] = [];
  for (let attempt = 0; attempt <= REPAIRS; attempt += 1) {
    const session = attempt === 0 ? { start: id } : { resume: id };
    const log_name = `architect-${id.slice(0, 8)}-${attempt + 1}`;
    const answer = await paidRun(request, spending, { ...common, session, prompt, log_name });
    const judged =
      "fault" in answer ? { plan: null, faults: [answer.fault] } : await judgeProposal(answer.output, request, options);
    if (judged.plan) return judged.plan;
    faults = judged.faults;
    prompt = repairPrompt(faults);
  }
  const shown = faults.slice(0, 3).map(({ path, message }) => `${path || "the answer"}: ${message}`);
  throw new AppError("PLAN_INVALID", `claude gave no valid plan in ${REPAIRS + 1} attempts: ${shown.join(" ")}`, {
    remedy: `Say more clearly in the PRD what these are about, then resume; the answers are in ${folder}.`,
    details: { faults },
  });
}

/** One run within the budget; its cost is settled whatever becomes of it. */
async function paidRun(
  { budget }: PlanRequest,
  spending: { left: number },
  run: Omit<ClaudeRun, "max_cost">,
): Promise<{ output: unknown } | { fault: PlanFault }> {
  const max_cost = Math.min(spending.left, budget?.left() ?? 0);
  if (budget === undefined || max_cost < LEAST)
    throw new AppError("BUDGET_EXCEEDED", `$${max_cost.toFixed(2)} is left for planning; claude is not started.`, {
      remedy: "Give a budget_limit, or a higher one; architect.max_cost limits planning within it.",
    });
  const settle = budget.reserve(max_cost);
  let cost: number | null = 0;
  try {
    const end = await runClaude({ ...run, max_cost });
    cost = end.cost;
    spending.left -= cost ?? max_cost;
    if (end.result === undefined) throw end.failure;
    const obstacle = obstacleOf(end.result, end.messages);
    if (obstacle) throw obstacle;
    const { structured_output: output, result, subtype, errors } = end.result;
    if (output !== undefined) return { output };
    const said = [result, ...errors].join(" ").trim().slice(0, 300) || subtype;
    return { fault: { path: "", about: "the answer", message: `No answer in the schema was given: ${said}` } };
  } finally {
    settle(cost);
  }
}
