import type { Spawn } from "../lib/exec.ts";
import type { Contract } from "../model/contract.ts";
import type { DeployedService } from "../model/integration-report.ts";
import type { Service, ServiceMap } from "../model/service-map.ts";

export interface DeployRequest {
  pipeline_id: string;
  services: { service: Service; directory: string }[];
  service_map: ServiceMap;
  contracts: Contract[];
  log_dir: string;
  health_timeout_ms: number;
  spawn: Spawn;
  signal: AbortSignal;
}

/** A running system. `stop` ends everything it started and frees every port. */
export interface Deployment {
  /** Base URL of the gateway, without a trailing slash. */
  gateway_url: string;
  services: DeployedService[];
  /** Everything a service wrote to its log since it started. */
  logs(service: string): Promise<string>;
  stop(): Promise<void>;
}

/** Where services run. Errors: ENVIRONMENT when the machine lacks what it needs. */
export interface Runtime {
  readonly name: string;
  deploy(request: DeployRequest): Promise<Deployment>;
}
