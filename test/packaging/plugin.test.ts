import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { COMMANDS } from "../../src/tools/commands.ts";
import { DEFAULT_TOOLSETS, TOOLSETS } from "../../src/tools/define-tool.ts";
import { TOOLS } from "../../src/tools/index.ts";
import { CLAUDE, isolatedClaude, NEEDS_CLAUDE } from "../support/claude.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PLUGIN = join(ROOT, "plugin");
const CLI = join(ROOT, "dist", "cli.js");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const json = <Shape extends z.ZodType>(path: string, shape: Shape) => shape.parse(JSON.parse(read(path)));

const Versioned = z.object({ name: z.string(), version: z.string() });
const Servers = z.object({
  mcpServers: z.record(z.string(), z.object({ command: z.string(), args: z.tuple([z.string()]) })),
});
const { mcpServers } = json("plugin/.mcp.json", Servers);
const [[key, server] = ["", { command: "", args: [""] as const }]] = Object.entries(mcpServers);
const plugin = json("plugin/.claude-plugin/plugin.json", Versioned);
const prefix = `mcp__plugin_${plugin.name}_${key}__`;

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "so-plugin-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Run a program to its end with something on standard input. */
function run(command: string, args: string[], options: { env: Record<string, string | undefined>; input?: string }) {
  return new Promise<{ code: number; out: string }>((resolve) => {
    const child = execFile(command, args, { env: options.env, cwd: tmpdir() }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, out: `${stdout}${stderr}` }),
    );
    child.stdin?.end(options.input ?? "");
  });
}

describe("the plugin", () => {
  it("has the version of the package, everywhere", () => {
    const { version } = json("package.json", Versioned);
    expect(plugin.version).toBe(version);
    const Marketplace = z.object({ metadata: z.object({ version: z.string() }), plugins: z.array(Versioned) });
    const { metadata, plugins } = json(".claude-plugin/marketplace.json", Marketplace);
    expect([metadata.version, ...plugins.map((one) => one.version)]).toEqual([version, version]);
    expect(plugins[0]?.name).toBe(plugin.name);
  });

  it("leaves room for the prefix of its tools' names", () => {
    for (const { name } of TOOLS) expect(`${prefix}${name}`.length).toBeLessThanOrEqual(64);
  });

  it("allows its commands tools that there are, by default", () => {
    for (const file of readdirSync(join(PLUGIN, "commands"))) {
      const [, head = ""] = read(`plugin/commands/${file}`).split("---\n");
      const { "allowed-tools": allowed, description } = z
        .object({ "allowed-tools": z.string(), description: z.string().min(1) })
        .parse(parse(head));
      const served = TOOLS.filter(({ toolset }) => DEFAULT_TOOLSETS.includes(toolset)).map(({ name }) => prefix + name);
      expect(served).toEqual(expect.arrayContaining(allowed.split(", ")));
      expect(description.length).toBeLessThan(100);
    }
  });

  it("teaches only tools, toolsets and arguments that there are", () => {
    const skill = read("plugin/skills/super-orchestrator/SKILL.md");
    const fields = TOOLS.flatMap(({ input }) => Object.keys(input.shape));
    const states = ["waiting_for_review", "waiting_for_plan", "waiting_for_builder", "next_step"];
    const known = new Set<string>([...TOOLS.map(({ name }) => name), ...TOOLSETS, ...fields, ...states]);
    for (const [, word = ""] of skill.matchAll(/`([a-z]+(?:_[a-z]+)+)`/g)) expect(known).toContain(word);
  });
});

describe.skipIf(!existsSync(CLI))("the plugin's server (needs the built program: npm run build)", () => {
  it("serves the default tools, from where a marketplace copies it", async () => {
    const copy = join(temporary(), "plugin");
    cpSync(PLUGIN, copy, { recursive: true });
    const client = new Client({ name: "test", version: "1" });
    const env = { PATH: process.env.PATH ?? "", CLAUDE_PROJECT_DIR: copy, SUPER_ORCHESTRATOR_CLI: CLI };
    const args = server.args.map((arg) => arg.replace(/^\$\{CLAUDE_PLUGIN_ROOT\}/, copy));
    await client.connect(new StdioClientTransport({ command: server.command, args, env, stderr: "ignore" }));
    onTestFinished(() => client.close());
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("enable_toolset");
  });
});

