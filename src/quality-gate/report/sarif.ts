import type { ScanViolation, Severity } from "../../model/finding.ts";
import type { ScanReport } from "../../model/scan-report.ts";
import { describeCodes, type RuleDescription } from "../catalogue.ts";

const LEVELS: Record<Severity, "error" | "warning" | "note"> = {
  critical: "error",
  high: "error",
  error: "error",
  warning: "warning",
  info: "note",
};
/** The scale of CVSS, as GitHub reads `security-severity`. */
const SCORES: Record<Severity, string> = { critical: "9.5", high: "8.0", error: "6.5", warning: "4.0", info: "1.0" };
const BASE = "%SRCROOT%";

/**
 * A scan as a SARIF 2.1.0 log of one run. Paths are relative to the scanned folder (`%SRCROOT%`). Silenced findings are
 * results with an inSource suppression (3.35), known ones with an external one; what could not be parsed is a
 * notification of the invocation (3.20.21).
 */
export function sarifReport(report: ScanReport, { version }: { version: string }): Record<string, unknown> {
  const rules = describeCodes().filter(({ code }) => report.rules_run.includes(code));
  const indexes = new Map(rules.map(({ code }, index) => [code, index]));
  const compared = report.known_findings.length > 0 || report.baseline_gone > 0;
  const result = (finding: ScanViolation, state: "new" | "unchanged", suppressions: unknown[]) => ({
    ruleId: finding.code,
    ruleIndex: indexes.get(finding.code) ?? -1,
    level: LEVELS[finding.severity],
    message: { text: `${finding.message} ${finding.fix}` },
    locations: locationsOf(finding),
    partialFingerprints: { "superOrchestrator/v1": finding.fingerprint },
    suppressions,
    ...(compared && { baselineState: state }),
    properties: { severity: finding.severity, category: finding.category, service: finding.service },
  });
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "super-orchestrator", version, rules: rules.map(ruleOf) } },
        originalUriBaseIds: { [BASE]: { description: { text: "The scanned folder." } } },
        columnKind: "utf16CodeUnits",
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: report.unparsed.map((path) => ({
              level: "warning",
              message: { text: `${path} could not be fully read, so it was not fully checked.` },
              locations: [{ physicalLocation: { artifactLocation: artifact(path) } }],
            })),
          },
        ],
        results: [
          ...report.violations.map((finding) => result(finding, "new", [])),
          ...report.suppressed_findings.map((finding) =>
            result(finding, "new", [
              {
                kind: "inSource",
                status: "accepted",
                ...(finding.suppression.reason && { justification: finding.suppression.reason }),
              },
            ]),
          ),
          ...report.known_findings.map((finding) =>
            result(finding, "unchanged", [
              { kind: "external", status: "accepted", justification: "Known to the baseline." },
            ]),
          ),
        ],
        properties: { files_scanned: report.files_scanned, files_skipped: report.files_skipped },
      },
    ],
  };
}

function ruleOf({ code, title, severity, category, why, fix, languages, files }: RuleDescription) {
  const reads = [...languages, ...files].join(", ");
  return {
    id: code,
    name: title.replace(/[^A-Za-z0-9]+(.)?/g, (_all, next: string | undefined) => next?.toUpperCase() ?? ""),
    shortDescription: { text: `${title}.` },
    fullDescription: { text: why },
    help: {
      text: `${why} ${fix} To silence one: so-ignore ${code}: reason`,
      markdown: `**Why:** ${why}\n\n**Fix:** ${fix}\n\nTo silence one, write the comment \`so-ignore ${code}: reason\` on its line.`,
    },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { tags: [...new Set([category, "security"])], severity, "security-severity": SCORES[severity], reads },
  };
}

/** A finding about a whole file has no region; one about the project has no place, only the service. */
function locationsOf({ file_path, line, column, service }: ScanViolation) {
  const logical = service === "" ? {} : { logicalLocations: [{ name: service, kind: "module" }] };
  if (file_path === "") return service === "" ? [] : [logical];
  const region = line > 0 ? { region: { startLine: line, ...(column > 0 && { startColumn: column }) } } : {};
  return [{ physicalLocation: { artifactLocation: artifact(file_path), ...region }, ...logical }];
}

function artifact(path: string) {
  // A lone half of a surrogate pair, from a name that is no UTF-8, has no place in an address.
  return { uri: Buffer.from(path).toString().split("/").map(encodeURIComponent).join("/"), uriBaseId: BASE };
}
