import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { BUILDERS, type Config, configPath, loadConfig } from "../config.ts";
import { AppError } from "../lib/errors.ts";
import { Depth } from "../model/pipeline.ts";
import type { PipelineHandle, PipelineStatus } from "../model/status.ts";
import type { Control } from "../pipeline/control.ts";
import { addPipeline } from "../pipeline/create.ts";
import { readPrd } from "../pipeline/prd.ts";

/** Inputs that several pipeline tools share, so that they read the same everywhere. */
export const pipelineId = z.string().optional().describe("Pipeline; the newest one of the project when left out.");

export const newPipelineFields = {
  prd_path: z.string().optional().describe("Markdown file; relative to the project folder."),
  output_dir: z
    .string()
    .optional()
    .describe("Output dir; where the services' code goes, output/<pipeline> in the project when left out."),
  project_name: z.string().optional().describe("Name of the product; the PRD's title when left out."),
  config: z.string().optional().describe("Configuration file; .super-orchestrator/config.yaml when left out."),
  depth: Depth.optional().describe("Depth; how much is checked and retried, over the configuration."),
  builder: z
    .enum(["auto", ...BUILDERS])
    .optional()
    .describe("Builder; who builds, over the configuration: host is the calling agents, by claim_build_task."),
};

/** What only a run through all phases asks for. */
export const runFields = {
  auto_approve: z.boolean().optional().describe("Skip the review; go on after planning."),
  budget_limit: z.number().positive().optional().describe("USD; warning at 80 %, stop at 100 %."),
  max_concurrent: z.number().int().min(1).max(64).optional().describe("Max concurrent; builders at the same time."),
};

interface NewPipelineInput {
  prd_path?: string | undefined;
  prd?: string | undefined;
  output_dir?: string | undefined;
  project_name?: string | undefined;
  config?: string | undefined;
  depth?: z.infer<typeof Depth> | undefined;
  builder?: "auto" | (typeof BUILDERS)[number] | undefined;
  auto_approve?: boolean | undefined;
  budget_limit?: number | undefined;
  max_concurrent?: number | undefined;
}

/** Keep a new pipeline from a tool's input; gives its id. Errors: INVALID_INPUT, NOT_FOUND, PRD_UNREADABLE, CONFIG_INVALID. */
export function addFromInput(control: Control, input: NewPipelineInput): string {
  return addPipeline(control, {
    prd: prdFromInput(control.workspace, input),
    config: configFromInput(control.workspace, input),
    config_path: input.config ? resolve(control.workspace, input.config) : configPath(control.workspace),
    output_dir: input.output_dir,
    project_name: input.project_name,
  });
}

export function configFromInput(workspace: string, input: NewPipelineInput): Config {
  const file = input.config === undefined ? undefined : resolve(workspace, input.config);
  return loadConfig(workspace, file, input);
}

/** The PRD given as a file or as text; exactly one. */
export function prdFromInput(workspace: string, input: Pick<NewPipelineInput, "prd_path" | "prd">): string {
  if ((input.prd === undefined) === (input.prd_path === undefined))
    throw new AppError("INVALID_INPUT", "Give the PRD either as prd_path (a file) or as prd (its text).", {
      remedy: 'Pass prd_path: "PRD.md", relative to the project folder.',
    });
  if (input.prd !== undefined) return input.prd;
  const path = resolve(workspace, input.prd_path ?? "");
  const fromHere = resolve(input.prd_path ?? "");
  return readPrd(!existsSync(path) && existsSync(fromHere) ? fromHere : path);
}

const EXIT_BY_STATUS: Record<PipelineStatus["status"], number> = {
  running: 0,
  waiting_for_plan: 0,
  waiting_for_review: 0,
  waiting_for_builder: 0,
  paused: 0,
  complete: 0,
  failed: 1,
  interrupted: 130,
  stalled: 2,
};

/** Exit code of a command that ends with a pipeline's status. */
export function exitCodeOf({ status }: Pick<PipelineStatus, "status">): number {
  return EXIT_BY_STATUS[status];
}

/** The short answer as lines. */
export function handleText({ project_name, pipeline_id, status, state, reason, next_step }: PipelineHandle): string {
  const lines = [`${project_name} (${pipeline_id}): ${status}, state ${state}`, reason && `Reason: ${reason}`];
  return [...lines, `Next: ${next_step}`].filter(Boolean).join("\n");
}

/** A pipeline's status as a few lines. */
export function statusText(status: PipelineStatus): string {
  const { cost, gate, fix } = status;
  const built = status.builders.filter((builder) => builder.status === "succeeded").length;
  const limit = cost.limit === null ? "" : ` of $${cost.limit.toFixed(2)}`;
  const lines = [
    `${status.project_name} (${status.pipeline_id}): ${status.status}, state ${status.state}, ${status.elapsed_seconds} s, $${cost.spent.toFixed(2)}${limit}`,
    status.reason && `Reason: ${status.reason}`,
    status.builders.length > 0 && `Builders: ${built} of ${status.builders.length} succeeded`,
    ...status.builders
      .filter((builder) => builder.doing || builder.diff)
      .map(({ service, agent, doing, diff }) => `  ${service}: ${[agent, doing, diff].filter(Boolean).join(", ")}`),
    ...status.builders
      .filter((builder) => builder.status === "failed")
      .map((builder) => `  ${builder.service} failed: ${builder.error}`),
    gate && `Quality gate: ${gate.verdict}, ${gate.blocking} blocking of ${gate.total} findings`,
    ...(status.review ? ["Planned:", ...status.review.services.map((line) => `  ${line}`), status.review.diagram] : []),
    fix && `Fix loop: ${fix.status.replaceAll("_", " ")}. ${fix.reason}`,
    cost.reserved > 0 && `Put aside for running builders: $${cost.reserved.toFixed(2)}`,
    cost.warning && `Budget: ${cost.warning}`,
    `Next: ${status.next_step}`,
  ];
  return lines.filter(Boolean).join("\n");
}
