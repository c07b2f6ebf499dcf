import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { type ClaudeResult, isLimited, obstacleOf, resultIn } from "../lib/claude/result.ts";
import { type ClaudeEnd, runClaude } from "../lib/claude/run.ts";
import { AppError } from "../lib/errors.ts";
import { tailOf } from "../lib/exec.ts";
import { inputSchema } from "../lib/zod-schema.ts";
import { type Limited, retryAfterIn } from "./agent/backoff.ts";
import { taskText } from "./agent/brief.ts";
import { claudeProgress } from "./agent/claude-progress.ts";
import { claudeReader } from "./agent/claude-reader.ts";
import { runGroup } from "./agent/group.ts";
import { handOver, type OwnCommand, SERVER_NAME } from "./agent/handover.ts";
import { withinBudget } from "./agent/paid.ts";
import { type Care, type RunEnd, supervise } from "./agent/supervise.ts";
import { watchRun } from "./agent/watch-run.ts";
import type { Builder, BuildOutcome, BuildTask } from "./port.ts";

export interface ClaudeCodeBuilderOptions {
  /** The program: a name on PATH or a path. */
  command: string;
  /** "" for its own default. */
  model: string;
  /** USD that one run may cost at most. */
  max_cost: number;
  permission_mode: string;
  /** Beside our own MCP tools. */
  allowed_tools: string[];
  env: Record<string, string>;
  own: OwnCommand;
  care: Care;
}

const SYSTEM_PROMPT =
  "You are building one service of a larger system, alone and unattended: nobody answers questions. End with the structured output, and claim only what you ran.";

/** Its last word. A claim: stored, and never believed. */
const Answer = z.object({
  success: z.boolean().describe("Whether the service is complete and its own tests pass."),
  summary: z.string().describe("What was done, in a few sentences."),
  unresolved: z.array(z.string()).default([]).describe("What is missing or doubtful, one sentence each."),
  tests_executed: z.number().int().min(0).nullable().default(null).describe("Tests run last; null when none were."),
  tests_passed: z.number().int().min(0).nullable().default(null).describe("How many of them passed."),
});
const SCHEMA: Record<string, unknown> = { ...inputSchema(Answer) };

/**
 * Builds with a headless `claude` that works in the service's folder. A fix goes on in the conversation that built the
 * service, when it is still there. Every run is reserved and settled in the task's budget; the reservation is its limit.
 * One that is stuck is ended and told so in its own conversation, then begun anew. Errors of `build`: see the port.
 */
export function createClaudeCodeBuilder(options: ClaudeCodeBuilderOptions): Builder {
  return {
    name: "claude-code",
    paid: true,
    build: async (task) => {
      task.signal.throwIfAborted();
      const left = task.cut_short ? finishedRun(task) : undefined;
      if (left) return left;
      let conversation = task.session;
      let runs = 0;
      return supervise(task, options.care, { name: "claude", canNudge: true }, async ({ how, message }) => {
        if (how === "restart") conversation = undefined;
        const inIt = how === "begin" || how === "restart" ? taskText(task) : message;
        const learned = how === "restart" ? [message] : [];
        const prompts = { resumed: inIt, anew: taskText({ ...task, learned: [...(task.learned ?? []), ...learned] }) };
        runs += 1;
        const resumed = conversation && (await oneRun(options, task, { resume: conversation }, prompts.resumed, runs));
        if (resumed) return resumed;
        conversation = randomUUID();
        return (await oneRun(options, task, { start: conversation }, prompts.anew, runs)) ?? { outcome: nothingSaid() };
      });
    },
  };
}

