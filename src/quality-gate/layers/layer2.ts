import { atLeast, type ContractViolation } from "../../model/finding.ts";
import type { IntegrationReport } from "../../model/integration-report.ts";
import type { GateRequest } from "../port.ts";
import { type Judgement, judged, skipped } from "./layer.ts";

/**
 * Layer 2, contract compliance (specification 6.3), from what the integrator measured on the running system. Services
 * that failed layer 1 are left out. Without contract tests that ran, the layer is skipped, whatever else was tested.
 */
export function judgeContracts(
  { integration, settings }: Pick<GateRequest, "integration" | "settings">,
  excluded: readonly string[],
): Judgement {
  if (integration === null)
    return skipped("The services were not deployed and tested: there is no integration report.");
  const report = without(integration, excluded);
  const violations = [...report.violations, ...unreported(report)];
  const blocking = violations.filter(({ severity }) => atLeast(severity, settings.blocking_severity));
  const total =
    report.contract_tests_total +
    report.integration_tests_total +
    report.data_flow_tests_total +
    report.boundary_tests_total;
  const passed =
    report.contract_tests_passed +
    report.integration_tests_passed +
    report.data_flow_tests_passed +
    report.boundary_tests_passed;
  const counts = { total, passed };
  const found = { contract_violations: violations };
  const note = report.skipped.length > 0 ? ` ${report.skipped.length} tests could not run.` : "";
  if (blocking.length > 0)
    return judged("failed", `${blocking.length} violations of contracts block.${note}`, counts, found);
  if (report.contract_tests_total === 0)
    return {
      ...judged("skipped", `No contract test was run.${first(report.skipped)}`, counts, found),
    };
  if (violations.length === 0 && (passed < total || report.overall_health === "failed"))
    return judged(
      "failed",
      `${total - passed} of ${total} tests did not pass and no violation says why.${note}`,
      counts,
      found,
    );
  const warnings = violations.length > 0 ? ` ${violations.length} warnings.` : "";
  return judged("passed", `${passed} of ${total} tests passed.${warnings}${note}`, counts, found);
}

function first(reasons: readonly string[]): string {
  return reasons[0] ? ` ${reasons[0]}` : "";
}

function without(report: IntegrationReport, excluded: readonly string[]): IntegrationReport {
  const kept = ({ service }: { service: string }) => !excluded.includes(service);
  return {
    ...report,
    services: report.services.filter(kept),
    operations: report.operations.filter(kept),
    flows: report.flows.filter(({ services }) => !services.some((service) => excluded.includes(service))),
    violations: report.violations.filter(kept),
  };
}

/** Failures the report tells of without a violation: each becomes one, so that somebody owns it. */
function unreported({ violations, services, operations, flows }: IntegrationReport): ContractViolation[] {
  const make = (code: string, service: string, endpoint: string, message: string): ContractViolation => ({
    code,
    severity: "error",
    service,
    endpoint,
    message,
    expected: "",
    actual: "",
    file_path: "",
    clause: "",
    reproduce: "",
  });
  const blamed = new Set(violations.map(({ service }) => service));
  const named = new Set(violations.map(({ service, endpoint }) => `${service} ${endpoint}`));
  const unhealthy = services.filter(({ service, healthy }) => !healthy && !blamed.has(service));
  const failedOperations = operations.filter(
    ({ service, verdict, method, path }) => verdict === "failed" && !named.has(`${service} ${method} ${path}`),
  );
  const failedFlows = flows.flatMap((flow) => {
    const step = flow.steps.find(({ verdict }) => verdict === "failed");
    const service = step?.service ?? flow.services[0] ?? "";
    if (flow.verdict !== "failed" || flow.services.some((name) => blamed.has(name))) return [];
    return [make("FLOW-001", service, flow.name, `Flow ${flow.name} failed: ${step?.reason || flow.reason}`)];
  });
  return [
    ...unhealthy.map(({ service, error }) =>
      make("DEPLOY-001", service, "", `${service} did not become healthy: ${error}`),
    ),
    ...failedOperations.map(({ service, method, path, reason }) =>
      make("CONTRACT-001", service, `${method} ${path}`, `${method} ${path} does not keep to its contract: ${reason}`),
    ),
    ...failedFlows,
  ];
}
