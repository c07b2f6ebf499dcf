import { existsSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { z } from "zod";
import { loadConfig } from "../config.ts";
import { AppError } from "../lib/errors.ts";
import { unrecorded } from "../lib/step.ts";
import { atLeast, Finding, Severity } from "../model/finding.ts";
import { GateVerdict, LAYERS, type QualityGateReport, QualityLevel } from "../model/gate-report.ts";
import type { LookOptions } from "../pipeline/look.ts";
import { LAYER3_SCANNERS } from "../quality-gate/port.ts";
import { defineTool, type ToolCall } from "./define-tool.ts";
import { findingsOf, pageOf } from "./findings.ts";
import { narrowingFields, narrowingOf } from "./narrowing.ts";
import { limitField } from "./short.ts";

const Judged = z.object({
  verdict: GateVerdict,
  layers: z.array(
    z.object({
      layer: QualityLevel,
      verdict: GateVerdict,
      reason: z.string(),
      checks: z.number().int(),
      passed: z.number().int(),
    }),
  ),
  blocking: z.number().int().describe("How many findings must be fixed."),
  total: z.number().int(),
  findings: z.array(Finding).describe("Blocking ones first; one page."),
  next_cursor: z.string().nullable().describe("Pass as cursor for the next page."),
  excluded_services: z.array(z.string()),
  next_step: z.string(),
});

const Input = z.object({
  path: z.string().optional().describe("Path; folder to judge, relative to the project folder."),
  pipeline_id: z.string().optional().describe("Pipeline; to judge instead of a folder."),
  layers: z.array(z.number().int().min(1).max(4)).default([]).describe("1 to 4; layers to run, all when left out."),
  blocking_severity: Severity.optional().describe(
    "Blocking severity; findings at or above it block, the configuration's when left out.",
  ),
  ...narrowingFields,
  categories: z
    .array(z.enum(LAYER3_SCANNERS))
    .default([])
    .describe("Scanners of layer 3 to run; the configuration's when left out."),
  min_severity: Severity.default("info").describe(
    "Min severity; findings below are left out of the list, the verdict counts all.",
  ),
  limit: limitField("Limit; findings on a page", 500),
  cursor: z.string().optional().describe("Cursor; the next_cursor of the page before."),
});
type Input = z.output<typeof Input>;

export const runQualityGate = defineTool({
  name: "run_quality_gate",
  title: "Quality gate",
  toolset: "quality",
  description:
    "Judge a pipeline's services (pipeline_id), or any folder (path) without running it: own tests, contracts, system scan, adversarial review. Only reads.",
  input: Input,
  output: Judged,
  paths: ["path", "baseline"],
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["categories", "blocking_severity", "limit", "min_severity", "baseline", "since"],
  cli: { command: "gate", arguments: ["path"] },
  run: async (input, call) => {
    if (input.path !== undefined && input.pipeline_id !== undefined)
      throw new AppError("INVALID_INPUT", "Both path and pipeline_id were given.", { remedy: "Give one of them." });
    if (input.pipeline_id !== undefined && narrows(input))
      throw new AppError("INVALID_INPUT", "A pipeline is judged as a whole.", {
        remedy: "Leave services, changed_only, since, baseline and categories out, or give the path of its folder.",
      });
    const options: LookOptions = {
      layers: input.layers.length > 0 ? LAYERS.filter((_, index) => input.layers.includes(index + 1)) : undefined,
      blocking_severity: input.blocking_severity,
      signal: call.signal,
      onProgress: call.progress,
    };
    const report =
      input.pipeline_id === undefined
        ? await judgeFolder(call, input, options)
        : await (await import("../pipeline/look.ts")).judgePipeline(call.ctx, input.pipeline_id, options);
    return answerOf(report, input);
  },
  text: (answer) =>
    [
      `Quality gate: ${answer.verdict}; ${answer.blocking} blocking of ${answer.total} findings`,
      ...answer.layers.map(({ layer, verdict, reason }) => `  ${layer}: ${verdict}${reason ? ` — ${reason}` : ""}`),
      ...answer.findings.map(
        (finding) => `${finding.severity} ${finding.code} ${finding.where}: ${finding.message} ${finding.fix}`,
      ),
      `Next: ${answer.next_step}`,
    ].join("\n"),
  exitCode: ({ verdict, blocking }) => (verdict === "failed" || blocking > 0 ? 1 : 0),
});

/** A folder outside any pipeline: nothing was run on it, so layers 1 and 2 are skipped and say so. */
async function judgeFolder(call: ToolCall, input: Input, options: LookOptions): Promise<QualityGateReport> {
  const { ctx } = call;
  const root = resolve(ctx.workspace, input.path ?? ".");
  if (!existsSync(root) || !statSync(root).isDirectory())
    throw new AppError("NOT_FOUND", `There is no folder ${root}.`, { remedy: "Give the path of a folder with code." });
  const { runGate } = await import("../quality-gate/gate.ts");
  const settings = loadConfig(ctx.workspace).quality_gate;
  const { ignore, ...narrowing } = await narrowingOf(call, root, input);
  return runGate({
    ...narrowing,
    pipeline_id: null,
    attempt: 0,
    fix_attempts: 0,
    project_root: root,
    services: [{ name: basename(root), directory: root, result: null }],
    integration: null,
    contracts: [],
    service_map: null,
    layers: options.layers ?? [...LAYERS],
    settings: {
      ...settings,
      ...(input.categories.length > 0 && { layer3_scanners: input.categories }),
      blocking_severity: options.blocking_severity ?? settings.blocking_severity,
      ...(ignore && { ignore }),
    },
    step: unrecorded,
    signal: options.signal,
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
}

function narrows({ services, changed_only, since, baseline, categories }: Input): boolean {
  return services.length + categories.length > 0 || changed_only || since !== undefined || baseline !== undefined;
}

function answerOf(report: QualityGateReport, { limit, cursor, min_severity }: Input): z.output<typeof Judged> {
  const findings = findingsOf(report).filter(({ severity }) => atLeast(severity, min_severity));
  const { page, next_cursor } = pageOf(findings, limit, cursor);
  const layers = LAYERS.flatMap((layer) => report.layers[layer] ?? []);
  return {
    verdict: report.overall_verdict,
    layers: layers.map(({ layer, verdict, reason, total_checks, passed_checks }) => ({
      layer,
      verdict,
      reason,
      checks: total_checks,
      passed: passed_checks,
    })),
    blocking: report.blocking_violations,
    total: report.total_violations,
    findings: page,
    next_cursor,
    excluded_services: report.excluded_services,
    next_step:
      report.blocking_violations > 0
        ? "Fix the blocking findings, each as its fix says, and run the gate again."
        : report.overall_verdict === "passed"
          ? "Nothing blocks."
          : "Nothing that could be checked here blocks; the skipped layers say what they need.",
  };
}
