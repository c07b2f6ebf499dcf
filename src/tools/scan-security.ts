import { resolve } from "node:path";
import { z } from "zod";
import { atLeast, Severity, SuppressedViolation } from "../model/finding.ts";
import { ScanReport } from "../model/scan-report.ts";
import { defineTool, type ToolCall } from "./define-tool.ts";
import { pageOf } from "./findings.ts";
import { narrowingFields, narrowingOf, selectionFields, words } from "./narrowing.ts";
import { firstOf, limitField } from "./short.ts";

const Scanned = ScanReport.omit({
  rules_run: true,
  services: true,
  suppressed_findings: true,
  known_findings: true,
}).extend({
  rules_run: z.number().int(),
  total: z.number().int().describe("Findings at or above min_severity; this page may hold fewer."),
  known: z.number().int().describe("Findings that the baseline knows; they are not among the others."),
  suppressed_findings: z.array(SuppressedViolation).describe("Only with show_suppressed; at most `limit`."),
  next_cursor: z.string().nullable().describe("Pass as cursor for the next page."),
  next_step: z.string(),
});

/** What a scan takes, whoever asks. */
export const scanFields = {
  path: z.string().default(".").describe("Path; folder to scan, relative to the project folder."),
  ...selectionFields,
  ...narrowingFields,
};

/** Scan as the inputs say. */
export async function scanOf(input: z.output<z.ZodObject<typeof scanFields>>, call: ToolCall): Promise<ScanReport> {
  const { scanProject } = await import("../quality-gate/scan.ts");
  const root = resolve(call.ctx.workspace, input.path);
  return scanProject({
    root,
    services: [],
    contracts: [],
    service_map: null,
    only: [...words(input.codes), ...input.categories],
    signal: call.signal,
    onProgress: call.progress,
    ...(await narrowingOf(call, root, input)),
  });
}

export const scanSecurity = defineTool({
  name: "scan_security",
  title: "Scan security",
  toolset: "quality",
  description:
    "Scan a folder for insecure code, secrets, CORS, missing health checks and traces, Dockerfile mistakes. Fast, only reads: use it after every edit.",
  input: z.object({
    ...scanFields,
    min_severity: Severity.default("info").describe("Min severity; leave out what is below."),
    show_suppressed: z.boolean().default(false).describe("List what comments in the code silence, with the reasons."),
    limit: limitField("Limit; findings on a page", 500),
    cursor: z.string().optional().describe("Cursor; the next_cursor of the page before."),
  }),
  output: Scanned,
  paths: ["path", "baseline"],
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["categories", "show_suppressed", "limit", "since"],
  cli: { command: "scan", arguments: ["path"] },
  run: async ({ min_severity, show_suppressed, limit, cursor, ...input }, call) => {
    const { services: _services, known_findings, ...report } = await scanOf(input, call);
    const found = report.violations.filter(({ severity }) => atLeast(severity, min_severity));
    const { page, next_cursor } = pageOf(found, limit, cursor);
    const [first] = page;
    return {
      ...report,
      unparsed: firstOf(report.unparsed, limit, 1000),
      rules_run: report.rules_run.length,
      violations: page,
      total: found.length,
      known: known_findings.length,
      suppressed_findings: show_suppressed ? firstOf(report.suppressed_findings, limit) : [],
      next_cursor,
      next_step: first
        ? `Fix ${first.code} at ${first.file_path}:${first.line} first: ${first.fix}`
        : report.files_scanned === 0
          ? "Nothing was scanned, so nothing is shown to be right."
          : "Nothing was found by the rules that ran.",
    };
  },
  text: (report) =>
    [
      ...report.violations.map(
        (found) =>
          `${found.file_path}:${found.line}:${found.column} ${found.severity} ${found.code} ${found.message} ${found.fix}`,
      ),
      ...report.suppressed_findings.map(
        (found) =>
          `${found.file_path}:${found.line} ${found.severity} ${found.code} silenced: ${found.suppression.reason || "no reason given"}`,
      ),
      `${report.total} findings in ${report.files_scanned} files (${report.rules_run} rules, ${Math.round(report.duration_ms)} ms)` +
        (report.suppressed > 0 ? `, ${report.suppressed} suppressed` : "") +
        (report.known > 0 ? `, ${report.known} known to the baseline` : "") +
        (report.unparsed.length > 0 ? `, ${report.unparsed.length} files could not be parsed` : ""),
      ...(report.next_cursor === null ? [] : [`More: cursor ${report.next_cursor}`]),
    ].join("\n"),
  exitCode: ({ total }) => (total > 0 ? 1 : 0),
});
