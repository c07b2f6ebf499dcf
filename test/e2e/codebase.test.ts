import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config.ts";
import { CLI, SERVER } from "./support.ts";

const SHOP = join(import.meta.dirname, "..", "fixtures", "codebase", "shop");
let workspace: string;
let client: Client;
let env: Record<string, string>;

beforeAll(async () => {
  workspace = mkdtempSync(join(tmpdir(), "so-codebase-"));
  cpSync(SHOP, workspace, { recursive: true });
  env = {
    PATH: process.env.PATH ?? "",
    HOME: workspace,
    XDG_CACHE_HOME: join(workspace, ".cache"),
    CLAUDE_PROJECT_DIR: workspace,
  };
  client = new Client({ name: "test", version: "1" });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [SERVER, "--toolsets", "codebase"],
      env,
      stderr: "ignore",
    }),
  );
});
afterAll(async () => {
  await client.close();
  rmSync(workspace, { recursive: true, force: true });
});

async function call(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>> {
  const result = await client.callTool({ name, arguments: args });
  expect(result.isError ?? false).toBe(false);
  return result.structuredContent as Record<string, unknown>;
}

async function refused(name: string, args: Record<string, unknown>): Promise<string> {
  const result = await client.callTool({ name, arguments: args });
  expect(result.isError).toBe(true);
  return JSON.stringify(result.content);
}

const cli = (...args: string[]) =>
  spawnSync(process.execPath, [CLI, ...args, "--workspace", workspace], {
    encoding: "utf8",
    env: { ...env, NO_COLOR: "1" },
  });

describe("the codebase tools over MCP", () => {
  it("are eight, with short descriptions", async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      "find_definition",
      "find_callers",
      "find_dependencies",
      "search_semantic",
      "get_service_interface",
      "check_dead_code",
      "register_artifact",
      "index_codebase",
    ]);
  });

  it("find definitions and callers, page by page", async () => {
    expect(await call("find_definition", { symbol: "OrderService.create" })).toMatchObject({
      file: "orders/app/service.py",
      line: 17,
      kind: "method",
      others: [],
    });
    const first = await call("find_callers", { symbol: "Order", max_results: 2 });
    expect(first).toMatchObject({ known: true });
    expect(first.callers).toHaveLength(2);
    const second = await call("find_callers", { symbol: "Order", max_results: 2, cursor: first.next_cursor });
    expect(second.callers).toHaveLength(2);
    expect(second.callers).not.toEqual(first.callers);
    expect(await refused("find_callers", { symbol: "Order", cursor: "next" })).toContain("not a cursor");
    expect(await refused("find_definition", { symbol: "Ordre" })).toContain("close");
  });

  it("answer about a service under either name of the field", async () => {
    const one = await call("get_service_interface", { service_name: "stock" });
    expect(await call("get_service_interface", { service: "stock" })).toEqual(one);
    expect(await refused("get_service_interface", { service: "stock", service_name: "mail" })).toContain("two names");
    expect(await refused("get_service_interface", {})).toContain("service_name");
    expect(await call("check_dead_code", { service: "stock" })).toMatchObject({ total: 1 });
  });

  it("cut long lists and say how much is left", async () => {
    const { imported_by, more } = await call("find_dependencies", { file_path: "orders/app/models.py", limit: 1 });
    expect(imported_by).toHaveLength(1);
    expect(more).toMatchObject({ imported_by: expect.any(Number) });
  });

  it("take content that is not on disk, in base64", async () => {
    const source_base64 = Buffer.from("function onlyGiven() {}\n").toString("base64");
    expect(await call("register_artifact", { file_path: "legacy/given.js", source_base64 })).toMatchObject({
      indexed: true,
    });
    expect(await call("find_definition", { symbol: "onlyGiven" })).toMatchObject({ file: "legacy/given.js" });
    expect(await refused("register_artifact", { file_path: "legacy/x.js", source_base64: "%%" })).toContain("base64");
    expect(await refused("register_artifact", { file_path: "../outside.js" })).toContain("no file of");
  });

  it("look into another folder, and refuse one that is not there", async () => {
    expect(await call("index_codebase", { path: "mail" })).toMatchObject({ unparsed: [] });
    expect(await refused("index_codebase", { path: "nowhere" })).toContain("does not exist");
  });
});

describe("the codebase commands", () => {
  it("answer in text and JSON, and leave no state in a folder that has none", () => {
    const found = cli("find-callers", "place_order");
    expect(found.status).toBe(0);
    expect(found.stdout).toContain("orders/app/main.py:13 create_order");
    const json = cli("service-interface", "orders", "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({ service_name: "orders" });
    const missing = cli("find-definition", "nobodyHasThis");
    expect(missing.status).toBe(2);
    expect(missing.stderr).toContain("search_semantic");
    expect(cli("search", "retry failed payment", "--n-results", "1").stdout).toContain("retryFailedPayment");
    expect(cli("dead-code", "orders").stdout).toContain("unused_discount");
  });

  it("use the embeddings of the configuration, and say when they fail", async () => {
    const server = createServer((_request, response) => response.writeHead(503).end());
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const address = server.address();
    const port = address !== null && typeof address === "object" ? address.port : 0;
    const file = join(workspace, "config.yaml");
    writeFileSync(file, `codebase:\n  embeddings: {url: "http://127.0.0.1:${port}/v1", model: small}\n`);
    try {
      expect(loadConfig(workspace, file).codebase.embeddings).toMatchObject({ model: "small", api_key_env: "" });
      mkdirSync(join(workspace, ".super-orchestrator"), { recursive: true });
      copyFileSync(file, join(workspace, ".super-orchestrator", "config.yaml"));
      const answer = await call("search_semantic", { query: "retry a failed payment" });
      expect(answer.note).toContain("503");
      expect(JSON.stringify(answer.chunks)).toContain("retryFailedPayment");
    } finally {
      server.close();
      rmSync(join(workspace, ".super-orchestrator"), { recursive: true, force: true });
    }
  });
});
