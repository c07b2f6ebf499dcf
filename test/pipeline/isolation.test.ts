import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Builder, BuildTask } from "../../src/builders/port.ts";
import { parseConfig } from "../../src/config.ts";
import { createContext } from "../../src/context.ts";
import { onPath } from "../../src/lib/claude/environment.ts";
import { AppError } from "../../src/lib/errors.ts";
import { type Spawn, spawnGroup } from "../../src/lib/exec.ts";
import { silentLog } from "../../src/lib/log.ts";
import type { BuilderResult } from "../../src/model/builder.ts";
import type { Finding } from "../../src/model/finding.ts";
import { removeWorkDir } from "../../src/pipeline/code/open.ts";
import { acquireLease, type Lease, releaseLease } from "../../src/pipeline/lease.ts";
import { builderRuns, latestRuns, putDocument } from "../../src/pipeline/ledger.ts";
import { pipelinePaths } from "../../src/pipeline/paths.ts";
import type { BuildJob } from "../../src/pipeline/phases/build-job.ts";
import { buildService } from "../../src/pipeline/phases/build-service.ts";
import { refreshEvidence } from "../../src/pipeline/phases/integration.ts";
import type { PhaseContext } from "../../src/pipeline/phases/phase.ts";
import { deployableResults, nextAttempt } from "../../src/pipeline/phases/results.ts";
import type { PipelinePorts } from "../../src/pipeline/ports.ts";
import { lastEventOf, pipelineOf } from "../../src/pipeline/store.ts";
import { judgeServices } from "../../src/quality-gate/layers/layer1.ts";
import { registered, shop } from "../builders/support.ts";
import { put } from "./code/store.ts";
import { emptyProject, newPipeline, type Project } from "./harness.ts";

const SERVICE = "accounts-service";
const contracts = shop.contracts.map(registered);
const PLANS = { services: shop.service_map, domain: shop.domain_model, contracts };
const service = shop.service_map.services.find(({ name }) => name === SERVICE) ?? shop.service_map.services[0];
const SETTLED = { success: true, cost: 0, error: "", test_passed: null, test_total: null, convergence_ratio: null };

/** A service with one test, in this text. */
const svc = (test = "", more: Record<string, string> = {}): Record<string, string> => ({
  "package.json": JSON.stringify({ name: "svc", type: "module", scripts: { test: "node --test test/one.test.js" } }),
  "test/one.test.js": `import test from "node:test"; import * as fs from "node:fs"; test("one", () => { ${test} });`,
  ...more,
});
const FAILS = `throw new Error("no");`;
const HOLDS = `fs.accessSync("package.json");`;

let project: Project;
let lease: Lease;
beforeEach(() => {
  project = emptyProject();
  lease = newPipeline(project);
  const { root } = pipelinePaths(project.workspace, "shop-1");
  const path = join(root, "service-map.json");
  putDocument({ db: project.db, lease }, { name: "service_map", phase: "init", value: shop.service_map, path });
});
afterEach(() => project.remove());

/** A new driver: what it knew is gone, what it wrote is there. */
function nextDriver(): void {
  releaseLease(project.db, lease);
  lease = acquireLease(project.db, "shop-1");
}

function contextWith(build: Builder["build"], spawn: Spawn = spawnGroup): PhaseContext {
  const { db, workspace } = project;
  return {
    db,
    lease,
    pipeline: pipelineOf(db, "shop-1"),
    // Nothing else is asked for here.
    ports: { builder: { name: "test", paid: false, build } } as unknown as PipelinePorts,
    paths: pipelinePaths(workspace, "shop-1"),
    spawn,
    signal: new AbortController().signal,
    untimed: (work) => work(),
    log: silentLog(),
  };
}

type Work = (task: BuildTask) => void | Promise<void>;

async function built(work: Work, over: Partial<BuildJob> = {}): Promise<BuilderResult> {
  const context = contextWith(async (task) => {
    await work(task);
    return SETTLED;
  });
  if (service === undefined) throw new Error("no service");
  const attempt = nextAttempt(context, SERVICE);
  const job: BuildJob = {
    service,
    phase: attempt === 1 ? "builders_running" : "fix_pass",
    round: attempt - 1,
    attempt,
    findings: [],
    ...over,
  };
  return buildService(context, PLANS, job);
}

