import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/model/finding.ts";
import { QualityGateReport } from "../../src/model/gate-report.ts";
import { gateHtml } from "../../src/quality-gate/gate.ts";

const finding = (fingerprint: string, more: Partial<Finding> = {}): Finding => ({
  code: "SEC-001",
  severity: "error",
  service: "orders-service",
  where: "orders-service/app.py:3",
  message: "A route without authentication.",
  fix: "Require a token.",
  reproduce: "",
  fingerprint,
  ...more,
});

const reportWith = (attempt: number, blocking: Finding[]) =>
  QualityGateReport.parse({
    pipeline_id: "shop-1",
    attempt,
    generated_at: "2026-01-01T00:00:00.000Z",
    layers: {
      layer1_service: {
        layer: "layer1_service",
        verdict: "passed",
        reason: "3 services were built and their tests executed.",
        violations: [],
        contract_violations: [],
        total_checks: 9,
        passed_checks: 9,
        duration_seconds: 0,
      },
      layer2_contract: {
        layer: "layer2_contract",
        verdict: "skipped",
        reason: "No integration report.",
        violations: [],
        contract_violations: [],
        total_checks: 0,
        passed_checks: 0,
        duration_seconds: 0,
      },
    },
    overall_verdict: blocking.length > 0 ? "failed" : "passed",
    fix_attempts: attempt,
    max_fix_attempts: 3,
    total_violations: blocking.length,
    blocking_violations: blocking.length,
    excluded_services: [],
    blocking,
  });

describe("the gate's page", () => {
  it("needs nothing from elsewhere", () => {
    const page = gateHtml(reportWith(0, [finding("a")]));
    expect(page).not.toMatch(/\b(src|href)=|<script|@import|url\(/);
    expect(page).toMatch(/^<!doctype html>/);
  });

  it("shows what must be fixed by service, and that a skipped layer ran no checks", () => {
    const page = gateHtml(reportWith(0, [finding("a"), finding("b", { service: "accounts-service" })]));
    expect(page.indexOf("<h3>accounts-service (1)</h3>")).toBeLessThan(page.indexOf("<h3>orders-service (1)</h3>"));
    expect(page).toContain("none ran");
    expect(page).toContain("No integration report.");
  });

  it("tells what was fixed, what is still there and what is new since the attempt before", () => {
    const before = reportWith(0, [finding("a"), finding("b"), finding("c")]);
    const page = gateHtml(reportWith(1, [finding("c"), finding("d")]), before);
    expect(page).toContain("Since attempt 0");
    expect(page).toContain("2 fixed, 1 still there, 1 new.");
    expect(page).toContain("▼ 1");
    expect(gateHtml(before)).not.toContain("Since attempt");
  });

  it("escapes what comes from code", () => {
    const page = gateHtml(
      reportWith(0, [finding("a", { message: `<img src=x onerror="alert(1)">`, reproduce: "a && b" })]),
    );
    expect(page).not.toContain("<img");
    expect(page).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;");
    expect(page).toContain("a &amp;&amp; b");
  });
});
