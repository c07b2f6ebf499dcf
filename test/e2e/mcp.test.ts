import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { marked } from "../../src/lib/process.ts";
import {
  callPipeline,
  childrenOf,
  cli,
  connect,
  makeWorkspace,
  removeWorkspace,
  SERVER,
  SHOP_PRD,
  status,
  waitFor,
} from "./support.ts";

let workspace: string;
let client: Client;
beforeAll(async () => {
  workspace = makeWorkspace();
  writeFileSync(join(workspace, "light.yaml"), "depth: quick\nintegration: { fuzz: { enabled: false } }\n");
  client = await connect(workspace);
});
afterAll(async () => {
  await client.close();
  await removeWorkspace(workspace);
}, 120_000);

const errorOf = async (name: string, args: Record<string, unknown>) => {
  const result = await client.callTool({ name, arguments: args });
  expect(result.isError).toBe(true);
  const [block] = result.content as { text: string }[];
  return JSON.parse(block?.text ?? "{}").error as { code: string; message: string; remedy: string };
};

describe("the tools", () => {
  it("each have both schemas, hints and a short description", async () => {
    const everything = await connect(workspace, ["--toolsets", "all"]);
    const { tools } = await everything.listTools();
    await everything.close();
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "run_pipeline",
        "get_pipeline_status",
        "review_architecture",
        "resume_pipeline",
        "cancel_pipeline",
        "list_pipelines",
        "run_quality_gate",
        "scan_security",
      ]),
    );
    for (const tool of tools) {
      expect(tool.outputSchema?.type).toBe("object");
      expect(tool.description?.length).toBeLessThanOrEqual(160);
      const { readOnlyHint, destructiveHint } = tool.annotations ?? {};
      expect(readOnlyHint === true || typeof destructiveHint === "boolean").toBe(true);
    }
    expect(JSON.stringify(tools)).not.toContain("$schema");
  });

  it("take a PRD to the end while the caller waits, with progress", async () => {
    const started = await callPipeline(client, "run_pipeline", { prd_path: SHOP_PRD });
    expect(started.status).toBe("running");
    const planned = await waitFor(client);
    expect(planned).toMatchObject({
      status: "waiting_for_review",
      next_step: expect.stringContaining("review_architecture"),
    });
    await callPipeline(client, "review_architecture", { decision: "approve" });
    const steps: string[] = [];
    const result = await client.callTool({ name: "get_pipeline_status", arguments: { wait_seconds: 240 } }, undefined, {
      timeout: 300_000,
      onprogress: ({ message }) => void steps.push(message ?? ""),
    });
    expect(result.structuredContent).toMatchObject({ state: "complete" });
    expect(steps.some((step) => step.startsWith("builders_running"))).toBe(true);
  }, 300_000);

  it("judge a pipeline and a folder", async () => {
    const { structuredContent: list } = await client.callTool({ name: "list_pipelines", arguments: {} });
    const id = (list as { pipelines: { pipeline_id: string }[] }).pipelines[0]?.pipeline_id;
    const { structuredContent: judged } = await client.callTool({
      name: "run_quality_gate",
      arguments: { pipeline_id: id },
    });
    expect(judged).toMatchObject({ verdict: "passed", blocking: 0 });
    writeFileSync(
      join(workspace, "app.py"),
      'from fastapi.middleware.cors import CORSMiddleware\napp.add_middleware(CORSMiddleware, allow_origins=["*"])\n',
    );
    const { structuredContent: scanned } = await client.callTool({
      name: "scan_security",
      arguments: { path: "app.py/.." },
    });
    expect(scanned).toMatchObject({
      violations: expect.arrayContaining([expect.objectContaining({ code: "CORS-001" })]),
    });
  });

  it("deploy and test a pipeline's services again, beside the pipeline, and leave nothing behind", async () => {
    const integration = await connect(workspace, ["--toolsets", "integration"]);
    const { structuredContent: list } = await client.callTool({ name: "list_pipelines", arguments: {} });
    const id = (list as { pipelines: { pipeline_id: string }[] }).pipelines[0]?.pipeline_id;
    const test = async (name: string, args: Record<string, unknown> = { pipeline_id: id }) => {
      const result = await integration.callTool({ name, arguments: args }, undefined, { timeout: 300_000 });
      return result.isError ? { error: JSON.stringify(result.content) } : result.structuredContent;
    };
    const tested = await test("test_contracts");
    expect(tested).toMatchObject({ total: 0, violations: [], next_step: "Nothing was found." });
    expect((tested as { requests: number }).requests).toBeGreaterThan(300);
    expect(await test("run_cross_service_tests")).toMatchObject({ verdict: "passed", failed: 0, violations: [] });
    expect(await test("trace_data_flow")).toMatchObject({
      verdict: "passed",
      next_step: expect.stringContaining("0 broken"),
    });
    expect(await test("test_boundaries")).toMatchObject({ verdict: "passed", failed: 0, violations: [] });
    const pacts = await test("verify_pacts");
    expect(pacts).toMatchObject({ violations_total: 0, next_step: "Every pact holds." });
    expect((pacts as { passed: number }).passed).toBeGreaterThan(0);
    expect(await test("check_health")).toMatchObject({ healthy: 3, total: 3 });
    expect(marked("SUPER_ORCHESTRATOR_TEST_RUN")).toEqual([]);
    expect(await test("test_contracts", { pipeline_id: id, url: "http://127.0.0.1:1" })).toMatchObject({
      error: expect.stringContaining("Both pipeline_id and url"),
    });
    expect(await test("test_contracts", {})).toMatchObject({ error: expect.stringContaining("spec is missing") });
    await integration.close();
  }, 300_000);

  it("say what is wrong with a call, and what to do", async () => {
    expect(await errorOf("run_pipeline", { prd_path: "nowhere.md" })).toMatchObject({ code: "NOT_FOUND" });
    expect(await errorOf("run_pipeline", { prd: "too short" })).toMatchObject({ code: "PRD_UNREADABLE" });
    expect(await errorOf("run_pipeline", { prd_pth: SHOP_PRD })).toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("did you mean prd_path"),
    });
    expect(await errorOf("get_pipeline_status", { pipeline_id: "nope" })).toMatchObject({ code: "NOT_FOUND" });
    expect(await errorOf("review_architecture", { decision: "approve" })).toMatchObject({ code: "WRONG_STATE" });
  });
});