const writes =
  (files: Record<string, string | null>): Work =>
  ({ output_dir }) =>
    put(output_dir, files);

const outputOf = (...path: string[]) => join(pipelineOf(project.db, "shop-1").output_dir, SERVICE, ...path);
const textOf = (...path: string[]) => readFileSync(outputOf(...path), "utf8");

describe("a service that was built", () => {
  it("in a worktree comes to the output folder when its clean checkout holds, with the tree it was seen on", async () => {
    let folder = "";
    const result = await built((task) => {
      folder = task.output_dir;
      put(folder, svc("", { "src/main.js": "1", "node_modules/x/i.js": "left by the builder" }));
    });
    expect(result).toMatchObject({ success: true, output_dir: outputOf(), test_total: 1, delivery: { merged: true } });
    expect(result.evidence?.git_tree).toMatch(/^[0-9a-f]{40}$/);
    expect(result.delivery?.standing).toBe(result.evidence?.git_tree);
    expect(folder).not.toContain(outputOf());
    // Express and others send no files from below a folder whose name begins with a dot.
    expect(folder.slice(project.workspace.length)).not.toMatch(/[/\\]\./);
    expect(readdirSync(join(outputOf(), "..")).toSorted()).toEqual([SERVICE]);
    expect(readdirSync(outputOf()).toSorted()).toEqual(["package.json", "src", "test"]);
    expect(lastEventOf(project.db, "shop-1", "isolation")?.data).toEqual({ mode: "worktree", why: "" });
  });

  it("has its own commit for a git that its tests ask, not the project around it", async () => {
    execFileSync("git", ["init", "-q", project.workspace]);
    const asks = `const said = execFileSync("git", ["log", "--format=%s", "-1"], { encoding: "utf8" }).trim();
      if (said !== "${SERVICE}, attempt 1") throw new Error(said);`;
    const files = svc(asks);
    const test = `import { execFileSync } from "node:child_process"; ${files["test/one.test.js"]}`;
    expect(await built(writes({ ...files, "test/one.test.js": test }))).toMatchObject({ success: true, error: "" });
  });

  it("that works in its builder's folder only has failed, and is not merged", async () => {
    const needs = svc(`fs.readFileSync("local.json")`, { ".gitignore": "local.json\n", "local.json": "{}" });
    const result = await built(writes(needs));
    expect(result).toMatchObject({ success: false, delivery: { merged: false, standing: "" } });
    expect(result.error).toContain(`What it left is in ${result.output_dir}`);
    expect(existsSync(join(result.output_dir, "local.json"))).toBe(true);
    expect(readdirSync(outputOf())).toEqual([]);
    expect(deployableResults(contextWith(async () => SETTLED)).size).toBe(0);
  });

  it("stays as it was when a fix of it fails; the next fix goes on from there", async () => {
    const first = await built(writes(svc("", { "v.txt": "1" })));
    const failed = await built(writes({ ...svc(FAILS), "v.txt": "2" }));
    expect(failed).toMatchObject({ success: false, delivery: { standing: first.evidence?.git_tree } });
    expect(failed.error).toContain("holds what stood there before");
    expect(textOf("v.txt")).toBe("1");
    const deployable = deployableResults(contextWith(async () => SETTLED));
    expect(deployable.get(SERVICE)).toMatchObject({ attempt: 1, output_dir: outputOf() });
    let found = "";
    await built((task) => {
      found = readFileSync(join(task.output_dir, "v.txt"), "utf8");
      put(task.output_dir, svc(HOLDS));
    });
    expect([found, textOf("v.txt")]).toEqual(["2", "2"]);
  });

  it("is refused when it wrote outside its folder, also into a neighbour's, or changed its contract", async () => {
    const result = await built(({ output_dir }) => {
      put(output_dir, svc("", { "contracts/openapi.json": "{}" }));
      put(output_dir, { "../loot.txt": "mine", "../../other/x.js": "x" });
    });
    expect(result).toMatchObject({ success: false, evidence: { verified: true }, delivery: { merged: false } });
    expect(result.breaches?.toSorted()).toEqual([
      expect.stringContaining("wrote loot.txt outside its folder"),
      expect.stringContaining("wrote other/x.js outside its folder"),
      expect.stringContaining("contracts/openapi.json is not the contract that is registered"),
    ]);
    expect(readdirSync(outputOf())).toEqual([]);
    expect(existsSync(join(result.output_dir, "../loot.txt"))).toBe(false);
  });

  it("is told when its tests change what is committed", async () => {
    const writer = svc(`fs.writeFileSync("data.json", String(Math.random())); fs.writeFileSync("new.db", "");`);
    const result = await built(writes({ ...writer, "data.json": "{}" }));
    expect(result).toMatchObject({ success: false, evidence: { verified: true }, findings: [{ code: "TREE-001" }] });
    expect(result.error).toContain("changes committed files: data.json.");
    const judged = judgeServices({ services: [{ name: SERVICE, directory: outputOf(), result }] });
    expect(judged.contract_violations).toMatchObject([{ code: "TREE-001", service: SERVICE, file_path: "data.json" }]);
    expect((await built(writes({ ".gitignore": "data.json\n", "data.json": null }))).success).toBe(true);
  });
});

