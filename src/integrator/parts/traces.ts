import type { ContractViolation } from "../../model/finding.ts";
import type { TraceReport } from "../../model/trace-report.ts";
import { declaredBy } from "../tracing/tracing.ts";
import type { Part, Scene } from "./part.ts";

/** What became of the trace and the data of each flow that ran. */
export const traceAll: Part = async (scene) => {
  const ran = scene.flows.filter(({ verdict }) => verdict !== "skipped");
  if (ran.length === 0) return { not_run: ["data-flow tests: not run, no flow was"] };
  scene.progress("Following the traces of flows");
  const { step, known } = scene;
  const traces = await step("traces", async () => {
    const reports: TraceReport[] = [];
    for (const { trace_id } of ran) reports.push(await trace(scene, trace_id));
    return reports;
  });
  return { traces, violations: newIn(traces, known) };
};

function trace({ system, services, contracts, deployment, tracing }: Scene, trace_id: string): Promise<TraceReport> {
  return tracing.report({
    trace_id,
    services: services.map(({ service }) => service.name),
    readLog: (service) => deployment.logs(service),
    declared: declaredBy(contracts),
    signal: system.signal,
  });
}

/** A fault that shows in every flow is one; whom a flow charges with a lost trace is not charged twice. */
function newIn(traces: readonly TraceReport[], known: readonly ContractViolation[]): ContractViolation[] {
  const charged = new Set(known.filter(({ code }) => code === "FLOW-002").map(({ service }) => service));
  const seen = new Set<string>();
  return traces
    .flatMap(({ violations }) => violations)
    .filter(({ code, service, message }) => {
      const twice = (code === "TRACE-FLOW-001" || code === "TRACE-FLOW-002") && charged.has(service);
      const key = `${code} ${service} ${message}`;
      return !twice && !seen.has(key) && seen.add(key) !== undefined;
    });
}
