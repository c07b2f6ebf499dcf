import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scanProject } from "../../src/quality-gate/scan.ts";
import { cli, connect, makeWorkspace, removeWorkspace } from "./support.ts";

let workspace: string;
let fresh: string;
let client: Client;
beforeAll(async () => {
  workspace = makeWorkspace();
  fresh = makeWorkspace();
  write({
    ".gitignore": ".super-orchestrator/\n",
    "orders/package.json": '{"name":"orders","dependencies":{"express":"4.0.0"}}',
    "orders/app.js": handler(0),
    "mail/requirements.txt": "fastapi\n",
    "mail/app.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    "compose.yaml": "services:\n  orders:\n    build: orders\n  mail:\n    build: mail\n",
  });
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t.example", ...args], { cwd: workspace });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "first");
  client = await connect(workspace);
});
afterAll(async () => {
  await client.close();
  await removeWorkspace(workspace);
  await removeWorkspace(fresh);
}, 120_000);

function write(files: Record<string, string>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), text);
  }
}

function handler(round: number): string {
  return `const express = require("express");\nconst app = express();\napp.get("/health", ok);\n${
    round % 3 === 0 ? "" : `app.post("/orders/${round}", ${round % 2 === 0 ? "requireAuth, " : ""}create);\n`
  }${round % 4 === 1 ? 'console.log("here");\n' : ""}`;
}

/** What an agent does to its project in one round. */
function edit(round: number) {
  write({ "orders/app.js": handler(round) });
  if (round % 2 === 0)
    write({ "mail/app.py": `import os\n# round ${round}\nDB_PASSWORD = "hunter${round}${round}!"\nprint(${round})\n` });
  if (round % 5 === 0) write({ [`orders/extra${round}.ts`]: "export const f = () => console.log(1);\n" });
  if (round % 5 === 2) rmSync(join(workspace, `orders/extra${round - 2}.ts`), { force: true });
  if (round === 7) write({ "orders/Dockerfile": "FROM node:latest\nCOPY . .\n" });
  if (round === 13) write({ "orders/Dockerfile": "FROM node:22-alpine\nUSER node\n" });
}

interface Finding {
  code: string;
  file_path: string;
  line: number;
}
const places = (findings: readonly Finding[]) =>
  findings.map(({ code, file_path, line }) => `${code} ${file_path}:${line}`).sort();

async function call<Answer>(name: string, args: Record<string, unknown>): Promise<Answer> {
  const result = await client.callTool({ name, arguments: args });
  expect(result.isError, JSON.stringify(result.content)).toBeFalsy();
  return result.structuredContent as Answer;
}

/** The same folder judged without anything kept of before. */
async function anew(): Promise<Finding[]> {
  const signal = new AbortController().signal;
  const request = { root: workspace, services: [], contracts: [], service_map: null, only: [], signal };
  return (await scanProject(request)).violations;
}

/** The same by another process of another project, with the changed files only. */
async function anewChanged(): Promise<Finding[]> {
  rmSync(join(fresh, ".super-orchestrator"), { recursive: true, force: true });
  const { stdout, code } = await cli(fresh, ["scan", workspace, "--format", "json", "--changed-only"]);
  expect([0, 1]).toContain(code);
  return (JSON.parse(stdout) as { violations: Finding[] }).violations;
}

describe("an agent that edits and scans again", () => {
  it("is answered twenty times as by a scan that knows nothing of before", async () => {
    let seen = 0;
    for (let round = 1; round <= 20; round += 1) {
      edit(round);
      const scanned = await call<{ violations: Finding[]; total: number }>("scan_security", { limit: 500 });
      const changed = await call<{ violations: Finding[] }>("scan_security", { limit: 500, changed_only: true });
      const all = await anew();
      expect(places(scanned.violations), `round ${round}`).toEqual(places(all));
      if (round % 4 === 0)
        expect(places(changed.violations), `round ${round}, changed only`).toEqual(places(await anewChanged()));
      expect(scanned.total).toBe(all.length);
      seen += all.length;
    }
    expect(seen).toBeGreaterThan(60);
  }, 300_000);

  it("is told the same by the gate, with changed files only and without", async () => {
    for (let round = 21; round <= 22; round += 1) {
      edit(round);
      for (const changed_only of [false, true]) {
        const judged = await call<{ total: number; verdict: string }>("run_quality_gate", { path: ".", changed_only });
        rmSync(join(fresh, ".super-orchestrator"), { recursive: true, force: true });
        const { stdout } = await cli(fresh, ["gate", workspace, "--json", ...(changed_only ? ["--changed-only"] : [])]);
        const other = JSON.parse(stdout) as { total: number; verdict: string };
        expect({ total: judged.total, verdict: judged.verdict }, `round ${round}`).toEqual({
          total: other.total,
          verdict: other.verdict,
        });
      }
    }
  }, 300_000);
});
