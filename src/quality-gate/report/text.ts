import { SEVERITIES, type Severity } from "../../model/finding.ts";
import type { QualityGateReport } from "../../model/gate-report.ts";
import type { ScanReport } from "../../model/scan-report.ts";
import { secretLines, sourceLines } from "./source-line.ts";

/** Findings listed in a text; the rest is counted. */
const LISTED = 20;

/**
 * A scan for people: findings by service, the worst first, each with its place and line of code (without secrets), then
 * counts and the next step.
 */
export function scanText(report: ScanReport, limit = LISTED): string {
  const { violations, unparsed, suppressed_findings, known_findings } = report;
  const counts = [...SEVERITIES].reverse().flatMap((severity) => {
    const count = report.counts[severity] ?? 0;
    return count > 0 ? [`${count} ${severity}`] : [];
  });
  const skipped = Object.entries(report.files_skipped).map(([reason, count]) => `${count} ${reason}`);
  const ran = `${plural(report.rules_run.length, "rule")}, ${report.duration_ms} ms`;
  const files = plural(report.files_scanned, "file");
  return [
    ...findingLines(report, limit),
    violations.length === 0
      ? `No findings in ${files} (${ran}).`
      : `${plural(violations.length, "finding")} in ${files}: ${counts.join(", ")} (${ran}).`,
    ...(report.changed_files === null ? [] : [`Judged: ${plural(report.changed_files, "changed file")}.`]),
    ...(skipped.length > 0 ? [`Passed over: ${skipped.join(", ")}.`] : []),
    ...(unparsed.length > 0 ? [`Not fully read, so not fully checked: ${listed(unparsed)}.`] : []),
    ...(suppressed_findings.length > 0
      ? [`Silenced by comments: ${suppressed_findings.length} (--show-suppressed lists them).`]
      : []),
    ...(known_findings.length > 0 ? [`Known to the baseline: ${known_findings.length}.`] : []),
    ...(report.baseline_gone > 0
      ? [`Fixed since the baseline: ${report.baseline_gone}; write it anew to keep them fixed.`]
      : []),
    ...(report.files_scanned === 0 ? ["Nothing was scanned, so nothing is shown to be right."] : []),
    ...(violations.length > 0
      ? ["Next: fix from the top and scan again; what is wrong by mistake takes the comment `so-ignore CODE: reason`."]
      : []),
  ].join("\n");
}

/** Findings that comments silence, one a line, with the reasons given. */
export function suppressedText({ suppressed_findings }: Pick<ScanReport, "suppressed_findings">): string {
  return suppressed_findings
    .map(
      ({ severity, code, file_path, line, suppression }) =>
        `  silenced ${severity} ${code} ${onOneLine(file_path)}:${line} by line ${suppression.line}: ${suppression.reason || "no reason given"}`,
    )
    .join("\n");
}

/** A gate for people: the verdict, one line for each layer, what blocks, and the next step. */
export function gateText(report: QualityGateReport): string {
  const layers = Object.values(report.layers).map(
    ({ layer, verdict, reason, passed_checks, total_checks }) =>
      `  ${layer.padEnd(18)} ${verdict.padEnd(7)} ${total_checks > 0 ? `${passed_checks}/${total_checks} checks. ` : ""}${reason}`,
  );
  const blocking = report.blocking
    .slice(0, LISTED)
    .flatMap((finding) => [
      `  ${finding.severity} ${finding.code} [${finding.service || "project"}] ${finding.where}: ${finding.message}`,
      `      fix: ${finding.fix}`,
    ]);
  const rest = report.blocking.length - LISTED;
  return [
    `Quality gate: ${report.overall_verdict}. ${plural(report.total_violations, "finding")}, ${report.blocking_violations} blocking.`,
    ...layers,
    ...(report.excluded_services.length > 0 ? [`Left out after layer 1: ${listed(report.excluded_services)}.`] : []),
    ...(blocking.length > 0 ? ["Blocking:", ...blocking] : []),
    ...(rest > 0 ? [`  … and ${rest} more.`] : []),
    `Next: ${nextStep(report)}`,
  ].join("\n");
}

function nextStep({ overall_verdict, fix_attempts, max_fix_attempts }: QualityGateReport): string {
  if (overall_verdict === "passed") return "nothing blocks.";
  if (overall_verdict === "failed")
    return `fix what blocks, then run the gate again (fix pass ${fix_attempts} of ${max_fix_attempts} used).`;
  return "what ran passed, but a skipped layer proves nothing; run what its reason names, e.g. a pipeline that builds and deploys.";
}

/** Sorted from worst to harmless; equals stay in the order of the code. */
export function worstFirst<One extends { severity: Severity }>(findings: readonly One[]): One[] {
  return [...findings].sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity));
}

function findingLines(report: ScanReport, limit: number): string[] {
  const shown = worstFirst(report.violations).slice(0, limit);
  const source = sourceLines(report.root);
  const isSecret = secretLines(report);
  const services = [...new Set(shown.map(({ service }) => service))];
  const lines = services.flatMap((service) => [
    `${service || "project"}:`,
    ...shown
      .filter((finding) => finding.service === service)
      .flatMap((finding) => {
        const { severity, code, file_path, line, column, message, fix } = finding;
        const text = source(finding, isSecret(finding));
        return [
          `  ${severity} ${code} ${line > 0 ? `${onOneLine(file_path)}:${line}:${column}` : onOneLine(file_path)} ${message}`,
          ...(text ? [`      > ${text}`] : []),
          `      fix: ${fix}`,
        ];
      }),
  ]);
  const rest = report.violations.length - shown.length;
  return rest > 0 ? [...lines, `… and ${rest} more.`] : lines;
}

/** A file's name may hold line breaks: what stands behind one would look like a finding of its own. */
export function onOneLine(path: string): string {
  return path.replace(/\r/g, "\\r").replace(/\n/g, "\\n");
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function listed(names: readonly string[]): string {
  return names.length > 5
    ? `${names.slice(0, 5).map(onOneLine).join(", ")} and ${names.length - 5} more`
    : names.map(onOneLine).join(", ");
}
