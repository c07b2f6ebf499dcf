import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { digestTree } from "../../src/lib/fs.ts";
import { startTimeOf } from "../../src/lib/process.ts";
import { worktreeOf } from "../../src/pipeline/code/store.ts";
import { builderRuns } from "../../src/pipeline/ledger.ts";
import { eventsOf } from "../../src/pipeline/store.ts";
import { WELL_BEHAVED } from "../builders/programs.ts";
import { childrenOf, cli, driverOf, inStore, makeWorkspace, removeWorkspace, SHOP_PRD, status } from "./support.ts";

let workspace: string;
beforeEach(() => {
  workspace = makeWorkspace({ fuzz: false });
});
afterEach(() => removeWorkspace(workspace), 120_000);

it("a paid builder whose driver is killed is ended, counts in full, and is run again", async () => {
  const program = join(workspace, "program.mjs");
  // The first time it is at work until somebody ends it.
  writeFileSync(
    program,
    `import * as fs from "node:fs";
    if (fs.existsSync("started")) { ${WELL_BEHAVED} console.log('{"cost_usd": 0.5}'); }
    else { fs.writeFileSync("started", String(process.pid)); setInterval(() => {}, 1000); }`,
  );
  const settings = {
    budget_limit: 10,
    architect: { backend: "builtin", auto_approve: true },
    builder: {
      backend: "scaffold",
      max_cost: 2,
      services: { "accounts-service": "command" },
      command: { run: [process.execPath, program] },
    },
  };
  writeFileSync(join(workspace, "paid.yaml"), JSON.stringify(settings));
  const { pipeline_id: id } = await status(workspace, ["init", SHOP_PRD, "--depth", "quick", "--config", "paid.yaml"]);
  const { output_dir } = await status(workspace, ["plan", "--pipeline-id", id]);
  await cli(workspace, ["build", id, "--detach"]);
  const started = join(worktreeOf(`${output_dir}.work`, "accounts-service").folder, "started");
  while (!existsSync(started) || readFileSync(started, "utf8") === "") await sleep(50);
  const pid = Number(readFileSync(started, "utf8"));
  const driver = driverOf(workspace, id);
  if (driver === undefined) throw new Error("no driver");
  process.kill(driver, "SIGKILL");
  while (startTimeOf(driver) !== undefined) await sleep(20);
  expect(startTimeOf(pid)).toBeDefined();

  const end = await status(workspace, ["build", id]);
  expect(startTimeOf(pid)).toBeUndefined();
  expect(end).toMatchObject({ status: "paused", state: "builders_complete", cost: { spent: 2.5, limit: 10 } });
  const runs = inStore(workspace, (db) => builderRuns(db, id)).filter(({ service }) => service === "accounts-service");
  expect(runs).toMatchObject([{ attempt: 1, starts: 2, status: "succeeded", result: { cost: 0.5 } }]);
  expect(childrenOf(id)).toEqual([]);
}, 180_000);

it("a driver that is killed while it judges a builder's work does not have it built again", async () => {
  const program = join(workspace, "program.mjs");
  writeFileSync(
    program,
    `import * as fs from "node:fs"; ${WELL_BEHAVED}
    fs.appendFileSync(${JSON.stringify(join(workspace, "built"))}, "x");
    fs.writeFileSync("test/one.test.js", "import test from 'node:test'; test('slow', async () => { await new Promise((done) => setTimeout(done, 3000)); });");`,
  );
  const builder = {
    backend: "scaffold",
    services: { "accounts-service": "command" },
    command: { run: [process.execPath, program], paid: false },
  };
  writeFileSync(
    join(workspace, "own.yaml"),
    JSON.stringify({ architect: { backend: "builtin", auto_approve: true }, builder }),
  );
  const { pipeline_id: id } = await status(workspace, ["init", SHOP_PRD, "--depth", "quick", "--config", "own.yaml"]);
  const { output_dir } = await status(workspace, ["plan", "--pipeline-id", id]);
  await cli(workspace, ["build", id, "--detach", "-s", "accounts-service"]);
  const statusOf = () => inStore(workspace, (db) => builderRuns(db, id).at(0)?.status);
  while (statusOf() !== "verifying") await sleep(20);
  await sleep(500);
  const driver = driverOf(workspace, id);
  if (driver === undefined) throw new Error("no driver");
  process.kill(driver, "SIGKILL");
  while (startTimeOf(driver) !== undefined) await sleep(20);
  await status(workspace, ["build", id, "-s", "accounts-service"]);
  expect(readFileSync(join(workspace, "built"), "utf8")).toBe("x");
  const runs = inStore(workspace, (db) => builderRuns(db, id));
  expect(runs).toMatchObject([{ attempt: 1, starts: 1, status: "succeeded", result: { delivery: { merged: true } } }]);
  expect(existsSync(join(output_dir, "accounts-service", "package.json"))).toBe(true);
  expect(childrenOf(id)).toEqual([]);
}, 180_000);

it("killed again and again, everything is built once and is what it was judged as", async () => {
  writeFileSync(
    join(workspace, "auto.yaml"),
    "architect: { auto_approve: true, backend: builtin }\nbuilder: { backend: scaffold }\n",
  );
  const { pipeline_id: id } = await status(workspace, ["init", SHOP_PRD, "--depth", "quick", "--config", "auto.yaml"]);
  const { output_dir } = await status(workspace, ["plan", "--pipeline-id", id]);
  for (const pause of [200, 900, 1600, 2300, 3000]) {
    await cli(workspace, ["build", id, "--detach"]);
    await sleep(pause);
    const driver = driverOf(workspace, id);
    if (driver === undefined || startTimeOf(driver) === undefined) continue;
    process.kill(driver, "SIGKILL");
    while (startTimeOf(driver) !== undefined) await sleep(20);
  }
  await cli(workspace, ["build", id]);
  expect(await status(workspace, ["status", id])).toMatchObject({ state: "builders_complete" });
  const runs = inStore(workspace, (db) => builderRuns(db, id));
  expect(runs.map(({ attempt, status: now }) => [attempt, now])).toEqual(runs.map(() => [1, "succeeded"]));
  expect(runs).toHaveLength(3);
  for (const { service, result } of runs)
    expect(digestTree(join(output_dir, service)), service).toBe(result?.evidence?.tree_digest);
  const edited = inStore(workspace, (db) => eventsOf(db, id, 0, 1000, "output_edited"));
  expect(edited).toEqual([]);
  expect(childrenOf(id)).toEqual([]);
}, 240_000);
