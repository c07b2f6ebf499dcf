import { z } from "zod";
import { defineTool } from "./define-tool.ts";
import { deployedPipeline } from "./deployment-fields.ts";
import { pipelineId } from "./pipeline-fields.ts";

export const restartService = defineTool({
  name: "restart_service",
  title: "Restart a service",
  toolset: "integration",
  description: "Restart one deployed service with the image it has.",
  input: z.object({ service: z.string().describe("Service."), pipeline_id: pipelineId }),
  output: z.object({ service: z.string(), healthy: z.boolean(), error: z.string(), next_step: z.string() }),
  hints: { readOnly: false, destructive: false, idempotent: false, openWorld: true },
  cli: { command: "restart", arguments: ["service", "pipeline_id"] },
  run: async ({ service, pipeline_id }, call) => {
    const { id, project, health_timeout_ms } = await deployedPipeline(call, pipeline_id);
    const [{ restartSystemService }, { serviceOf }] = await Promise.all([
      import("../integrator/deployment.ts"),
      import("../pipeline/deployment.ts"),
    ]);
    const found = serviceOf(call.ctx, id, service);
    const error = await restartSystemService(project, found, { health_timeout_ms, signal: call.signal });
    const next_step =
      error === "" ? "Nothing to do." : `Read get_service_logs ${service} (super-orchestrator logs ${service}).`;
    return { service, healthy: error === "", error, next_step };
  },
  text: ({ service, healthy, error, next_step }) =>
    `${service}: ${healthy ? "healthy again" : error}\nNext: ${next_step}`,
  exitCode: ({ healthy }) => (healthy ? 0 : 1),
});
