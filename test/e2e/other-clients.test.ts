import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { cli, makeWorkspace, removeWorkspace, SERVER, SHOP_PRD } from "./support.ts";

const TOKEN = "a-token-for-other-clients";
let workspace: string;
let url: string;
let server: ChildProcess;

/** The built server over HTTP, on a project with a planned pipeline. */
beforeAll(async () => {
  if (!process.env.MCP_CLIENT_V2 && !process.env.INSPECTOR_CLI) return;
  workspace = makeWorkspace();
  await cli(workspace, ["init", SHOP_PRD]);
  await cli(workspace, ["plan"]);
  const env = { ...process.env, SUPER_ORCHESTRATOR_HTTP_TOKEN: TOKEN };
  const args = [SERVER, "--http", "--port", "0", "--workspace", workspace];
  server = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  url = await new Promise<string>((resolve, reject) => {
    server.stderr?.on("data", (chunk) => {
      said += chunk;
      const [address] = /http:\S+\/mcp/.exec(said) ?? [];
      if (address) resolve(address);
    });
    server.once("exit", () => reject(new Error(said)));
  });
}, 60_000);
afterAll(async () => {
  server?.kill("SIGKILL");
  if (workspace !== undefined) await removeWorkspace(workspace);
}, 60_000);

/** What the tests use of `@modelcontextprotocol/client`, which is installed aside: its types are not here. */
interface V2Client {
  connect(transport: object): Promise<void>;
  close(): Promise<void>;
  getServerVersion(): { name: string } | undefined;
  getInstructions(): string | undefined;
  listTools(): Promise<{ tools: { name: string; outputSchema?: object }[] }>;
  callTool(
    params: { name: string; arguments?: object },
    options?: object,
  ): Promise<{ isError?: boolean; structuredContent?: Record<string, unknown> }>;
  listResources(): Promise<{ resources: { uri: string }[] }>;
  readResource(params: { uri: string }): Promise<{ contents: { text?: string }[] }>;
  listPrompts(): Promise<{ prompts: { name: string }[] }>;
  complete(params: object): Promise<{ completion: { values: string[] } }>;
  setLoggingLevel(level: string): Promise<unknown>;
  setRequestHandler(method: string, handler: (request: { params: { message?: string } }) => object): void;
}
interface V2 {
  Client: new (info: object, options: object) => V2Client;
  StreamableHTTPClientTransport: new (url: URL, options: object) => object;
  StdioClientTransport: new (options: object) => object;
}

async function v2(): Promise<V2> {
  // Its package.json exports itself to `import` and `require` alike: resolve from where it was installed.
  const { resolve } = createRequire(join(process.env.MCP_CLIENT_V2 ?? "", "package.json"));
  const load = (name: string): Promise<object> => import(pathToFileURL(resolve(name)).href);
  const parts = [await load("@modelcontextprotocol/client"), await load("@modelcontextprotocol/client/stdio")];
  return Object.assign({}, ...parts) as V2;
}

describe.skipIf(!process.env.MCP_CLIENT_V2)(
  "a client of the SDK's second major version (MCP_CLIENT_V2 is where it is installed; CI does)",
  () => {
    const open: V2Client[] = [];
    afterEach(async () => {
      for (const client of open.splice(0)) await client.close();
    });

    it.each(["stdio", "http"] as const)("finds everything over %s", async (kind) => {
      const { Client, StdioClientTransport, StreamableHTTPClientTransport } = await v2();
      const shown: string[] = [];
      const client = new Client({ name: "v2", version: "1" }, { capabilities: { elicitation: { form: {} } } });
      client.setRequestHandler("elicitation/create", ({ params }) => {
        shown.push(params.message ?? "");
        return { action: "decline" };
      });
      const headers = { authorization: `Bearer ${TOKEN}` };
      await client.connect(
        kind === "http"
          ? new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } })
          : new StdioClientTransport({
              command: process.execPath,
              args: [SERVER, "--workspace", workspace],
              stderr: "inherit",
            }),
      );
      open.push(client);
      expect(client.getServerVersion()?.name).toBe("super-orchestrator");
      expect(client.getInstructions()).toContain("run_pipeline");
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toContain("run_pipeline");
      const listed = await client.callTool({ name: "list_pipelines", arguments: {} });
      expect(listed.structuredContent).toMatchObject({ total: 1 });
      const wrong = await client.callTool({ name: "scan_security", arguments: { paht: "." } });
      expect(wrong.isError).toBe(true);
      const asked = await client.callTool({ name: "review_architecture", arguments: {} });
      expect(JSON.stringify(asked)).toContain("did not decide");
      expect(shown[0]).toContain("accounts-service");
      const { resources } = await client.listResources();
      const map = resources.find(({ uri }) => uri.includes("service-map") || uri.includes("service_map"));
      const { contents } = await client.readResource({ uri: map?.uri ?? "" });
      expect(contents[0]?.text).toContain("notifications-service");
      expect((await client.listPrompts()).prompts.map(({ name }) => name)).toContain("review_architecture");
      const ref = { type: "ref/prompt", name: "explain_failed_pipeline" };
      const argument = { name: "pipeline_id", value: "sh" };
      expect((await client.complete({ ref, argument })).completion.values[0]).toMatch(/^shop-/);
      await client.setLoggingLevel("info");
    });
  },
);

const Listed = z.object({ tools: z.array(z.object({ name: z.string() })) });
const Called = z.object({ structuredContent: z.object({ pipelines: z.array(z.unknown()) }) });

describe.skipIf(!process.env.INSPECTOR_CLI)(
  "MCP Inspector's command line (INSPECTOR_CLI names the program; CI installs it)",
  () => {
    /** Inspector ends with 0 also for a call that failed: the answer has to be read. */
    const inspect = async (target: string[], ...args: string[]): Promise<unknown> => {
      // Version 0.22 takes a package.json above the current folder for its own.
      const cwd = join(workspace, "empty", "folder");
      mkdirSync(cwd, { recursive: true });
      const child = spawn(process.env.INSPECTOR_CLI ?? "", ["--cli", ...target, ...args], {
        cwd,
        stdio: ["ignore", "pipe", "inherit"],
      });
      let out = "";
      child.stdout.on("data", (chunk) => {
        out += chunk;
      });
      await new Promise((resolve) => child.once("close", resolve));
      return JSON.parse(out);
    };

    it.each(["stdio", "http", "sse"] as const)("lists and calls tools over %s", async (kind) => {
      const address = kind === "sse" ? url.replace(/\/mcp$/, "/sse") : url;
      const header = ["--header", `Authorization: Bearer ${TOKEN}`];
      const target =
        kind === "stdio"
          ? [process.execPath, SERVER, "--workspace", workspace]
          : [address, "--transport", kind, ...header];
      const { tools } = Listed.parse(await inspect(target, "--method", "tools/list"));
      expect(tools.map(({ name }) => name)).toContain("list_pipelines");
      const call = ["--method", "tools/call", "--tool-name", "list_pipelines", "--tool-arg", "limit=1"];
      expect(Called.parse(await inspect(target, ...call)).structuredContent.pipelines).toHaveLength(1);
    });
  },
);
