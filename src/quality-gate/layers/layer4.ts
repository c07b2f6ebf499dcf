import type { GateRequest } from "../port.ts";
import { scanProject } from "../scan.ts";
import { type Judgement, judged, skipped } from "./layer.ts";
import { scanOutcome, scanRequest } from "./layer3.ts";

/** Layer 4, adversarial review (specification 6.5): advice, it never fails. */
export async function reviewAdversarially(request: GateRequest, excluded: readonly string[]): Promise<Judgement> {
  const report = await scanProject(scanRequest(request, ["adversarial"], excluded));
  const outcome = scanOutcome(report);
  if (outcome.empty) return skipped(outcome.empty);
  const advice = report.violations.length;
  const reason = advice === 0 ? "Nothing to advise." : `${advice} findings to consider; they do not block.`;
  return judged("passed", reason + outcome.note, outcome.counts, { violations: report.violations });
}
