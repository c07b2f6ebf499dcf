import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { HTTP_HOST, HTTP_PORT, TOKEN_VARIABLE } from "../../src/server.ts";
import { DEFAULT_TOOLSETS } from "../../src/tools/define-tool.ts";
import { TOOLS } from "../../src/tools/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), "utf8"));
const Started = z.strictObject({ command: z.string(), args: z.array(z.string()) });
const Reached = z.strictObject({ type: z.literal("http"), url: z.url(), headers: z.record(z.string(), z.string()) });
const Entries = z.object({ mcpServers: z.record(z.string(), z.union([Started, Reached])) });
const Package = z.object({ name: z.string(), bin: z.record(z.string(), z.string()) });

const { mcpServers } = Entries.parse(read("mcp.json"));
const { name, bin } = Package.parse(read("package.json"));

const started = Object.entries(mcpServers).flatMap(([key, entry]) =>
  "command" in entry ? [[key, entry] as const] : [],
);
const reached = Object.values(mcpServers).flatMap((entry) => ("url" in entry ? [entry] : []));

it("the HTTP entry of mcp.json is where `serve --http` is, with the token it takes", () => {
  expect(reached).toEqual([
    {
      type: "http",
      url: `http://${HTTP_HOST}:${HTTP_PORT}/mcp`,
      headers: { Authorization: `Bearer \${${TOKEN_VARIABLE}}` },
    },
  ]);
});

/** What an entry runs, with npx's look-up of the package's command replaced by the built file itself. */
function local({ command, args }: { command: string; args: string[] }): string[] {
  if (command === "node") return args;
  const [yes, packageName, ...rest] = args;
  expect([command, yes, packageName]).toEqual(["npx", "-y", name]);
  return [bin[name] ?? "", ...rest];
}

// `npm test` builds first; a lone `vitest run` in a fresh checkout has nothing to start.
describe.skipIf(!existsSync(join(root, "dist/server.js")))("the entries of mcp.json", () => {
  it.each(started)("%s serves the default toolsets", async (_name, entry) => {
    const project = mkdtempSync(join(tmpdir(), "entries-"));
    const client = new Client({ name: "test", version: "1" });
    try {
      const env = { PATH: process.env.PATH ?? "", HOME: project, CLAUDE_PROJECT_DIR: project };
      await client.connect(
        new StdioClientTransport({ command: process.execPath, args: local(entry), cwd: root, env, stderr: "ignore" }),
      );
      const { tools } = await client.listTools();
      const expected = TOOLS.filter(({ toolset }) => DEFAULT_TOOLSETS.includes(toolset));
      expect(tools.map((tool) => tool.name)).toEqual(expected.map((tool) => tool.name));
      expect(client.getInstructions()?.length).toBeLessThan(2048);
    } finally {
      await client.close();
      rmSync(project, { recursive: true, force: true });
    }
  });
});
