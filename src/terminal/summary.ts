import type { PipelineStatus } from "../model/status.ts";
import { builderWord, fixLine, gateLine, tests } from "./status-view.ts";
import { duration, inColumns, money, oneLine, paint, type Style } from "./text.ts";

const STYLES: Partial<Record<PipelineStatus["status"], Style>> = {
  complete: "green",
  failed: "red",
  interrupted: "yellow",
};

/** How a run ended: what came of each service, the gate, what it cost, where everything is, what still runs. */
export function renderSummary(status: PipelineStatus, colors = false): string {
  const { spent, limit } = status.cost;
  const headline = `${oneLine(status.project_name)}: ${status.status.replaceAll("_", " ")}`;
  const took = `${duration(status.elapsed_seconds)}, ${money(spent)}${limit === null ? "" : ` of ${money(limit)}`}`;
  const services = status.builders.map((builder): [string, string] => [
    builder.service,
    `${builderWord(builder)}, ${builder.tests_executed === null ? "tests not measured" : `tests ${tests(builder)}`}`,
  ]);
  const running = status.running.map(({ purpose, pid }): [string, string] => [purpose, `process ${pid}`]);
  const backends = status.backends.map(({ role, picked, why }): [string, string] => [role, `${picked}: ${why}`]);
  return [
    `${paint(STYLES[status.status] ?? "bold", headline, colors)} after ${took}`,
    ...(status.reason ? [`Why: ${oneLine(status.reason)}`] : []),
    ...section("Services", services),
    ...(status.review ? ["Planned:", ...status.review.services.map((line) => `  ${oneLine(line)}`)] : []),
    gateLine(status) ?? "Gate: did not run",
    ...(status.fix ? [fixLine(status) ?? ""] : []),
    ...section("Done by", backends),
    ...section("Reports", Object.entries(status.reports)),
    `Code: ${oneLine(status.output_dir)}`,
    ...(running.length > 0 ? section("Still running", running) : ["Still running: nothing"]),
    ...(status.next_step ? [`Next: ${oneLine(status.next_step)}`] : []),
  ].join("\n");
}

function section(title: string, rows: [name: string, value: string][]): string[] {
  if (rows.length === 0) return [];
  const width = Math.min(32, Math.max(...rows.map(([name]) => oneLine(name).length)));
  return [`${title}:`, ...rows.map(([name, value]) => `  ${inColumns(oneLine(name), width)}  ${oneLine(value)}`)];
}
