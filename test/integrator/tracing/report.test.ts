import { describe, expect, it } from "vitest";
import { sendSteps } from "../../../src/integrator/tracing/send-steps.ts";
import { traceText } from "../../../src/integrator/tracing/text.ts";
import { TraceReport } from "../../../src/model/trace-report.ts";
import { order, startService, traced, tracing } from "./system.ts";

const verdicts = (report: TraceReport) =>
  Object.fromEntries(report.services.map(({ service, verdict }) => [service, verdict]));
const charges = (report: TraceReport) => report.violations.map(({ code, service }) => `${code} ${service}`);

describe("a system that hands its trace on", () => {
  it("is a tree of hops with times, and passes", async () => {
    const report = await traced({ orders: "", payments: "", ledger: "" });
    expect(report).toMatchObject({ verdict: "passed", reason: "", violations: [], changes: [] });
    expect(verdicts(report)).toEqual({ orders: "traced", payments: "traced", ledger: "traced" });
    expect(report.hops.map(({ depth, service, name, status }) => [depth, service, name, status])).toEqual([
      [0, "orders", "POST /things", 201],
      [1, "payments", "POST /things", 201],
      [2, "ledger", "POST /things", 201],
    ]);
    const [outer, inner] = report.hops;
    expect(inner?.start_ms).toBeGreaterThan(outer?.start_ms ?? 0);
    expect(inner?.duration_ms).toBeLessThan(outer?.duration_ms ?? 0);
    expect(traceText(report)).toMatch(/^trace [0-9a-f]{32}: passed.*\norders .*\n└─ payments .*\n {3}└─ ledger /);
    expect(TraceReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  it("is seen from spans alone, and from logs alone", async () => {
    const spans = await traced({ orders: "no-logs", payments: "no-logs" }, { tapped: false, logs: false });
    expect(spans).toMatchObject({ verdict: "passed", violations: [] });
    expect(spans.hops.map(({ depth, service, source }) => [depth, service, source])).toEqual([
      [0, "orders", "recorded"],
      [1, "payments", "span"],
    ]);
    const logs = await traced({ orders: "no-spans", payments: "no-spans" }, { tapped: false });
    expect(logs).toMatchObject({ verdict: "passed", violations: [] });
    expect(logs.hops.map(({ service, source }) => [service, source])).toEqual([
      ["orders", "recorded"],
      ["payments", "log"],
    ]);
  });
});

describe("a trace that breaks is blamed on one service", () => {
  it.each([
    ["drops-header", "sends POST /things to payments without its traceparent", "no traceparent"],
    ["new-trace", "sends POST /things to payments under a new trace id", "trace "],
  ])("on the wire: %s", async (fault, words, actual) => {
    const report = await traced({ orders: fault, payments: "", ledger: "" });
    expect(charges(report)).toEqual(["TRACE-FLOW-001 orders"]);
    expect(report.violations[0]?.message).toContain(words);
    expect(report.violations[0]?.actual).toContain(actual);
    expect(report.violations[0]?.reproduce).toContain("curl -i -X POST");
    expect(report.verdict).toBe("failed");
    expect(report.hops.map(({ service, traced }) => [service, traced])).toEqual([
      ["orders", true],
      ["payments", false],
      ["ledger", false],
    ]);
    expect(verdicts(report).orders).toBe("lost");
  });

  it.each(["drops-header", "new-trace"])("from spans alone: %s", async (fault) => {
    const report = await traced({ orders: fault, payments: "" }, { tapped: false, logs: false });
    expect(report.verdict).toBe("failed");
    expect(report.violations).toHaveLength(1);
    expect(report.violations[0]).toMatchObject({ code: "TRACE-FLOW-001", endpoint: "POST /things" });
  });

  it("who received it and began its own", async () => {
    const report = await traced({ orders: "", payments: "ignores" });
    expect(charges(report)).toEqual(["TRACE-FLOW-001 payments"]);
    expect(report.violations[0]?.message).toContain("although it received one");
  });

  it("who received it and left no sign of it", async () => {
    const report = await traced({ orders: "", payments: "no-spans,no-logs" });
    expect(charges(report)).toEqual(["TRACE-FLOW-002 payments"]);
  });

  it("nobody, where nobody says anything: not observed is not passed", async () => {
    const silent = "no-spans,no-logs";
    const report = await traced({ orders: silent, payments: silent });
    expect(report).toMatchObject({ verdict: "skipped", violations: [] });
    expect(report.reason).toContain("Not observed");
    expect(verdicts(report)).toEqual({ orders: "not observed", payments: "not observed" });
    expect(traceText(report)).toContain("? payments: It reported no span");
  });
});

describe("a field that does not arrive is blamed on who had it", () => {
  it.each([
    ["loses", "lost", "TRACE-FLOW-003", "/note", '"gift wrap, please"', "absent"],
    ["renames", "renamed", "TRACE-FLOW-004", "/note", '"gift wrap, please"', '"gift wrap, please"'],
    ["retypes", "retyped", "TRACE-FLOW-005", "/amount", "12.5", '"12.5"'],
    ["changes", "changed", "TRACE-FLOW-006", "/note", '"gift wrap, please"', '"gift "'],
  ])("%s", async (fault, kind, code, field, before, after) => {
    const report = await traced({ orders: "", payments: fault, ledger: "" }, { follow: ["note", "amount"] });
    expect(report.changes).toMatchObject([{ kind, field, service: "payments", before, after, certain: true }]);
    expect(charges(report)).toEqual([`${code} payments`]);
    expect(report.verdict).toBe("failed");
  });

  it("is a warning where neither a contract nor the caller says that it has to", async () => {
    const report = await traced({ orders: "loses", payments: "" });
    expect(report.changes).toMatchObject([{ kind: "lost", field: "/note", service: "orders", certain: false }]);
    expect(report.violations).toMatchObject([{ code: "TRACE-FLOW-003", severity: "warning" }]);
    expect(report.verdict).toBe("passed");
  });
});

const python = process.env.TEST_PYTHON;
it.skipIf(python === undefined)(
  `a Python service reports spans like any other${python === undefined ? " (skipped: TEST_PYTHON names no Python)" : ""}`,
  async () => {
    const watch = await tracing();
    const ledger = await startService("ledger", "", watch.environment("ledger"), python);
    const NEXT_URL = await watch.between("orders", "ledger", ledger.url);
    const orders = await startService("orders", "", { ...watch.environment("orders"), NEXT_URL });
    const { signal } = new AbortController();
    const step = { service: "orders", method: "POST", path: "/things", headers: {}, body: order };
    const sent = await sendSteps(orders.url, [step], { record: watch.record, timeout_ms: 10_000, signal });
    const report = await watch.report({
      ...{ trace_id: sent.trace_id, services: ["orders"], readLog: async () => orders.log(), signal, quiet_ms: 700 },
    });
    expect(report).toMatchObject({ verdict: "passed", violations: [] });
    expect(report.services).toContainEqual(expect.objectContaining({ service: "ledger", spans: 1, verdict: "traced" }));
  },
);
