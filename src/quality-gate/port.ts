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
  /** Paths left out, in the syntax of .gitignore. */
  ignore?: readonly string[];
}

/** What narrows a scan or a gate to some of its findings; all of it optional. */
export interface Narrowing {
  /** Only findings of these services are judged; empty means all. */
  only_services?: readonly string[];
  /** Path of the judged folder below the folder that ignore patterns are relative to; "" (the default) when it is that folder. */
  ignore_prefix?: string;
  /** Fingerprints of findings that are known: they are counted and not judged. */
  baseline?: readonly string[];
  /** A git commit: only findings in files that differ from it are judged. Rules over the whole project see every file. */
  changed_since?: string;
  /** YAML files with rules of the project's own, absolute. See docs/custom-rules.md. */
  rule_files?: readonly string[];
  /** File that keeps what was found between scans; null keeps nothing. See `openCache` for what stands otherwise. */
  cache?: string | null;
}

export interface GateRequest extends Narrowing {
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

export interface ScanRequest extends Narrowing {
  /** Absolute path of the folder. */
  root: string;
  /** Service names by folder relative to `root`; when empty, services are found by their manifests. */
  services: { name: string; directory: string }[];
  contracts: Contract[];
  service_map: ServiceMap | null;
  /** Rule categories or codes to run; empty means all. */
  only: string[];
  /** Folders relative to `root` that are left out. */
  exclude?: string[];
  /** Paths left out, in the syntax of .gitignore. */
  ignore?: readonly string[];
  /** Whether a file that has to be read is examined by every rule, because another scan will ask for the others. */
  examine_all?: boolean;
  signal: AbortSignal;
  onProgress?: (message: string, done: number, total: number) => void;
}
