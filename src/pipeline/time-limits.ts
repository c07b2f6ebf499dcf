import type { Config } from "../config.ts";
import { PHASE_TIMEOUTS, type PipelineStateName } from "../model/pipeline.ts";

/**
 * How long the phase of a state may take, in milliseconds (specification 3.3); undefined when it has no limit. A review
 * has none: nobody drives a pipeline that waits for a person.
 */
export function phaseLimitMs(state: PipelineStateName, config: Config): number | undefined {
  const seconds = { ...PHASE_TIMEOUTS, ...configured(config), ...config.phase_timeouts };
  const limit = state in seconds ? seconds[state as keyof typeof seconds] : undefined;
  return limit === undefined ? undefined : limit * 1000;
}

function configured(config: Config) {
  return { architect_running: config.architect.timeout, integrating: config.integration.timeout };
}
