import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Builder } from "../../src/builders/port.ts";
import { parseConfig } from "../../src/config.ts";
import { type Context, createContext } from "../../src/context.ts";
import { AppError } from "../../src/lib/errors.ts";
import { silentLog } from "../../src/lib/log.ts";
import { NO_LIMITS } from "../../src/pipeline/control.ts";
import { addPipeline } from "../../src/pipeline/create.ts";
import { drivePipeline } from "../../src/pipeline/driver.ts";
import { acquireLease, releaseLease } from "../../src/pipeline/lease.ts";
import { builderRuns } from "../../src/pipeline/ledger.ts";
import { pipelineStatus } from "../../src/pipeline/status.ts";
import { commitEvent, eventsOf, requestStop, setConfig, setLimits } from "../../src/pipeline/store.ts";

const PRD = readFileSync(join(import.meta.dirname, "../../examples/shop/PRD.md"), "utf8");
let context: Context;
beforeEach(() => {
  const workspace = mkdtempSync(join(tmpdir(), "so-driver-"));
  context = createContext({ workspace, log: silentLog(), cliEntry: "" });
});
afterEach(() => {
  context.close();
  rmSync(context.workspace, { recursive: true, force: true });
});

/** Hashing passwords is what fuzzing the scaffold's accounts takes long for; others test it. */
const LIGHT = "integration: { fuzz: { enabled: false } }\n";

function add(yaml: string): string {
  const config = parseConfig(`${LIGHT}architect:\n  auto_approve: true\n${yaml}`, "config.yaml");
  const id = addPipeline(context, { prd: PRD, config, config_path: "config.yaml" });
  setLimits(context.db, id, NO_LIMITS);
  return id;
}

/** Drive with the real backends, the builder changed by `wrap`. */
async function drive(id: string, wrap: (builder: Builder) => Builder = (builder) => builder) {
  await drivePipeline(
    {
      db: context.db,
      workspace: context.workspace,
      log: context.log,
      signal: new AbortController().signal,
      portsFor: async (config) => {
        const ports = await context.portsFor(config);
        return { ...ports, builder: wrap(ports.builder) };
      },
    },
    id,
  );
  return pipelineStatus(context.db, id);
}

const costing =
  (usd: number) =>
  (builder: Builder): Builder => ({
    ...builder,
    build: async (task) => ({ ...(await builder.build(task)), cost: usd }),
  });

describe("budget", () => {
  it("warns at 80 %, stops at 100 %, and goes on with a higher limit without building again", async () => {
    const id = add("budget_limit: 10\nbuilder:\n  max_concurrent: 1\n");
    const stopped = await drive(id, costing(5));
    expect(stopped).toMatchObject({
      status: "interrupted",
      state: "builders_running",
      cost: { spent: 10, limit: 10 },
      reason: expect.stringContaining("budget_limit"),
    });
    expect(stopped.builders.map(({ status }) => status)).toEqual(["succeeded", "succeeded", "pending"]);
    setConfig(context.db, id, { ...parseConfig("budget_limit: 18\n", ""), budget_limit: 18 });
    const end = await drive(id, costing(5));
    expect(end).toMatchObject({ state: "complete", cost: { spent: 15, warning: expect.stringContaining("83 %") } });
    expect(end.phases.find(({ phase }) => phase === "builders")?.cost).toBe(15);
    expect(end.builders.map(({ cost, attempt }) => [cost, attempt])).toEqual([
      [5, 1],
      [5, 1],
      [5, 1],
    ]);
    expect(eventsOf(context.db, id).some(({ kind }) => kind === "budget_warning")).toBe(true);
  }, 120_000);
});

