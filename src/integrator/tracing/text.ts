import type { TraceHop, TraceReport } from "../../model/trace-report.ts";

/** A trace report for people: its tree, who left no sign, what was found. */
export function traceText(report: TraceReport): string {
  const { trace_id, verdict, reason, duration_ms, services, hops, violations } = report;
  const silent = services.filter((one) => one.verdict === "not observed");
  return [
    `trace ${trace_id}: ${verdict}, ${duration_ms} ms`,
    ...tree(hops),
    ...silent.map((one) => `  ? ${one.service}: ${one.reason}`),
    ...violations.flatMap((one) => [
      `${one.code} ${one.severity} ${one.service}: ${one.message}`,
      `  expected ${one.expected}, got ${one.actual}`,
    ]),
    ...(verdict === "skipped" ? [reason] : []),
  ].join("\n");
}

function tree(hops: readonly TraceHop[]): string[] {
  return hops.map((hop, index) => {
    const { service, name, kind, start_ms, duration_ms, status, traced, source } = hop;
    const facts = [
      status === null ? [] : [String(status)],
      start_ms === null ? [] : [`at ${start_ms} ms`],
      duration_ms === null ? [] : [`took ${duration_ms} ms`],
      source === "recorded" ? [] : [`from its ${source}`],
      traced ? [] : ["TRACE LOST"],
    ].flat();
    const sign = kind === "event" ? "event " : "";
    return `${branches(hops, index)}${service}  ${sign}${name}  (${facts.join(", ")})`;
  });
}

/** The lines left of a hop: one column for each level above it that goes on below. */
function branches(hops: readonly TraceHop[], index: number): string {
  const depth = hops[index]?.depth ?? 0;
  const goesOn = (level: number) => {
    const next = hops.slice(index + 1).find((one) => one.depth <= level);
    return next?.depth === level;
  };
  if (depth === 0) return "";
  const above = Array.from({ length: depth - 1 }, (_, level) => (goesOn(level + 1) ? "│  " : "   "));
  return `${above.join("")}${goesOn(depth) ? "├─ " : "└─ "}`;
}
