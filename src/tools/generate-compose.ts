import { z } from "zod";
import { pickPipeline } from "../pipeline/create.ts";
import { defineTool } from "./define-tool.ts";
import { pipelineId } from "./pipeline-fields.ts";

export const generateCompose = defineTool({
  name: "generate_compose",
  title: "Generate Compose files",
  toolset: "integration",
  description: "Write Compose files and .env beside what a pipeline built.",
  input: z.object({
    pipeline_id: pipelineId,
    traefik: z.boolean().default(true).describe("Put Traefik before the services; otherwise each is published."),
    replicas: z.number().int().min(1).max(100).optional().describe("Replicas of each service, on a Swarm."),
  }),
  output: z.object({
    project: z.string(),
    files: z.array(z.string()),
    env_file: z.string(),
    services: z.array(z.string()),
    /** Services without an image, each with the reason. */
    left_out: z.array(z.string()),
    next_step: z.string(),
  }),
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["replicas", "traefik"],
  cli: { command: "compose", arguments: ["pipeline_id"] },
  run: async ({ pipeline_id, traefik, replicas }, { ctx }) => {
    const [{ systemToDeploy }, { generateSystem }] = await Promise.all([
      import("../pipeline/deployment.ts"),
      import("../integrator/deployment.ts"),
    ]);
    const id = pickPipeline(ctx.db, pipeline_id);
    const system = await systemToDeploy(ctx, id, { planned: true, replicas });
    const { project, files, env_file } = generateSystem(system, traefik);
    return {
      project,
      files: files.files,
      env_file,
      services: Object.keys(files.generated.compose.services),
      left_out: Object.values(files.generated.left_out),
      next_step: `Start it with deploy_services (super-orchestrator deploy ${id}).`,
    };
  },
  text: ({ project, files, env_file, services, left_out, next_step }) =>
    [
      `${project}: ${services.join(", ")}`,
      ...[...files, env_file].map((file) => `  ${file}`),
      ...left_out.map((reason) => `Left out: ${reason}`),
      `Next: ${next_step}`,
    ].join("\n"),
});
