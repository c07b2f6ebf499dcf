import type { BuilderResult } from "../../model/builder.ts";
import type { CommandEvidence } from "../../model/evidence.ts";
import type { ContractViolation } from "../../model/finding.ts";
import type { GateRequest } from "../port.ts";
import { type Judgement, judged, skipped } from "./layer.ts";

/** Specification 6.2. */
const MIN_TEST_PASS_RATE = 0.9;
const MIN_CONVERGENCE = 0.9;

interface Check {
  passed: boolean;
  violation: ContractViolation;
}

/**
 * Layer 1, per service (specification 6.2): build, tests and convergence, from what the orchestrator ran itself. What a
 * builder claims of itself passes nothing. A folder that no builder delivered has no evidence: the layer is skipped.
 */
export function judgeServices({ services }: Pick<GateRequest, "services">): Judgement {
  if (services.length === 0) return skipped("No evidence: there are no services.");
  if (services.every(({ result }) => result === null))
    return skipped("No evidence: no build or test was run by the orchestrator on this folder.");
  const checks = services.flatMap(({ name, result }) => checksOf(name, result));
  const failed = checks.filter(({ passed }) => !passed).map(({ violation }) => violation);
  const failing = new Set(failed.map(({ service }) => service));
  const counts = { total: checks.length, passed: checks.length - failed.length };
  if (failing.size === 0)
    return judged("passed", `${services.length} services were built and their tests executed.`, counts, {});
  const reason = `${failing.size} of ${services.length} services failed: ${[...failing].sort().join(", ")}.`;
  return judged("failed", reason, counts, { contract_violations: failed });
}

function checksOf(service: string, result: BuilderResult | null): Check[] {
  const violation = (code: string, message: string, more: Partial<ContractViolation> = {}): ContractViolation => ({
    code,
    severity: "error",
    service,
    endpoint: "",
    message,
    expected: "",
    actual: "",
    file_path: "",
    clause: "",
    reproduce: "",
    ...more,
  });
  if (result === null || result.evidence === null) {
    const message =
      result === null
        ? `${service} has not been built.`
        : `${service} was never verified${result.error ? `: ${result.error}` : "; its builder's own claim does not count"}.`;
    return [
      { passed: false, violation: violation("EVIDENCE-001", message, { expected: "A build and tests that run." }) },
    ];
  }
  const { commands, verified, reason } = result.evidence;
  const last = commands.find(failedToRun) ?? commands.at(-1);
  const broken = commands.find((command) => command.purpose !== "test" && failedToRun(command));
  const build: Check = {
    passed: broken === undefined,
    violation: violation("BUILD-001", `${service}: ${broken ? describe(broken) : "the build failed"}.`, {
      expected: "Install and build end with exit code 0.",
      actual: reason,
      file_path: broken?.log_file ?? "",
      reproduce: broken ? inFolder(result, broken) : "",
    }),
  };
  const tests = testCheck(service, result, violation);
  // The verdict of whoever gathered the evidence stands when it is stricter than the checks above.
  const verdict: Check = {
    passed: verified && result.success,
    violation: violation(
      "EVIDENCE-001",
      `${service} is not verified: ${reason || result.error || "no reason given"}.`,
      {
        expected: "Every command ends with 0 and every test passes.",
        reproduce: last ? inFolder(result, last) : "",
      },
    ),
  };
  const convergence = result.convergence_ratio;
  const converged: Check[] =
    convergence === null
      ? []
      : [
          {
            passed: convergence >= MIN_CONVERGENCE,
            violation: violation(
              "CONVERGENCE-001",
              `${service} met ${Math.round(convergence * 100)} % of its requirements.`,
              {
                expected: `At least ${MIN_CONVERGENCE * 100} %.`,
              },
            ),
          },
        ];
  // What kept it from being merged, in the words of whoever merges.
  const unmerged = (result.findings ?? []).map(({ code, message, fix, where }): Check => {
    return { passed: false, violation: violation(code, `${service}: ${message}`, { expected: fix, file_path: where }) };
  });
  const specific = [build, tests, ...weakenedTests(result, violation), ...converged, ...unmerged];
  return specific.every(({ passed }) => passed) ? [...specific, verdict] : specific;
}

function testCheck(
  service: string,
  result: BuilderResult,
  violation: (code: string, message: string, more?: Partial<ContractViolation>) => ContractViolation,
): Check {
  const commands = result.evidence?.commands.filter(({ purpose }) => purpose === "test") ?? [];
  const executed = commands.reduce((sum, { tests }) => sum + (tests?.executed ?? 0), 0);
  const passed = commands.reduce((sum, { tests }) => sum + (tests?.passed ?? 0), 0);
  const test = commands.find(failedToRun) ?? commands[0];
  const message =
    commands.length === 0
      ? `${service} has no tests that the orchestrator could run.`
      : executed === 0
        ? `${service}: the test command executed no test.`
        : `${service}: ${passed} of ${executed} tests passed.`;
  return {
    passed: executed > 0 && passed / executed >= MIN_TEST_PASS_RATE,
    violation: violation("TEST-001", message, {
      expected: `At least one test is executed and ${MIN_TEST_PASS_RATE * 100} % pass.`,
      actual: result.evidence?.reason ?? "",
      file_path: test?.log_file ?? "",
      reproduce: test ? inFolder(result, test) : "",
    }),
  };
}

/** What the comparison with earlier runs found. Warnings are told with the run, and hold nothing up. */
function weakenedTests(
  result: BuilderResult,
  violation: (code: string, message: string, more?: Partial<ContractViolation>) => ContractViolation,
): Check[] {
  const test = result.evidence?.commands.find(({ purpose }) => purpose === "test");
  return (result.test_findings ?? [])
    .filter(({ severity }) => severity === "error")
    .map(({ code, message, fix, tests }) => ({
      passed: false,
      violation: violation(code, `${result.service_id}: ${message}`, {
        expected: fix,
        actual: tests.join("; ").slice(0, 1000),
        reproduce: test ? inFolder(result, test) : "",
      }),
    }));
}

function failedToRun({ exit_code, timed_out }: CommandEvidence): boolean {
  return exit_code !== 0 || timed_out;
}

function describe({ purpose, command: whole, plain: command = whole, exit_code, timed_out }: CommandEvidence): string {
  return `${purpose} (${command}) ${timed_out ? "ran out of time" : `ended with ${exit_code ?? "a signal"}`}`;
}

function inFolder({ output_dir }: BuilderResult, { command: whole, plain: command = whole }: CommandEvidence): string {
  return `cd '${output_dir.replaceAll("'", "'\\''")}' && ${command}`;
}