describe.skipIf(!existsSync(CLI))("the plugin's hooks (need the built program: npm run build)", () => {
  const BAD = 'import hashlib\npassword = "hunter2-hunter2-hunter2"\ndigest = hashlib.md5(password.encode())\n';
  const check = (kind: string, project: string, event: object, env: Record<string, string> = {}) =>
    run(process.execPath, [join(PLUGIN, "hooks", "check.mjs"), kind], {
      env: { ...process.env, CLAUDE_PROJECT_DIR: project, ...env },
      input: JSON.stringify(event),
    });
  const project = async () => {
    const folder = temporary();
    mkdirSync(join(folder, ".super-orchestrator"));
    await run("git", ["init", "-q", folder], { env: process.env });
    await run(
      "git",
      ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "--allow-empty", "-m", "t"],
      {
        env: process.env,
      },
    );
    return folder;
  };
  const edited = (path: string) => ({ hook_event_name: "PostToolUse", tool_input: { file_path: path } });

  it("tell of what an edit brought in, of that file only", async () => {
    const folder = await project();
    writeFileSync(join(folder, "bad.py"), BAD);
    writeFileSync(join(folder, "good.py"), "x = 1\n");
    const { code, out } = await check("scan", folder, edited(join(folder, "bad.py")));
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      decision: "block",
      reason: expect.stringMatching(/^.*\nbad\.py:2 \w+ SEC-[\w-]+ /),
    });
    expect(await check("scan", folder, edited(join(folder, "good.py")))).toEqual({ code: 0, out: "" });
    expect(await check("scan", folder, edited(join(folder, "gone.py")))).toEqual({ code: 0, out: "" });
  }, 60_000);

  it("gate the changes before the turn ends, once", async () => {
    const folder = await project();
    writeFileSync(join(folder, "bad.py"), BAD);
    const { out } = await check("gate", folder, { stop_hook_active: false });
    expect(JSON.parse(out)).toMatchObject({ decision: "block", reason: expect.stringContaining("bad.py") });
    expect(await check("gate", folder, { stop_hook_active: true })).toEqual({ code: 0, out: "" });
    rmSync(join(folder, "bad.py"));
    expect(await check("gate", folder, {})).toEqual({ code: 0, out: "" });
  }, 60_000);

  it("hold nobody up in another project, or where the program cannot run", async () => {
    const other = temporary();
    writeFileSync(join(other, "bad.py"), BAD);
    expect(await check("scan", other, edited(join(other, "bad.py")))).toEqual({ code: 0, out: "" });
    const own = await project();
    writeFileSync(join(own, "bad.py"), BAD);
    const broken = { SUPER_ORCHESTRATOR_CLI: join(own, "nowhere.js") };
    expect(await check("scan", own, edited(join(own, "bad.py")), broken)).toEqual({ code: 0, out: "" });
    expect(await check("gate", own, {}, broken)).toEqual({ code: 0, out: "" });
  }, 60_000);
});

describe.skipIf(CLAUDE === undefined)(`Claude Code (${NEEDS_CLAUDE})`, () => {
  const claude = (args: string[], env: Record<string, string>) => run(CLAUDE ?? "", args, { env });

  it.each([
    ["the marketplace", ROOT],
    ["the plugin", PLUGIN],
  ])(
    "finds nothing wrong with %s",
    async (_name, path) => {
      const { code, out } = await claude(
        ["plugin", "validate", "--strict", path],
        isolatedClaude("http://127.0.0.1:1"),
      );
      expect(out).toContain("Validation passed");
      expect(code).toBe(0);
    },
    120_000,
  );

  it.skipIf(!existsSync(CLI))(
    "installs it and connects to its server",
    async () => {
      const env = isolatedClaude("http://127.0.0.1:1", { SUPER_ORCHESTRATOR_CLI: CLI });
      expect(await claude(["plugin", "marketplace", "add", ROOT], env)).toMatchObject({ code: 0 });
      const installed = await claude(["plugin", "install", `${plugin.name}@super-orchestrator`], env);
      expect(installed).toMatchObject({ code: 0 });
      const { out } = await claude(["mcp", "list"], env);
      expect(out).toMatch(new RegExp(`plugin:${plugin.name}:${key}.*Connected`));
    },
    180_000,
  );
});

it("says of its hooks only commands that there are", () => {
  const commands = COMMANDS.map(({ tool }) => tool.cli.command);
  for (const [, command = ""] of read("plugin/hooks/check.mjs").matchAll(/run\(\["(\w+)"/g))
    expect(commands).toContain(command);
});
