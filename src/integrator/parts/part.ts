import type { Step } from "../../lib/step.ts";
import type { Contract } from "../../model/contract.ts";
import type { ContractViolation } from "../../model/finding.ts";
import type { FlowResult } from "../../model/integration-report.ts";
import type { Service, ServiceMap } from "../../model/service-map.ts";
import type { FuzzSettings } from "../fuzz/service.ts";
import type { ClientCall } from "../pact/uses.ts";
import type { SystemPactsRequest } from "../pact/verify-system.ts";
import type { Deployment } from "../port.ts";
import type { Findings } from "../report.ts";
import type { TestSystem } from "../session/session.ts";
import type { Tracing } from "../tracing/tracing.ts";

/** How pacts are made and verified. */
export interface PactSettings extends Pick<SystemPactsRequest, "write_to" | "states_command" | "broker"> {
  /** The requests that the services' code sends. */
  calls: (signal: AbortSignal) => Promise<ClientCall[]>;
}

/** What a part works with: a system that runs, and what the parts before it found. */
export interface Scene {
  system: TestSystem;
  deployment: Deployment;
  services: readonly { service: Service; directory: string }[];
  service_map: ServiceMap;
  contracts: readonly Contract[];
  fuzz: FuzzSettings | null;
  pacts: PactSettings | null;
  step: Step;
  /** Flows that ran. */
  flows: readonly FlowResult[];
  /** Watches the system since it was started. */
  tracing: Tracing;
  known: readonly ContractViolation[];
  /** Of the time for everything. */
  secondsLeft: () => number;
  /** Told of each step within the part. */
  progress: (message: string) => void;
}

/** One way of testing a deployed system. It records its own steps, so that a resumed run does what is missing. */
export type Part = (scene: Scene) => Promise<Partial<Omit<Findings, "services" | "left_out">>>;
