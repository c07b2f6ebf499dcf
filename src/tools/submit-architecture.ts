import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { AppError, messageOf } from "../lib/errors.ts";
import { pickPipeline } from "../pipeline/create.ts";
import { pipelineHandle } from "../pipeline/status.ts";
import { pipelineOf } from "../pipeline/store.ts";
import { submitPlan } from "../pipeline/submission.ts";
import { defineTool } from "./define-tool.ts";
import { pipelineId } from "./pipeline-fields.ts";

/** Largest plan that is read, in bytes. */
const MAX_BYTES = 10_000_000;

export const submitArchitecture = defineTool({
  name: "submit_architecture",
  title: "Hand in a plan",
  toolset: "architect",
  description:
    "Hand in the plan that get_architect_brief asks for. With faults nothing changes: correct them and submit again.",
  input: z.object({
    architecture_path: z.string().optional().describe("JSON file; the plan, relative to the project folder."),
    architecture: z
      .union([z.string(), z.looseObject({})])
      .optional()
      .describe("Architecture; the plan itself, instead of architecture_path."),
    pipeline_id: pipelineId,
  }),
  output: z.object({
    pipeline_id: z.string(),
    accepted: z.boolean(),
    faults: z.array(z.object({ path: z.string(), message: z.string() })),
    next_step: z.string(),
  }),
  paths: ["architecture_path"],
  hints: { readOnly: false, destructive: false, idempotent: false, openWorld: false },
  cli: { command: "submit-architecture", arguments: ["architecture_path"] },
  run: async ({ pipeline_id, ...given }, { ctx, signal }) => {
    const id = pickPipeline(ctx.db, pipeline_id);
    const architect = await ctx.architectFor(pipelineOf(ctx.db, id).config);
    const faults = await submitPlan(ctx, architect, { id, answer: () => answerFrom(ctx.workspace, given), signal });
    const accepted = faults.length === 0;
    return {
      pipeline_id: id,
      accepted,
      faults: faults.map(({ path, message }) => ({ path, message })),
      next_step: accepted
        ? pipelineHandle(ctx.db, id).next_step
        : `Correct the ${faults.length} faults and hand the whole plan in again with submit_architecture; nothing was changed.`,
    };
  },
  text: ({ accepted, faults, next_step }) =>
    [
      accepted ? "The plan is taken." : "The plan has faults:",
      ...faults.map(({ path, message }) => `  ${path || "the plan"}: ${message}`),
      `Next: ${next_step}`,
    ].join("\n"),
  exitCode: ({ accepted }) => (accepted ? 0 : 1),
});

/** Errors: INVALID_INPUT when it is not given exactly once, or is no JSON; NOT_FOUND. */
function answerFrom(
  workspace: string,
  given: { architecture?: string | object | undefined; architecture_path?: string | undefined },
): unknown {
  if ((given.architecture === undefined) === (given.architecture_path === undefined))
    throw new AppError("INVALID_INPUT", "Give the plan either as architecture_path (a file) or as architecture.", {
      remedy: 'Write it to a file and pass architecture_path: "plan.json".',
    });
  if (typeof given.architecture === "object") return given.architecture;
  const text = given.architecture ?? readPlan(resolve(workspace, given.architecture_path ?? ""));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("INVALID_INPUT", `The plan is no JSON: ${messageOf(cause)}.`, {
      remedy: "Give one JSON object that fits the schema of get_architect_brief, without Markdown around it.",
      cause,
    });
  }
}

function readPlan(path: string): string {
  try {
    if (statSync(path).size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES / 1e6} MB`);
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new AppError("NOT_FOUND", `The plan cannot be read: ${messageOf(cause)}.`, {
      remedy: "Give the path of a JSON file.",
      cause,
    });
  }
}
