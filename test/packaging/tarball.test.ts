import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUILT = existsSync(join(ROOT, "dist", "cli.js"));
const run = promisify(execFile);
const Packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);

const pack = async (folder: string) => {
  // Tests run on what is built; packing builds otherwise.
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const { stdout } = await run("npm", args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
  return Packed.parse(JSON.parse(stdout))[0];
};
const temporary = () => {
  const folder = mkdtempSync(join(tmpdir(), "so-pack-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
};

describe.skipIf(!BUILT)("the package (needs the built program: npm run build)", () => {
  it("holds the program, the plugin and the documentation, and nothing of the workshop", async () => {
    const { files } = await pack(temporary());
    const paths = files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        "dist/cli.js",
        "dist/server.js",
        "server.json",
        "mcp.json",
        ".claude-plugin/marketplace.json",
        "plugin/.claude-plugin/plugin.json",
        "plugin/.mcp.json",
        "plugin/hooks/check.mjs",
        "plugin/scripts/serve.mjs",
        "plugin/skills/super-orchestrator/SKILL.md",
        "docs/clients.md",
        "LICENSE",
      ]),
    );
    for (const path of paths)
      expect(path).not.toMatch(/^(src|test|scripts|bench|node_modules)\/|__pycache__|\.db$|^\.ci/);
  }, 60_000);

  it.skipIf(process.env.CI !== "true")(
    "installs elsewhere and serves (needs npm's registry: CI=true)",
    async () => {
      const folder = temporary();
      const { filename } = await pack(folder);
      const home = join(folder, "elsewhere");
      mkdirSync(home);
      writeFileSync(join(home, "package.json"), '{ "name": "elsewhere", "private": true }');
      const flags = ["--no-fund", "--no-audit", "--omit=dev", "--ignore-scripts"];
      await run("npm", ["install", ...flags, join(folder, filename)], { cwd: home });
      // Its install script compiles SQLite for minutes where no prebuilt one can be had; here is one already.
      const build = join("node_modules", "better-sqlite3", "build");
      cpSync(join(ROOT, build), join(home, build), { recursive: true });
      const client = new Client({ name: "test", version: "1" });
      onTestFinished(() => client.close());
      const env = { PATH: process.env.PATH ?? "", HOME: home, CLAUDE_PROJECT_DIR: home };
      const bin = join(home, "node_modules", ".bin", "super-orchestrator");
      await client.connect(
        new StdioClientTransport({ command: bin, args: ["serve"], cwd: home, env, stderr: "ignore" }),
      );
      await client.listTools();
      writeFileSync(join(home, "app.py"), 'import hashlib\nkey = hashlib.md5(b"x")\n');
      const scanned = await client.callTool({ name: "scan_security", arguments: { path: "." } });
      expect(scanned.structuredContent).toMatchObject({ files_scanned: expect.any(Number), total: expect.any(Number) });
      expect(scanned.isError).toBeUndefined();
      const listed = await client.callTool({ name: "list_pipelines", arguments: {} });
      expect(listed.structuredContent).toMatchObject({ total: 0 });
    },
    300_000,
  );
});
