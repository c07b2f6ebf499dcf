import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createScaffoldBuilder } from "../../src/builders/scaffold/scaffold.ts";
import { createContractRegistry } from "../../src/contracts/registry.ts";
import { spawnGroup } from "../../src/lib/exec.ts";
import { documentOf } from "../../src/pipeline/documents.ts";
import { builderRuns } from "../../src/pipeline/ledger.ts";
import { eventsOf } from "../../src/pipeline/store.ts";
import { LIBRARY_PRD } from "../architect/proposals.ts";
import {
  callPipeline,
  childrenOf,
  cli,
  connect,
  driverOf,
  inStore,
  isRunning,
  makeWorkspace,
  removeWorkspace,
  waitFor,
} from "./support.ts";

let workspace: string;
const clients: Client[] = [];
beforeEach(() => {
  workspace = makeWorkspace();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await removeWorkspace(workspace);
}, 120_000);

async function newAgent() {
  const client = await connect(workspace, ["--toolsets", "pipeline,builder"]);
  clients.push(client);
  const call = async (name: string, args: Record<string, unknown>) => {
    const result = await client.callTool({ name, arguments: args }, undefined, { timeout: 300_000 });
    const [block] = result.content as { text: string }[];
    return {
      error: result.isError ? JSON.parse(block?.text ?? "{}").error : undefined,
      data: Object(result.structuredContent),
    };
  };
  return { client, call };
}

/** What a good agent writes: here, what the scaffold does. */
async function writeService(id: string, service: string, folder: string): Promise<void> {
  const [services, domain_model, contracts] = await inStore(workspace, async (db) => [
    documentOf(db, id, "service_map").services,
    documentOf(db, id, "domain_model"),
    await createContractRegistry(db).list({ build_cycle_id: id }),
  ]);
  const own = services.find(({ name }) => name === service);
  if (own === undefined) throw new Error(`no service ${service}`);
  await createScaffoldBuilder().build({
    pipeline_id: id,
    service: own,
    output_dir: folder,
    prd: "",
    domain_model,
    contracts: contracts.filter(({ service_name }) => service_name === service),
    consumed: contracts.filter(({ service_name }) => service_name !== service),
    attempt: 1,
    findings: [],
    config: {},
    timeout_ms: 60_000,
    log_file: join(workspace, "agent.log"),
    spawn: spawnGroup,
    signal: new AbortController().signal,
  });
}

const SETTINGS = {
  architect: { backend: "builtin", auto_approve: true },
  builder: { host: { lease: 4 } },
  integration: { runtime: "process", fuzz: { enabled: false } },
};

