import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { builderRuns } from "../../src/pipeline/ledger.ts";
import { eventsOf } from "../../src/pipeline/store.ts";
import {
  childrenOf,
  cli,
  connect,
  inStore,
  makeWorkspace,
  removeWorkspace,
  SHOP_PRD,
  status,
  waitFor,
} from "./support.ts";

let workspace: string;
let client: Client;
beforeEach(async () => {
  workspace = makeWorkspace();
  writeFileSync(
    join(workspace, "auto.yaml"),
    "architect: { auto_approve: true }\nintegration: { fuzz: { enabled: false } }\n",
  );
  client = await connect(workspace, ["--toolsets", "all"]);
});
afterEach(async () => {
  await client.close();
  await removeWorkspace(workspace);
}, 120_000);

type Json = Record<string, unknown>;

async function tool(name: string, args: Json): Promise<{ isError: boolean; answer: Json }> {
  const result = await client.callTool({ name, arguments: args }, undefined, { timeout: 120_000 });
  const [content] = result.content as { text: string }[];
  const answer = result.isError ? (JSON.parse(content?.text ?? "{}") as Json) : (result.structuredContent as Json);
  return { isError: result.isError === true, answer };
}

/** A pipeline that has built its services and waits before the integration. */
async function built(): Promise<string> {
  const { pipeline_id } = await status(workspace, ["init", SHOP_PRD, "--depth", "quick", "--config", "auto.yaml"]);
  await status(workspace, ["plan", "--pipeline-id", pipeline_id]);
  expect(await status(workspace, ["build", pipeline_id])).toMatchObject({ status: "paused" });
  return pipeline_id;
}

/** The accounts contract with one more documented answer of an operation. */
async function changedAccounts(path: string, method: string): Promise<{ contract_id: string; spec: Json }> {
  const listed = await tool("list_contracts", { service: "accounts-service" });
  const [entry] = listed.answer.items as Json[];
  const read = await tool("get_contract", { contract_id: entry?.id, whole: true });
  const spec = structuredClone(read.answer.spec) as { paths: Record<string, Record<string, { responses: Json }>> };
  const operation = spec.paths[path]?.[method];
  if (operation) operation.responses["410"] = { description: "It is gone." };
  return { contract_id: String(entry?.id), spec: spec as unknown as Json };
}

const attempts = (id: string) =>
  inStore(workspace, (db) => builderRuns(db, id).map(({ service, attempt }) => `${service} ${attempt}`));

