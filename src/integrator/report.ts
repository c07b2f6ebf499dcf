import type { BoundaryCheck } from "../model/boundary.ts";
import { atLeast, type ContractViolation } from "../model/finding.ts";
import type {
  DeployedService,
  FlowResult,
  IntegrationReport,
  OperationCheck,
  ServiceFuzz,
} from "../model/integration-report.ts";
import type { PactOutcome } from "../model/pact-report.ts";
import type { TraceReport } from "../model/trace-report.ts";
import { SIGNED_TOKEN } from "./session/doubt.ts";

/** What was found, before it is counted. */
export interface Findings {
  services: DeployedService[];
  operations: OperationCheck[];
  flows: FlowResult[];
  traces: TraceReport[];
  boundaries: BoundaryCheck[];
  pacts: PactOutcome[];
  fuzz: ServiceFuzz[];
  violations: ContractViolation[];
  /** Services left out, each with the reason. */
  left_out: string[];
  /** Single tests that could not run, each with the reason. */
  not_run: string[];
}

/** Count the findings (specification 3.1). What was skipped counts nowhere; a total of 0 means not run. */
export function reportOf(
  about: { pipeline_id: string; attempt: number; runtime: string },
  findings: Findings,
): IntegrationReport {
  const { services, operations, flows, traces, boundaries, pacts, fuzz, violations } = findings;
  const checks = countsOf(operations);
  const fuzzed = { total: sum(fuzz, "tested"), passed: sum(fuzz, "passed") };
  const promised = countsOf(pacts.flatMap(({ interactions }) => interactions));
  const boundaryCounts = countsOf(boundaries);
  const flowCounts = countsOf(flows);
  const traceCounts = countsOf(traces);
  return {
    ...about,
    generated_at: new Date().toISOString(),
    services_deployed: services.length,
    services_healthy: services.filter(({ healthy }) => healthy).length,
    contract_tests_total: checks.total + fuzzed.total + promised.total,
    contract_tests_passed: checks.passed + fuzzed.passed + promised.passed,
    integration_tests_total: flowCounts.total,
    integration_tests_passed: flowCounts.passed,
    data_flow_tests_total: traceCounts.total,
    data_flow_tests_passed: traceCounts.passed,
    boundary_tests_total: boundaryCounts.total,
    boundary_tests_passed: boundaryCounts.passed,
    services,
    operations,
    flows,
    traces,
    boundaries,
    pacts,
    fuzz,
    violations,
    skipped: [
      ...findings.left_out,
      ...operations.filter(isSkipped).map((check) => `${check.service} ${check.operation_id}: ${check.reason}`),
      ...flows.filter(isSkipped).map(({ name, reason }) => `flow ${name}: ${reason}`),
      ...signedTokens(operations),
      ...findings.not_run,
      ...traces.filter(isSkipped).map(({ trace_id, reason }) => `data flow of trace ${trace_id}: ${reason}`),
      ...boundaries.filter(isSkipped).map(({ subject, reason }) => `boundary ${subject}: ${reason}`),
    ],
    overall_health: healthOf(findings),
  };
}

function sum(fuzz: readonly ServiceFuzz[], count: "tested" | "passed"): number {
  return fuzz.reduce((total, one) => total + one[count], 0);
}

/** How callers come by their tokens was not tested where the tester signed its own. */
function signedTokens(operations: readonly OperationCheck[]): string[] {
  const count = operations.filter(({ reason }) => reason === SIGNED_TOKEN).length;
  if (count === 0) return [];
  return [`getting a token: not tested; ${count} operations were called with a token signed for this test`];
}

function isSkipped({ verdict }: { verdict: string }): boolean {
  return verdict === "skipped";
}

function countsOf(results: readonly { verdict: string }[]): { total: number; passed: number } {
  const executed = results.filter((result) => !isSkipped(result));
  return { total: executed.length, passed: executed.filter(({ verdict }) => verdict === "passed").length };
}

/**
 * `failed`: something that was tested is wrong; `partial`: nothing is known to be wrong, but not every service or
 * operation was tested; `passed`: all were; `unknown`: nothing was tested at all.
 */
function healthOf({
  services,
  operations,
  flows,
  violations,
  left_out,
}: Findings): IntegrationReport["overall_health"] {
  const wrong = violations.some(({ severity }) => atLeast(severity, "error"));
  if (wrong || services.some(({ healthy }) => !healthy) || flows.some(({ verdict }) => verdict === "failed"))
    return "failed";
  if (countsOf(operations).total === 0) return "unknown";
  if (countsOf(operations).passed < countsOf(operations).total) return "failed";
  return left_out.length > 0 || operations.some(isSkipped) ? "partial" : "passed";
}
