import { join, resolve } from "node:path";
import { z } from "zod";
import { Severity } from "../model/finding.ts";
import { defineTool } from "./define-tool.ts";
import { narrowingOf } from "./narrowing.ts";

export const createBaseline = defineTool({
  name: "create_baseline",
  title: "Create a baseline",
  toolset: "quality",
  description:
    "Write today's findings to a file, so that scans and gates given this baseline judge only what is new. Review it and commit it.",
  input: z.object({
    path: z.string().default(".").describe("Path; folder to scan, relative to the project folder."),
    file: z
      .string()
      .optional()
      .describe(
        "File; where to write it, relative to the project folder (default: .so-baseline.json in the scanned folder).",
      ),
  }),
  output: z.object({
    file: z.string(),
    findings: z.number().int().describe("Findings it knows; those that are merely info are left out."),
    counts: z.partialRecord(Severity, z.number().int()),
    next_step: z.string(),
  }),
  paths: ["path", "file"],
  hints: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  cli: { command: "baseline", arguments: ["path"] },
  run: async ({ path, file }, call) => {
    const [{ scanProject }, { baselineOf, writeBaseline }] = await Promise.all([
      import("../quality-gate/scan.ts"),
      import("../quality-gate/baseline.ts"),
    ]);
    const root = resolve(call.ctx.workspace, path);
    const report = await scanProject({
      root,
      services: [],
      contracts: [],
      service_map: null,
      only: [],
      signal: call.signal,
      onProgress: call.progress,
      ...(await narrowingOf(call, root, { services: [], changed_only: false })),
    });
    const target = file === undefined ? join(root, ".so-baseline.json") : resolve(call.ctx.workspace, file);
    const baseline = baselineOf(report);
    writeBaseline(target, baseline);
    const { info: _info, ...counts } = report.counts;
    return {
      file: target,
      findings: baseline.findings.length,
      counts,
      next_step: `Review and commit ${target}; pass it as baseline to scan_security and run_quality_gate for the same folder.`,
    };
  },
  text: ({ file, findings, next_step }) => `${findings} findings written to ${file}.\nNext: ${next_step}`,
});
