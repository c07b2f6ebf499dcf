import type { Spawn } from "../../lib/exec.ts";
import type { Log } from "../../lib/log.ts";
import type { Ledger } from "../ledger.ts";
import type { PipelineEvent } from "../machine.ts";
import type { PipelinePaths } from "../paths.ts";
import type { PipelinePorts } from "../ports.ts";
import type { PipelineRecord } from "../records.ts";

/** What a phase works with. */
export interface PhaseContext extends Ledger {
  pipeline: PipelineRecord;
  ports: PipelinePorts;
  paths: PipelinePaths;
  spawn: Spawn;
  signal: AbortSignal;
  /** Do `work` with the phase's clock stopped: it waits for somebody outside. */
  untimed<Result>(work: () => Promise<Result>): Promise<Result>;
  log: Log;
}

/**
 * The work of one state. It gives the event that the driver applies, or undefined when the pipeline has to wait for
 * somebody. It runs again after a crash, so what is recorded as done is not done again.
 */
export type Phase = (context: PhaseContext) => Promise<PipelineEvent | undefined>;
