import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createContext } from "../../src/context.ts";
import { DomainModel } from "../../src/model/domain-model.ts";
import { ServiceMap } from "../../src/model/service-map.ts";
import type { PipelineStatus } from "../../src/model/status.ts";
import { LIBRARY_PRD, libraryProposal } from "../architect/proposals.ts";
import { CLAUDE, folderWithClaude, isolatedClaude, NEEDS_CLAUDE } from "../support/claude.ts";
import { type ScriptedMessages, scriptedMessages } from "../support/scripted-messages.ts";
import {
  callPipeline,
  childrenOf,
  cli,
  connect,
  driverOf,
  isRunning,
  makeWorkspace,
  removeWorkspace,
  status,
  waitFor,
} from "./support.ts";

const silent = { info() {}, error() {}, warn() {}, debug() {} };
const callWith = (client: Client) => async (name: string, args: Record<string, unknown>) => {
  const result = await client.callTool({ name, arguments: args }, undefined, { timeout: 120_000 });
  const [block] = result.content as { text: string }[];
  return {
    error: result.isError ? JSON.parse(block?.text ?? "{}").error : undefined,
    data: Object(result.structuredContent),
  };
};

describe("the calling agent plans (architect.backend host)", { timeout: 300_000 }, () => {
  let workspace: string;
  let client: Client;
  let call: ReturnType<typeof callWith>;
  let id: string;
  beforeAll(async () => {
    workspace = makeWorkspace();
    writeFileSync(join(workspace, "host.yaml"), "architect:\n  backend: host\n");
    client = await connect(workspace, ["--toolsets", "all"]);
    call = callWith(client);
  });
  afterAll(async () => {
    await client.close();
    await removeWorkspace(workspace);
  });

  it("waits without a driver, and says what to do", async () => {
    ({ pipeline_id: id } = await callPipeline(client, "run_pipeline", { prd: LIBRARY_PRD, config: "host.yaml" }));
    const waiting = await waitFor(client, id);
    expect(waiting).toMatchObject({
      state: "architect_running",
      status: "waiting_for_plan",
      running: [],
      review: null,
    });
    expect(waiting.next_step).toContain("get_architect_brief");
    expect(waiting.next_step).toContain("submit_architecture");
    expect(waiting.backends).toContainEqual(expect.objectContaining({ role: "architect", picked: "host" }));
    const resumed = await call("resume_pipeline", { pipeline_id: id });
    expect(resumed.error).toMatchObject({
      code: "WRONG_STATE",
      remedy: expect.stringContaining("submit_architecture"),
    });
  });

  it("hands out rules, schema and PRD", async () => {
    const { data } = await call("get_architect_brief", { pipeline_id: id });
    expect(data).toMatchObject({
      prd: LIBRARY_PRD,
      schema: { type: "object" },
      next_step: expect.stringContaining(id),
    });
    expect(data.instructions).toContain("Invent nothing");
  });

  it("gives faults back and goes on waiting; refuses what is no JSON", async () => {
    const wrong = libraryProposal({ events: [{ name: "loan.opened", consumers: ["reminders-service"] }] });
    const { data } = await call("submit_architecture", { pipeline_id: id, architecture: JSON.stringify(wrong) });
    expect(data).toMatchObject({
      accepted: false,
      faults: [{ message: "Nobody publishes loan.opened, which reminders-service consumes." }],
    });
    expect((await call("submit_architecture", { architecture: "# a plan" })).error).toMatchObject({
      code: "INVALID_INPUT",
    });
    expect((await call("submit_architecture", {})).error).toMatchObject({ code: "INVALID_INPUT" });
    expect((await call("submit_architecture", { architecture_path: "nowhere.json" })).error).toMatchObject({
      code: "NOT_FOUND",
    });
    expect(await waitFor(client, id)).toMatchObject({ status: "waiting_for_plan" });
  });

  it("takes a sound plan from a file, on the command line too, and shows it for review", async () => {
    writeFileSync(join(workspace, "plan.json"), JSON.stringify(libraryProposal()));
    const { code, stdout } = await cli(workspace, ["submit-architecture", "plan.json", "--pipeline-id", id]);
    expect(stdout).toContain("The plan is taken.");
    expect(code).toBe(0);
    const { review, status: run, reports } = await waitFor(client, id);
    expect(run).toBe("waiting_for_review");
    expect(review?.services).toContain(
      "loans-service: 3 endpoints; owns Loan; calls catalog-service; publishes loan.opened",
    );
    expect(review?.diagram).toMatch(/s1 --> s0[\s\S]*s1 -\. "loan\.opened" \.-> s2/);
    expect(readFileSync(reports.service_map_diagram ?? "", "utf8")).toBe(review?.diagram);
  });

  it("refuses a second plan, and one for a pipeline that plans by itself", async () => {
    const again = await call("submit_architecture", { pipeline_id: id, architecture_path: "plan.json" });
    expect(again.error).toMatchObject({ code: "WRONG_STATE", message: expect.stringContaining("handed in already") });
    expect((await call("get_architect_brief", { pipeline_id: id })).error).toMatchObject({ code: "WRONG_STATE" });
    const other = await callPipeline(client, "run_pipeline", { prd: LIBRARY_PRD });
    await waitFor(client, other.pipeline_id);
    const { error } = await call("submit_architecture", {
      pipeline_id: other.pipeline_id,
      architecture_path: "plan.json",
    });
    expect(error).toMatchObject({ code: "WRONG_STATE", message: expect.stringContaining("planned by builtin") });
  });

  it("answers what is planned, by the names that Build 1 uses", async () => {
    const map = await call("get_service_map", { pipeline_id: id, diagram: true });
    expect(ServiceMap.parse(map.data).services.map(({ name }) => name)).toContain("loans-service");
    expect(map.data.diagram).toContain("flowchart LR");
    const domain = await call("get_domain_model", { project_name: "library", service_name: "loans-service" });
    expect(DomainModel.parse(domain.data)).toMatchObject({
      entities: [{ name: "Loan", state_machine: { initial_state: "open" } }],
      relationships: [{ target_entity: "Book" }],
    });
    const contracts = await call("get_contracts_for_service", { service_name: "loans-service", pipeline_id: id });
    expect(contracts.data.contracts).toEqual([
      expect.objectContaining({ role: "provider", type: "openapi", counterparty: "", id: null }),
      expect.objectContaining({
        role: "provider",
        type: "asyncapi",
        counterparty: "reminders-service",
        summary: "publishes loan.opened",
      }),
      expect.objectContaining({ role: "consumer", type: "openapi", counterparty: "catalog-service" }),
    ]);
    expect((await call("get_contracts_for_service", { service_name: "loan-service" })).error).toMatchObject({
      code: "NOT_FOUND",
    });
    expect((await call("get_service_map", { project_name: "nobody" })).error).toMatchObject({ code: "NOT_FOUND" });
    const printed = await cli(workspace, ["domain-model", id]);
    expect(printed.stdout).toContain("Loan (loans-service): id: uuid");
  });

  it("hands a rejection's feedback to the next attempt, with the plan it is about", async () => {
    await callPipeline(client, "review_architecture", {
      decision: "reject",
      pipeline_id: id,
      feedback: "Call it Bibliothek.",
    });
    expect(await waitFor(client, id)).toMatchObject({ status: "waiting_for_plan" });
    const { data } = await call("get_architect_brief", { pipeline_id: id });
    expect(data.instructions).toContain("1. Call it Bibliothek.");
    expect(data.instructions).toContain('"project_name":"Library"');
    const next = libraryProposal({ project_name: "Bibliothek" });
    const other = await connect(workspace, ["--toolsets", "all"]);
    const submission = { pipeline_id: id, architecture: next };
    const both = await Promise.all([
      call("submit_architecture", submission),
      callWith(other)("submit_architecture", submission),
    ]);
    expect(both.filter(({ data }) => data.accepted)).toHaveLength(1);
    expect(both.flatMap(({ error }) => error?.code ?? [])).toEqual([
      expect.stringMatching(/^(LEASE_HELD|WRONG_STATE)$/),
    ]);
    await other.close();
    expect(await waitFor(client, id)).toMatchObject({ project_name: "Bibliothek", status: "waiting_for_review" });
  });

  it("is built, tested and gated like any other plan", async () => {
    await callPipeline(client, "review_architecture", { decision: "approve", pipeline_id: id });
    expect(await waitFor(client, id)).toMatchObject({ state: "complete" });
    const { data } = await call("get_contracts_for_service", { service_name: "catalog-service", pipeline_id: id });
    expect(data.contracts[0]).toMatchObject({ id: expect.any(String), counterparty: "loans-service" });
  });

  it("keeps a plan that was taken when no driver could be started after it", async () => {
    const started = await callPipeline(client, "run_pipeline", { prd: LIBRARY_PRD, config: "host.yaml" });
    await waitFor(client, started.pipeline_id);
    const crashing = createContext({ workspace, log: silent as never, cliEntry: join(workspace, "no-such-driver.js") });
    const { submitPlan } = await import("../../src/pipeline/submission.ts");
    const architect = await crashing.architectFor(
      (await import("../../src/config.ts")).loadConfig(workspace, join(workspace, "host.yaml")),
    );
    const submitted = submitPlan(crashing, architect, {
      id: started.pipeline_id,
      answer: () => libraryProposal(),
      signal: new AbortController().signal,
    });
    await expect(submitted).rejects.toMatchObject({ code: "ENVIRONMENT" });
    crashing.close();
    const seen = await waitFor(client, started.pipeline_id);
    expect(seen.status).toBe("stalled");
    const again = await call("submit_architecture", {
      pipeline_id: started.pipeline_id,
      architecture_path: "plan.json",
    });
    expect(again.error).toMatchObject({ code: "WRONG_STATE" });
    await callPipeline(client, "resume_pipeline", { pipeline_id: started.pipeline_id });
    expect(await waitFor(client, started.pipeline_id)).toMatchObject({ status: "waiting_for_review" });
  });
});

