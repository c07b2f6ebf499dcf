import { describe, expect, it } from "vitest";
import type { PipelineStatus } from "../../src/model/status.ts";
import { renderStatus, renderSummary, watchPipeline } from "../../src/terminal/live-view.ts";
import { columnsOf } from "../../src/terminal/text.ts";
import { stream } from "./fake-io.ts";

type Builder = PipelineStatus["builders"][number];
const builder = (service: string, more: Partial<Builder> = {}): Builder => ({
  service,
  status: "pending",
  backend: "scaffold",
  attempt: 1,
  cost: 0,
  tests_executed: null,
  tests_passed: null,
  claimed_success: null,
  error: "",
  ...more,
});

const phases = (...statuses: PipelineStatus["phases"][number]["status"][]): PipelineStatus["phases"] =>
  (["architect", "contracts", "builders", "integration", "quality_gate"] as const).map((phase, index) => ({
    phase,
    status: statuses[index] ?? "pending",
    cost: index === 0 ? 12.5 : 0,
  }));

const building: PipelineStatus = {
  pipeline_id: "p-1",
  project_name: "Shop",
  state: "builders_running",
  status: "running",
  reason: "",
  next_step: "Wait with super-orchestrator status --wait-seconds 600.",
  depth: "standard",
  backends: [{ role: "builder", picked: "scaffold", why: "no claude on PATH", setting: "builder.backend" }],
  phases: phases("done", "done", "running"),
  builders: [
    builder("auth-service", {
      status: "succeeded",
      cost: 8.2,
      tests_executed: 12,
      tests_passed: 12,
      claimed_success: true,
    }),
    builder("core-api", { status: "building", cost: 12.4, attempt: 2 }),
    builder("billing", {
      status: "failed",
      tests_executed: 4,
      tests_passed: 3,
      claimed_success: true,
      error: "1 test failed",
    }),
    builder("gateway"),
  ],
  gate: null,
  cost: { spent: 45.3, reserved: 10, left: 144.7, limit: 200, warning: "" },
  fix: null,
  fix_attempts: 0,
  max_fix_attempts: 3,
  questions: 0,
  review: null,
  started_at: "2026-11-23T10:00:00Z",
  elapsed_seconds: 8100,
  reports: {},
  output_dir: "/shop/output",
  running: [],
  last_event: 7,
};

const failed: PipelineStatus = {
  ...building,
  state: "failed",
  status: "failed",
  cost: { spent: 45.3, reserved: 0, left: 154.7, limit: 200, warning: "" },
  fix: { status: "limit", reason: "3 remain.", rounds: 3, fixed: 2, remaining: 3, new: 0, regressed: 1 },
  reason: "The gate failed and no fix attempt is left.",
  next_step: "Read the gate report.",
  phases: phases("done", "done", "done", "done", "failed"),
  builders: building.builders.slice(0, 1),
  gate: {
    attempt: 3,
    verdict: "failed",
    layers: { layer1_service: "passed", layer3_system: "failed" },
    blocking: 3,
    total: 7,
  },
  fix_attempts: 3,
  reports: { gate: "/shop/gate.json", integration: "/shop/integration.json" },
  running: [{ purpose: "service auth-service", pid: 4711 }],
};