describe("what a person edits in the output folder", () => {
  it("while a service is built is kept, and judged with what was built", async () => {
    await built(writes(svc("", { "v.txt": "1\n2\n3\n" })));
    await built((task) => {
      put(task.output_dir, { "v.txt": "1\n2\n3 by the builder\n" });
      put(outputOf(), { "v.txt": "1 by hand\n2\n3\n", "notes.md": "mine" });
    });
    expect([textOf("v.txt"), textOf("notes.md")]).toEqual(["1 by hand\n2\n3 by the builder\n", "mine"]);
  });

  it("in the same lines is a conflict for the owner, who finds both versions", async () => {
    await built(writes(svc("", { "v.txt": "1\n" })));
    const conflict = await built((task) => {
      put(task.output_dir, { "v.txt": "by the builder\n" });
      put(outputOf(), { "v.txt": "by hand\n" });
    });
    expect(conflict).toMatchObject({ success: false, findings: [{ code: "MERGE-001", where: "v.txt" }] });
    expect(textOf("v.txt")).toBe("by hand\n");
    // What no test sees must not pass with markers in it.
    let first: Finding[] = [];
    const left = await built((task) => {
      first = task.findings;
      put(task.output_dir, { "other.txt": "1" });
    });
    expect(first).toMatchObject([{ code: "MERGE-001", fix: expect.stringContaining("markers") }]);
    expect(left).toMatchObject({
      success: false,
      evidence: { verified: true },
      findings: [{ code: "MERGE-001", where: "v.txt" }],
    });
    let told: Finding[] = [];
    let marked = "";
    const settled = await built((task) => {
      told = task.findings;
      marked = readFileSync(join(task.output_dir, "v.txt"), "utf8");
      put(task.output_dir, { "v.txt": "both\n" });
    });
    // The gate hands it on; there is no new conflict.
    expect(told).toEqual([]);
    expect(marked).toMatch(/<<<<<<< .*by the builder.*by hand.*>>>>>>> /s);
    expect(settled.success).toBe(true);
    expect(textOf("v.txt")).toBe("both\n");
  });

  it("is verified where it stands, and so is what is corrected in the worktree of a service that failed", async () => {
    const nobody = contextWith(async () => {
      throw new Error("nobody builds here");
    });
    const failed = await built(writes(svc(FAILS)));
    expect(await refreshEvidence(nobody, PLANS)).toBe(false);
    put(failed.output_dir, svc());
    expect(await refreshEvidence(nobody, PLANS)).toBe(true);
    expect(latestRuns(project.db, "shop-1").get(SERVICE)?.result).toMatchObject({
      success: true,
      delivery: { merged: true },
    });
    expect(existsSync(outputOf("package.json"))).toBe(true);
    expect(await refreshEvidence(nobody, PLANS)).toBe(false);
    put(outputOf(), svc(FAILS));
    expect(await refreshEvidence(nobody, PLANS)).toBe(true);
    const seen = latestRuns(project.db, "shop-1").get(SERVICE)?.result;
    expect(seen).toMatchObject({ success: false, attempt: 1, output_dir: outputOf() });
    expect(await refreshEvidence(nobody, PLANS)).toBe(false);
  });
});

