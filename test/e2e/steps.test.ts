import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builderRuns } from "../../src/pipeline/ledger.ts";
import { cli, inStore, makeWorkspace, removeWorkspace, SHOP_PRD, status } from "./support.ts";

let workspace: string;
beforeAll(() => {
  workspace = makeWorkspace({ fuzz: false });
});
afterAll(() => removeWorkspace(workspace));

/** One story: each test goes on where the one before stopped. */
describe("step by step, with a service spoiled by hand", () => {
  it("init prepares and starts nothing", async () => {
    const prepared = await status(workspace, ["init", SHOP_PRD]);
    expect(prepared).toMatchObject({ state: "init", status: "paused" });
    expect(existsSync(join(workspace, ".super-orchestrator", "config.yaml"))).toBe(true);
  });

  it("a step that comes too early says what comes first", async () => {
    const early = await cli(workspace, ["build"]);
    expect(early.code).toBe(2);
    expect(early.stderr).toMatch(/WRONG_STATE.*comes later/s);
  });

  it("plan waits for a review", async () => {
    expect(await status(workspace, ["plan"])).toMatchObject({
      state: "architect_review",
      status: "waiting_for_review",
    });
    const resumed = await cli(workspace, ["resume"]);
    expect(resumed.stderr).toContain("review approve");
  });

  it("a rejection needs feedback that can be acted on, and plans again", async () => {
    expect((await cli(workspace, ["review", "reject"])).stderr).toContain("needs feedback");
    expect((await cli(workspace, ["review", "reject", "--feedback", "make it nicer"])).code).toBe(2);
    const again = await status(workspace, [
      "review",
      "reject",
      "--feedback",
      "rename service notifications-service to messages-service",
    ]);
    expect(again).toMatchObject({ state: "architect_review", status: "waiting_for_review" });
    const map = readFileSync(again.reports.service_map ?? "", "utf8");
    expect(map).toContain("messages-service");
    expect(map).not.toContain("notifications-service");
  });

  it("an approval goes on to the step that was asked for", async () => {
    const approved = await status(workspace, ["review", "approve"]);
    expect(approved).toMatchObject({ state: "builders_running", status: "paused" });
  });

  it("build can be limited to a service, then builds the rest", async () => {
    const one = await status(workspace, ["build", "-s", "accounts-service"]);
    expect(one.builders.filter(({ status }) => status === "succeeded")).toHaveLength(1);
    const all = await status(workspace, ["build", "--sequential"]);
    expect(all).toMatchObject({ state: "builders_complete", status: "paused" });
    expect(all.builders.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
  });

  it("integrate and verify judge the code as it is now, and only the owner of a fault builds again", async () => {
    const { output_dir } = await status(workspace, ["status"]);
    appendFileSync(join(output_dir, "orders-service", "src", "server.js"), "\nthrow new Error('spoiled');\n");
    expect(await status(workspace, ["integrate"])).toMatchObject({ state: "quality_gate", status: "paused" });
    const judged = await status(workspace, ["verify", "--no-fix"]);
    expect(judged).toMatchObject({ state: "fix_pass", status: "paused", gate: { verdict: "failed" } });
    rmSync(judged.reports.service_map ?? "");
    const fixed = await status(workspace, ["verify"]);
    expect(existsSync(judged.reports.service_map ?? "")).toBe(true);
    expect(fixed).toMatchObject({ state: "complete", fix_attempts: 1 });
    const runs = inStore(workspace, (db) => builderRuns(db, fixed.pipeline_id));
    expect(runs.filter(({ attempt }) => attempt > 1).map(({ service, phase }) => [service, phase])).toEqual([
      ["orders-service", "fix_pass"],
    ]);
  });

  it("verify --layer looks at one layer and changes nothing", async () => {
    const { stdout, code } = await cli(workspace, ["verify", "--layer", "3", "--json"]);
    const answer = JSON.parse(stdout);
    expect(answer.layers.filter(({ verdict }: { verdict: string }) => verdict !== "skipped")).toHaveLength(1);
    expect(code).toBe(0);
  });

  it("a complete pipeline has nothing left to resume", async () => {
    expect((await cli(workspace, ["resume"])).stderr).toContain("is complete");
  });
});
