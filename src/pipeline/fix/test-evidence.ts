import { knownTests, testFindings } from "../../builders/test-changes.ts";
import type { Db } from "../../lib/db.ts";
import type { BuilderResult } from "../../model/builder.ts";
import type { Evidence, TestFinding } from "../../model/evidence.ts";
import { builderRuns } from "../ledger.ts";

/** The run whose tests are judged. */
export interface JudgedRun {
  service: string;
  attempt: number;
  evidence: Evidence;
  /** Digest of the contracts it was built on: other contracts may need other tests. */
  contract_basis: string | undefined;
  /** What was found before, when the files were changed by hand since: a person may take a test out, with a warning. */
  by_hand?: readonly TestFinding[] | undefined;
}

/**
 * Compare a run's tests with those of the service's earlier runs on the same contracts: with the run that knew the most
 * tests, so that what was taken away stays told until it is back, however many attempts lie between.
 */
export function judgeTests(db: Db, pipelineId: string, run: JudgedRun): TestFinding[] {
  const found = testFindings(baselineOf(db, pipelineId, run), run.evidence);
  if (run.by_hand === undefined) return found;
  const stood = new Set(run.by_hand.filter(({ severity }) => severity === "error").map(({ code }) => code));
  return found.map((one) => (stood.has(one.code) ? one : { ...one, severity: "warning" }));
}

/** Whether these findings keep a run from being a success. */
export function isWeakened(findings: readonly TestFinding[] | undefined): boolean {
  return (findings ?? []).some(({ severity }) => severity === "error");
}

/** Runs with these took tests away, or made them check nothing: they measure no other. */
const TAKES_AWAY = new Set<TestFinding["code"]>(["TEST-002", "TEST-003", "TEST-006"]);

/** Of those that know equally many tests, the newest is. */
function baselineOf(db: Db, pipelineId: string, { service, attempt, contract_basis }: JudgedRun): Evidence | null {
  const earlier = builderRuns(db, pipelineId)
    .filter((run) => run.service === service && run.attempt < attempt)
    .flatMap(({ result }) => (result && isMeasure(result, contract_basis) ? [result.evidence] : []));
  return earlier.reduce<Evidence | null>(
    (best, one) => (one !== null && knownTests(one) > 0 && knownTests(one) >= knownTests(best) ? one : best),
    null,
  );
}

function isMeasure({ test_findings, contract_basis }: BuilderResult, basis: string | undefined): boolean {
  const honest = !(test_findings ?? []).some(({ code, severity }) => severity === "error" && TAKES_AWAY.has(code));
  return honest && contract_basis === basis;
}
