import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseConfig } from "../src/config.ts";
import { createContext } from "../src/context.ts";
import { openRemotes, pickRemote, type RemoteRole, remoteSettings } from "../src/context-remote.ts";
import { silentLog } from "../src/lib/log.ts";
import { emptyFolder } from "./remote.ts";

let folder: ReturnType<typeof emptyFolder>;
beforeEach(() => {
  folder = emptyFolder();
});
afterEach(() => {
  delete process.env.REMOTE_TEST_TOKEN;
  folder.remove();
});
const settings = (yaml: string, role: RemoteRole = "contracts") =>
  remoteSettings(role, parseConfig(yaml, "config.yaml"), folder.path);
const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (cause) {
    return cause;
  }
};

describe("the server of a role", () => {
  it("by command runs in the project folder, with what the configuration gives it", () => {
    process.env.REMOTE_TEST_TOKEN = "t-7";
    const yaml = `contracts:
  backend: mcp
  mcp: { command: engine, args: [--stdio], env: { TOKEN: "x-\${REMOTE_TEST_TOKEN}" }, tool_timeout: 5, retry_delay: 0.5 }`;
    expect(settings(yaml)).toEqual({
      label: "contracts.mcp (engine --stdio)",
      server: { command: "engine", args: ["--stdio"], cwd: folder.path, env: { TOKEN: "x-t-7" } },
      startup_timeout: 30,
      tool_timeout: 5,
      retry_delay: 0.5,
    });
    expect(settings(yaml.replace("engine,", "engine, cwd: sub,")).server).toMatchObject({
      cwd: join(folder.path, "sub"),
    });
  });

  it("by address sends headers from the environment, which never stand in messages", () => {
    const yaml = `contracts:
  mcp: { url: "http://user:pw@127.0.0.1:9/mcp?key=1", headers: { Authorization: "Bearer \${REMOTE_TEST_TOKEN}" } }`;
    expect(thrown(() => settings(yaml))).toMatchObject({
      code: "ENVIRONMENT",
      message:
        "contracts.mcp.headers.Authorization needs the environment variable REMOTE_TEST_TOKEN, which is not set.",
    });
    process.env.REMOTE_TEST_TOKEN = "t-7";
    const { label, server } = settings(yaml);
    expect(label).toBe("contracts.mcp (http://127.0.0.1:9/mcp)");
    expect(server).toMatchObject({ headers: { Authorization: "Bearer t-7" } });
  });

  it("is Build 1's when nothing else is given, each with a database of its own", () => {
    const python = join(folder.path, "super-team", ".venv", "bin", "python");
    mkdirSync(dirname(python), { recursive: true });
    writeFileSync(python, "");
    chmodSync(python, 0o755);
    const yaml = "architect: { backend: mcp }\nbuild1_services_dir: super-team\n";
    const state = join(folder.path, ".super-orchestrator");
    const cwd = join(folder.path, "super-team");
    expect(settings(yaml, "architect").server).toEqual({
      command: python,
      args: ["-m", "src.architect.mcp_server"],
      cwd,
      env: { DATABASE_PATH: join(state, "architect.db") },
    });
    expect(settings(yaml, "contracts").server).toMatchObject({
      args: ["-m", "src.contract_engine.mcp_server"],
      env: { DATABASE_PATH: join(state, "contracts.db") },
    });
    expect(settings(`${yaml}codebase: { mcp: { env: { CHROMA_PATH: /elsewhere } } }`, "codebase").server).toMatchObject(
      {
        args: ["-m", "src.codebase_intelligence.mcp_server"],
        env: { DATABASE_PATH: join(state, "symbols.db"), CHROMA_PATH: "/elsewhere" },
      },
    );
    expect(existsSync(state)).toBe(true);
  });
});

describe("the configuration", () => {
  it("needs a server where it asks for one, and one only", () => {
    const wrong = (yaml: string) => thrown(() => parseConfig(yaml, "config.yaml"));
    expect(wrong("codebase:\n  backend: mcp\n")).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringMatching(
        /line 2: codebase\.backend: mcp needs codebase\.mcp\.command or codebase\.mcp\.url/,
      ),
    });
    expect(wrong("architect:\n  mcp: { command: a, url: 'http://127.0.0.1/' }\n")).toMatchObject({
      message: expect.stringContaining("line 2: architect.mcp: give command or url, not both"),
    });
    expect(wrong("contracts: { mcp: { url: 'ftp://a' } }")).toMatchObject({ code: "CONFIG_INVALID" });
    expect(wrong("contracts: { mcp: { timeout: 7 } }")).toMatchObject({
      message: expect.stringContaining("unknown key contracts.mcp.timeout"),
    });
  });
});

describe("picking", () => {
  const pick = async (yaml: string) => {
    const remotes = openRemotes({ workspace: folder.path, log: silentLog() });
    try {
      const config = parseConfig(yaml, "config.yaml");
      return await pickRemote("contracts", config, remotes, { remote: () => "remote", embedded: () => "embedded" });
    } finally {
      await remotes.close();
    }
  };
  const script = (code: string) => `command: ${process.execPath}, args: [-e, ${JSON.stringify(code)}], retry_delay: 0`;

  it("starts nothing when there is no fallback", async () => {
    const code = "require('fs').writeFileSync('started', '')";
    expect(await pick(`contracts: { backend: mcp, mcp: { ${script(code)} } }`)).toMatchObject({
      backend: "remote",
      why: expect.stringMatching(/^The configuration asks for it: contracts\.mcp/),
    });
    expect(existsSync(join(folder.path, "started"))).toBe(false);
  });

  it("falls back only where that is allowed, and says why", async () => {
    const code = "console.error('no licence'); process.exit(3)";
    expect(await pick(`contracts: { backend: mcp, mcp: { ${script(code)}, fallback: true } }`)).toMatchObject({
      backend: "embedded",
      why: expect.stringMatching(/allows this one instead; .*exited with code 3: no licence \(tried 4 times\)\.$/),
    });
  });

  it("closes with the context", async () => {
    const config = parseConfig(
      `architect: { backend: mcp, mcp: { command: no-such-7, fallback: true, retry_delay: 0 } }`,
      "config.yaml",
    );
    const context = createContext({ workspace: folder.path, log: silentLog(), cliEntry: "cli.js" });
    expect((await context.architectFor(config)).name).toBe("builtin");
    await context.close();
    expect(existsSync(join(folder.path, ".super-orchestrator", "state.db"))).toBe(false);
  });
});
