import type { Log } from "./lib/log.ts";

/** Everything an operation may use; built once per process by the entry points. */
export interface Context {
  /** Absolute path of the project folder; state lives in its `.super-orchestrator/`. */
  workspace: string;
  log: Log;
}
