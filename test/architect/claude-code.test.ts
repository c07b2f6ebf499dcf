import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { createClaudeCodeArchitect } from "../../src/architect/claude-code.ts";
import type { PlanRequest } from "../../src/architect/port.ts";
import { validateContract } from "../../src/contracts/validate.ts";
import { claudeEnvironment } from "../../src/lib/claude/environment.ts";
import { AppError } from "../../src/lib/errors.ts";
import { type Child, type SpawnSpec, spawnGroup } from "../../src/lib/exec.ts";
import { isAlive } from "../../src/lib/process.ts";
import { CLAUDE, isolatedClaude, NEEDS_CLAUDE } from "../support/claude.ts";
import { type ScriptedAnswer, type ScriptedMessages, scriptedMessages } from "../support/scripted-messages.ts";
import { budgetOf } from "./budget.ts";
import { LIBRARY_PRD, libraryProposal } from "./proposals.ts";

const open: ScriptedMessages[] = [];
afterEach(() => Promise.all(open.splice(0).map((api) => api.close())));

const answer = (input: unknown, tokens: { input?: number; output?: number } = {}): ScriptedAnswer => ({
  say: [{ tool: "StructuredOutput", input }],
  ...tokens,
});
const good = answer(libraryProposal());
const bad = answer(
  libraryProposal({ events: [{ name: "loan.opened", publishers: [], consumers: ["reminders-service"] }] }),
);

interface Case {
  limit?: number;
  max_cost?: number;
  request?: Partial<PlanRequest>;
  command?: string;
  env?: Record<string, string>;
}

/** Plan with the real program against a script. */
async function plan(script: Parameters<typeof scriptedMessages>[0], over: Case = {}) {
  const api = await scriptedMessages(script);
  open.push(api);
  const children: { spec: SpawnSpec; child: Child }[] = [];
  const log_dir = mkdtempSync(join(tmpdir(), "so-plan-"));
  onTestFinished(() => rmSync(log_dir, { recursive: true, force: true }));
  const { budget, runs } = budgetOf(over.limit ?? 5);
  const architect = createClaudeCodeArchitect({
    validate: validateContract,
    command: over.command ?? CLAUDE ?? "claude",
    model: "",
    max_cost: over.max_cost ?? 4,
    env: isolatedClaude(api.url, over.env),
  });
  const planned = architect.plan({
    prd: LIBRARY_PRD,
    feedback: [],
    budget,
    log_dir,
    spawn: async (spec) => {
      const child = await spawnGroup(spec);
      children.push({ spec, child });
      return child;
    },
    ...over.request,
  });
  const outcome = await planned.then(
    (value) => ({ plan: value, error: undefined }),
    (error: unknown) => ({ plan: undefined, error: error instanceof AppError ? error : undefined, thrown: error }),
  );
  return { ...outcome, api, runs, children, log_dir };
}

