import { join, relative, resolve, sep } from "node:path";
import type { Db } from "../lib/db.ts";
import type { Contract } from "../model/contract.ts";
import type { IntegrationReport } from "../model/integration-report.ts";
import type { ServiceMap } from "../model/service-map.ts";
import type { GateRequest } from "../quality-gate/port.ts";
import { stateDir } from "./paths.ts";
import { serviceDirectory } from "./phases/build-job.ts";
import { roundOf } from "./phases/integration.ts";
import { latestResults } from "./phases/results.ts";
import type { PipelineRecord } from "./records.ts";

/** What is judged when a pipeline is: the same for its own gate and for somebody who only looks. */
export function gateRequestOf(
  { db, pipeline, workspace }: { db: Db; pipeline: PipelineRecord; workspace: string },
  judged: { services: ServiceMap; contracts: Contract[]; integration: IntegrationReport | null },
): Omit<GateRequest, "layers" | "step" | "signal" | "onProgress"> {
  const { rules, ...settings } = pipeline.config.quality_gate;
  const results = latestResults({ db, pipeline });
  const below = relative(workspace, pipeline.output_dir).split(sep).join("/");
  return {
    pipeline_id: pipeline.id,
    attempt: roundOf({ db, pipeline }),
    fix_attempts: pipeline.context.quality_attempts,
    project_root: pipeline.output_dir,
    services: judged.services.services.map(({ name }) => ({
      name,
      directory: serviceDirectory({ pipeline }, name),
      result: results.get(name) ?? null,
    })),
    integration: judged.integration,
    contracts: judged.contracts,
    service_map: judged.services,
    settings,
    ignore_prefix: below.startsWith("..") ? "" : below,
    rule_files: rules.map((file) => resolve(workspace, file)),
    cache: join(stateDir(workspace), "scan-cache.db"),
  };
}