describe("a contract changed while its pipeline is under way", () => {
  it("reopens its provider and who calls the changed operation, and no other, through to complete", async () => {
    const id = await built();
    const changed = await changedAccounts("/accounts/{id}", "get");
    const proposed = await tool("propose_contract_change", { ...changed, reason: "accounts can be deleted" });
    expect(proposed.answer).toMatchObject({ status: "proposed", reopens: ["accounts-service", "orders-service"] });
    const accepted = await tool("decide_contract_change", {
      request_id: proposed.answer.request_id,
      decision: "accept",
    });
    expect(accepted.answer).toMatchObject({ status: "accepted", reopened: ["accounts-service", "orders-service"] });
    const before = await status(workspace, ["status", id]);
    expect(before.builders.map((one) => one.status).toSorted()).toEqual(["pending", "pending", "succeeded"]);
    const registry = JSON.parse(readFileSync(before.reports.contract_registry ?? "", "utf8")) as Json[];
    expect(registry.find(({ id: each }) => each === accepted.answer.result_id)).toMatchObject({ version: "1.1.0" });

    await tool("resume_pipeline", { pipeline_id: id });
    expect(await waitFor(client, id)).toMatchObject({ state: "complete", gate: { verdict: "passed" } });
    expect(attempts(id)).toEqual([
      "accounts-service 1",
      "accounts-service 2",
      "notifications-service 1",
      "orders-service 1",
      "orders-service 2",
    ]);
    const code = readFileSync(join(before.output_dir, "accounts-service", "contracts", "openapi.json"), "utf8");
    expect(code).toContain("It is gone.");

    const late = await changedAccounts("/accounts/{id}", "get");
    const again = { ...late.spec, info: { ...(late.spec.info as Json), title: "Later" } };
    const request = await tool("propose_contract_change", { contract_id: late.contract_id, spec: again });
    const refused = await tool("decide_contract_change", { request_id: request.answer.request_id, decision: "accept" });
    expect(refused.isError).toBe(true);
    expect(refused.answer.error).toMatchObject({
      code: "WRONG_STATE",
      remedy: expect.stringContaining("new pipeline"),
    });
  }, 240_000);

  it("survives kill -9 of the driver that builds the reopened services", async () => {
    const id = await built();
    const proposed = await tool("propose_contract_change", await changedAccounts("/accounts/{id}", "get"));
    await tool("decide_contract_change", { request_id: proposed.answer.request_id, decision: "accept" });
    inStore(workspace, (db) => db.prepare("UPDATE pipelines SET pause_at = NULL").run());
    const entry = join(import.meta.dirname, "killing-driver.ts");
    const child = spawn(process.execPath, ["--import", "tsx", entry, workspace, id, "integrating", "begins"], {
      stdio: "inherit",
    });
    expect(await new Promise((resolve) => child.once("exit", (_code, signal) => resolve(signal)))).toBe("SIGKILL");
    expect(await status(workspace, ["resume", id])).toMatchObject({ state: "complete" });
    expect(attempts(id).filter((one) => one.endsWith(" 2"))).toEqual(["accounts-service 2", "orders-service 2"]);
    const events = inStore(workspace, (db) => eventsOf(db, id).filter(({ kind }) => kind === "contract_changed"));
    expect(events).toHaveLength(1);
  }, 240_000);

  it("stops the running driver for the moment of the commit, which then goes on with the new contract", async () => {
    const id = await built();
    const proposed = await tool("propose_contract_change", await changedAccounts("/health", "get"));
    expect((await cli(workspace, ["resume", id, "--detach"])).code).toBe(0);
    const accepted = await tool("decide_contract_change", {
      request_id: proposed.answer.request_id,
      decision: "accept",
    });
    expect(accepted.answer).toMatchObject({ resumed: true, reopened: ["accounts-service"] });
    expect(await waitFor(client, id)).toMatchObject({ state: "complete", gate: { verdict: "passed" } });
    expect(attempts(id).filter((one) => one.endsWith(" 2"))).toEqual(["accounts-service 2"]);
    expect(childrenOf(id)).toEqual([]);
  }, 240_000);

  it("that nobody uses is built by its provider alone; rejecting one changes nothing", async () => {
    const id = await built();
    const { contract_id, spec } = await changedAccounts("/health", "get");
    writeFileSync(join(workspace, "accounts.json"), JSON.stringify(spec));
    const rejected = await cli(workspace, ["propose-contract-change", contract_id, "accounts.json", "--json"]);
    const { request_id } = JSON.parse(rejected.stdout) as { request_id: string };
    expect((await cli(workspace, ["decide-contract-change", "reject", request_id])).code).toBe(0);
    expect((await status(workspace, ["status", id])).builders.every((one) => one.status === "succeeded")).toBe(true);
    const proposed = await tool("propose_contract_change", { contract_id, file: "accounts.json" });
    expect(proposed.answer).toMatchObject({ reopens: ["accounts-service"] });
    const listed = await tool("list_contract_changes", { request_id: proposed.answer.request_id });
    expect(listed.answer).toMatchObject({ total: 1, reopens: ["accounts-service"] });
    await tool("decide_contract_change", { request_id: proposed.answer.request_id, decision: "accept" });
    await tool("resume_pipeline", { pipeline_id: id });
    expect(await waitFor(client, id)).toMatchObject({ state: "complete" });
    expect(attempts(id).filter((one) => one.endsWith(" 2"))).toEqual(["accounts-service 2"]);
  }, 240_000);
});
