import type { Spawn } from "../lib/exec.ts";
import type { Contract } from "../model/contract.ts";
import type { DeployedService } from "../model/integration-report.ts";
import type { Service, ServiceMap } from "../model/service-map.ts";

/** How a runtime lets a running system be watched. */
export interface Watched {
  /** Environment variables by which a service reports its spans. */
  environment(service: string): Record<string, string>;
  /** Base URL at which one service is to reach another (whose own is `target`), so that what passes is seen. */
  between(from: string, to: string, target: string): Promise<string>;
}

export interface DeployRequest {
  pipeline_id: string;
  services: { service: Service; directory: string }[];
  service_map: ServiceMap;
  contracts: Contract[];
  log_dir: string;
  health_timeout_ms: number;
  spawn: Spawn;
  /** Absent: nobody watches. */
  watched?: Watched | undefined;
  signal: AbortSignal;
}

/** A service that was healthy and ended by itself. */
export interface ServiceEnd {
  service: string;
  /** As the end of a sentence: "with exit code 1". */
  how: string;
  /** How often; above 1 where the runtime starts it again. */
  times: number;
}

/** A running system. `stop` ends everything it started and frees every port. */
export interface Deployment {
  /** Base URL of the gateway, without a trailing slash. */
  gateway_url: string;
  services: DeployedService[];
  /** What it runs on, where there is more to say than the runtime's name. */
  runtime?: string;
  /** The JWT_SECRET that its services were started with, where the runtime chose it. */
  jwt_secret?: string;
  /** Their EVENT_SECRET, likewise. */
  event_secret?: string;
  /** What ended by itself since it was deployed, even if the runtime started it again. */
  ended(): ServiceEnd[];
  /** Everything a service wrote to its log since it started. */
  logs(service: string): Promise<string>;
  stop(): Promise<void>;
}

/** Where services run. Errors: ENVIRONMENT when the machine lacks what it needs. */
export interface Runtime {
  readonly name: string;
  deploy(request: DeployRequest): Promise<Deployment>;
}
