import { execFile } from "node:child_process";
import { cpSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { CLAUDE, isolatedClaude, NEEDS_CLAUDE } from "../support/claude.ts";
import { type ScriptedAnswer, scriptedMessages } from "../support/scripted-messages.ts";
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

  it("takes a small PRD to the end in conversation: runs, reviews, waits", async () => {
    const cwd = project();
    writeFileSync(join(cwd, "PRD.md"), NOTES_PRD);
    const api = await scriptedMessages(({ tools, messages }) => {
      if (!tools.some((name) => name.startsWith(PREFIX))) return { say: ["A title"] };
      return nextSaying(messages);
    });
    onTestFinished(() => api.close());
    const env = { ...isolatedClaude(api.url), DOCKER_HOST: "unix:///nowhere/docker.sock" };
    await run(CLAUDE ?? "", ["mcp", "add", "super-orchestrator", "--", process.execPath, SERVER], { cwd, env });
    const allowed = ["run_pipeline", "review_architecture", "get_pipeline_status"].map((name) => PREFIX + name);
    const args = ["-p", "Build PRD.md", "--allowedTools", allowed.join(",")];
    const { stdout } = await run(CLAUDE ?? "", args, { cwd, env, timeout: 280_000 });
    expect(stdout).toContain("It is built and verified.");
    expect(api.requests.length).toBeLessThan(20);
    expect(readdirSync(join(cwd, "output"))).toEqual([expect.stringMatching(/^notes-/)]);
  }, 300_000);
});

/** What a model that reads the answers would say next. */
function nextSaying(messages: string): ScriptedAnswer {
  const call = (tool: string, input: unknown): ScriptedAnswer => ({ say: [{ tool: PREFIX + tool, input }] });
  const told = messages.replaceAll("\\", "");
  const id = /"pipeline_id":"([^"]+)"/.exec(told)?.[1];
  if (id === undefined) return call("run_pipeline", { prd_path: "PRD.md", depth: "quick" });
  const state = [...told.matchAll(/"state":"(\w+)"/g)].at(-1)?.[1];
  if (state === "complete") return { say: ["It is built and verified."] };
  if (state === "failed") return { say: ["It failed."] };
  if (state === "architect_review" && !told.includes('"decision"'))
    return call("review_architecture", { pipeline_id: id, decision: "approve" });
  return call("get_pipeline_status", { pipeline_id: id, wait_seconds: 60 });
}

const NOTES_PRD = `# Notes

## Services

### notes-service

Keeps notes.

#### Endpoints

| Method | Path | Description |
|---|---|---|
| POST | /notes | Create a note |
| GET | /notes | List notes |
| GET | /notes/{id} | Get a note |

## Entities

### Note (notes-service)

| Field | Type | Required |
|---|---|---|
| id | uuid | yes |
| text | string | yes |
`;
