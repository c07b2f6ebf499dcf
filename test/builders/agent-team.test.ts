import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Care } from "../../src/builders/agent/supervise.ts";
import { agentTeamEnvironment, createAgentTeamBuilder } from "../../src/builders/agent-team.ts";
import type { Builder, BuildNote, BuildProgress, BuildTask } from "../../src/builders/port.ts";
import { verifyService } from "../../src/builders/verify.ts";
import { onPath } from "../../src/lib/claude/environment.ts";
import { spawnGroup } from "../../src/lib/exec.ts";
import { describeBuilder } from "./builder-contract.ts";
import { budgetOf, CARE, OWN } from "./programs.ts";
import { taskFor, temporaryFolder } from "./support.ts";

const PYTHON = onPath("python3");
const STAND_IN = join(import.meta.dirname, "agent_team_stand_in.py");

/** A Python in which the stand-in is installed under a name. */
function team(
  scenario: string,
  over: { module?: string; env?: Record<string, string>; max_cost?: number; grace_ms?: number; care?: Care } = {},
): Builder {
  const { module = "agent_team_v15", env = {}, max_cost = 4, grace_ms = 0, care = CARE } = over;
  const packages = temporaryFolder();
  if (module !== "") {
    mkdirSync(join(packages, module));
    copyFileSync(STAND_IN, join(packages, module, "__main__.py"));
  }
  const given = { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: "1", SCENARIO: scenario, ...env };
  return createAgentTeamBuilder({
    python: PYTHON ?? "python3",
    config: "",
    max_cost,
    env: agentTeamEnvironment(given, {}),
    own: OWN,
    grace_ms,
    care,
    look_ms: 50,
  });
}

function newTask(over: Partial<BuildTask> = {}) {
  const { budget, runs } = budgetOf(5);
  const steps: BuildProgress[] = [];
  const notes: BuildNote[] = [];
  const task = taskFor(temporaryFolder(), "accounts-service", {
    budget,
    prd: "# Shop",
    config: { depth: "thorough" },
    progress: (step) => steps.push(step),
    note: (note) => notes.push(note),
    ...over,
  });
  const seen = (): { args: string[]; env: string[] } =>
    JSON.parse(readFileSync(join(task.output_dir, "seen.json"), "utf8"));
  return { task, runs, steps, notes, seen };
}

const finding = {
  code: "CORS-001",
  severity: "error" as const,
  service: "accounts-service",
  where: "app.js:1",
  message: "Wildcard.",
  fix: "Name origins.",
  reproduce: "",
  fingerprint: "f",
};

