import { z } from "zod";
import { pickPipeline } from "../pipeline/create.ts";
import { buildPipeline } from "./build-pipeline.ts";
import { breakingChangesCommand, checkBreakingChanges } from "./check-breaking-changes.ts";
import type { AnyTool } from "./define-tool.ts";
import { enableToolset } from "./enable-toolset.ts";
import { fuzzCommand } from "./fuzz-command.ts";
import { TOOLS } from "./index.ts";
import { initPipeline } from "./init-pipeline.ts";
import { integratePipeline } from "./integrate-pipeline.ts";
import { listCodes } from "./list-codes.ts";
import { planArchitecture } from "./plan-architecture.ts";
import { planPipeline } from "./plan-pipeline.ts";
import { resumePipeline } from "./resume-pipeline.ts";
import { reviewArchitecture } from "./review-architecture.ts";
import { runPipeline } from "./run-pipeline.ts";
import { runQualityGate } from "./run-quality-gate.ts";
import { scanCommand } from "./scan-command.ts";
import { scanSecurity } from "./scan-security.ts";
import { testContracts } from "./test-contracts.ts";
import { verifyPactsCommand, verifyPactsTool } from "./verify-pacts.ts";
import { verifyPipeline } from "./verify-pipeline.ts";

/** A tool as a command. */
export interface ToolCommand {
  tool: AnyTool;
  /** Whether it starts a pipeline that the command then shows. */
  follows: boolean;
  /** One-letter options and the words for a switch's other side, by field. */
  spelling?: { short?: Record<string, string>; opposite?: Record<string, string> };
}

/** `plan PRD` plans without a pipeline; `plan` alone is the first step of the prepared one (specification 9.2). */
const plan: AnyTool = {
  ...planPipeline,
  description:
    "Plan services and contracts. With a PRD: show the plan, and write it with --output. Without: step 1 of the pipeline that `init` prepared.",
  input: planArchitecture.input
    .omit({ services: true, prd: true })
    .extend({ ...planPipeline.input.shape, system: systems("Show and write only these services; all when left out.") }),
  output: z.looseObject({}),
  cli: { command: "plan", arguments: ["prd_path"] },
  run: ({ pipeline_id, system, ...input }, call) =>
    input.prd_path === undefined
      ? planPipeline.run({ pipeline_id }, call)
      : planArchitecture.run({ ...input, services: system }, call),
  text: (output) => ("state" in output ? planPipeline : planArchitecture).text(output),
  exitCode: (output) => ("state" in output ? (planPipeline.exitCode?.(output) ?? 0) : 0),
};

const build: AnyTool = {
  ...buildPipeline,
  input: buildPipeline.input.omit({ services: true }).extend({ system: systems("Build only these services.") }),
  run: ({ system, ...input }, call) => buildPipeline.run({ ...input, services: system }, call),
};

const integrate: AnyTool = {
  ...integratePipeline,
  input: integratePipeline.input.extend({
    compose_file: z.string().optional().describe("Compose file of your own: services run on Docker by it."),
  }),
  run: async ({ compose_file, ...input }, call) => {
    if (compose_file !== undefined) {
      const id = pickPipeline(call.ctx.db, z.string().optional().parse(input.pipeline_id));
      const { useComposeFile } = await import("../pipeline/deployment.ts");
      useComposeFile(call.ctx, id, z.string().parse(compose_file));
    }
    return integratePipeline.run(input, call);
  },
};

/** `verify --layer N` looks at one layer of a pipeline and changes nothing. */
const verify: AnyTool = {
  ...verifyPipeline,
  input: verifyPipeline.input.extend({
    layer: z.number().int().min(1).max(4).optional().describe("Only judge this layer, 1 to 4; fixes nothing."),
  }),
  output: z.looseObject({}),
  run: async ({ layer, ...input }, call) => {
    if (layer === undefined) return verifyPipeline.run(input, call);
    const pipeline_id = pickPipeline(call.ctx.db, z.string().optional().parse(input.pipeline_id));
    return runQualityGate.run(runQualityGate.input.parse({ pipeline_id, layers: [layer] }), call);
  },
  text: (output) => ("state" in output ? verifyPipeline : runQualityGate).text(output),
  exitCode: (output) => ("state" in output ? verifyPipeline : runQualityGate).exitCode?.(output) ?? 0,
};

function systems(what: string) {
  return z.array(z.string()).default([]).describe(what);
}

const variants = new Map<AnyTool, AnyTool>([
  [planPipeline, plan],
  [buildPipeline, build],
  [integratePipeline, integrate],
  [verifyPipeline, verify],
]);
const following = new Set<AnyTool>([runPipeline, reviewArchitecture, resumePipeline, ...variants.keys()]);
// A terminal has room for all of them.
variants.set(listCodes, {
  ...listCodes,
  input: listCodes.input.omit({ limit: true, cursor: true }),
  run: ({ category, min_severity }, call) => listCodes.run({ category, min_severity, limit: 1000 }, call),
});
variants.set(scanSecurity, scanCommand);
variants.set(checkBreakingChanges, breakingChangesCommand);
variants.set(testContracts, fuzzCommand);
variants.set(verifyPactsTool, verifyPactsCommand);
const spellings = new Map<AnyTool, NonNullable<ToolCommand["spelling"]>>([
  [initPipeline, { short: { output_dir: "o" } }],
  [runPipeline, { short: { output_dir: "o" }, opposite: { resume: "fresh" } }],
  [buildPipeline, { short: { system: "s" }, opposite: { parallel: "sequential" } }],
]);

/** Part of `plan`; of use on a connection only. */
const WITHOUT_COMMAND = new Set<AnyTool>([planArchitecture, enableToolset]);

/** Every tool as a command: the tool itself, or what the specification's command line makes of it. */
export const COMMANDS: readonly ToolCommand[] = TOOLS.filter((tool) => !WITHOUT_COMMAND.has(tool)).map((tool) => {
  const spelling = spellings.get(tool);
  return { tool: variants.get(tool) ?? tool, follows: following.has(tool), ...(spelling ? { spelling } : {}) };
});
