import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { Ajv } from "ajv";
import { default as formats } from "ajv-formats";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { manifest, stage } from "../../scripts/mcpb/stage.ts";

const BUILT = existsSync(fileURLToPath(new URL("../../dist/server.js", import.meta.url)));
const SCHEMA = fileURLToPath(new URL("../fixtures/mcpb/manifest-v0.3.schema.json", import.meta.url));
const run = promisify(execFile);

it("has a manifest as the published schema wants it", () => {
  const ajv = new Ajv({ strict: false });
  formats.default(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(SCHEMA, "utf8")));
  expect(validate(manifest()), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...manifest(), server: { type: "node" } })).toBe(false);
});

const Manifest = z.object({
  server: z.object({
    entry_point: z.string(),
    mcp_config: z.object({ command: z.literal("node"), args: z.array(z.string()) }),
  }),
  user_config: z.object({ toolsets: z.object({ default: z.string() }) }),
});

describe.skipIf(!BUILT)("the bundle (needs the built program: npm run build)", () => {
  let bundle: string;
  beforeAll(() => {
    bundle = mkdtempSync(join(tmpdir(), "so-mcpb-"));
    stage(bundle);
  });
  afterAll(() => rmSync(bundle, { recursive: true, force: true }));

  it("runs where nothing else is installed, as its manifest says: database, parsers, schemas are in it", async () => {
    const workspace = mkdtempSync(join(tmpdir(), "so-project-"));
    onTestFinished(() => rmSync(workspace, { recursive: true, force: true, maxRetries: 5 }));
    const { server, user_config } = Manifest.parse(JSON.parse(readFileSync(join(bundle, "manifest.json"), "utf8")));
    expect(existsSync(join(bundle, server.entry_point))).toBe(true);
    const values: Record<string, string> = {
      __dirname: bundle,
      "user_config.workspace": workspace,
      "user_config.toolsets": `${user_config.toolsets.default},contracts`,
    };
    const args = server.mcp_config.args.map((arg) => arg.replace(/\$\{([^}]+)\}/g, (_all, name) => values[name] ?? ""));
    const client = new Client({ name: "test", version: "1" });
    onTestFinished(() => client.close());
    const env = { PATH: "", HOME: workspace };
    const command = process.execPath;
    await client.connect(new StdioClientTransport({ command, args, cwd: workspace, env, stderr: "inherit" }));
    writeFileSync(join(workspace, "app.py"), 'import hashlib\nkey = hashlib.md5(b"x")\n');
    const info = { title: "t", version: "1.0.0" };
    writeFileSync(join(workspace, "a.json"), JSON.stringify({ openapi: "3.1.0", info, paths: { "/a": { get: {} } } }));
    const call = async (name: string, given: Record<string, unknown>) => {
      const { isError, content, structuredContent } = await client.callTool({ name, arguments: given });
      expect(isError, JSON.stringify(content)).toBeUndefined();
      return structuredContent;
    };
    expect(await call("scan_security", {})).toMatchObject({ files_scanned: 2, unparsed: [] });
    expect(await call("register_contract", { service: "a", file: "a.json" })).toBeDefined();
    expect(await call("list_contracts", {})).toMatchObject({ total: 1 });
  });

  it.skipIf(!process.env.MCPB_CLI)(
    "is what the official packer takes (MCPB_CLI names it; CI installs it)",
    async () => {
      const { stdout } = await run(process.env.MCPB_CLI ?? "", ["validate", join(bundle, "manifest.json")]);
      expect(stdout).toContain("Manifest schema validation passes");
    },
  );
});
