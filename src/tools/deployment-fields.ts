import { pickPipeline } from "../pipeline/create.ts";
import type { ToolCall } from "./define-tool.ts";

/** The pipeline that is meant, the folder its system is deployed from and the name of its project. */
export async function deployedPipeline({ ctx }: ToolCall, given: string | undefined) {
  const [{ deploymentOf }, { projectAt }] = await Promise.all([
    import("../pipeline/deployment.ts"),
    import("../integrator/deployment.ts"),
  ]);
  const id = pickPipeline(ctx.db, given);
  const deployment = deploymentOf(ctx, id);
  return { ...deployment, id, project: projectAt(deployment.root, deployment.project) };
}
