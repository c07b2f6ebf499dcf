import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { oneShot } from "../lib/one-shot.ts";
import { atLeast, Severity } from "../model/finding.ts";
import { ScanReport } from "../model/scan-report.ts";
import { type AnyTool, defineTool } from "./define-tool.ts";
import { scanFields, scanOf, scanSecurity } from "./scan-security.ts";

const FORMATS = ["text", "json", "sarif", "junit", "markdown"] as const;

/** The scan as a command: the whole report, in a format for people or for another program, and a threshold for CI. */
export const scanCommand: AnyTool = defineTool({
  name: scanSecurity.name,
  title: scanSecurity.title,
  toolset: scanSecurity.toolset,
  hints: scanSecurity.hints,
  cli: { command: "scan", arguments: ["path"] },
  description: "Scan a folder. Exit status: 0 nothing at or above --fail-on, 1 findings, 2 it could not run.",
  input: z.object({
    ...scanFields,
    format: z.enum(FORMATS).default("text").describe("How the report is written on standard output."),
    fail_on: Severity.default("error").describe("Findings at or above it end with exit status 1."),
    min_severity: Severity.default("info").describe("Min severity; leave out what is below."),
    show_suppressed: z.boolean().default(false).describe("List what comments in the code silence, with the reasons."),
    limit: z.number().int().min(1).default(50).describe("Findings listed by text and markdown; the others hold all."),
  }),
  output: ScanReport.extend({
    failing: z.number().int().describe("Findings at or above --fail-on."),
    rendered: z.string(),
  }),
  run: async ({ format, fail_on, min_severity, show_suppressed, limit, ...input }, call) => {
    // A command scans once, and mostly finds that little has changed.
    oneShot();
    const whole = await scanOf(input, call);
    const report = {
      ...whole,
      violations: whole.violations.filter(({ severity }) => atLeast(severity, min_severity)),
    };
    const { renderScan, suppressedText } = await import("../quality-gate/report/format.ts");
    const text = renderScan(report, format, { fail_on, limit, version: packageJson.version });
    const silenced = show_suppressed && format === "text" ? suppressedText(report) : "";
    return {
      ...report,
      failing: whole.violations.filter(({ severity }) => atLeast(severity, fail_on)).length,
      rendered: silenced ? `${silenced}\n${text}` : text,
    };
  },
  text: ({ rendered }) => rendered,
  exitCode: ({ failing }) => (failing > 0 ? 1 : 0),
});
