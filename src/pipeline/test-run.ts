import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type IntegrationPart, integrate } from "../integrator/integrate.ts";
import { AppError } from "../lib/errors.ts";
import { spawnGroup } from "../lib/exec.ts";
import { endProcess, isAlive, marked, ownIdentity } from "../lib/process.ts";
import { unrecorded } from "../lib/step.ts";
import type { IntegrationReport } from "../model/integration-report.ts";
import type { Control } from "./control.ts";
import { documentOf } from "./documents.ts";
import { pipelinePaths } from "./paths.ts";
import { serviceDirectory } from "./phases/build-job.ts";
import { deployableResults } from "./phases/results.ts";
import type { PipelinePorts } from "./ports.ts";
import { pipelineOf } from "./store.ts";
import { testSettings } from "./test-settings.ts";

export interface TestRunOptions {
  parts: readonly IntegrationPart[];
  signal: AbortSignal;
  onProgress?: (message: string, done: number, total: number) => void;
}

/** The services of a test run carry who started them: `pid:start time`. */
const RUN_VARIABLE = "SUPER_ORCHESTRATOR_TEST_RUN";

/**
 * Deploy a pipeline's services as they are now, test them in the given ways and take them down: without a lease and
 * without keeping anything, beside whatever the pipeline does itself. Errors: NOT_FOUND; WRONG_STATE before anything is
 * built; those of `integrate`.
 */
export async function testPipeline(
  {
    db,
    workspace,
    portsFor,
  }: Control & { portsFor(config: ReturnType<typeof pipelineOf>["config"]): Promise<PipelinePorts> },
  id: string,
  { parts, signal, onProgress }: TestRunOptions,
): Promise<IntegrationReport> {
  const pipeline = pipelineOf(db, id);
  const service_map = documentOf(db, id, "service_map");
  const deployable = deployableResults({ db, pipeline });
  const excluded = service_map.services.map(({ name }) => name).filter((name) => !deployable.has(name));
  if (excluded.length === service_map.services.length)
    throw new AppError("WRONG_STATE", `Nothing of pipeline ${id} is built yet.`, {
      remedy: "Wait for its builders; get_pipeline_status shows them.",
    });
  await endAbandoned();
  const ports = await portsFor(pipeline.config);
  const log_dir = mkdtempSync(join(tmpdir(), "so-test-run-"));
  const me = ownIdentity();
  try {
    return await integrate(
      {
        pipeline_id: id,
        attempt: 0,
        services: service_map.services.map((service) => ({
          service,
          directory: serviceDirectory({ pipeline }, service.name),
        })),
        service_map,
        contracts: await ports.contracts.list({ build_cycle_id: id }),
        excluded,
        ...testSettings({ pipeline, ports, paths: pipelinePaths(workspace, id) }, service_map),
        parts,
        log_dir,
        health_timeout_ms: pipeline.config.integration.health_timeout * 1000,
        step: unrecorded,
        spawn: (spec) => spawnGroup({ ...spec, env: { ...spec.env, [RUN_VARIABLE]: `${me.pid}:${me.started}` } }),
        signal,
        ...(onProgress ? { onProgress } : {}),
      },
      ports.runtime,
    );
  } finally {
    rmSync(log_dir, { recursive: true, force: true });
  }
}

/** Services whose starter was killed before it could stop them. */
async function endAbandoned(): Promise<void> {
  const abandoned = marked(RUN_VARIABLE).filter(({ value }) => {
    const [pid = "", started = ""] = value.split(":");
    return !isAlive({ pid: Number(pid), started });
  });
  await Promise.all(abandoned.map((one) => endProcess(one)));
}
