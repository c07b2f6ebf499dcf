import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHostBuilder, type HostOptions } from "../../src/builders/host.ts";
import type { BuildTask, TreeDiff } from "../../src/builders/port.ts";
import type { HostSubmission } from "../../src/model/host-build.ts";
import { createHostQueue } from "../../src/pipeline/build-queue/host-queue.ts";
import { type BuildTaskRecord, claimBuild, findBuildTask, submitBuild } from "../../src/pipeline/build-queue/queue.ts";
import { emptyProject, newPipeline, type Project } from "../pipeline/harness.ts";
import { describeBuilder } from "./builder-contract.ts";
import { OWN } from "./programs.ts";
import { eventually, taskFor, temporaryFolder } from "./support.ts";

/** The pipeline of every task that tests make. */
const ID = "test";
let project: Project;
beforeEach(() => {
  project = emptyProject();
  newPipeline(project, ID);
});
afterEach(() => project.remove());

const host = (over: Partial<HostOptions> = {}) =>
  createHostBuilder({
    queue: createHostQueue(project.db),
    own: OWN,
    lease: 60,
    claim_timeout: 60,
    look_ms: 10,
    look_folder_ms: 20,
    ...over,
  });
const newTask = (over: Partial<BuildTask> = {}) => taskFor(temporaryFolder(), "accounts-service", over);
const RESULT: HostSubmission = {
  success: true,
  summary: "Built.",
  unresolved: [],
  tests_executed: 1,
  tests_passed: 1,
  cost: 0.25,
};

/** An agent as it might be: claims what comes, does `work` in its folder, and hands it in. */
async function agent(work: (task: BuildTaskRecord) => void | Promise<void>, result: Partial<HostSubmission> = {}) {
  const task = await eventually(() => claimBuild(project.db, ID, { agent: "tester" }), "a task to claim");
  await work(task);
  submitBuild(project.db, task, { ...RESULT, ...result });
  return task;
}

function writeService({ briefing: { folder } }: BuildTaskRecord): void {
  const manifest = { name: "svc", type: "module", scripts: { test: "node --test test/one.test.js" } };
  mkdirSync(join(folder, "test"), { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "test", "one.test.js"), "import test from 'node:test'; test('one', () => {});");
}

describeBuilder(
  "host",
  () => ({
    name: "host",
    paid: false,
    build: async (task) => {
      task.signal.throwIfAborted();
      const [outcome] = await Promise.all([host().build(task), agent(writeService)]);
      return outcome;
    },
  }),
  { deterministic: false },
);