describe("renderStatus", () => {
  it("shows phases, builders, cost and next step", () => {
    expect(`\n${renderStatus(building, 72)}\n`).toMatchInlineSnapshot(`
      "
      +----------------------------------------------------------------------+
      | Shop (p-1)                                                           |
      +----------------------------------------------------------------------+
      | State: builders_running                 | Cost: $45.30 / $200.00     |
      | Phase: Builders (2/4 complete)          | Elapsed: 2h 15m            |
      +----------------------------------+-----------+-----------+-----------+
      | Phase                            | Status    |     Tests |      Cost |
      +----------------------------------+-----------+-----------+-----------+
      | Architect                        | DONE      |           |    $12.50 |
      | Contracts                        | DONE      |           |     $0.00 |
      | Builders                         | RUNNING   |           |     $0.00 |
      |   auth-service (scaffold)        | DONE      |     12/12 |     $8.20 |
      |   core-api (scaffold, attempt 2) | BUILDING  |         - |    $12.40 |
      |   billing (scaffold)             | FAILED    |       3/4 |     $0.00 |
      |   gateway (scaffold)             | PENDING   |         - |     $0.00 |
      | Integration                      | PENDING   |           |     $0.00 |
      | Quality Gate                     | PENDING   |           |     $0.00 |
      +----------------------------------+-----------+-----------+-----------+
      billing failed, though its builder reported success: 1 test failed
      Budget: $10.00 put aside for running builders, $144.70 left
      Next: Wait with super-orchestrator status --wait-seconds 600.
      "
    `);
  });

  it("does without the tests on a narrow terminal", () => {
    expect(`\n${renderStatus(failed, 44)}\n`).toMatchInlineSnapshot(`
      "
      +------------------------------------------+
      | Shop (p-1)                               |
      +------------------------------------------+
      | State: failed                            |
      | Cost: $45.30 / $200.00                   |
      | Phase: failed                            |
      | Elapsed: 2h 15m                          |
      +------------------+-----------+-----------+
      | Phase            | Status    |      Cost |
      +------------------+-----------+-----------+
      | Architect        | DONE      |    $12.50 |
      | Contracts        | DONE      |     $0.00 |
      | Builders         | DONE      |     $0.00 |
      |   auth-service … | DONE      |     $8.20 |
      | Integration      | DONE      |     $0.00 |
      | Quality Gate     | FAILED    |     $0.00 |
      +------------------+-----------+-----------+
      Gate FAILED: 3 blocking of 7 findings, fix
        passes 3 of 3 (layer1 service passed,
        layer3 system failed)
      Fix loop LIMIT: 3 remain. (round 3: 2 fixed,
        3 remaining, 0 new, 1 regressed)
      Why: The gate failed and no fix attempt is
        left.
      Next: Read the gate report.
      "
    `);
  });

  it.each([0, 10, 40, 47, 55, 56, 72, 100, 500, Number.NaN])("has straight borders at width %d", (width) => {
    const lines = renderStatus({ ...building, project_name: "商店 🛒 with a very long name ".repeat(4) }, width).split(
      "\n",
    );
    const bordered = lines.filter((line) => /^[+|]/.test(line)).map(columnsOf);
    expect(bordered.length).toBeGreaterThan(12);
    expect(new Set(bordered).size).toBe(1);
  });

  it("does not let data draw: escapes are shown, newlines folded", () => {
    const text = renderStatus(
      {
        ...building,
        project_name: "a\u001b[2Jb",
        builders: [builder("x", { status: "failed", error: "one\ntwo\u0007" })],
      },
      80,
    );
    expect(text).not.toContain("\u001b");
    expect(text).toContain("a\\x1b[2Jb");
    expect(text).toContain("x failed: one two\\x07");
  });

  it("colours only when asked to", () => {
    expect(renderStatus(building, 80)).not.toContain("\u001b");
    expect(renderStatus(building, 80, true)).toContain("\u001b[32mDONE");
  });
});

describe("renderSummary", () => {
  it("says how it ended, where the reports are and what still runs", () => {
    expect(`\n${renderSummary(failed)}\n`).toMatchInlineSnapshot(`
      "
      Shop: failed after 2h 15m, $45.30 of $200.00
      Why: The gate failed and no fix attempt is left.
      Services:
        auth-service  DONE, tests 12/12
      Gate FAILED: 3 blocking of 7 findings, fix passes 3 of 3 (layer1 service passed, layer3 system failed)
      Fix loop LIMIT: 3 remain. (round 3: 2 fixed, 3 remaining, 0 new, 1 regressed)
      Done by:
        builder  scaffold: no claude on PATH
      Reports:
        gate         /shop/gate.json
        integration  /shop/integration.json
      Code: /shop/output
      Still running:
        service auth-service  process 4711
      Next: Read the gate report.
      "
    `);
  });

  it("does not claim a gate that did not run, or tests that were not measured", () => {
    const text = renderSummary({ ...building, status: "interrupted", builders: [builder("gateway")] });
    expect(text).toContain("Gate: did not run");
    expect(text).toContain("tests not measured");
    expect(text).toContain("Still running: nothing");
  });
});