describe("a builder", () => {
  it("that only claims success does not count as one", async () => {
    const id = add("");
    const liar = (builder: Builder): Builder => ({
      ...builder,
      build: async () => ({
        success: true,
        cost: 0,
        error: "",
        test_passed: 40,
        test_total: 40,
        convergence_ratio: 1,
      }),
    });
    const end = await drive(id, liar);
    expect(end).toMatchObject({ state: "failed", reason: expect.stringContaining("BUILDERS_FAILED") });
    for (const builder of end.builders)
      expect(builder).toMatchObject({ status: "failed", claimed_success: true, tests_executed: null });
  }, 120_000);

  it("that fails one service keeps that one out until the fix loop repairs it", async () => {
    const id = add("");
    let tries = 0;
    const stumbling = (builder: Builder): Builder => ({
      ...builder,
      build: async (task) => {
        if (task.service.name !== "orders-service" || ++tries > 1) return builder.build(task);
        throw new Error("the model was unkind");
      },
    });
    const end = await drive(id, stumbling);
    expect(end).toMatchObject({ state: "complete", fix_attempts: 1 });
    const runs = builderRuns(context.db, id).filter(({ service }) => service === "orders-service");
    expect(runs.map(({ phase, status }) => [phase, status])).toEqual([
      ["builders_running", "failed"],
      ["fix_pass", "succeeded"],
    ]);
    expect(runs[0]?.result?.error).toContain("the model was unkind");
  }, 180_000);

  it("that runs too long is stopped, and the pipeline can be resumed", async () => {
    const id = add("phase_timeouts:\n  builders_running: 1\n");
    const slow = (builder: Builder): Builder => ({
      ...builder,
      build: (task) =>
        new Promise((_resolve, reject) => {
          task.signal.addEventListener("abort", () => reject(task.signal.reason));
        }),
    });
    const stopped = await drive(id, slow);
    expect(stopped).toMatchObject({ status: "interrupted", reason: expect.stringContaining("PHASE_TIMEOUT") });
    setConfig(context.db, id, parseConfig("architect:\n  auto_approve: true\n", ""));
    expect(await drive(id)).toMatchObject({ state: "complete" });
  }, 120_000);

  it("that finds the machine lacking is not blamed", async () => {
    const id = add("");
    const lacking = (builder: Builder): Builder => ({
      ...builder,
      build: async () => {
        throw new AppError("ENVIRONMENT", "claude is not logged in.", { remedy: "Log in." });
      },
    });
    const stopped = await drive(id, lacking);
    expect(stopped).toMatchObject({ status: "interrupted", reason: expect.stringContaining("Log in.") });
    expect(stopped.builders.every(({ status }) => status !== "failed")).toBe(true);
  }, 120_000);
});

describe("a gate that cannot pass", () => {
  it("ends in failed once the fixes change nothing, never in complete", async () => {
    const id = add("");
    const stubborn = (builder: Builder): Builder => ({
      ...builder,
      build: async (task) => {
        if (task.service.name === "orders-service" && task.attempt === 1) throw new Error("nothing built");
        if (task.service.name !== "orders-service") return builder.build(task);
        return { success: true, cost: 0, error: "", test_passed: null, test_total: null, convergence_ratio: null };
      },
    });
    const end = await drive(id, stubborn);
    expect(end).toMatchObject({ state: "failed", reason: expect.stringContaining("GATE_FAILED") });

    const lease = acquireLease(context.db, id);
    commitEvent(context.db, lease, { type: "retry_quality", requested: true });
    releaseLease(context.db, lease);
    expect(await drive(id)).toMatchObject({ state: "complete", fix_attempts: 1 });
  }, 180_000);
});

describe("requests", () => {
  it("to stop are heard between phases too, and children are ended", async () => {
    const id = add("");
    const asking = (builder: Builder): Builder => ({
      ...builder,
      build: async (task) => {
        requestStop(context.db, id, { kind: "cancel", reason: "enough." });
        return builder.build(task);
      },
    });
    const end = await drive(id, asking);
    expect(end).toMatchObject({ state: "failed", reason: expect.stringContaining("enough.") });
    expect(end.running).toEqual([]);
  }, 120_000);

  it("for a second driver are refused while one runs", async () => {
    const id = add("");
    const doubled = (builder: Builder): Builder => ({
      ...builder,
      build: async (task) => {
        await expect(drive(id)).rejects.toMatchObject({ code: "LEASE_HELD" });
        return builder.build(task);
      },
    });
    expect((await drive(id, doubled)).state).toBe("complete");
  }, 120_000);
});
