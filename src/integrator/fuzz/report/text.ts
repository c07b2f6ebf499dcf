import type { FuzzReport } from "../../../model/fuzz-report.ts";

/** A report for people: each finding with what to run to see it again. */
export function fuzzText(report: FuzzReport): string {
  const { violations, requests, duration_ms, operations, notes } = report;
  const skipped = operations.filter((one) => one.skipped !== "");
  const seconds = duration_ms / 1000;
  const rate = seconds > 0 ? `, ${Math.round(requests / seconds)} a second` : "";
  return [
    ...violations.flatMap((one) => [
      `${one.severity} ${one.code} ${one.method} ${one.path}: ${one.message}${one.count > 1 ? ` (seen ${one.count} times)` : ""}`,
      `  expected ${one.expected}; got ${one.actual.slice(0, 300)}`,
      ...(one.clause === "" ? [] : [`  contract ${one.clause}`]),
      ...(one.steps.length > 1
        ? [
            `  after ${one.steps
              .slice(0, -1)
              .map(({ method, target, status }) => `${method} ${target} (${status ?? "no answer"})`)
              .join(", ")}`,
          ]
        : []),
      `  ${one.curl.slice(0, 1500)}`,
      `  replay ${one.id}`,
      "",
    ]),
    ...skipped
      .slice(0, 20)
      .map(({ method, path, skipped: why }) => `not tested with valid data: ${method} ${path}: ${why}`),
    ...(skipped.length > 20 ? [`and ${skipped.length - 20} more operations`] : []),
    ...notes,
    `${violations.length} violations, ${operations.length} operations, ${requests} requests in ${seconds.toFixed(1)} s${rate}; seed ${report.seed}`,
    `Only ${report.url} was asked; no redirect was followed.` +
      (report.cleaned_up > 0 ? ` Deleted ${report.cleaned_up} created resources.` : "") +
      (report.left_behind > 0 ? ` Left behind: ${report.left_behind}.` : ""),
    ...(report.interrupted ? ["Stopped before the end: what was found until then is shown."] : []),
  ].join("\n");
}
