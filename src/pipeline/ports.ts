import type { Architect } from "../architect/port.ts";
import type { Builder } from "../builders/port.ts";
import type { CodebaseIntelligence } from "../codebase/port.ts";
import type { ContractRegistry } from "../contracts/port.ts";
import type { Runtime } from "../integrator/port.ts";
import type { BackendChoice } from "../model/status.ts";

/** The backends a pipeline works with, one per role. */
export interface PipelinePorts {
  architect: Architect;
  contracts: ContractRegistry;
  builder: Builder;
  runtime: Runtime;
  /** Who knows the code below a folder. */
  codebaseOf(root: string): Promise<CodebaseIntelligence>;
  choices: BackendChoice[];
}