describe("two servers and a command line on one project", () => {
  it("see one truth; a second driver is refused; a dead server's pipeline goes on", async () => {
    const first = await connect(workspace);
    const second = await connect(workspace);
    const { pipeline_id } = await callPipeline(first, "run_pipeline", {
      prd_path: SHOP_PRD,
      auto_approve: true,
      depth: "quick",
    });
    const tries = await Promise.all([
      second.callTool({ name: "resume_pipeline", arguments: { pipeline_id } }),
      cli(workspace, ["resume", pipeline_id]),
    ]);
    expect(JSON.stringify(tries[0].content)).toContain("LEASE_HELD");
    expect(tries[1].stderr).toContain("LEASE_HELD");
    await first.close();
    const seen = await waitFor(second, pipeline_id);
    expect(seen.state).toBe("complete");
    expect(await status(workspace, ["status", pipeline_id])).toMatchObject({ state: "complete" });
    expect(childrenOf(pipeline_id)).toEqual([]);
    await second.close();
  }, 300_000);

  it("run several pipelines side by side", async () => {
    const other = await connect(workspace);
    const both = await Promise.all([
      callPipeline(client, "run_pipeline", { prd_path: SHOP_PRD, auto_approve: true, config: "light.yaml" }),
      callPipeline(other, "run_pipeline", { prd_path: SHOP_PRD, auto_approve: true, config: "light.yaml" }),
    ]);
    const ends = await Promise.all(both.map(({ pipeline_id }) => waitFor(other, pipeline_id)));
    expect(ends.map(({ state }) => state)).toEqual(["complete", "complete"]);
    await other.close();
  }, 300_000);
});

describe("the server process", () => {
  it("writes nothing but protocol to standard output and ends with its input", async () => {
    const child = spawn(process.execPath, [SERVER, "--workspace", workspace], { stdio: ["pipe", "pipe", "ignore"] });
    let out = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    const say = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
    const clientInfo = { name: "raw", version: "1" };
    say({ id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo } });
    say({ method: "notifications/initialized" });
    say({ id: 2, method: "tools/call", params: { name: "scan_security", arguments: { path: "." } } });
    child.stdin.end();
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect(code).toBe(0);
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ id }) => id)).toEqual([1, 2]);
  });
});