describe("a task that an agent of the calling session builds", () => {
  it("waits with its clocks stopped until it is claimed, and says where everything is", async () => {
    const stopped: string[] = [];
    const untimed: BuildTask["untimed"] = async (work) => {
      stopped.push("stopped");
      return work().finally(() => stopped.push("going"));
    };
    const task = newTask({ untimed, prd: "# Shop\nAccounts are kept." });
    const building = host().build(task);
    await eventually(() => stopped.length > 0, "waiting");
    await sleep(50);
    expect(stopped).toEqual(["stopped"]);
    const seen: string[] = [];
    const claimed = await agent(async ({ briefing }) => {
      await eventually(() => stopped.length === 2, "the clock goes on");
      expect(briefing).toMatchObject({ kind: "build", folder: task.output_dir, findings: 0 });
      expect(briefing.contracts).toContain("contracts/openapi.json");
      for (const path of briefing.contracts) expect(existsSync(join(briefing.folder, path))).toBe(true);
      seen.push(readFileSync(briefing.brief_path, "utf8"), readFileSync(briefing.task_path, "utf8"));
    });
    expect(seen[0]).toContain("Accounts are kept.");
    expect(seen[1]).toContain("Build the complete service accounts-service");
    expect(claimed.token).toBe(1);
    expect(await building).toMatchObject({ success: true, cost: 0.25, test_total: 1, breaches: [] });
  });

  it("is a fix when there are findings, all of them in its file", async () => {
    const finding = (n: number) => ({
      code: "LOG-004",
      severity: "warning" as const,
      service: "accounts-service",
      where: `src/log.js:${n}`,
      message: "It writes to the console.",
      fix: "",
      reproduce: "",
      fingerprint: `${n}`,
    });
    const building = host().build(newTask({ attempt: 2, findings: [finding(1), finding(2)] }));
    const { briefing } = await agent(() => {});
    expect(briefing).toMatchObject({ kind: "fix", findings: 2 });
    expect(readFileSync(briefing.task_path, "utf8")).toContain("src/log.js:2");
    await building;
  });

  it("tells what was left open, and a touched contract is put back", async () => {
    const building = host().build(newTask());
    await agent(
      ({ briefing }) => {
        const file = join(briefing.folder, "contracts", "openapi.json");
        writeFileSync(`${file}.new`, "{}");
        // Renaming over a read-only file needs no right to write it.
        renameSync(`${file}.new`, file);
      },
      { success: false, summary: "It does not start.", unresolved: ["The port is taken."] },
    );
    expect(await building).toMatchObject({
      success: false,
      error: "It does not start. The port is taken.",
      breaches: [expect.stringContaining("frozen contract contracts/openapi.json")],
    });
  });

  it("stays an agent's while its folder changes, and goes to another when nothing happens", async () => {
    const changes: TreeDiff[] = [];
    let renewed = 0;
    const renewTime = () => {
      renewed += 1;
    };
    const task = newTask({ changed: (diff) => changes.push(diff), renewTime });
    const building = host().build(task);
    const queue = createHostQueue(project.db);
    const key = { pipeline_id: ID, service: "accounts-service", attempt: 1 };
    const busy = await eventually(() => claimBuild(project.db, ID, { agent: "busy" }), "a task to claim");
    const setSeen = (at: number) => project.db.prepare("UPDATE build_tasks SET seen_at = ?").run(at);
    const nearlyLost = Date.now() - 30_000;
    setSeen(nearlyLost);
    writeFileSync(join(task.output_dir, "main.js"), "12345");
    await eventually(() => (findBuildTask(project.db, key)?.seen_at ?? 0) > nearlyLost, "a sign of life");
    expect(queue.look(key)).toMatchObject({ state: "claimed", agent: "busy" });
    expect(changes).toEqual([{ files: 1, bytes: 5 }]);
    setSeen(0);
    await eventually(() => queue.look(key).state === "queued", "the claim is lost");
    const heir = await agent(async (claimed) => {
      writeService(claimed);
      // Whoever begins has all of the time.
      await eventually(() => renewed === 2, "a new clock");
    });
    expect(heir.token).toBe(busy.token + 1);
    expect(() => submitBuild(project.db, busy, RESULT)).toThrow("tester has handed it in");
    expect(await building).toMatchObject({ success: true });
  });

  it("goes on with the next driver, claim and all", async () => {
    const controller = new AbortController();
    const task = newTask({ signal: controller.signal });
    const first = host().build(task);
    const claimed = await eventually(() => claimBuild(project.db, ID, { agent: "one" }), "a task to claim");
    controller.abort(new Error("the driver stops"));
    await expect(first).rejects.toThrow();
    expect(findBuildTask(project.db, claimed)).toMatchObject({ state: "claimed", agent: "one" });
    writeService(claimed);
    submitBuild(project.db, claimed, RESULT);
    expect(await host().build({ ...task, signal: new AbortController().signal })).toMatchObject({ success: true });
  });

  it("is over when its time is up: what comes late is refused with the reason", async () => {
    const controller = new AbortController();
    const building = host().build(newTask({ signal: controller.signal, timeout_ms: 5000 }));
    const claimed = await eventually(() => claimBuild(project.db, ID, { agent: "slow" }), "a task to claim");
    controller.abort(new DOMException("The time is up.", "TimeoutError"));
    await expect(building).rejects.toThrow();
    expect(() => submitBuild(project.db, claimed, RESULT)).toThrow("is over: it took longer than its 5 s");
  });

  it("interrupts its pipeline when nobody claims it", async () => {
    await expect(host({ claim_timeout: 0.05 }).build(newTask())).rejects.toMatchObject({
      code: "INTERRUPTED",
      message: "No agent claimed accounts-service in 0.05 s.",
    });
  });
});
