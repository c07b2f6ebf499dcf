import { atLeast, type ScanViolation, SEVERITIES, type Severity } from "../../model/finding.ts";
import type { ScanReport } from "../../model/scan-report.ts";
import { worstFirst } from "./text.ts";

/** A scan as a comment on a pull request: the verdict, counts, the worst findings, and what was left out folded away. */
export function markdownReport(report: ScanReport, { fail_on, limit }: { fail_on: Severity; limit: number }): string {
  const { violations, suppressed_findings, known_findings, unparsed } = report;
  const failing = violations.filter(({ severity }) => atLeast(severity, fail_on)).length;
  const counts = [...SEVERITIES]
    .reverse()
    .flatMap((severity) => (report.counts[severity] ? [`${report.counts[severity]} ${severity}`] : []));
  const listed = worstFirst(violations).slice(0, limit);
  const rest = violations.length - listed.length;
  const scope = report.changed_files === null ? "" : ` Only the ${report.changed_files} changed files were judged.`;
  return [
    `## Scan: ${failing > 0 ? `❌ ${failing} at or above ${fail_on}` : report.files_scanned === 0 ? "⚠️ nothing was scanned" : `✅ nothing at or above ${fail_on}`}`,
    `${violations.length === 0 ? "No findings" : counts.join(", ")} in ${report.files_scanned} files, ${report.rules_run.length} rules.${scope}`,
    ...(listed.length > 0
      ? [
          [
            "| Severity | Code | Place | What | Fix |",
            "|---|---|---|---|---|",
            ...listed.map(
              (finding) =>
                `| ${finding.severity} | ${finding.code} | ${place(finding)} | ${cell(finding.message)} | ${cell(finding.fix)} |`,
            ),
          ].join("\n"),
        ]
      : []),
    ...(rest > 0 ? [`… and ${rest} more.`] : []),
    ...folded(
      `${suppressed_findings.length} silenced by comments`,
      suppressed_findings.map(
        (finding) => `- ${finding.code} ${place(finding)}: ${cell(finding.suppression.reason || "no reason given")}`,
      ),
    ),
    ...folded(
      `${known_findings.length} known to the baseline`,
      known_findings.map((finding) => `- ${finding.code} ${place(finding)}`),
    ),
    ...folded(
      `${unparsed.length} files not fully read, so not fully checked`,
      unparsed.map((path) => `- ${code(path)}`),
    ),
  ].join("\n\n");
}

/** Lines in a folded part. */
const FOLDED = 50;

function folded(summary: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > FOLDED ? [`- … and ${lines.length - FOLDED} more`] : [];
  return [`<details><summary>${summary}</summary>\n\n${[...lines.slice(0, FOLDED), ...more].join("\n")}\n\n</details>`];
}

function place({ file_path, line, service }: ScanViolation): string {
  if (file_path === "") return cell(service || "project");
  return code(line > 0 ? `${file_path}:${line}` : file_path);
}

/** Text that stays text in a table cell: no markup, no mention of people or issues. */
function cell(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_[\]<>|~#]/g, (character) => `\\${character}`)
    .replaceAll("@", "@\u200b");
}

function code(text: string): string {
  const flat = text.replace(/[\s`]+/g, " ").replaceAll("|", "\\|");
  return `\`${flat}\``;
}
