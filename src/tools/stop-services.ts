import { z } from "zod";
import { defineTool } from "./define-tool.ts";
import { deployedPipeline } from "./deployment-fields.ts";
import { pipelineId } from "./pipeline-fields.ts";

export const stopServices = defineTool({
  name: "stop_services",
  title: "Stop services",
  toolset: "integration",
  description: "Take down what deploy_services started; volumes stay.",
  input: z.object({
    pipeline_id: pipelineId,
    volumes: z.boolean().default(false).describe("Remove the data too."),
  }),
  output: z.object({
    project: z.string(),
    containers: z.number().int(),
    networks: z.number().int(),
    volumes: z.number().int(),
    images: z.number().int(),
    next_step: z.string(),
  }),
  hints: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
  cli: { command: "stop", arguments: ["pipeline_id"] },
  run: async ({ pipeline_id, volumes }, call) => {
    const { id, project } = await deployedPipeline(call, pipeline_id);
    const { stopSystem } = await import("../integrator/deployment.ts");
    const removed = await stopSystem(project, { volumes });
    const kept = volumes ? "" : " Its volumes, if it has any, are kept.";
    return {
      project,
      ...removed,
      next_step: `Deploy it again with deploy_services (super-orchestrator deploy ${id}).${kept}`,
    };
  },
  text: ({ project, containers, networks, volumes, images, next_step }) =>
    `${project}: removed ${containers} containers, ${networks} networks, ${volumes} volumes, ${images} images\nNext: ${next_step}`,
});
