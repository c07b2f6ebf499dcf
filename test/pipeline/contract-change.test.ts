import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { BuildTask } from "../../src/builders/port.ts";
import { parseConfig } from "../../src/config.ts";
import { type Context, createContext } from "../../src/context.ts";
import { silentLog } from "../../src/lib/log.ts";
import type { PipelineStateName } from "../../src/model/pipeline.ts";
import { acceptChange } from "../../src/pipeline/accept-change.ts";
import { addPipeline } from "../../src/pipeline/create.ts";
import { drivePipeline } from "../../src/pipeline/driver.ts";
import { builderRuns } from "../../src/pipeline/ledger.ts";
import { pipelineStatus } from "../../src/pipeline/status.ts";
import { eventsOf, setLimits } from "../../src/pipeline/store.ts";

const PRD = readFileSync(join(import.meta.dirname, "../../examples/shop/PRD.md"), "utf8");
const CONFIG = parseConfig(
  "architect: { auto_approve: true }\nintegration: { fuzz: { enabled: false } }\n",
  "config.yaml",
);
let context: Context;
let tasks: BuildTask[];
beforeEach(() => {
  const workspace = mkdtempSync(join(tmpdir(), "so-change-"));
  context = createContext({ workspace, log: silentLog(), cliEntry: "" });
  tasks = [];
});
afterEach(() => {
  context.close();
  rmSync(context.workspace, { recursive: true, force: true });
});

async function driveTo(id: string, pause_at: PipelineStateName | null) {
  setLimits(context.db, id, { pause_at, only_services: null });
  const { db, workspace, log } = context;
  const portsFor: Context["portsFor"] = async (config) => {
    const ports = await context.portsFor(config);
    const build = (task: BuildTask) => {
      tasks.push(task);
      return ports.builder.build(task);
    };
    return { ...ports, builder: { ...ports.builder, build } };
  };
  await drivePipeline({ db, workspace, log, signal: new AbortController().signal, portsFor }, id);
  return pipelineStatus(db, id);
}

/** Accept a change of the operation that orders-service calls. */
async function changeAccounts(status: string): Promise<void> {
  const engine = await context.contractsFor(CONFIG);
  const changes = await context.contractChangesFor(CONFIG);
  const [accounts] = (await engine.list({ service_name: "accounts-service" })).filter(({ type }) => type === "openapi");
  if (!accounts) throw new Error("no contract");
  const spec = JSON.parse(JSON.stringify(accounts.spec));
  spec.paths["/accounts/{id}"].get.responses[status] = { description: "New." };
  const { id } = await changes.propose({ contract_id: accounts.id, spec, reason: "" });
  await acceptChange(context, { changes, contracts: engine }, id, "");
}

const runs = (id: string) => builderRuns(context.db, id).map(({ service, attempt }) => `${service} ${attempt}`);

it("before the gate: what is reopened is built, told what changed, and all is integrated again", async () => {
  const id = addPipeline(context, { prd: PRD, config: CONFIG, config_path: "config.yaml" });
  expect(await driveTo(id, "quality_gate")).toMatchObject({ state: "quality_gate" });
  expect(tasks.map(({ service }) => service.name).toSorted()).toHaveLength(3);
  await changeAccounts("410");
  tasks = [];
  const end = await driveTo(id, null);
  expect(end).toMatchObject({ state: "complete", gate: { verdict: "passed" } });
  expect(tasks.map(({ service }) => service.name).toSorted()).toEqual(["accounts-service", "orders-service"]);
  for (const task of tasks)
    expect(task.findings).toMatchObject([
      { code: "CONTRACT-CHANGE", where: "GET /accounts/{id}", service: task.service.name },
    ]);
  const all = [
    ...(tasks[0]?.contracts ?? []),
    ...(tasks[0]?.consumed ?? []),
    ...(tasks[1]?.contracts ?? []),
    ...(tasks[1]?.consumed ?? []),
  ];
  expect(
    all.filter(({ service_name }) => service_name === "accounts-service").every(({ version }) => version === "1.1.0"),
  ).toBe(true);
  const engine = await context.contractsFor(CONFIG);
  expect(await engine.getUnimplemented({ build_cycle_id: id })).toEqual([]);
  // The integration report rests on the contracts as they are now: nothing is left to do for another look.
  expect(eventsOf(context.db, id).filter(({ kind }) => kind === "contract_changed")).toHaveLength(1);
}, 180_000);

it("while services are built: finished ones that it does not concern stay", async () => {
  const id = addPipeline(context, { prd: PRD, config: CONFIG, config_path: "config.yaml" });
  await driveTo(id, "builders_complete");
  await changeAccounts("410");
  await changeAccounts("423");
  expect(pipelineStatus(context.db, id).builders.map(({ service, status }) => [service, status])).toEqual(
    expect.arrayContaining([
      ["notifications-service", "succeeded"],
      ["accounts-service", "pending"],
    ]),
  );
  expect(await driveTo(id, null)).toMatchObject({ state: "complete" });
  expect(runs(id)).toEqual([
    "accounts-service 1",
    "accounts-service 2",
    "notifications-service 1",
    "orders-service 1",
    "orders-service 2",
  ]);
}, 180_000);

it("is refused while contracts are still being registered, and once the pipeline has ended", async () => {
  const id = addPipeline(context, { prd: PRD, config: CONFIG, config_path: "config.yaml" });
  await driveTo(id, "builders_running");
  context.db.prepare("UPDATE pipelines SET state = 'contracts_registering' WHERE id = ?").run(id);
  await expect(changeAccounts("410")).rejects.toMatchObject({
    code: "WRONG_STATE",
    remedy: expect.stringContaining("resume"),
  });
  context.db.prepare("UPDATE pipelines SET state = 'complete' WHERE id = ?").run(id);
  await expect(changeAccounts("411")).rejects.toMatchObject({ code: "WRONG_STATE" });
  context.db.prepare("UPDATE pipelines SET state = 'builders_running' WHERE id = ?").run(id);
  await changeAccounts("412");
  expect(eventsOf(context.db, id).filter(({ kind }) => kind === "contract_changed")).toHaveLength(1);
}, 120_000);
