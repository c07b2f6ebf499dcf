import type { Step } from "../lib/step.ts";
import type { BuilderResult } from "../model/builder.ts";
import type { Contract } from "../model/contract.ts";
import type { Severity } from "../model/finding.ts";
import type { QualityLevel } from "../model/gate-report.ts";
import type { IntegrationReport } from "../model/integration-report.ts";
import type { ServiceMap } from "../model/service-map.ts";

/** The scanners of layer 3 by the names the configuration uses (specification 3.7). */
export const LAYER3_SCANNERS = ["security", "cors", "logging", "trace", "secrets", "docker", "health"] as const;
export type Layer3Scanner = (typeof LAYER3_SCANNERS)[number];

export interface GateSettings {
  blocking_severity: Severity;
  layer3_scanners: Layer3Scanner[];
  layer4_enabled: boolean;
  max_fix_retries: number;
}

export interface GateRequest {
  pipeline_id: string | null;
  attempt: number;
  fix_attempts: number;
  /** Absolute; finding paths are relative to it. */
  project_root: string;
  /** Services with what their builders delivered; `result` is null when gating a plain folder. */
  services: { name: string; directory: string; result: BuilderResult | null }[];
  integration: IntegrationReport | null;
  contracts: Contract[];
  service_map: ServiceMap | null;
  /** Layers to run; the others are skipped with that reason. */
  layers: QualityLevel[];
  settings: GateSettings;
  step: Step;
  signal: AbortSignal;
  onProgress?: (message: string, done: number, total: number) => void;
}

export interface ScanRequest {
  /** Absolute path of the folder. */
  root: string;
  /** Service names by folder relative to `root`; when empty, services are found by their manifests. */
  services: { name: string; directory: string }[];
  contracts: Contract[];
  service_map: ServiceMap | null;
  /** Rule categories or codes to run; empty means all. */
  only: string[];
  signal: AbortSignal;
  onProgress?: (message: string, done: number, total: number) => void;
}
