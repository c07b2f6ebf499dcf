import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findByEnvironment } from "../../src/lib/process.ts";
import { BUILD1, NO_PYTHON, PYTHON } from "../remote.ts";
import { childrenOf, cli, inStore, makeWorkspace, removeWorkspace, status } from "./support.ts";

const PRD = `# Project: Harbour

Boats lie at berths, and every berth can be booked. Two small services, each with its own data; one calls the other.

## Service: berths-service

### Berth
- name: string
- length: decimal

Publishes berth.booked.

## Service: boats-service

### Boat
- name: string
- crew: int

Calls berths-service.
`;

/** Build 1's contracts know no security, which our scanners would rightly say. */
const GATE = "quality_gate: { layer3_scanners: [cors, logging, trace, secrets, docker, health] }\n";

let workspace: string;
const path = process.env.PATH;
beforeEach(() => {
  workspace = makeWorkspace();
  mkdirSync(join(workspace, ".super-orchestrator"));
  writeFileSync(join(workspace, "PRD.md"), PRD);
  // The ready-made command is the first python3 on PATH.
  if (PYTHON?.includes("/")) process.env.PATH = `${dirname(PYTHON)}:${path}`;
});
afterEach(async () => {
  process.env.PATH = path;
  await removeWorkspace(workspace);
});
const configure = (yaml: string) => writeFileSync(join(workspace, ".super-orchestrator", "config.yaml"), yaml + GATE);
const servers = () => findByEnvironment("DATABASE_PATH", join(workspace, ".super-orchestrator", "contracts.db"));

describe.skipIf(!PYTHON)(`a pipeline with Build 1's architect and contract engine${NO_PYTHON}`, () => {
  it("goes from PRD to complete, and leaves no server running", async () => {
    configure(`architect: { backend: mcp }\ncontracts: { backend: mcp }\nbuild1_services_dir: ${BUILD1}\n`);
    const ran = await cli(workspace, ["run", "PRD.md", "--fresh", "--auto-approve"]);
    const end = await status(workspace, ["status"]);
    expect(end, ran.stdout + ran.stderr).toMatchObject({ state: "complete", gate: { verdict: "passed" } });
    expect(ran.code).toBe(0);
    expect(end.backends.slice(0, 2)).toMatchObject([
      {
        role: "architect",
        picked: "mcp",
        why: expect.stringMatching(/asks for it: architect\.mcp \(.*src\.architect/),
      },
      { role: "contracts", picked: "mcp", why: expect.stringContaining("src.contract_engine.mcp_server") },
    ]);
    expect(end.builders.map(({ service }) => service)).toEqual(["berths-service", "boats-service"]);
    const kept = inStore(workspace, (db) =>
      db.prepare("SELECT service_name, type FROM contracts_remote ORDER BY rowid").all(),
    );
    expect(kept).toEqual([
      { service_name: "berths-service", type: "openapi" },
      { service_name: "boats-service", type: "openapi" },
      { service_name: "berths-service", type: "asyncapi" },
    ]);
    const there = JSON.parse(readFileSync(join(workspace, ".super-orchestrator", "contracts.db"), "utf8"));
    expect(there.contracts).toHaveLength(3);
    expect([...servers(), ...childrenOf(end.pipeline_id)]).toEqual([]);
  }, 300_000);
});

describe("a pipeline whose external servers cannot be reached", () => {
  const nowhere = (fallback: boolean) =>
    `{ backend: mcp, mcp: { command: no-such-server-7, fallback: ${fallback}, retry_delay: 0 } }`;

  it("is interrupted with what to do, before anything is built", async () => {
    configure(`architect: ${nowhere(false)}\ncontracts: ${nowhere(false)}\n`);
    const ran = await cli(workspace, ["run", "PRD.md", "--fresh", "--auto-approve"]);
    const end = await status(workspace, ["status"]);
    expect(end).toMatchObject({ state: "architect_running", status: "interrupted", builders: [] });
    expect(end.reason).toMatch(
      /^REMOTE_UNAVAILABLE: architect\.mcp \(no-such-server-7\) did not start: .*backend: builtin/,
    );
    expect(ran.code).not.toBe(0);
  }, 120_000);

  it("uses the embedded ones when that is allowed, and says so", async () => {
    configure(`architect: ${nowhere(true)}\ncontracts: ${nowhere(true)}\n`);
    const ran = await cli(workspace, ["run", "PRD.md", "--fresh"]);
    expect(ran.stderr).toContain("architect_review");
    const end = await status(workspace, ["status"]);
    for (const choice of end.backends.slice(0, 2))
      expect(choice).toMatchObject({
        picked: "builtin",
        why: expect.stringMatching(/allows this one instead; .*no-such-server-7\) did not start/),
      });
    expect(end).toMatchObject({ state: "architect_review" });
  }, 120_000);

  it("is refused at once when none is named", async () => {
    configure("contracts: { backend: mcp }\n");
    const ran = await cli(workspace, ["run", "PRD.md", "--fresh"]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/CONFIG_INVALID|line 1: contracts\.backend: mcp needs contracts\.mcp\.command/);
  });
});
