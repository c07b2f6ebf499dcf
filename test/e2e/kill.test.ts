import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PipelineHandle } from "../../src/model/status.ts";
import { builderRuns } from "../../src/pipeline/ledger.ts";
import { pipelineStatus } from "../../src/pipeline/status.ts";
import {
  childrenOf,
  cli,
  driverOf,
  inStore,
  isRunning,
  makeWorkspace,
  removeWorkspace,
  SHOP_PRD,
  status,
} from "./support.ts";

let workspace: string;
beforeEach(() => {
  workspace = makeWorkspace();
});
afterEach(() => removeWorkspace(workspace), 120_000);

const AUTO = ["--depth", "quick"];
async function prepared(): Promise<string> {
  const { pipeline_id } = await status(workspace, ["init", SHOP_PRD, ...AUTO, "--config", "auto.yaml"]);
  return pipeline_id;
}

/** Run a driver that kills itself at a moment of a state. */
async function killedAt(id: string, state: string, moment: "begins" | "ends"): Promise<void> {
  inStore(workspace, (db) => db.prepare("UPDATE pipelines SET pause_at = NULL").run());
  const entry = join(import.meta.dirname, "killing-driver.ts");
  const child = spawn(process.execPath, ["--import", "tsx", entry, workspace, id, state, moment], { stdio: "inherit" });
  const signal = await new Promise((resolve) => child.once("exit", (_code, name) => resolve(name)));
  expect(signal).toBe("SIGKILL");
}

/** Resume and check what must hold whatever was killed. */
async function resumesClean(id: string): Promise<void> {
  const finished = inStore(workspace, (db) => builderRuns(db, id).filter(({ result }) => result !== null));
  expect(await status(workspace, ["status"])).toMatchObject({ status: "stalled" });
  const end = await status(workspace, ["resume", id]);
  expect(end).toMatchObject({ state: "complete", gate: { verdict: "passed" } });
  const runs = inStore(workspace, (db) => builderRuns(db, id));
  for (const run of finished)
    expect(runs.find((other) => other.service === run.service && other.attempt === run.attempt)).toEqual(run);
  expect(runs).toHaveLength(3);
  expect(childrenOf(id)).toEqual([]);
}

describe("kill -9 of the driver, then resume", () => {
  const STATES = [
    "init",
    "architect_running",
    "architect_review",
    "contracts_registering",
    "builders_running",
    "builders_complete",
    "integrating",
    "quality_gate",
  ];
  beforeEach(async () => {
    const { writeFileSync } = await import("node:fs");
    writeFileSync(
      join(workspace, "auto.yaml"),
      "architect: { auto_approve: true }\nintegration: { fuzz: { enabled: false } }\n",
    );
  });
  for (const state of STATES)
    it(`as ${state} begins`, async () => {
      const id = await prepared();
      await killedAt(id, state, "begins");
      await resumesClean(id);
    }, 180_000);

  it("in the middle of the builders, with one done", async () => {
    const id = await prepared();
    const started = await cli(workspace, ["resume", id, "--detach"]);
    expect(started.code).toBe(0);
    await until(() => inStore(workspace, (db) => builderRuns(db, id).some(({ result }) => result !== null)));
    killDriver(id);
    await resumesClean(id);
  }, 180_000);

  it("in the middle of the integration, with services running", async () => {
    const id = await prepared();
    await cli(workspace, ["resume", id, "--detach"]);
    await until(
      () => inStore(workspace, (db) => pipelineStatus(db, id)).state === "integrating" && childrenOf(id).length >= 2,
    );
    const orphans = childrenOf(id);
    killDriver(id);
    await resumesClean(id);
    expect(orphans.filter(isRunning)).toEqual([]);
  }, 180_000);
});

describe("a fix pass", () => {
  it("that is killed goes on", async () => {
    const { appendFileSync, writeFileSync } = await import("node:fs");
    writeFileSync(
      join(workspace, "auto.yaml"),
      "architect: { auto_approve: true }\nintegration: { fuzz: { enabled: false } }\n",
    );
    const id = await prepared();
    await status(workspace, ["plan", "--pipeline-id", id]);
    const { output_dir } = await status(workspace, ["build", id]);
    appendFileSync(join(output_dir, "orders-service", "src", "server.js"), "\nthrow new Error('spoiled');\n");
    await killedAt(id, "fix_pass", "begins");
    const end = await status(workspace, ["resume", id]);
    expect(end).toMatchObject({ state: "complete", fix_attempts: 1 });
  }, 180_000);
});

describe("stopping", () => {
  it("Ctrl-C interrupts, saves, and resume goes on", async () => {
    const stopped = await cli(workspace, ["run", SHOP_PRD, "--auto-approve"], {
      signalAfter: (stderr) => /Builders: RUNNING/.test(stderr),
    });
    expect(stopped.code).toBe(130);
    const interrupted = await status(workspace, ["status"]);
    expect(interrupted).toMatchObject({ status: "interrupted", reason: "Stopped from the terminal." });
    expect(childrenOf(interrupted.pipeline_id)).toEqual([]);
    expect(await status(workspace, ["resume"])).toMatchObject({ state: "complete" });
  }, 180_000);

  it("SIGTERM to the driver interrupts with the reason", async () => {
    const { pipeline_id: id } = PipelineHandle.parse(
      JSON.parse((await cli(workspace, ["run", SHOP_PRD, "--auto-approve", "--detach", "--json"])).stdout),
    );
    await until(() => childrenOf(id).length > 0);
    const pid = driverOf(workspace, id) ?? 0;
    process.kill(pid, "SIGTERM");
    await until(() => !isRunning(pid));
    expect(await status(workspace, ["status"])).toMatchObject({ status: "interrupted" });
    expect(childrenOf(id)).toEqual([]);
  }, 180_000);

  it("cancel ends driver and children from anywhere", async () => {
    const { pipeline_id: id } = PipelineHandle.parse(
      JSON.parse((await cli(workspace, ["run", SHOP_PRD, "--auto-approve", "--detach", "--json"])).stdout),
    );
    await until(() => childrenOf(id).length > 0);
    const pid = driverOf(workspace, id) ?? 0;
    const cancelled = await status(workspace, ["cancel", id, "--reason", "wrong PRD"]);
    expect(cancelled).toMatchObject({ state: "failed", reason: expect.stringContaining("wrong PRD") });
    await until(() => !isRunning(pid));
    expect(childrenOf(id)).toEqual([]);
  }, 180_000);
});

function killDriver(id: string): void {
  const pid = driverOf(workspace, id) ?? 0;
  process.kill(pid, "SIGKILL");
}

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 20) {
    if (holds()) return;
    await sleep(20);
  }
  throw new Error("waited a minute in vain");
}
