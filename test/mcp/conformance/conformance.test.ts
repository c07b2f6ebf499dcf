import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LATEST_PROTOCOL_VERSION } from "@modelcontextprotocol/sdk/types.js";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { silentLog } from "../../../src/lib/log.ts";
import { createHttpApp } from "../../../src/mcp/http/app.ts";
import { createMcpServer } from "../../../src/mcp/server.ts";
import type { ToolCall } from "../../../src/tools/define-tool.ts";
import { ConformanceServer, PROMPTS, RESOURCES, TOOLS } from "./fixture.ts";

const SUITE = process.env.CONFORMANCE;
const Checks = z.array(z.object({ id: z.string(), status: z.string(), errorMessage: z.string().optional() }));

/** The production HTTP stack with fixtures behind it. The suite cannot send a token: it is added at the door. */
async function serve(): Promise<string> {
  const token = "a-token-for-the-suite";
  const log = silentLog();
  const app = createHttpApp({
    makeServer: () =>
      createMcpServer({
        tools: TOOLS,
        resources: RESOURCES,
        prompts: PROMPTS,
        // The fixtures use nothing of the context.
        makeContext: () => ({ workspace: process.cwd(), log }) as ToolCall["ctx"],
        makeServer: (...given) => new ConformanceServer(...given),
        version: "1",
        instructions: "",
        log,
      }),
    token,
    hosts: [],
    origins: [],
    rate: { per_second: 1000, burst: 1000 },
    max_sessions: 200,
    idle_ms: 60_000,
    max_body: 1024 * 1024,
    version: "1",
    log,
  });
  const server = createServer((request, response) => {
    request.headers.authorization = `Bearer ${token}`;
    // Some of its raw requests name an older version than its session agreed on: priming events are for newer clients.
    const names = request.rawHeaders.map((name) => name.toLowerCase());
    const version = names.indexOf("mcp-protocol-version");
    if (version >= 0) request.rawHeaders[version + 1] = LATEST_PROTOCOL_VERSION;
    app.handler(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    await app.close();
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
}

it.skipIf(!SUITE)(
  "every server scenario of the official conformance suite passes (CONFORMANCE names the program; CI installs it)",
  async () => {
    const url = await serve();
    const folder = mkdtempSync(join(tmpdir(), "so-conformance-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const child = spawn(SUITE ?? "", ["server", "--url", url, "--suite", "all", "--output-dir", folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    await once(child, "close");
    const scenarios = readdirSync(folder);
    const [, announced] = /Running all suite \((\d+) scenarios\)/.exec(said) ?? [];
    expect(String(scenarios.length), said).toBe(announced);
    const failed = scenarios.flatMap((scenario) =>
      Checks.parse(JSON.parse(readFileSync(join(folder, scenario, "checks.json"), "utf8")))
        .filter(({ status }) => status === "FAILURE" || status === "WARNING")
        .map(({ id, status, errorMessage }) => `${scenario}: ${id} ${status} ${errorMessage ?? ""}`),
    );
    expect(failed).toEqual([]);
    expect(said).toMatch(/\b0 failed/);
    expect(child.exitCode).toBe(0);
  },
  120_000,
);