// Each starts a program of 240 MB up to four times: on a busy machine that takes its time.
describe.skipIf(CLAUDE === undefined)(
  `claude-code with the real program (${NEEDS_CLAUDE})`,
  { timeout: 300_000 },
  () => {
    it("plans in one run that sees the PRD and has no tool but the answer", async () => {
      const { plan: made, api, runs, children, log_dir } = await plan([good]);
      expect(made?.service_map.services).toHaveLength(3);
      expect(api.requests).toHaveLength(1);
      expect(api.requests[0]).toMatchObject({ tools: ["StructuredOutput"], apiKey: "sk-dummy" });
      expect(api.requests[0]?.messages).toContain("A library lends books to readers");
      expect(runs).toEqual([{ most: 4, cost: expect.closeTo(0.0175, 6) }]);
      expect(children.map(({ spec }) => spec.purpose)).toEqual(["architect"]);
      expect(readdirSync(log_dir).some((file) => file.endsWith("messages.jsonl"))).toBe(true);
    });

    it("hands on all feedback, and the plan it is about", async () => {
      const first = await plan([good]);
      const request = { feedback: ["use two services", "call it Bibliothek"], previous: first.plan };
      const { api } = await plan([good], { request });
      for (const text of ["1. use two services", "2. call it Bibliothek", "reminders-service"])
        expect(api.requests[0]?.messages).toContain(text);
    });

    it("sends an answer with faults back in the same session, and takes the corrected one", async () => {
      const { plan: made, api, runs } = await plan([bad, good]);
      expect(made?.service_map.services).toHaveLength(3);
      expect(api.requests).toHaveLength(2);
      expect(api.requests[1]?.messages).toContain("Nobody publishes loan.opened");
      expect(api.requests[1]?.messages).toContain("A library lends books to readers");
      expect(runs.map(({ cost }) => cost)).toEqual([expect.closeTo(0.0175, 6), expect.closeTo(0.0175, 6)]);
    });

    it("says what is wrong after two repairs, with what it cost", async () => {
      const { error, api, runs } = await plan([bad]);
      expect(error).toMatchObject({
        code: "PLAN_INVALID",
        message: expect.stringContaining("Nobody publishes loan.opened"),
      });
      expect(api.requests).toHaveLength(3);
      expect(runs).toHaveLength(3);
    });

    it("takes words in place of an answer, and answers out of schema, as faults", async () => {
      const { plan: made } = await plan((request) =>
        request.messages.includes("No answer in the schema") ? good : { say: ["I would rather talk about it."] },
      );
      expect(made?.service_map.services).toHaveLength(3);
      const { error } = await plan([answer({ services: "many" })]);
      expect(error).toMatchObject({ code: "PLAN_INVALID" });
    });

    const obstacles: [string, ScriptedAnswer, RegExp, RegExp][] = [
      [
        "a refused key",
        { status: 401, type: "authentication_error", message: "invalid x-api-key" },
        /not logged in|refused/,
        /log in/,
      ],
      ["a rate limit", { status: 429, type: "rate_limit_error", message: "slow down" }, /rate limit/, /Wait/],
      [
        "an overloaded API",
        { status: 529, type: "overloaded_error", message: "Overloaded" },
        /its API is overloaded/,
        /resume/,
      ],
      ["garbage", { raw: "<html>a proxy's page</html>" }, /could not reach/, /later/],
    ];
    it.each(obstacles)("%s is the machine's trouble, not the plan's", async (_what, script, message, remedy) => {
      const { error, runs } = await plan([script]);
      expect(error?.code).toBe("ENVIRONMENT");
      expect(error?.message).toMatch(message);
      expect(error?.remedy).toMatch(remedy);
      expect(runs.map(({ cost }) => cost)).toEqual([0]);
    });

    it("a model that is not there, and a PRD longer than the model reads", async () => {
      const none = await plan([{ status: 404, type: "not_found_error", message: "model: claude-none" }]);
      expect(none.error).toMatchObject({ code: "ENVIRONMENT", remedy: expect.stringContaining("another model") });
      const message = "prompt is too long: 250000 tokens > 200000 maximum";
      const long = await plan([{ status: 400, type: "invalid_request_error", message }]);
      expect(long.error).toMatchObject({
        code: "INVALID_INPUT",
        message: expect.stringContaining("longer than the model"),
      });
    });

    it("nobody logged in", async () => {
      const { error, api } = await plan([good], { env: { ANTHROPIC_API_KEY: "" } });
      expect(error).toMatchObject({ code: "ENVIRONMENT", message: expect.stringMatching(/not logged in/i) });
      expect(api.requests).toEqual([]);
    });

    it("ends the program at the time limit; what it cost is unknown, so the most counts", async () => {
      const late = new AppError("PHASE_TIMEOUT", "too long", { remedy: "wait" });
      const limit = new AbortController();
      const { error, children, runs } = await plan(
        () => {
          limit.abort(late);
          return { hang: true };
        },
        { request: { signal: limit.signal } },
      );
      expect(error).toBe(late);
      expect(children.map(({ child }) => isAlive(child))).toEqual([false]);
      expect(runs).toEqual([{ most: 4, cost: null }]);
    });

    it("killed by somebody else", async () => {
      const pids: number[] = [];
      const { error, runs } = await plan(
        () => {
          for (const pid of pids) process.kill(-pid, "SIGKILL");
          return { hang: true };
        },
        {
          request: {
            spawn: async (spec) => {
              const child = await spawnGroup(spec);
              pids.push(child.pid);
              return child;
            },
          },
        },
      );
      expect(error).toMatchObject({ code: "ENVIRONMENT", message: expect.stringContaining("SIGKILL") });
      expect(runs).toEqual([{ most: 4, cost: null }]);
    });

    it("stops at its budget, also between repairs", async () => {
      const dear = answer({ nothing: true }, { input: 900_000, output: 60_000 });
      const stopped = await plan([dear], { limit: 1 });
      expect(stopped.error).toMatchObject({ code: "BUDGET_EXCEEDED" });
      expect(stopped.runs[0]?.most).toBe(1);
      expect(stopped.runs[0]?.cost).toBeGreaterThan(1);
      const { error, api } = await plan(
        [answer(libraryProposal({ endpoints: [], services: [] }), { output: 30_000 })],
        {
          max_cost: 0.5,
        },
      );
      expect(error?.code).toBe("BUDGET_EXCEEDED");
      expect(api.requests.length).toBeLessThan(3);
    });

    it("leaves nothing in the temporary folder when it has no folder for logs", async () => {
      const before = readdirSync(tmpdir()).filter((name) => name.startsWith("so-architect-"));
      const api = await scriptedMessages([good]);
      open.push(api);
      const architect = createClaudeCodeArchitect({
        validate: validateContract,
        command: CLAUDE ?? "claude",
        model: "claude-sonnet-4-5",
        max_cost: 1,
        env: isolatedClaude(api.url),
      });
      await architect.plan({ prd: LIBRARY_PRD, feedback: [], budget: budgetOf(1).budget });
      expect(api.requests[0]?.model).toBe("claude-sonnet-4-5");
      expect(readdirSync(tmpdir()).filter((name) => name.startsWith("so-architect-"))).toEqual(before);
    });
  },
);

