import { join } from "node:path";
import { brokerAt, clientCallsOf, type IntegrateRequest } from "../integrator/integrate.ts";
import type { ServiceMap } from "../model/service-map.ts";
import type { PipelinePaths } from "./paths.ts";
import type { PipelinePorts } from "./ports.ts";
import type { PipelineRecord } from "./records.ts";
import { phaseLimitMs } from "./time-limits.ts";

/** What a pipeline's configuration says of the tests on its deployed system. */
export function testSettings(
  {
    pipeline,
    ports,
    paths,
  }: { pipeline: PipelineRecord; ports: PipelinePorts; paths: Pick<PipelinePaths, "contracts"> },
  { services }: ServiceMap,
): Pick<IntegrateRequest, "fuzz" | "pacts" | "max_seconds"> {
  const { fuzz, pact } = pipeline.config.integration;
  const { enabled, ...settings } = fuzz;
  const names = services.map(({ name }) => name);
  return {
    max_seconds: (phaseLimitMs("integrating", pipeline.config) ?? pipeline.config.integration.timeout * 1000) / 1000,
    fuzz: enabled ? settings : null,
    pacts: {
      // The folder that holds all services: a service is known by the name of its own.
      calls: async (signal) => clientCallsOf(await ports.codebaseOf(pipeline.output_dir), names, signal),
      write_to: join(paths.contracts, "pacts"),
      states_command: pact.states_command.length > 0 ? pact.states_command : null,
      broker: pact.broker_url === "" ? null : brokerAt(pact.broker_url),
    },
  };
}