describe.skipIf(CLAUDE === undefined)(`claude plans (${NEEDS_CLAUDE})`, { timeout: 300_000 }, () => {
  const before = { ...process.env };
  const apis: ScriptedMessages[] = [];
  let workspace: string;
  beforeAll(() => {
    workspace = makeWorkspace();
  });
  afterAll(async () => {
    await Promise.all(apis.map((api) => api.close()));
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, before);
    await removeWorkspace(workspace);
  });

  /** From now on `claude` is on PATH and talks to this script. */
  async function script(answers: Parameters<typeof scriptedMessages>[0]): Promise<ScriptedMessages> {
    const api = await scriptedMessages(answers);
    apis.push(api);
    const {
      HOME = "",
      CLAUDE_CONFIG_DIR = "",
      ANTHROPIC_BASE_URL = "",
      ANTHROPIC_API_KEY = "",
    } = isolatedClaude(api.url);
    const PATH = `${folderWithClaude(CLAUDE ?? "")}:${before.PATH}`;
    Object.assign(process.env, { HOME, CLAUDE_CONFIG_DIR, ANTHROPIC_BASE_URL, ANTHROPIC_API_KEY, PATH });
    return api;
  }
  const answer = (proposal: unknown) => ({ say: [{ tool: "StructuredOutput", input: proposal }] });
  const prd = () => {
    writeFileSync(join(workspace, "PRD.md"), LIBRARY_PRD);
    writeFileSync(join(workspace, "claude.yaml"), "architect:\n  backend: claude-code\n  max_cost: 2\n");
    return "PRD.md";
  };
  const run = (args: string[]): Promise<PipelineStatus> => status(workspace, ["run", prd(), "--fresh", ...args]);
  const architectOf = ({ backends }: PipelineStatus) => backends.find(({ role }) => role === "architect");

  it("when asked to, with its cost in the pipeline's, and again with a reviewer's feedback", async () => {
    const api = await script([answer(libraryProposal()), answer(libraryProposal({ project_name: "Bibliothek" }))]);
    const planned = await run(["--config", "claude.yaml", "--budget-limit", "5"]);
    expect(planned).toMatchObject({
      status: "waiting_for_review",
      cost: { spent: expect.closeTo(0.0175, 6), limit: 5 },
    });
    expect(planned.phases[0]).toMatchObject({ phase: "architect", cost: expect.closeTo(0.0175, 6) });
    const rejected = await status(workspace, [
      "review",
      "reject",
      planned.pipeline_id,
      "--feedback",
      "Call it Bibliothek.",
    ]);
    expect(rejected).toMatchObject({
      status: "waiting_for_review",
      project_name: "Bibliothek",
      cost: { spent: expect.closeTo(0.035, 6) },
    });
    expect(api.requests[1]?.messages).toContain("1. Call it Bibliothek.");
    expect(api.requests[1]?.messages).toContain("reminders-service: ".slice(0, 17));
  });

  it("by itself when it is on PATH, logged in and a budget is set; builtin otherwise, with the reason", async () => {
    await script([answer(libraryProposal())]);
    expect(architectOf(await run(["--budget-limit", "5"]))).toMatchObject({ picked: "claude-code" });
    const free = architectOf(await run([]));
    expect(free).toMatchObject({ picked: "builtin", why: expect.stringContaining("no budget_limit") });
    process.env.ANTHROPIC_API_KEY = "";
    const out = architectOf(await run(["--budget-limit", "5"]));
    expect(out).toMatchObject({ picked: "builtin", why: expect.stringContaining("not logged in") });
  });

  it("not without a budget: refused before anything is kept", async () => {
    await script([answer(libraryProposal())]);
    const { code, stderr } = await cli(workspace, ["run", prd(), "--fresh", "--config", "claude.yaml"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/CONFIG_INVALID.*budget_limit/s);
    const planned = await cli(workspace, ["plan", "PRD.md", "--config", "claude.yaml"]);
    expect(planned.stderr).toContain("CONFIG_INVALID");
  });

  it("for plan PRD --output too, and leaves the cost and a diagram", async () => {
    await script([answer(libraryProposal())]);
    const args = ["plan", prd(), "--config", "claude.yaml", "--budget-limit", "1", "--output", "planned", "--json"];
    const { stdout } = await cli(workspace, args);
    expect(JSON.parse(stdout)).toMatchObject({ planned_by: "claude-code", cost: 0.0175 });
    expect(readFileSync(join(workspace, "planned", "service-map.mmd"), "utf8")).toContain("flowchart LR");
  });

  it("within the budget: over it the pipeline stops, and a higher one lets it go on", async () => {
    await script([{ ...answer({ nothing: true }), input: 900_000, output: 60_000 }, answer(libraryProposal())]);
    const stopped = await run(["--config", "claude.yaml", "--budget-limit", "1"]);
    expect(stopped).toMatchObject({ status: "interrupted", reason: expect.stringContaining("BUDGET_EXCEEDED") });
    expect(stopped.cost.spent).toBeGreaterThan(1);
    const resumed = await status(workspace, ["resume", stopped.pipeline_id, "--budget-limit", "50"]);
    expect(resumed.status).toBe("waiting_for_review");
  });

  it("a driver that is killed while it plans leaves no process, and its run counts with the most it may have cost", async () => {
    let asked = 0;
    await script(() => {
      asked += 1;
      return asked === 1 ? { hang: true } : answer(libraryProposal());
    });
    const { stdout } = await cli(workspace, [
      "run",
      prd(),
      "--fresh",
      "--config",
      "claude.yaml",
      "--budget-limit",
      "5",
      "--detach",
      "--json",
    ]);
    const { pipeline_id: id } = JSON.parse(stdout) as { pipeline_id: string };
    while (asked === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const driver = driverOf(workspace, id) ?? 0;
    process.kill(driver, "SIGKILL");
    while (isRunning(driver)) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await status(workspace, ["status", id])).toMatchObject({ status: "stalled", cost: { spent: 0 } });
    const left = childrenOf(id);
    expect(left.length).toBeGreaterThan(0);
    const resumed = await status(workspace, ["resume", id]);
    expect(resumed).toMatchObject({ status: "waiting_for_review", cost: { spent: expect.closeTo(2.0175, 6) } });
    expect(left.filter(isRunning)).toEqual([]);
  });

  it("stops with its pipeline when that is cancelled", async () => {
    const api = await script([{ hang: true }]);
    const args = ["--fresh", "--config", "claude.yaml", "--budget-limit", "5", "--detach", "--json"];
    const { stdout } = await cli(workspace, ["run", prd(), ...args]);
    const { pipeline_id: id } = JSON.parse(stdout) as { pipeline_id: string };
    while (api.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const left = childrenOf(id);
    expect(left.length).toBeGreaterThan(0);
    const cancelled = await status(workspace, ["cancel", id]);
    expect(cancelled).toMatchObject({ state: "failed", cost: { spent: 2 } });
    expect(left.filter(isRunning)).toEqual([]);
  });

  it("longer than architect.timeout is stopped, and can be resumed", async () => {
    await script([{ hang: true }]);
    writeFileSync(join(workspace, "fast.yaml"), "architect:\n  backend: claude-code\n  timeout: 4\n");
    const stopped = await run(["--config", "fast.yaml", "--budget-limit", "20"]);
    expect(stopped).toMatchObject({ status: "interrupted", reason: expect.stringContaining("PHASE_TIMEOUT") });
    expect(childrenOf(stopped.pipeline_id)).toEqual([]);
    expect(existsSync(join(workspace, ".super-orchestrator", "pipelines", stopped.pipeline_id, "logs"))).toBe(true);
  });
});