describe.skipIf(PYTHON === undefined)("agent-team (needs python3)", () => {
  describeBuilder("agent-team", () => team("builds"), {
    deterministic: false,
    get task() {
      return { budget: budgetOf(50).budget, prd: "# Shop" };
    },
  });

  it("is started on the PRD in its folder, with a configuration of its own, and asks nobody", async () => {
    const { task, seen, steps, runs } = newTask();
    const claim = await team("builds").build(task);
    const { args, env } = seen();
    expect(args).toEqual([
      ...["--prd", "prd_input.md", "--depth", "thorough", "--cwd", task.output_dir],
      ...["--config", join(task.output_dir, "config.yaml"), "--milestone-cost-cap-usd", "4.00", "--no-interview"],
      ...["--backend", "cli"],
    ]);
    expect(readFileSync(join(task.output_dir, "prd_input.md"), "utf8")).toBe("# Shop");
    expect(readFileSync(join(task.output_dir, "config.yaml"), "utf8")).toContain("default: thorough");
    expect(env).toContain("AGENT_TEAM_KEEP_STATE");
    expect(claim).toMatchObject({ success: true, cost: 1.25 });
    expect(steps.at(-1)).toEqual({ doing: "complete, m1, 0 of 2 milestones", turns: null, cost: 1.25 });
    expect(runs).toEqual([{ usd: 4, cost: 1.25 }]);
  });

  it("gets what is to be fixed as its task, with its key, and not the PRD again", async () => {
    const { task, seen } = newTask({ findings: [finding], attempt: 2 });
    await team("builds", { env: { ANTHROPIC_API_KEY: "sk-dummy" } }).build(task);
    const { args, env } = seen();
    expect(args[0]).toContain("CORS-001");
    expect(args).not.toContain("--prd");
    expect(args.slice(1, 3)).toEqual(["--depth", "quick"]);
    expect(args).toContain("--no-interview");
    expect(args).not.toContain("--backend");
    expect(env).toContain("ANTHROPIC_API_KEY");
  });

  it("is not believed: neither its success nor its test counts", async () => {
    const { task } = newTask();
    const claim = await team("writes-nothing").build(task);
    expect(claim).toMatchObject({ test_passed: null, test_total: null, convergence_ratio: null });
    const evidence = await verifyService({
      service: "accounts-service",
      directory: task.output_dir,
      logDir: join(task.output_dir, "..", "..", "logs"),
      spawn: spawnGroup,
      timeoutMs: 60_000,
      signal: task.signal,
    });
    expect(evidence.verified).toBe(false);
  });

  it("that fails says why, and is settled with its cost", async () => {
    const { task, runs } = newTask();
    const claim = await team("fails").build(task);
    expect(claim).toMatchObject({
      success: false,
      error: expect.stringMatching(/1 milestones failed.*did not converge/),
    });
    expect(runs).toEqual([{ usd: 4, cost: 1.5 }]);
  });

  it("is ended as soon as its state says that it spent what it may", async () => {
    const { task, runs } = newTask();
    const claim = await team("spends").build(task);
    expect(claim).toMatchObject({ success: false, error: expect.stringContaining("ended at $4.00") });
    expect(runs).toEqual([{ usd: 4, cost: 99 }]);
  });

  it("may finish what it is at when it has spent a little more than it may, for as long as its grace lasts", async () => {
    const { task, runs } = newTask();
    const patient = team("spends-a-little", { env: { LONGER: "0.4" }, grace_ms: 60_000 });
    expect(await patient.build(task)).toMatchObject({ success: true, cost: 4.5 });
    expect(runs).toEqual([{ usd: 4, cost: 4.5 }]);
    const short = newTask();
    const late = team("spends-a-little", { env: { LONGER: "600" }, grace_ms: 200 });
    expect(await late.build(short.task)).toMatchObject({
      success: false,
      error: expect.stringContaining("ended at $4.00"),
    });
    const wild = team("spends", { grace_ms: 600_000 });
    expect(await wild.build(newTask().task)).toMatchObject({ success: false });
  });

  it("is ended in time", async () => {
    const { task } = newTask({ timeout_ms: 1500 });
    expect(await team("hangs").build(task)).toMatchObject({
      success: false,
      error: expect.stringContaining("in time"),
    });
  });

  it("that hangs is begun anew, then given up with the reason", async () => {
    const { task, runs, notes } = newTask();
    const stuck = { ...CARE.stuck, silence: 3 };
    const claim = await team("hangs", { care: { ...CARE, stuck } }).build(task);
    expect(claim).toMatchObject({ success: false, stuck: expect.stringContaining("said nothing and changed no file") });
    expect(notes).toMatchObject([
      { what: "silent", next: "restart" },
      { what: "silent", next: "give_up" },
    ]);
    expect(runs.map(({ cost }) => cost)).toEqual([0.5, 0.5]);
  });

  it("that meets a limit of its API is waited for", async () => {
    const { task, runs, notes } = newTask();
    const backoff = { first: 0.1, most: 0.1, give_up: 10 };
    expect(await team("limited", { care: { ...CARE, backoff } }).build(task)).toMatchObject({ success: true });
    expect(notes).toMatchObject([{ kind: "backoff", reason: expect.stringContaining("529 overloaded_error") }]);
    expect(runs.map(({ cost }) => cost)).toEqual([0.5, 1.25]);
  });

  it("counts with all that was put aside when it reports no cost, as with a subscription", async () => {
    const { task, runs } = newTask();
    expect(await team("subscription").build(task)).toMatchObject({ success: true, cost: null });
    expect(runs).toEqual([{ usd: 4, cost: null }]);
  });

  it("does not take the state of an earlier run for its own", async () => {
    const { task, runs } = newTask();
    await team("fails").build(task);
    const steps = runs.length;
    await team("builds").build({ ...task, attempt: 2 });
    expect(runs.slice(steps)).toEqual([{ usd: 3.5, cost: 1.25 }]);
  });

  it("has an older name too, and is missed by name when it is not installed", async () => {
    const { task } = newTask();
    expect(await team("builds", { module: "agent_team" }).build(task)).toMatchObject({ success: true });
    const none = newTask();
    await expect(team("builds", { module: "" }).build(none.task)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("no agent_team_v15"),
    });
    expect(none.runs).toEqual([{ usd: 4, cost: 0 }]);
    expect(existsSync(join(none.task.output_dir, "package.json"))).toBe(false);
  });

  it("starts inside a Claude Code session: nothing of that reaches it", () => {
    const env = agentTeamEnvironment(
      { CLAUDE_CODE_ENTRYPOINT: "cli" },
      { CLAUDECODE: "1", ANTHROPIC_API_KEY: "sk-dummy", SECRET: "x" },
    );
    expect(Object.keys(env)).toContain("ANTHROPIC_API_KEY");
    expect(Object.keys(env).filter((name) => /CLAUDECODE|CLAUDE_CODE_|SECRET/.test(name))).toEqual([]);
  });
});
