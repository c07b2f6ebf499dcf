import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { CLI, cli, makeWorkspace, removeWorkspace, SERVER } from "./support.ts";

let workspace: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  workspace = makeWorkspace();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await removeWorkspace(workspace);
});

/** Start the built server over HTTP; resolves when it says where it listens. */
async function serve(entry: string[] = [CLI, "serve"], environment: Record<string, string> = {}, flags: string[] = []) {
  const child = spawn(process.execPath, [...entry, "--http", "--port", "0", "--workspace", workspace, ...flags], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  let said = "";
  let printed = "";
  child.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  await new Promise<void>((resolve, reject) => {
    child.stderr.on("data", (chunk) => {
      said += chunk;
      if (said.includes("/mcp")) setTimeout(resolve, 50);
    });
    child.once("exit", (code) => reject(new Error(`it ended with ${code}: ${said}`)));
  });
  const [url = ""] = /http:\S+\/mcp/.exec(said) ?? [];
  return { child, url, said: () => said, printed: () => printed };
}

async function connect(url: string, token: string): Promise<Client> {
  const client = new Client({ name: "test", version: "1" });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  return client;
}

it("makes a token at its first start, shows it once, and serves whoever has it", async () => {
  const first = await serve();
  const file = join(workspace, ".super-orchestrator", "http-token");
  const token = readFileSync(file, "utf8").trim();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(first.said()).toContain(token);
  expect(readFileSync(join(workspace, ".super-orchestrator", ".gitignore"), "utf8")).toMatch(/^\*$/m);
  expect(first.url).toContain("http://127.0.0.1:");

  const client = await connect(first.url, token);
  writeFileSync(join(workspace, "app.py"), 'print("hello")\n');
  const scanned = await client.callTool({ name: "scan_security", arguments: { path: "." } });
  expect(scanned.structuredContent).toMatchObject({ violations: expect.any(Array) });
  await expect(connect(first.url, "another-token-altogether")).rejects.toThrow(/401|bearer token/);
  await client.close();

  first.child.kill("SIGTERM");
  expect(await once(first.child, "exit")).toEqual([0, null]);
  expect(first.printed()).toBe("");

  const second = await serve([SERVER]);
  expect(second.said()).not.toContain(token);
  await (await connect(second.url, token)).close();
});

it("takes the token of its environment, and keeps none", async () => {
  const { url, said } = await serve([CLI, "serve"], { SUPER_ORCHESTRATOR_HTTP_TOKEN: "given-by-the-environment" });
  await (await connect(url, "given-by-the-environment")).close();
  expect(said()).not.toContain("given-by-the-environment");
  expect(() => statSync(join(workspace, ".super-orchestrator", "http-token"))).toThrow("ENOENT");
});

it("keeps clients in the project and in what was allowed beside it", async () => {
  const further = makeWorkspace();
  onTestFinished(() => removeWorkspace(further));
  const environment = { SUPER_ORCHESTRATOR_HTTP_TOKEN: "given-by-the-environment" };
  const { url } = await serve([SERVER], environment, ["--allow-path", further]);
  const client = await connect(url, "given-by-the-environment");
  const scan = async (path: string) =>
    JSON.stringify(await client.callTool({ name: "scan_security", arguments: { path } }));
  expect(await scan(".")).toContain("files_scanned");
  expect(await scan(further)).toContain("files_scanned");
  for (const path of ["/etc", "..", `${further}/..`]) expect(await scan(path)).toContain("lies outside");
  await client.close();
});

it("takes the tokens of an authorization server instead of making one", async () => {
  const flags = ["--issuer", "https://issuer.example", "--scope", "mcp:use", "--scope", "mcp:build"];
  const { url, said } = await serve([SERVER], {}, flags);
  expect(said()).not.toContain("token");
  expect(existsSync(join(workspace, ".super-orchestrator", "http-token"))).toBe(false);
  const metadata = await fetch(new URL("/.well-known/oauth-protected-resource/mcp", url));
  expect(await metadata.json()).toMatchObject({
    resource: url,
    authorization_servers: ["https://issuer.example"],
    scopes_supported: ["mcp:use", "mcp:build"],
  });
  expect((await fetch(url, { method: "POST" })).headers.get("www-authenticate")).toContain("resource_metadata");
  expect(await cli(workspace, ["serve", "--http", "--port", "0", "--issuer", "issuer.example"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--issuer issuer.example is no https URL"),
  });
});

it("says why it cannot listen, and what to do", async () => {
  const { url } = await serve();
  const taken = await cli(workspace, ["serve", "--http", "--port", new URL(url).port]);
  expect(taken).toMatchObject({ code: 2, stderr: expect.stringContaining("the port is taken") });
  expect(await cli(workspace, ["serve", "--http", "--port", "many"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("is no port"),
  });
});