describe("agents of the calling session build (builder.backend host)", { timeout: 300_000 }, () => {
  it("two at once never get the same task; one dies, the driver is killed, and all is built once and verified", async () => {
    writeFileSync(join(workspace, "host.yaml"), JSON.stringify(SETTINGS));
    const [one, two] = [await newAgent(), await newAgent()];
    const { pipeline_id: id } = await callPipeline(one.client, "run_pipeline", {
      prd: LIBRARY_PRD,
      config: "host.yaml",
      builder: "host",
      depth: "quick",
    });
    const waiting = await waitFor(one.client, id);
    expect(waiting).toMatchObject({ state: "builders_running", status: "waiting_for_builder" });
    expect(waiting.next_step).toContain("claim_build_task");
    // It answers as soon as the first one waits.
    const allWait = async () =>
      (await waitFor(one.client, id)).builders.filter(({ doing }) => doing === "waits for an agent to claim it");
    while ((await allWait()).length < 3) await new Promise((resolve) => setTimeout(resolve, 50));

    const claims = await Promise.all(
      [one, two, one, two].map(({ call }, n) => call("claim_build_task", { agent: `agent ${(n % 2) + 1}` })),
    );
    const got = claims.map(({ data }) => data).filter(({ claimed }) => claimed);
    expect(new Set(got.map(({ service }) => service)).size).toBe(3);
    expect(got).toHaveLength(3);
    const [mine, lost] = [got.find(({ agent }) => agent === "agent 1"), got.filter(({ agent }) => agent === "agent 2")];
    for (const { task, kind, lease_seconds, next_step, claim_id } of got) {
      expect(task).toContain("Build the complete service");
      expect({ kind, lease_seconds }).toEqual({ kind: "build", lease_seconds: 4 });
      expect(next_step).toContain(claim_id);
    }
    await two.client.close();

    const driver = driverOf(workspace, id) ?? 0;
    process.kill(driver, "SIGKILL");
    while (isRunning(driver)) await new Promise((resolve) => setTimeout(resolve, 20));
    const reported = await one.call("report_build_progress", { claim_id: mine.claim_id, doing: "Writing the routes." });
    expect(reported.data).toMatchObject({ held: true, folder: mine.folder, service: mine.service });
    const seen = await cli(workspace, ["status", id, "--json"]);
    expect(JSON.parse(seen.stdout)).toMatchObject({ status: "stalled" });

    await writeService(id, mine.service, mine.folder);
    const submitted = await one.call("submit_build_result", {
      claim_id: mine.claim_id,
      summary: "All routes.",
      tests_executed: 900,
      tests_passed: 900,
      wait_seconds: 120,
    });
    expect(submitted.data).toMatchObject({ accepted: true, evidence: { success: true, reason: "" } });
    expect(submitted.data.evidence.tests_executed).toBeGreaterThan(0);
    expect(submitted.data.evidence.tests_executed).toBeLessThan(900);
    const again = await one.call("submit_build_result", { claim_id: mine.claim_id });
    expect(again.data).toMatchObject({ accepted: true, evidence: { success: true } });

    // What the dead one had comes back.
    const rest: string[] = [];
    for (;;) {
      const { data } = await one.call("claim_build_task", { agent: "agent 1", wait_seconds: 60 });
      if (!data.claimed) break;
      rest.push(data.service);
      await writeService(id, data.service, data.folder);
      const { error } = await one.call("submit_build_result", {
        claim_id: lost.find(({ service }) => service === data.service)?.claim_id ?? data.claim_id,
      });
      if (lost.some(({ service }) => service === data.service))
        expect(error).toMatchObject({ code: "WRONG_STATE", message: expect.stringContaining("agent 1 has it now") });
      await one.call("submit_build_result", { claim_id: data.claim_id, wait_seconds: 120 });
    }
    expect(rest).toEqual(expect.arrayContaining(lost.map(({ service }) => service)));
    expect(await waitFor(one.client, id)).toMatchObject({ state: "complete", status: "complete" });

    const runs = inStore(workspace, (db) => builderRuns(db, id));
    expect(runs).toHaveLength(3);
    for (const { attempt, status } of runs) expect({ attempt, status }).toEqual({ attempt: 1, status: "succeeded" });
    const kinds = inStore(workspace, (db) => eventsOf(db, id, 0, 1000).map(({ kind }) => kind));
    const count = (kind: string) => kinds.filter((one) => one === kind).length;
    expect(count("build_offered")).toBe(3);
    expect(count("build_submitted")).toBe(3);
    expect(count("build_claim_lost")).toBeGreaterThanOrEqual(lost.length);
    expect(childrenOf(id)).toEqual([]);
  });

  it("a lie comes back with the evidence, on the command line too; its log has a cursor and no secrets", async () => {
    writeFileSync(join(workspace, "host.yaml"), JSON.stringify({ ...SETTINGS, builder: { backend: "host" } }));
    writeFileSync(join(workspace, "PRD.md"), LIBRARY_PRD);
    const run = await cli(workspace, ["init", "PRD.md", "--config", "host.yaml", "--json"]);
    const { pipeline_id: id } = JSON.parse(run.stdout);
    await cli(workspace, ["plan", "--pipeline-id", id]);
    const built = await cli(workspace, ["build", id, "--json"]);
    expect(JSON.parse(built.stdout)).toMatchObject({ status: "waiting_for_builder" });
    const claim = await cli(workspace, ["claim", id, "--service", "catalog-service", "--agent", "cli", "--json"]);
    const { claim_id, folder, service } = JSON.parse(claim.stdout);
    expect(service).toBe("catalog-service");
    await cli(workspace, ["report-progress", claim_id, `Using key sk-ant-${"a1B2".repeat(8)} for now.`]);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "liar", scripts: { test: "exit 1" } }));
    const handed = await cli(workspace, [
      "submit-build",
      claim_id,
      "--tests-executed",
      "9",
      "--tests-passed",
      "9",
      "--wait-seconds",
      "120",
    ]);
    expect(handed.code).toBe(1);
    expect(handed.stdout).toMatch(/catalog-service is not verified: .*\n {2}(?:install|test): .* ended with/);

    const log = await cli(workspace, ["builder-log", "catalog-service", id, "--json"]);
    const first = JSON.parse(log.stdout);
    expect(first).toMatchObject({ attempt: 1, more: false });
    expect(first.log).toContain("cli claimed it (claim 1).");
    expect(first.log).toContain("Using key sk-ant-[redacted] for now.");
    const nothing = JSON.parse(
      (await cli(workspace, ["builder-log", "catalog-service", id, "--cursor", `${first.cursor}`, "--json"])).stdout,
    );
    expect(nothing).toMatchObject({ log: "", cursor: first.cursor, more: false });
    const beyond = await cli(workspace, ["builder-log", "catalog-service", id, "--cursor", "999999"]);
    expect(beyond.stderr).toContain("does not reach to byte 999999");
    expect((await cli(workspace, ["builder-log", "catalogue-service", id])).stderr).toContain(
      "did you mean catalog-service",
    );
    const late = await cli(workspace, ["report-progress", claim_id, "Still at it."]);
    expect(late.stderr).toContain("was handed in already");
  });
});
