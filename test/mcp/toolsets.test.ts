import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it, onTestFinished } from "vitest";
import { TOOLS } from "../../src/tools/index.ts";

const SERVER = fileURLToPath(new URL("../../dist/server.js", import.meta.url));

async function connected(...args: string[]) {
  const project = mkdtempSync(join(tmpdir(), "so-toolsets-"));
  const client = new Client({ name: "test", version: "1" });
  let changes = 0;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    changes += 1;
  });
  onTestFinished(async () => {
    await client.close();
    rmSync(project, { recursive: true, force: true });
  });
  const env = { PATH: process.env.PATH ?? "", HOME: project, CLAUDE_PROJECT_DIR: project };
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [SERVER, ...args], env, stderr: "ignore" }),
  );
  const names = async () => (await client.listTools()).tools.map(({ name }) => name);
  const enable = (toolset: string) => client.callTool({ name: "enable_toolset", arguments: { toolset } });
  return { client, names, enable, changes: () => changes };
}

// `npm test` builds first; a lone `vitest run` in a fresh checkout has nothing to start.
describe.skipIf(!existsSync(SERVER))("a connection (needs the built server: npm run build)", () => {
  it("gets a toolset when it asks, and is told that the list changed", async () => {
    const { client, names, enable, changes } = await connected();
    expect(client.getServerCapabilities()?.tools?.listChanged).toBe(true);
    expect(await names()).not.toContain("find_callers");
    await expect(client.callTool({ name: "find_callers", arguments: { symbol: "x" } })).rejects.toThrow(
      "It is in the toolset codebase: call enable_toolset",
    );

    const { structuredContent } = await enable("codebase");
    const codebase = TOOLS.filter(({ toolset }) => toolset === "codebase").map(({ name }) => name);
    expect(structuredContent).toMatchObject({ tools: codebase, enabled: ["pipeline", "quality", "codebase"] });
    expect(changes()).toBe(1);
    expect(await names()).toEqual(expect.arrayContaining(codebase));
    expect((await client.callTool({ name: "find_callers", arguments: { symbol: "x" } })).content).not.toEqual([]);

    await enable("codebase");
    expect(changes()).toBe(1);
    expect((await client.callTool({ name: "enable_toolset", arguments: { toolset: "codebas" } })).isError).toBe(true);
  });

  it("does not share it with another connection", async () => {
    const one = await connected();
    const other = await connected();
    await one.enable("contracts");
    expect(await one.names()).toContain("list_contracts");
    expect(await other.names()).not.toContain("list_contracts");
  });

  it("is not promised changes when everything is listed", async () => {
    const { client, names } = await connected("--toolsets", "all");
    expect(await names()).toEqual(TOOLS.map(({ name }) => name));
    expect(client.getServerCapabilities()?.tools).toEqual({});
  });

  it("cannot get more where the toolset with enable_toolset is not served", async () => {
    const { client, names } = await connected("--toolsets", "quality");
    expect(await names()).not.toContain("enable_toolset");
    await expect(client.callTool({ name: "find_callers", arguments: {} })).rejects.toThrow(
      "start the server with --toolsets",
    );
  });
});

describe.skipIf(!existsSync(SERVER))("--read-only (needs the built server: npm run build)", () => {
  it("serves tools that change nothing, in every toolset, also on demand", async () => {
    const { client, names, enable } = await connected("--read-only");
    const readOnly = new Set(TOOLS.filter(({ hints }) => hints.readOnly).map(({ name }) => name));
    const listed = await names();
    expect(listed).toContain("scan_security");
    expect(listed).not.toContain("run_pipeline");
    await expect(client.callTool({ name: "run_pipeline", arguments: { prd: "x" } })).rejects.toThrow("Unknown tool");
    expect(client.getInstructions()).toContain("--read-only");
    expect(client.getInstructions()?.length).toBeLessThan(2048);
    await enable("contracts");
    const all = await names();
    expect(all).toContain("list_contracts");
    expect(all).not.toContain("register_contract");
    for (const name of all) expect(readOnly).toContain(name);
    for (const { annotations } of (await client.listTools()).tools) expect(annotations?.readOnlyHint).toBe(true);
  });
});
