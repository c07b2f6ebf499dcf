import { unrecorded } from "../lib/step.ts";
import type { Severity } from "../model/finding.ts";
import { LAYERS, type QualityGateReport, type QualityLevel } from "../model/gate-report.ts";
import { runGate } from "../quality-gate/gate.ts";
import type { Control } from "./control.ts";
import { documentOf, findDocument } from "./documents.ts";
import { gateRequestOf } from "./gate-request.ts";
import type { PipelinePorts } from "./ports.ts";
import { pipelineOf } from "./store.ts";

export interface LookOptions {
  layers?: QualityLevel[] | undefined;
  blocking_severity?: Severity | undefined;
  signal: AbortSignal;
  onProgress?: (message: string, done: number, total: number) => void;
}

/**
 * Judge a pipeline's code as it is now, without a lease and without keeping anything: what the pipeline itself would
 * find at its gate. Errors: NOT_FOUND; WRONG_STATE before there is a plan.
 */
export async function judgePipeline(
  {
    db,
    workspace,
    portsFor,
  }: Control & { portsFor(config: ReturnType<typeof pipelineOf>["config"]): Promise<PipelinePorts> },
  id: string,
  { layers, blocking_severity, signal, onProgress }: LookOptions,
): Promise<QualityGateReport> {
  const pipeline = pipelineOf(db, id);
  const services = documentOf(db, id, "service_map");
  const ports = await portsFor(pipeline.config);
  const contracts = await ports.contracts.list({ build_cycle_id: id });
  const integration = findDocument(db, id, "integration_report") ?? null;
  const request = gateRequestOf({ db, pipeline, workspace }, { services, contracts, integration });
  const settings = blocking_severity ? { ...request.settings, blocking_severity } : request.settings;
  return runGate({
    ...request,
    settings,
    layers: layers ?? [...LAYERS],
    step: unrecorded,
    signal,
    ...(onProgress ? { onProgress } : {}),
  });
}
