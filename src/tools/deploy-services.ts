import { z } from "zod";
import { spawnGroup } from "../lib/exec.ts";
import { defineTool } from "./define-tool.ts";
import { deployedPipeline } from "./deployment-fields.ts";
import { pipelineId } from "./pipeline-fields.ts";

export const deployServices = defineTool({
  name: "deploy_services",
  title: "Deploy services",
  toolset: "integration",
  description:
    "Start what a pipeline built on Docker, wait until healthy, give addresses. Stays up until stop_services.",
  input: z.object({
    pipeline_id: pipelineId,
    keep: z.boolean().default(true).describe("Keep it up; otherwise it is stopped once it was healthy."),
    target: z
      .enum(["compose", "swarm"])
      .default("compose")
      .describe("Target; swarm deploys a stack to a Swarm manager."),
    replicas: z.number().int().min(1).max(100).optional().describe("Replicas of each service, on a Swarm."),
  }),
  output: z.object({
    project: z.string(),
    target: z.enum(["compose", "swarm"]),
    gateway: z.enum(["traefik", "none"]),
    why: z.string(),
    gateway_url: z.string(),
    services: z.array(z.object({ service: z.string(), healthy: z.boolean(), url: z.string(), error: z.string() })),
    /** Services whose build failed: they are not deployed. */
    excluded: z.array(z.string()),
    files: z.array(z.string()),
    kept: z.boolean(),
    next_step: z.string(),
  }),
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: true },
  unlisted: ["replicas"],
  cli: { command: "deploy", arguments: ["pipeline_id"] },
  run: async ({ pipeline_id, keep, target, replicas }, call) => {
    const { id, root, log_dir, health_timeout_ms } = await deployedPipeline(call, pipeline_id);
    const [{ systemToDeploy }, { deploySystem, projectAt, stopSystem }] = await Promise.all([
      import("../pipeline/deployment.ts"),
      import("../integrator/deployment.ts"),
    ]);
    const { excluded, ...system } = await systemToDeploy(call.ctx, id, { replicas });
    const progress = (message: string) => call.progress(message, 0, 0);
    const take = () => stopSystem(projectAt(root, system.project), { volumes: false });
    let done: Awaited<ReturnType<typeof deploySystem>>;
    try {
      done = await deploySystem(system, {
        target,
        spawn: spawnGroup,
        log_dir,
        health_timeout_ms,
        signal: call.signal,
        progress,
      });
    } catch (cause) {
      // Half a system helps nobody; what was up before under this name is gone with it.
      if (!keep) await take().catch(() => {});
      throw cause;
    }
    if (!keep) await take();
    const failed = done.services.filter(({ healthy }) => !healthy).map(({ service }) => service);
    return { ...done, excluded, kept: keep, next_step: nextStep(id, failed, keep) };
  },
  text: ({ project, gateway_url, why, services, excluded, kept, next_step }) =>
    [
      `${project} (${why})`,
      gateway_url && `Gateway: ${gateway_url}`,
      ...services.map(({ service, healthy, url, error }) => `  ${service}: ${healthy ? `healthy ${url}` : error}`),
      ...excluded.map((service) => `  ${service}: not deployed, its build failed`),
      kept ? "" : "It was stopped again.",
      `Next: ${next_step}`,
    ]
      .filter(Boolean)
      .join("\n"),
  exitCode: ({ services }) => (services.every(({ healthy }) => healthy) ? 0 : 1),
});

function nextStep(id: string, failed: string[], kept: boolean): string {
  const [first] = failed;
  if (first !== undefined)
    return kept
      ? `${failed.join(", ")} did not become healthy: read get_service_logs ${first} (super-orchestrator logs ${first}).`
      : `${failed.join(", ")} did not become healthy; the reason is beside each.`;
  return kept ? `Stop it with stop_services (super-orchestrator stop ${id}).` : "Deploy it to stay with keep: true.";
}
