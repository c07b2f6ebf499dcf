import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { parseConfig } from "../../src/config.ts";
import { type Context, createContext } from "../../src/context.ts";
import { silentLog } from "../../src/lib/log.ts";
import { addPipeline } from "../../src/pipeline/create.ts";
import { drivePipeline } from "../../src/pipeline/driver.ts";
import { builderRuns, costs } from "../../src/pipeline/ledger.ts";
import { pipelineStatus } from "../../src/pipeline/status.ts";
import { eventsOf, setLimits } from "../../src/pipeline/store.ts";
import { WELL_BEHAVED } from "../builders/programs.ts";

const PRD = readFileSync(join(import.meta.dirname, "../../examples/shop/PRD.md"), "utf8");
let context: Context;
beforeEach(() => {
  const workspace = mkdtempSync(join(tmpdir(), "so-builders-"));
  context = createContext({ workspace, log: silentLog(), cliEntry: "" });
});
afterEach(() => {
  context.close();
  rmSync(context.workspace, { recursive: true, force: true });
});

/** Plan and build the shop, accounts-service by a program of this text, the others by the scaffold. */
async function build(body: string, over: Record<string, unknown> = {}, settings: Record<string, unknown> = {}) {
  const file = join(context.workspace, "program.mjs");
  writeFileSync(file, `import * as fs from "node:fs";\n${body}`);
  const yaml = stringify({
    budget_limit: 10,
    architect: { auto_approve: true, backend: "builtin" },
    ...settings,
    builder: {
      backend: "scaffold",
      max_concurrent: 1,
      max_cost: 2,
      services: { "accounts-service": "command" },
      command: { run: [process.execPath, file] },
      ...over,
    },
  });
  const id = addPipeline(context, { prd: PRD, config: parseConfig(yaml, "config.yaml"), config_path: "config.yaml" });
  const { db, workspace, log, portsFor } = context;
  setLimits(db, id, { pause_at: "builders_complete", only_services: null });
  await drivePipeline({ db, workspace, log, signal: new AbortController().signal, portsFor }, id);
  const [run] = builderRuns(db, id).filter(({ service }) => service === "accounts-service");
  return { id, run, status: pipelineStatus(db, id) };
}

describe("services of one system built by different backends", () => {
  it("each have their own evidence, and what a run cost counts once", async () => {
    const lie = `console.log('{"success": true, "test_passed": 900, "test_total": 900, "cost_usd": 0.75}');`;
    const { id, run, status } = await build(`${WELL_BEHAVED}${lie}`);
    expect(status.builders.map(({ service, status: now }) => [service, now])).toEqual([
      ["accounts-service", "succeeded"],
      ["orders-service", "succeeded"],
      ["notifications-service", "succeeded"],
    ]);
    expect(run).toMatchObject({
      backend: "command",
      claim: { test_total: 900 },
      result: { test_total: 1, cost: 0.75 },
    });
    expect(status.cost.spent).toBe(0.75);
    expect(costs(context.db, id).filter(({ item }) => item === "accounts-service/paid")).toMatchObject([{ usd: 0.75 }]);
    expect(context.db && eventsOf(context.db, id, 0, 1000, "paid_run_started")).toHaveLength(1);
  });

  it("that write outside their folder have failed, though their tests pass, and what they touched is put back", async () => {
    const crime = `if (fs.existsSync("../notifications-service/package.json")) fs.writeFileSync("../notifications-service/package.json", "{}");
      fs.writeFileSync("../loot.txt", "mine");`;
    const { id, run } = await build(`${WELL_BEHAVED}${crime}`);
    expect(run?.result).toMatchObject({ success: false, evidence: { verified: true } });
    expect(run?.result?.breaches).toEqual([expect.stringContaining("wrote loot.txt outside its folder")]);
    expect(run?.result?.error).toContain("loot.txt");
    expect(existsSync(join(context.workspace, "output", id, "loot.txt"))).toBe(false);
  });

  it("that edit their contract have failed", async () => {
    const crime = `fs.chmodSync("contracts/openapi.json", 0o644); fs.writeFileSync("contracts/openapi.json", "{}");`;
    const { run } = await build(`${WELL_BEHAVED}${crime}`);
    expect(run?.result).toMatchObject({ success: false, error: expect.stringContaining("frozen contract") });
  });

  it("step in for each other", async () => {
    const { run } = await build("process.exit(9);", { fallback: ["scaffold"] });
    expect(run).toMatchObject({ backend: "command", result: { backend: "scaffold", success: true } });
    expect(run?.result?.cost).toBe(2);
  });
});

it("nothing paid is begun without a limit", () => {
  const yaml = (builder: unknown) =>
    parseConfig(stringify({ architect: { backend: "builtin" }, builder }), "config.yaml");
  const add = (builder: unknown) => () => addPipeline(context, { prd: PRD, config: yaml(builder), config_path: "c" });
  for (const builder of [
    { backend: "claude-code" },
    { services: { "orders-service": "agent-team" } },
    { fallback: ["claude-code"] },
    { backend: "command", command: { run: ["codex"] } },
  ])
    expect(add(builder)).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  expect(add({ backend: "command", command: { run: ["make"], paid: false } })).not.toThrow();
});
