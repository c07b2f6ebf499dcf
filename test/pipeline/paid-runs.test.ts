import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { budgetOf } from "../../src/pipeline/cost.ts";
import { acquireLease, type Lease, releaseLease } from "../../src/pipeline/lease.ts";
import { costs } from "../../src/pipeline/ledger.ts";
import { buildBudget, paidRuns, settledRuns } from "../../src/pipeline/paid-runs.ts";
import { planningBudget } from "../../src/pipeline/planning-budget.ts";
import { eventsOf, pipelineOf } from "../../src/pipeline/store.ts";
import { emptyProject, newPipeline, type Project } from "./harness.ts";

let project: Project;
let lease: Lease;
beforeEach(() => {
  project = emptyProject();
  lease = newPipeline(project, "shop-1", "budget_limit: 10\n");
});
afterEach(() => project.remove());

const ledger = (held = lease) => ({ db: project.db, lease: held, pipeline: pipelineOf(project.db, "shop-1") });
const builder = (service: string, held = lease) => {
  const made = buildBudget(ledger(held), { phase: "builders_running", service });
  if (made === undefined) throw new Error("no budget");
  return made;
};
const signal = new AbortController().signal;
const spent = () => budgetOf(project.db, "shop-1", 10).spent;

describe("paid runs", () => {
  it("cannot be had without a limit", () => {
    const unlimited = newPipeline(project, "shop-2");
    const context = { ...ledger(unlimited), pipeline: pipelineOf(project.db, "shop-2") };
    expect(paidRuns(context)).toBeUndefined();
    expect(buildBudget(context, { phase: "fix_pass", service: "a" })).toBeUndefined();
    expect(planningBudget(context)).toBeUndefined();
  });

  it("of several builders never hold more than there is", async () => {
    const [a, b] = [builder("a"), builder("b")];
    const first = await a.budget.reserve(7, signal);
    const second = await b.budget.reserve(7, signal);
    expect([first.usd, second.usd]).toEqual([7, 3]);
    first.settle(1);
    second.settle(null);
    expect([a.settled(), b.settled(), spent()]).toEqual([1, 3, 4]);
    expect(eventsOf(project.db, "shop-1", 0, 100, "cost_unknown").map(({ data }) => data.counted)).toEqual([3]);
  });

  it("wait for what others hold, and go on with what they leave", async () => {
    const first = await builder("a").budget.reserve(10, signal);
    let second: number | undefined;
    const waiting = builder("b")
      .budget.reserve(10, signal)
      .then(({ usd }) => {
        second = usd;
      });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(second).toBeUndefined();
    first.settle(4);
    await waiting;
    expect(second).toBe(6);
  });

  it("stop waiting when they are told to", async () => {
    await builder("a").budget.reserve(10, signal);
    const controller = new AbortController();
    const waiting = builder("b").budget.reserve(1, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toThrow();
  });

  it("end where the money ends", async () => {
    const { settle } = await builder("a").budget.reserve(10, signal);
    settle(10);
    await expect(builder("b").budget.reserve(1, signal)).rejects.toMatchObject({ code: "BUDGET_EXCEEDED" });
  });

  it("that a crash left unsettled count with the most they may have cost, once", async () => {
    planningBudget(ledger())?.reserve(2);
    await builder("a").budget.reserve(3, signal);
    (await builder("b").budget.reserve(3, signal)).settle(0.5);
    releaseLease(project.db, lease);
    const next = acquireLease(project.db, "shop-1");
    const { budget } = builder("a", next);
    expect(spent()).toBe(5.5);
    expect((await budget.reserve(20, signal)).usd).toBe(4.5);
    // A run of this driver that is under way is not lost.
    builder("b", next);
    expect(spent()).toBe(5.5);
    expect(new Set(costs(project.db, "shop-1").map(({ item }) => item))).toEqual(
      new Set(["architect", "a/paid", "b/paid"]),
    );
  });

  it("of a builder that had ended are those of its last driver, and no other builder's", async () => {
    const started_at = new Date(0).toISOString();
    await builder("a").budget.reserve(3, signal);
    releaseLease(project.db, lease);
    const next = acquireLease(project.db, "shop-1");
    const again = builder("a", next);
    (await again.budget.reserve(2, signal)).settle(0.5);
    (await again.budget.reserve(2, signal)).settle(0.25);
    (await builder("b", next).budget.reserve(1, signal)).settle(1);
    const context = { db: project.db, pipeline: pipelineOf(project.db, "shop-1") };
    const settled = (service: string, since = started_at) =>
      settledRuns(context, { phase: "builders_running", service }, { started_at: since });
    expect([settled("a"), settled("b"), settled("c")]).toEqual([0.75, 1, 0]);
    expect(settled("a", "9999")).toBe(0);
  });
});
