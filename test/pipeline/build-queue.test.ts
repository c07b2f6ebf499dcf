import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HostBriefing, HostSubmission } from "../../src/model/host-build.ts";
import { createHostQueue } from "../../src/pipeline/build-queue/host-queue.ts";
import {
  claimBuild,
  closeBuild,
  findBuildTask,
  offerBuild,
  releaseClaim,
  renewClaim,
  requeueLost,
  submitBuild,
  touchClaim,
  withdrawBuild,
} from "../../src/pipeline/build-queue/queue.ts";
import { claimId, parseClaimId } from "../../src/pipeline/build-queue/refusal.ts";
import { acquireLease, type Lease, releaseLease } from "../../src/pipeline/lease.ts";
import { databasePath } from "../../src/pipeline/paths.ts";
import { eventsOf, openStore, pipelineIds } from "../../src/pipeline/store.ts";
import { MIGRATIONS as WHOLE_SCHEMA } from "../e2e/schema.ts";
import { emptyProject, MIGRATIONS, newPipeline, type Project } from "./harness.ts";

const ID = "shop-1";
const briefing: HostBriefing = {
  kind: "build",
  folder: "/work/orders",
  brief_path: "/work/orders/.claude/CLAUDE.md",
  task_path: "/work/task.md",
  contracts: ["contracts/openapi.json"],
  findings: 0,
};
const result: HostSubmission = {
  success: true,
  summary: "Built.",
  unresolved: [],
  tests_executed: 3,
  tests_passed: 3,
  cost: null,
};
const LEASE_MS = 60_000;
const later = () => Date.now() + LEASE_MS + 1000;

let project: Project;
let lease: Lease;
beforeEach(() => {
  project = emptyProject();
  lease = newPipeline(project, ID);
});
afterEach(() => project.remove());

const key = (service: string) => ({ pipeline_id: ID, service, attempt: 1 });
const offer = (service: string) => offerBuild(project.db, key(service), { briefing, lease_ms: LEASE_MS });
const claim = (agent: string, service?: string) => claimBuild(project.db, ID, { agent, service });
const must = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error("nothing was claimed");
  return value;
};
const kinds = () => eventsOf(project.db, ID).map(({ kind }) => kind);

