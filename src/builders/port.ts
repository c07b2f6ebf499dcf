import type { Spawn } from "../lib/exec.ts";
import type { BuilderClaim } from "../model/builder.ts";
import type { Contract } from "../model/contract.ts";
import type { DomainModel } from "../model/domain-model.ts";
import type { Finding } from "../model/finding.ts";
import type { Service } from "../model/service-map.ts";

/** Everything a builder needs to build, or to fix, one service. */
export interface BuildTask {
  pipeline_id: string;
  service: Service;
  /** Absolute path of the service's own folder; exists. The builder writes nowhere else. */
  output_dir: string;
  prd: string;
  domain_model: DomainModel;
  /** The service's own contracts. */
  contracts: Contract[];
  /** Contracts of the services it calls or listens to. */
  consumed: Contract[];
  /** From 1. */
  attempt: number;
  /** Empty for a first build; otherwise what this run has to fix. */
  findings: Finding[];
  /** The scoped configuration of specification 11.4. */
  config: Record<string, unknown>;
  timeout_ms: number;
  log_file: string;
  spawn: Spawn;
  signal: AbortSignal;
}

/** Builds services. It reports a claim; what is true is found out afterwards. */
export interface Builder {
  readonly name: string;
  /** Whether a run costs money: such a run needs a budget limit. */
  readonly paid: boolean;
  build(task: BuildTask): Promise<BuilderClaim>;
}