describe("a driver that dies", () => {
  /** Evidence cannot be gathered: the builder has ended, nothing else is known. */
  const dying: Spawn = async () => {
    throw new AppError("ENVIRONMENT", "The disk is full.", { remedy: "" });
  };

  async function dies(work: Work): Promise<void> {
    const context = contextWith(async (task) => {
      await work(task);
      return { ...SETTLED, session_id: "s" };
    }, dying);
    if (service === undefined) throw new Error("no service");
    const job: BuildJob = { service, phase: "builders_running", round: 0, attempt: 1, findings: [] };
    await expect(buildService(context, PLANS, job)).rejects.toThrow("disk is full");
    nextDriver();
  }

  it("after the builder has ended does not run it again", async () => {
    await dies(writes(svc()));
    let again = 0;
    const result = await built(() => {
      again += 1;
    });
    expect(result).toMatchObject({ success: true, attempt: 1, claim: { session_id: "s" } });
    expect(again).toBe(0);
    expect(builderRuns(project.db, "shop-1")).toMatchObject([{ attempt: 1, starts: 1, status: "succeeded" }]);
  });

  it("forgets nothing of what the builder did that it must not", async () => {
    await dies(({ output_dir }) => put(output_dir, { ...svc(), "../loot.txt": "mine" }));
    const result = await built(() => {});
    expect(result).toMatchObject({ success: false, breaches: [expect.stringContaining("loot.txt")] });
    expect(result.claim).not.toHaveProperty("breaches");
  });

  it("runs the builder again when what it left is gone", async () => {
    await dies(writes(svc()));
    const paths = pipelinePaths(project.workspace, "shop-1");
    removeWorkDir({ pipeline: pipelineOf(project.db, "shop-1"), paths, log: silentLog() });
    expect(readdirSync(join(project.workspace, "output"))).toEqual(["shop-1"]);
    let again = 0;
    const result = await built((task) => {
      again += 1;
      put(task.output_dir, svc());
    });
    expect([again, result.success]).toEqual([1, true]);
  });
});

describe("without git", () => {
  /** Programs that services need, and no git. */
  function withoutGit(): void {
    const bin = join(project.workspace, "bin");
    mkdirSync(bin);
    for (const name of ["node", "npm", "sh", "env"]) symlinkSync(onPath(name) ?? "", join(bin, name));
    const before = process.env.PATH;
    process.env.PATH = bin;
    onTestFinished(() => {
      process.env.PATH = before;
    });
  }

  it("builders work in the output folder, watched from outside, and it is said so", async () => {
    withoutGit();
    let folder = "";
    const result = await built((task) => {
      folder = task.output_dir;
      put(folder, { ...svc(), "../loot.txt": "mine" });
    });
    expect(folder).toBe(outputOf());
    expect(result).toMatchObject({ success: false, evidence: { verified: true } });
    expect(result.breaches).toEqual([expect.stringContaining("wrote loot.txt outside its folder")]);
    expect(result).not.toHaveProperty("delivery");
    expect(lastEventOf(project.db, "shop-1", "isolation")?.data).toEqual({
      mode: "folder",
      why: "git is not installed",
    });
    expect((await built(writes(svc()))).success).toBe(true);
  });

  it("the reason for the builder says so too", async () => {
    const context = createContext({ workspace: join(project.workspace, "other"), log: silentLog(), cliEntry: "" });
    onTestFinished(() => void context.close());
    const config = parseConfig("builder: { backend: scaffold }\nintegration: { runtime: process }\n", "config.yaml");
    const whyOf = async () => (await context.portsFor(config)).choices.find(({ role }) => role === "builder")?.why;
    expect(await whyOf()).not.toContain("git");
    withoutGit();
    expect(await whyOf()).toContain("git is not installed, so builders work in the output folder itself.");
  });

  it("a pipeline that was begun with it goes on, and the other way round", async () => {
    await built(writes(svc("", { "v.txt": "1" })));
    const before = process.env.PATH;
    withoutGit();
    nextDriver();
    expect((await built(writes({ "v.txt": "2" }))).success).toBe(true);
    expect(textOf("v.txt")).toBe("2");
    process.env.PATH = before;
    nextDriver();
    let seen = "";
    const result = await built((task) => {
      seen = readFileSync(join(task.output_dir, "v.txt"), "utf8");
      put(task.output_dir, { "v.txt": "3" });
    });
    expect([seen, result.success, textOf("v.txt")]).toEqual(["2", true, "3"]);
  });
});