describe("a queue of build tasks", () => {
  it("gives each task to one agent, the one that waits longest first, across connections", () => {
    const other = openStore(databasePath(project.workspace), MIGRATIONS);
    for (const service of ["orders", "accounts", "mail"]) offer(service);
    const got = [
      claim("one"),
      claimBuild(other, ID, { agent: "two" }),
      claim("one"),
      claimBuild(other, ID, { agent: "two" }),
    ];
    other.close();
    expect(got.map((task) => task?.service)).toEqual(["orders", "accounts", "mail", undefined]);
    expect(kinds().filter((kind) => kind === "build_claimed")).toHaveLength(3);
  });

  it("gives the service that is asked for, or nothing", () => {
    offer("orders");
    expect(claim("one", "accounts")).toBeUndefined();
    expect(claim("one", "orders")).toMatchObject({ service: "orders", token: 1, agent: "one" });
  });

  it("takes a claim back that gives no sign of life, and refuses what comes for it late", () => {
    offer("orders");
    const dead = must(claim("dead"));
    requeueLost(project.db, ID);
    expect(claim("heir")).toBeUndefined();
    const heir = must(claimBuild(project.db, ID, { agent: "heir" }, later()));
    expect(heir.token).toBe(2);
    expect(eventsOf(project.db, ID).find(({ kind }) => kind === "build_claim_lost")?.data).toMatchObject({
      service: "orders",
      agent: "dead",
      token: 1,
    });
    for (const late of [() => submitBuild(project.db, dead, result), () => renewClaim(project.db, dead)])
      expect(late).toThrow(
        expect.objectContaining({
          code: "WRONG_STATE",
          message: expect.stringContaining("Claim 1 on orders does not hold any more: heir has it now (claim 2)"),
        }),
      );
    expect(findBuildTask(project.db, key("orders"))).toMatchObject({ state: "claimed", submission: null });
    expect(submitBuild(project.db, heir, result)).toBe(true);
    expect(() => submitBuild(project.db, dead, result)).toThrow("heir has handed it in");
  });

  it("keeps the claim of an agent that was silent too long while nobody else came", () => {
    offer("orders");
    const slow = must(claim("slow"));
    requeueLost(project.db, ID, later());
    expect(findBuildTask(project.db, key("orders"))?.state).toBe("queued");
    renewClaim(project.db, slow, { doing: "Back again.", turns: 4, cost: 0.5 });
    expect(findBuildTask(project.db, key("orders"))).toMatchObject({ state: "claimed", agent: "slow" });
    requeueLost(project.db, ID, later());
    expect(submitBuild(project.db, slow, result)).toBe(true);
  });

  it("counts a report and a changed file as signs of life", () => {
    offer("orders");
    const task = must(claim("one"));
    project.db.prepare("UPDATE build_tasks SET seen_at = 0").run();
    touchClaim(project.db, task);
    requeueLost(project.db, ID);
    expect(findBuildTask(project.db, task)?.state).toBe("claimed");
    project.db.prepare("UPDATE build_tasks SET seen_at = 0").run();
    renewClaim(project.db, task);
    requeueLost(project.db, ID);
    expect(findBuildTask(project.db, task)?.state).toBe("claimed");
    project.db.prepare("UPDATE build_tasks SET seen_at = 0").run();
    expect(createHostQueue(project.db).look(task)).toMatchObject({ state: "queued" });
    touchClaim(project.db, task);
    expect(findBuildTask(project.db, task)).toMatchObject({ state: "queued", seen_at: 0 });
  });

  it("takes a task back that is given back, and not from who gave it", () => {
    offer("orders");
    const first = must(claim("one"));
    releaseClaim(project.db, first, "I cannot write Go.");
    expect(() => submitBuild(project.db, first, result)).toThrow("it was given back and waits for an agent");
    expect(() => renewClaim(project.db, first)).toThrow("does not hold any more");
    expect(() => renewClaim(project.db, { ...first, token: first.token + 1 })).toThrow("does not hold any more");
    expect(must(claim("two")).token).toBeGreaterThan(first.token);
  });

  it("keeps a submission once, whoever sends it twice", () => {
    offer("orders");
    const task = must(claim("one"));
    expect(submitBuild(project.db, task, result)).toBe(true);
    expect(submitBuild(project.db, task, { ...result, summary: "Something else." })).toBe(false);
    expect(findBuildTask(project.db, task)?.submission).toEqual(result);
    expect(() => renewClaim(project.db, task)).toThrow("was handed in already");
    expect(claim("two")).toBeUndefined();
  });

  it("hands nothing out that no driver waits for", () => {
    offer("orders");
    const task = must(claim("one"));
    offer("accounts");
    withdrawBuild(project.db, key("accounts"));
    expect(claim("two")).toBeUndefined();
    offer("accounts");
    releaseLease(project.db, lease);
    acquireLease(project.db, ID);
    expect(claim("two")).toBeUndefined();
    offer("accounts");
    expect(claim("two")).toMatchObject({ service: "accounts" });
    expect(submitBuild(project.db, task, result)).toBe(true);
  });

  it("keeps claims and submissions when the next driver offers the same task, and opens a closed one again", () => {
    offer("orders");
    const task = must(claim("one"));
    offer("orders");
    expect(findBuildTask(project.db, task)).toMatchObject({ state: "claimed", token: 1 });
    expect(kinds().filter((kind) => kind === "build_offered")).toHaveLength(1);
    closeBuild(project.db, task, "it took longer than its 5 s.");
    expect(() => submitBuild(project.db, task, result)).toThrow("is over: it took longer than its 5 s.");
    expect(claim("two")).toBeUndefined();
    offer("orders");
    expect(must(claim("two")).token).toBe(2);
    expect(() => submitBuild(project.db, task, result)).toThrow("two has it now");
  });
});

it("a state database of the version before gets the queue, and keeps what it has", () => {
  const path = join(project.workspace, "older.db");
  const older = openStore(path, WHOLE_SCHEMA.slice(0, 2));
  newPipeline({ ...project, db: older }, "older-1");
  older.close();
  const db = openStore(path, WHOLE_SCHEMA);
  expect(pipelineIds(db)).toEqual(["older-1"]);
  const task = { pipeline_id: "older-1", service: "orders", attempt: 1 };
  offerBuild(db, task, { briefing, lease_ms: LEASE_MS });
  expect(claimBuild(db, "older-1", { agent: "one" })).toMatchObject({ service: "orders" });
  db.close();
});

it("a claim is named by one word, and anything else is refused", () => {
  const claimed = { ...key("orders-service"), token: 7 };
  expect(parseClaimId(claimId(claimed))).toEqual(claimed);
  for (const wrong of ["", "orders", "a/b/c/d", "a/b/1", "a/b/1/2/3", "../../etc/passwd", "a/b/1/99999999999"])
    expect(() => parseClaimId(wrong)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  expect(() => renewClaim(project.db, claimed)).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  offer("orders-service");
  expect(() => submitBuild(project.db, { ...claimed, token: 0 }, result)).toThrow("There is no claim");
});
