import { describe, expect, it } from "vitest";
import { PIPELINE_STATES, PIPELINE_TRIGGERS, type PipelineStateName } from "../../src/model/pipeline.ts";
import { advance, initialPosition, type MachineContext, type PipelineEvent } from "../../src/pipeline/machine.ts";

const outcome = { layers: {}, quality_report_path: "gate.json" } as const;
/** One event of each trigger whose guard holds in a fresh context. */
const GOOD: { [Type in PipelineEvent["type"]]: Extract<PipelineEvent, { type: Type }> } = {
  start_architect: { type: "start_architect", prd_length: 500, config_loaded: true },
  architect_done: {
    type: "architect_done",
    service_map_path: "map",
    domain_model_path: "domain",
    contract_registry_path: "contracts",
    outputs_exist: true,
  },
  approve_architecture: { type: "approve_architecture", approved: true },
  reject_architecture: { type: "reject_architecture", feedback: "split it" },
  contracts_ready: { type: "contracts_ready", contract_registry_path: "registry", registered: 3, expected: 3 },
  builders_done: { type: "builders_done", total: 3, successful: 1 },
  start_integration: { type: "start_integration" },
  integration_done: { type: "integration_done", integration_report_path: "report", report_exists: true },
  quality_passed: { type: "quality_passed", verdict: "passed", ...outcome },
  quality_failed: { type: "quality_failed", verdict: "failed", ...outcome },
  fix_done: { type: "fix_done" },
  fail: { type: "fail", failure: { code: "X", message: "m", remedy: "r" } },
  retry_quality: { type: "retry_quality", requested: true },
};

/** The specification's table 5.2, plus `fail` from every state that has not ended. */
const TABLE: Partial<Record<PipelineStateName, Partial<Record<PipelineEvent["type"], PipelineStateName>>>> = {
  init: { start_architect: "architect_running" },
  architect_running: { architect_done: "architect_review" },
  architect_review: { approve_architecture: "contracts_registering", reject_architecture: "architect_running" },
  contracts_registering: { contracts_ready: "builders_running" },
  builders_running: { builders_done: "builders_complete" },
  builders_complete: { start_integration: "integrating" },
  integrating: { integration_done: "quality_gate" },
  quality_gate: { quality_passed: "complete", quality_failed: "fix_pass" },
  fix_pass: { fix_done: "quality_gate" },
  failed: { retry_quality: "quality_gate" },
};

const limits = { max_architect_retries: 2, max_quality_retries: 3 };
const at = (state: PipelineStateName, context: Partial<MachineContext> = {}) => ({
  state,
  context: { ...initialPosition(limits).context, integration_report_path: "report", ...context },
});

describe("every state with every event", () => {
  for (const state of PIPELINE_STATES)
    for (const trigger of PIPELINE_TRIGGERS) {
      const failTarget = trigger === "fail" && state !== "complete" && state !== "failed" ? "failed" : undefined;
      const target = TABLE[state]?.[trigger] ?? failTarget;
      it(`${state} × ${trigger} → ${target ?? "refused"}`, () => {
        expect(advance(at(state), GOOD[trigger])?.state).toBe(target);
      });
    }

  it("has eleven states and thirteen triggers", () => {
    expect(PIPELINE_STATES).toHaveLength(11);
    expect(PIPELINE_TRIGGERS).toHaveLength(13);
    expect(Object.keys(GOOD).sort()).toEqual([...PIPELINE_TRIGGERS].sort());
  });
});

describe("guards", () => {
  const refused: [string, PipelineStateName, PipelineEvent, Partial<MachineContext>?][] = [
    ["a PRD of 100 characters", "init", { ...GOOD.start_architect, prd_length: 100 }],
    ["no configuration", "init", { ...GOOD.start_architect, config_loaded: false }],
    ["missing outputs", "architect_running", { ...GOOD.architect_done, outputs_exist: false }],
    ["no approval", "architect_review", { ...GOOD.approve_architecture, approved: false }],
    ["used architect retries", "architect_review", GOOD.reject_architecture, { architect_retries: 2 }],
    ["an invalid contract", "contracts_registering", { ...GOOD.contracts_ready, registered: 2 }],
    ["no builder succeeded", "builders_running", { ...GOOD.builders_done, successful: 0 }],
    ["no integration report", "integrating", { ...GOOD.integration_done, report_exists: false }],
    ["a partial verdict as passed", "quality_gate", { ...GOOD.quality_passed, verdict: "partial" }],
    ["a skipped verdict as passed", "quality_gate", { ...GOOD.quality_passed, verdict: "skipped" }],
    ["used fix passes", "quality_gate", GOOD.quality_failed, { quality_attempts: 3 }],
    ["a passed verdict as failed", "quality_gate", { ...GOOD.quality_failed, verdict: "passed" }],
    ["an unasked retry", "failed", { ...GOOD.retry_quality, requested: false }],
    ["a retry with nothing integrated", "failed", GOOD.retry_quality, { integration_report_path: "" }],
  ];
  for (const [why, state, event, context] of refused)
    it(`refuses ${why}`, () => {
      expect(advance(at(state, context), event)).toBeUndefined();
    });
});

describe("what a move keeps", () => {
  it("counts rejections with their feedback", () => {
    const after = advance(at("architect_review"), GOOD.reject_architecture);
    expect(after?.context).toMatchObject({ architect_retries: 1, feedback: ["split it"] });
  });

  it("counts fix passes and gives them back on a manual retry", () => {
    const fixing = advance(at("quality_gate", { quality_attempts: 2 }), GOOD.quality_failed);
    expect(fixing?.context.quality_attempts).toBe(3);
    const failed = advance(at("fix_pass", { quality_attempts: 3 }), GOOD.fail);
    expect(failed?.context.failure).toEqual(GOOD.fail.failure);
    const again = failed && advance(failed, GOOD.retry_quality);
    expect(again?.context).toMatchObject({ quality_attempts: 0, failure: null });
  });

  it("changes nothing of the position it was given", () => {
    const before = at("quality_gate");
    const copy = structuredClone(before);
    advance(before, GOOD.quality_failed);
    expect(before).toEqual(copy);
  });

  it("survives JSON", () => {
    const stored = JSON.parse(JSON.stringify(advance(at("init"), GOOD.start_architect)));
    expect(advance(stored, GOOD.architect_done)?.state).toBe("architect_review");
  });

  it("refuses a state it does not know", () => {
    // What a damaged row could hold.
    const unknown = { ...at("init"), state: "nowhere" as PipelineStateName };
    expect(() => advance(unknown, GOOD.start_architect)).toThrow();
  });
});