/** What a run claimed that came to its end while no driver was there to hear it; undefined when it was cut short too. */
function finishedRun({ service, attempt, log_file }: BuildTask): BuildOutcome | undefined {
  const folder = dirname(log_file);
  const prefix = logPrefix(service.name, attempt);
  const [newest] = readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith(MESSAGES))
    .map((name) => join(folder, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  const result = newest === undefined ? undefined : resultIn(tailOf(newest, MAX_RESULT_BYTES));
  if (result === undefined || result.is_error || !Answer.safeParse(result.structured_output).success) return undefined;
  return claimOf(result, undefined);
}

const MESSAGES = ".messages.jsonl";
/** The last message, whatever it holds. */
const MAX_RESULT_BYTES = 4_000_000;

function logPrefix(service: string, attempt: number): string {
  return `${service}.claude-${attempt}-`;
}

type Session = { start: string } | { resume: string };

/** undefined when the conversation that was to be resumed is not there any more. */
async function oneRun(
  options: ClaudeCodeBuilderOptions,
  task: BuildTask,
  session: Session,
  prompt: string,
  run: number,
): Promise<RunEnd | undefined> {
  const { command, model, env, own, permission_mode, care } = options;
  const { service, output_dir, log_file, attempt } = task;
  const log_dir = dirname(log_file);
  mkdirSync(log_dir, { recursive: true });
  const { brief, settings, mcpConfig, check } = handOver(task, own);
  const isResumed = "resume" in session;
  const group = runGroup(task.spawn);
  const allowed_tools = [...options.allowed_tools, `mcp__${SERVER_NAME}`];
  const log_name = `${logPrefix(service.name, attempt)}${run > 1 ? `${run}-` : ""}${isResumed ? "resumed" : "new"}`;
  return withinBudget(task, options.max_cost, async (max_cost, settle) => {
    let end: ClaudeEnd;
    const outputs = [MESSAGES, ".log"].map((ending) => join(log_dir, log_name + ending));
    const watch = watchRun(task, care.stuck, { outputs, look_ms: care.look_ms });
    const progress = claudeProgress(task.progress);
    const reader = claudeReader(log_file, watch);
    try {
      end = await runClaude({
        command,
        purpose: `build ${service.name}`,
        prompt: isResumed ? prompt : `${prompt}\n\n${brief}`,
        system_prompt: SYSTEM_PROMPT,
        schema: SCHEMA,
        session,
        model,
        max_cost,
        env,
        log_dir,
        log_name,
        spawn: group.spawn,
        signal: watch.signal,
        agent: { folder: output_dir, permission_mode, allowed_tools, settings, mcp_config: mcpConfig },
        onMessage: (message) => {
          progress(message);
          reader.read(message);
        },
      });
    } finally {
      watch.end();
      await group.end();
    }
    settle(end.cost);
    const breaches = check();
    task.signal.throwIfAborted();
    const stuck = watch.stuck();
    if (stuck) return { stuck, breaches };
    if (isResumed && isGone(end)) return undefined;
    if (end.result === undefined) {
      // What said nothing at all is not installed or does not know an option: once more would be the same.
      if (end.cost === null && end.failure instanceof AppError) return { died: end.failure, breaches };
      throw end.failure;
    }
    const limited = limitOf(end.result, reader.resetsAt());
    if (limited) return { limited, breaches };
    const obstacle = obstacleOf(end.result, end.messages);
    if (obstacle && obstacle.code !== "BUDGET_EXCEEDED") throw obstacle;
    return { outcome: claimOf(end.result, obstacle), breaches };
  });
}

/** The limit or overload that ended it; undefined when something else did. `resetsAt`: seconds since 1970. */
function limitOf(result: ClaudeResult, resetsAt: number | undefined): Limited | undefined {
  if (!isLimited(result)) return undefined;
  const reason = [result.result, ...result.errors].join(" ").trim().slice(0, 300);
  const retry_after = resetsAt === undefined ? retryAfterIn(reason) : Math.max(0, resetsAt - Date.now() / 1000);
  return { reason, retry_after };
}

function isGone({ result, failure }: ClaudeEnd): boolean {
  const said = [result?.result, ...(result?.errors ?? []), failure instanceof Error ? failure.message : ""];
  return said.some((text) => /no conversation found/i.test(text ?? ""));
}

function claimOf(result: ClaudeResult, obstacle: AppError | undefined): BuildOutcome {
  const common = { cost: result.total_cost_usd, convergence_ratio: null, session_id: result.session_id };
  const turns = result.num_turns === undefined ? {} : { turns: result.num_turns };
  const answer = Answer.safeParse(result.structured_output);
  if (!answer.success || obstacle !== undefined) {
    const said = [result.result, ...result.errors].join(" ").trim().slice(0, 500) || result.subtype;
    const error = obstacle?.message ?? `claude ended without its structured answer: ${said}`;
    return { ...common, ...turns, success: false, error, test_passed: null, test_total: null };
  }
  const { success, summary, unresolved, tests_passed, tests_executed } = answer.data;
  const error = [...(success ? [] : [summary]), ...unresolved].join(" ").slice(0, 2000);
  return { ...common, ...turns, success, error, test_passed: tests_passed, test_total: tests_executed };
}

function nothingSaid(): BuildOutcome {
  const error = "claude said that a new conversation was not there.";
  return { success: false, cost: null, error, test_passed: null, test_total: null, convergence_ratio: null };
}
