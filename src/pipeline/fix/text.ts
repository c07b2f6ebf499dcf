import type { Finding } from "../../model/finding.ts";
import type { FixReport, FixRound, FixSummary } from "../../model/fix-report.ts";

const MAX_TOLD = 50;

/** The report for people, as Markdown. */
export function fixReportText(report: FixReport): string {
  const { pipeline_id, status, reason, rounds, max_rounds, remaining, remaining_total } = report;
  const more = remaining_total - Math.min(remaining.length, MAX_TOLD);
  return [
    `# Fix loop of ${pipeline_id}: ${status.replaceAll("_", " ")}`,
    `${reason} Fix passes: ${rounds.length} of at most ${max_rounds}.`,
    ...rounds.map(roundText),
    remaining_total === 0 ? "Nothing remains." : `## What remains: ${remaining_total}`,
    ...remaining.slice(0, MAX_TOLD).map(findingText),
    more > 0 && remaining_total > 0 ? `And ${more} more; the gate report has them all.` : "",
  ]
    .filter(Boolean)
    .join("\n\n")
    .concat("\n");
}

function roundText({ round, before, after, counts, runs, findings }: FixRound): string {
  const { fixed, remaining, regressed, revealed, unseen } = counts;
  const told = [`${fixed} fixed`, `${remaining} remaining`, `${counts.new} new`, `${regressed} regressed`];
  if (revealed > 0) told.push(`${revealed} could not be seen before`);
  if (unseen > 0) told.push(`${unseen} cannot be seen now`);
  const worse = (["new", "regressed"] as const).flatMap((outcome) =>
    findings[outcome]
      .slice(0, 10)
      .map(({ code, service, where }) => `- ${outcome}: ${service} ${code} at ${oneLine(where)}`),
  );
  return [
    `## Round ${round}: ${before} blocking before, ${after} after`,
    `${told.join(", ")}.`,
    [...runs.map(runText), ...worse].join("\n"),
  ].join("\n\n");
}

function runText({
  service,
  attempt,
  backend,
  findings,
  success,
  cost,
  seconds,
  error,
  test_findings,
}: FixRound["runs"][number]) {
  const outcome = success ? "its build and tests pass" : `no success: ${oneLine(error)}`;
  const weakened = test_findings.map(({ message }) => `\n  - ${oneLine(message)}`).join("");
  return `- ${service}, attempt ${attempt} by ${backend}, ${findings} findings, ${Math.round(seconds)} s, $${cost.toFixed(2)}: ${outcome}${weakened}`;
}

function findingText({ code, severity, service, where, message, fix, reproduce, history }: Finding): string {
  const lines = [
    `- **${service} ${code}** (${severity}) at ${oneLine(where)}: ${oneLine(message)}`,
    history && `  ${history}`,
    fix && `  To do: ${oneLine(fix)}`,
    reproduce && `  \`${oneLine(reproduce)}\``,
  ];
  return lines.filter(Boolean).join("\n");
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, 500);
}

/** The report in short. A loop of a pipeline that has ended is not at work, whatever nobody could write any more. */
export function fixSummary({ status, reason, rounds }: FixReport, ended: boolean): FixSummary {
  const counts = rounds.at(-1)?.counts;
  return {
    status: ended && status === "running" ? "stopped" : status,
    reason,
    rounds: rounds.length,
    fixed: counts?.fixed ?? 0,
    remaining: counts?.remaining ?? 0,
    new: counts?.new ?? 0,
    regressed: counts?.regressed ?? 0,
  };
}
