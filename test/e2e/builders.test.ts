import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startTimeOf } from "../../src/lib/process.ts";
import { builderRuns } from "../../src/pipeline/ledger.ts";
import { WELL_BEHAVED } from "../builders/programs.ts";
import { childrenOf, cli, driverOf, inStore, makeWorkspace, removeWorkspace, SHOP_PRD, status } from "./support.ts";

let workspace: string;
beforeEach(() => {
  workspace = makeWorkspace();
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
  const started = join(output_dir, "accounts-service", "started");
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