describe("claude-code on any machine", () => {
  it("a missing program", async () => {
    const { error, runs } = await plan([good], { command: "no-such-claude" });
    expect(error).toMatchObject({ code: "ENVIRONMENT", remedy: expect.stringContaining("Install Claude Code") });
    expect(runs.map(({ cost }) => cost)).toEqual([0]);
  });

  it("starts nothing without a budget", async () => {
    const none = await plan([good], { request: { budget: undefined } });
    expect(none.error).toMatchObject({ code: "BUDGET_EXCEEDED" });
    const spent = await plan([good], { limit: 0.001 });
    expect(spent.error).toMatchObject({ code: "BUDGET_EXCEEDED" });
    expect([...none.children, ...spent.children]).toEqual([]);
  });

  it("gets its account and network, and nothing of the session that may have started us", () => {
    const env = claudeEnvironment({
      CLAUDECODE: "1",
      CLAUDE_CODE_ENTRYPOINT: "cli",
      CLAUDE_CODE_SSE_PORT: "1234",
      CLAUDE_CODE_OAUTH_TOKEN: "token",
      ANTHROPIC_API_KEY: "key",
      HTTPS_PROXY: "http://proxy",
      DATABASE_PASSWORD: "secret",
    });
    expect(env).toMatchObject({
      CLAUDE_CODE_OAUTH_TOKEN: "token",
      ANTHROPIC_API_KEY: "key",
      HTTPS_PROXY: "http://proxy",
    });
    for (const name of ["CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT", "DATABASE_PASSWORD"])
      expect(env).not.toHaveProperty(name);
  });
});
