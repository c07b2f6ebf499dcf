import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { baseEnvironment, outputOf } from "../../src/lib/exec.ts";
import { builderRuns } from "../../src/pipeline/ledger.ts";
import { eventsOf } from "../../src/pipeline/store.ts";
import { LIBRARY_PRD } from "../architect/proposals.ts";
import { CLAUDE, isolatedClaude, NEEDS_CLAUDE } from "../support/claude.ts";
import { type ScriptedMessages, type ScriptedRequest, scriptedMessages } from "../support/scripted-messages.ts";
import { cli, inStore, makeWorkspace, removeWorkspace, SERVER, status } from "./support.ts";

let workspace: string;
const open: ScriptedMessages[] = [];
beforeEach(() => {
  workspace = makeWorkspace();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((api) => api.close()));
  await removeWorkspace(workspace);
}, 120_000);

const TOOL = "mcp__super-orchestrator__";

/** What a teammate does that takes tasks as long as there are any: claim, write, hand in. Both begin before one goes on. */
function teammate(name: string, begun: Set<string>) {
  return async ({ messages }: ScriptedRequest) => {
    // What tools answered is JSON in JSON.
    const said = messages.replaceAll("\\", "");
    const last = (pattern: RegExp) => [...said.matchAll(pattern)].at(-1);
    const claimed = last(/"claimed": ?(true|false)/g);
    const id = last(/"claim_id": ?"([^"]+)"/g);
    const folder = last(/"folder": ?"([^"]+)"/g)?.[1] ?? "";
    const handedIn = said.lastIndexOf('"accepted"');
    const written = said.lastIndexOf("written by");
    const claim = { say: [{ tool: `${TOOL}claim_build_task`, input: { agent: name, wait_seconds: 3 } }] };
    if (claimed === undefined || handedIn > (claimed.index ?? 0)) return claim;
    if (claimed[1] === "false") return { say: ["Nothing is left."] };
    begun.add(name);
    while (begun.size < 2) await sleep(50);
    if (written < (claimed.index ?? 0)) {
      const manifest = '{"name":"svc","type":"module","scripts":{"test":"node --test one.test.js"}}';
      const test = "import test from 'node:test'; test('one', () => {});";
      const command = `cd '${folder}' && echo '${manifest}' > package.json && echo "${test}" > one.test.js && echo written by ${name}`;
      return { say: [{ tool: "Bash", input: { command } }] };
    }
    return { say: [{ tool: `${TOOL}submit_build_result`, input: { claim_id: id?.[1] ?? "", wait_seconds: 60 } }] };
  };
}

async function session(name: string, begun: Set<string>) {
  const api = await scriptedMessages(teammate(name, begun));
  open.push(api);
  const config = join(workspace, `${name}.mcp.json`);
  const args = [SERVER, "--workspace", workspace, "--toolsets", "pipeline,builder"];
  writeFileSync(config, JSON.stringify({ mcpServers: { "super-orchestrator": { command: process.execPath, args } } }));
  const said = await outputOf(
    CLAUDE ?? "claude",
    [
      ...["-p", `You are ${name}. Build what waits.`, "--mcp-config", config, "--strict-mcp-config"],
      ...[
        "--allowed-tools",
        `Bash,${TOOL}claim_build_task,${TOOL}submit_build_result`,
        "--permission-mode",
        "acceptEdits",
      ],
    ],
    { cwd: workspace, env: baseEnvironment(isolatedClaude(api.url)), timeoutMs: 200_000, maxBytes: 1_000_000 },
  );
  return { said, api };
}

describe.skipIf(CLAUDE === undefined)(`a team of real claude sessions (${NEEDS_CLAUDE})`, { timeout: 300_000 }, () => {
  it("shares the services of a pipeline, each built by one of them and verified by us", async () => {
    writeFileSync(join(workspace, "PRD.md"), LIBRARY_PRD);
    writeFileSync(
      join(workspace, "host.yaml"),
      "architect: {backend: builtin, auto_approve: true}\nbuilder:\n  backend: host\n",
    );
    const { pipeline_id: id } = await status(workspace, ["init", "PRD.md", "--config", "host.yaml"]);
    await cli(workspace, ["plan", "--pipeline-id", id]);
    const waiting = await status(workspace, ["build", id]);
    expect(waiting.status).toBe("waiting_for_builder");
    const begun = new Set<string>();
    const team = await Promise.all([session("anna", begun), session("ben", begun)]);
    for (const { said } of team) expect(said.stdout).toContain("Nothing is left.");

    const end = await status(workspace, ["status", id, "--wait-seconds", "60"]);
    expect(end).toMatchObject({ state: "builders_complete", status: "paused" });
    const runs = inStore(workspace, (db) => builderRuns(db, id));
    expect(runs.map((run) => [run.attempt, run.status])).toEqual(Array(3).fill([1, "succeeded"]));
    const claims = inStore(workspace, (db) => eventsOf(db, id, 0, 1000, "build_claimed")).map(({ data }) => data);
    expect(new Set(claims.map(({ service }) => service)).size).toBe(3);
    expect(claims).toHaveLength(3);
    expect(new Set(claims.map(({ agent }) => agent))).toEqual(new Set(["anna", "ben"]));
  });
});
