import type { ContractViolation, ScanViolation } from "../../model/finding.ts";
import type { GateVerdict, LayerResult, QualityLevel } from "../../model/gate-report.ts";

/** What a layer found out; the gate adds its name and how long it took. */
export type Judgement = Omit<LayerResult, "layer" | "duration_seconds">;

/** A layer that did not run, and why. */
export function skipped(reason: string): Judgement {
  return { verdict: "skipped", reason, violations: [], contract_violations: [], total_checks: 0, passed_checks: 0 };
}

/** A layer that ran. */
export function judged(
  verdict: GateVerdict,
  reason: string,
  checks: { total: number; passed: number },
  found: { violations?: ScanViolation[]; contract_violations?: ContractViolation[] },
): Judgement {
  return {
    verdict,
    reason,
    violations: found.violations ?? [],
    contract_violations: found.contract_violations ?? [],
    total_checks: checks.total,
    passed_checks: checks.passed,
  };
}

/** Run a layer and measure it. */
export async function timed(layer: QualityLevel, work: () => Judgement | Promise<Judgement>): Promise<LayerResult> {
  const begun = performance.now();
  const judgement = await work();
  return { layer, ...judgement, duration_seconds: Math.round(performance.now() - begun) / 1000 };
}
