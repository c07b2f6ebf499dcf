import type { Finding } from "../../model/finding.ts";
import { type FindingRef, type FixOutcome, type FixReport, OUTCOMES } from "../../model/fix-report.ts";
import type { QualityGateReport } from "../../model/gate-report.ts";

/** Names of each kind that a report keeps. */
const MAX_NAMED = 100;

/** What a round made of the findings that block. */
export interface RoundOutcome {
  counts: Record<FixOutcome, number>;
  findings: Record<FixOutcome, FindingRef[]>;
  /** What is known of every finding, this round included. */
  known: FixReport["known"];
}

/**
 * Compare two judgements, one before and one after a fix pass. `known` says what became of findings in earlier rounds:
 * what was fixed then and blocks again has regressed.
 */
export function roundOutcome(
  before: QualityGateReport,
  after: QualityGateReport,
  known: FixReport["known"],
): RoundOutcome {
  const had = new Map(before.blocking.map((finding) => [finding.fingerprint, finding]));
  const has = new Map(after.blocking.map((finding) => [finding.fingerprint, finding]));
  const outcomes = new Map<string, FixOutcome>();
  for (const [fingerprint, finding] of had)
    if (!has.has(fingerprint)) outcomes.set(fingerprint, isFixed(after, finding) ? "fixed" : "unseen");
  for (const [fingerprint, finding] of has)
    outcomes.set(fingerprint, outcomeOf(finding, had, before, known, after.attempt));
  const counts = recordOf(() => 0);
  const findings = recordOf((): FindingRef[] => []);
  for (const [fingerprint, outcome] of outcomes) {
    counts[outcome] += 1;
    const finding = has.get(fingerprint) ?? had.get(fingerprint);
    if (finding && findings[outcome].length < MAX_NAMED) findings[outcome].push(refOf(finding));
  }
  const round = after.attempt;
  const entries = [...outcomes].map(([fingerprint, outcome]) => {
    const entry = known[fingerprint];
    const earlier = earlierOutcome(entry, round);
    const next = { outcome, round, attempts: entry?.attempts ?? [], ...(earlier ? { before: earlier } : {}) };
    return [fingerprint, next] as const;
  });
  return { counts, findings, known: { ...known, ...Object.fromEntries(entries) } };
}

function earlierOutcome(entry: FixReport["known"][string] | undefined, round: number): FixOutcome | undefined {
  return entry?.round === round ? entry.before : entry?.outcome;
}

function outcomeOf(
  finding: Finding,
  had: ReadonlyMap<string, Finding>,
  before: QualityGateReport,
  known: FixReport["known"],
  round: number,
): FixOutcome {
  if (had.has(finding.fingerprint)) return "remaining";
  const earlier = earlierOutcome(known[finding.fingerprint], round);
  if (earlier === "fixed") return "regressed";
  // It was there, then hidden, and is there again: no fix has ended it.
  if (earlier !== undefined) return "remaining";
  return wasJudged(before, finding) ? "new" : "revealed";
}

/** Verdicts on a service as a whole, which another one of its own may take the place of. */
const VERDICTS = new Set(["TEST-001", "EVIDENCE-001"]);

/** Whether a finding that is gone was ended, and not only hidden: by a layer that no longer runs, or tests that went. */
function isFixed(after: QualityGateReport, finding: Finding): boolean {
  const stillFails = VERDICTS.has(finding.code) && after.excluded_services.includes(finding.service);
  return wasJudged(after, finding) && !stillFails;
}

/** Whether a judgement would have told a finding: its layer ran, and its service was not left out of it. */
function wasJudged({ layers, excluded_services }: QualityGateReport, { layer, service }: Finding): boolean {
  if (layer === undefined) return true;
  const verdict = layers[layer]?.verdict ?? "skipped";
  return verdict !== "skipped" && (layer === "layer1_service" || !excluded_services.includes(service));
}

/** Whether a round left exactly what blocked before it: nothing fixed, nothing that is worth another try. */
export function isStuck({ counts }: Pick<RoundOutcome, "counts">): boolean {
  return counts.remaining > 0 && OUTCOMES.every((outcome) => outcome === "remaining" || counts[outcome] === 0);
}

function refOf({ fingerprint, code, severity, service, where, layer }: Finding): FindingRef {
  return { fingerprint, code, severity, service, where, ...(layer ? { layer } : {}) };
}

function recordOf<Value>(make: () => Value): Record<FixOutcome, Value> {
  return { fixed: make(), remaining: make(), new: make(), regressed: make(), revealed: make(), unseen: make() };
}