describe("watchPipeline", () => {
  const sequence = (...statuses: PipelineStatus[]) => {
    let next = 0;
    return () => statuses[Math.min(next++, statuses.length - 1)] ?? building;
  };
  const signal = new AbortController().signal;

  it("prints what changed, once, where nothing can be redrawn", async () => {
    const out = stream();
    const built = {
      ...building,
      builders: building.builders.map((one) =>
        one.service === "core-api" ? { ...one, status: "succeeded" as const, tests_executed: 5, tests_passed: 5 } : one,
      ),
    };
    const read = sequence(building, building, built, failed);
    expect(await watchPipeline({ read, stream: out, env: {}, signal, intervalMs: 1 })).toEqual(failed);
    expect(`\n${out.chunks.join("")}`).toMatchInlineSnapshot(`
      "
      [2h 15m] State: builders_running
      [2h 15m] builder: scaffold (no claude on PATH)
      [2h 15m] Architect: DONE, $12.50
      [2h 15m] Contracts: DONE
      [2h 15m] Builders: RUNNING
      [2h 15m] auth-service: DONE, tests 12/12
      [2h 15m] core-api: BUILDING, attempt 2
      [2h 15m] billing: FAILED, tests 3/4, 1 test failed
      [2h 15m] Budget: $10.00 put aside for running builders, $144.70 left
      [2h 15m] core-api: DONE, attempt 2, tests 5/5
      [2h 15m] State: failed
      [2h 15m] Builders: DONE
      [2h 15m] Integration: DONE
      [2h 15m] Quality Gate: FAILED
      [2h 15m] Gate FAILED: 3 blocking of 7 findings, fix passes 3 of 3 (layer1 service passed, layer3 system failed)
      [2h 15m] Fix loop LIMIT: 3 remain. (round 3: 2 fixed, 3 remaining, 0 new, 1 regressed)
      [2h 15m] The pipeline is failed: The gate failed and no fix attempt is left.
      "
    `);
  });

  it("redraws in place on a terminal and leaves the last frame", async () => {
    const out = stream(72);
    await watchPipeline({ read: sequence(building, failed), stream: out, env: {}, signal, intervalMs: 1 });
    const text = out.chunks.join("");
    expect(text).toContain("\u001b[");
    expect(text.split("The gate failed and no fix attempt is left.")).toHaveLength(2);
  });

  it.each([
    ["CI", stream(80), { CI: "true" }],
    ["TERM=dumb", stream(80), { TERM: "dumb" }],
    ["a terminal of no columns", stream(0), {}],
    ["a pipe", stream(), { FORCE_COLOR: "1" }],
  ])("is plain in %s", async (_name, out, env) => {
    await watchPipeline({ read: sequence(failed), stream: out, env, signal, intervalMs: 1 });
    expect(out.chunks.join("")).not.toContain("\u001b");
    expect(out.chunks.join("")).toContain("The pipeline is failed");
  });

  it("redraws without colours under NO_COLOR", async () => {
    const out = stream(80);
    await watchPipeline({
      read: sequence(building, failed),
      stream: out,
      env: { NO_COLOR: "1" },
      signal,
      intervalMs: 1,
    });
    for (const color of [31, 32, 33, 36]) expect(out.chunks.join("")).not.toContain(`\u001b[${color}m`);
  });

  it("ends with the last status when the signal comes, and passes a reader's error on", async () => {
    const stopper = new AbortController();
    const read = () => {
      stopper.abort();
      return building;
    };
    expect(await watchPipeline({ read, stream: stream(), env: {}, signal: stopper.signal })).toEqual(building);
    const broken = () => Promise.reject(new Error("gone"));
    await expect(watchPipeline({ read: broken, stream: stream(80), env: {}, signal })).rejects.toThrow("gone");
  });
});
