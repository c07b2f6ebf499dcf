import { execFile } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { CLAUDE, isolatedClaude, NEEDS_CLAUDE } from "../support/claude.ts";
import { scriptedMessages } from "../support/scripted-messages.ts";
import { makeWorkspace, removeWorkspace, SERVER, SHOP_PRD } from "./support.ts";

const run = promisify(execFile);
const PREFIX = "mcp__super-orchestrator__";

describe.skipIf(!CLAUDE || !existsSync(SERVER))(`the real claude (${NEEDS_CLAUDE}; and the built server)`, () => {
  const project = () => {
    const workspace = makeWorkspace();
    onTestFinished(() => removeWorkspace(workspace));
    cpSync(SHOP_PRD, join(workspace, "PRD.md"));
    return workspace;
  };

  it("adds the server, connects to it, and scans its own folder in conversation", async () => {
    const cwd = project();
    const api = await scriptedMessages(({ tools, messages }) => {
      // It also asks for titles and the like, without tools.
      if (!tools.some((name) => name.startsWith(PREFIX))) return { say: ["A title"] };
      if (messages.includes("files_scanned")) return { say: ["It is scanned."] };
      return { say: [{ tool: `${PREFIX}scan_security`, input: { path: "." } }] };
    });
    onTestFinished(() => api.close());
    const env = isolatedClaude(api.url);
    const claude = async (...args: string[]) => (await run(CLAUDE ?? "", args, { cwd, env, timeout: 100_000 })).stdout;
    await claude("mcp", "add", "super-orchestrator", "--", process.execPath, SERVER);
    expect(await claude("mcp", "list")).toMatch(/super-orchestrator: .*Connected/);
    expect(await claude("mcp", "get", "super-orchestrator")).toContain("Connected");
    const said = await claude("-p", "Scan this folder", "--allowedTools", `${PREFIX}scan_security`);
    expect(said).toContain("It is scanned.");
    expect(api.requests.some(({ messages }) => messages.includes("lies outside"))).toBe(false);
  }, 120_000);
});
