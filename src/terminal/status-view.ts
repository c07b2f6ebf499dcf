import type { BuilderStatus, PipelineStatus } from "../model/status.ts";
import { columnsOf, duration, inColumns, money, oneLine, paint, type Style, wrap } from "./text.ts";

export const PHASE_NAMES: Record<PipelineStatus["phases"][number]["phase"], string> = {
  architect: "Architect",
  contracts: "Contracts",
  builders: "Builders",
  integration: "Integration",
  quality_gate: "Quality Gate",
  fix_pass: "Fix Pass",
};

const STYLES: Record<string, Style> = {
  DONE: "green",
  PASSED: "green",
  COMPLETE: "green",
  RUNNING: "cyan",
  BUILDING: "cyan",
  VERIFYING: "cyan",
  PENDING: "dim",
  SKIPPED: "yellow",
  PARTIAL: "yellow",
  FAILED: "red",
};

const MIN_WIDTH = 40;
const MAX_WIDTH = 100;
/** Narrower screens put the header's facts under each other and do without the tests. */
const WIDE = 62;

/**
 * A pipeline's status as a screen: header, table of phases with the builders under theirs, gate, reasons, next step
 * (specification 9.3). `width` is in columns; fewer than 40 are treated as 40, more than 100 as 100.
 */
export function renderStatus(status: PipelineStatus, width: number, colors = false): string {
  const columns = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, Math.floor(width) || MIN_WIDTH));
  return [
    ...header(status, columns, colors),
    ...table(status, columns, colors),
    ...notes(status, columns, colors),
  ].join("\n");
}

function header(status: PipelineStatus, width: number, colors: boolean): string[] {
  const { spent, limit } = status.cost;
  const budget = limit === null ? money(spent) : `${money(spent)} / ${money(limit)}`;
  const title = inColumns(`${oneLine(status.project_name)} (${oneLine(status.pipeline_id)})`, width - 4);
  const rule = `+${"-".repeat(width - 2)}+`;
  const facts: [one: string, other: string][] = [
    [`State: ${status.state}`, `Cost: ${budget}`],
    [`Phase: ${phaseNow(status)}`, `Elapsed: ${duration(status.elapsed_seconds)}`],
  ];
  const right = 26;
  const rows =
    width >= WIDE
      ? facts.map(([one, other]) => `| ${inColumns(one, width - 7 - right)} | ${inColumns(other, right)} |`)
      : facts.flat().map((fact) => `| ${inColumns(fact, width - 4)} |`);
  return [rule, `| ${paint("bold", title, colors)} |`, rule, ...rows];
}

/** "Builders (3/5 complete)", or what the run does when no phase runs. */
function phaseNow({ phases, builders, status }: PipelineStatus): string {
  const running = phases.find((phase) => phase.status === "running");
  if (status !== "running" || !running) return status.replaceAll("_", " ");
  if (running.phase !== "builders") return PHASE_NAMES[running.phase];
  const ended = builders.filter((builder) => builder.status === "succeeded" || builder.status === "failed").length;
  return `Builders (${ended}/${builders.length} complete)`;
}

const STATUS_WIDTH = 9;
const TESTS_WIDTH = 9;
const COST_WIDTH = 9;

function table({ phases, builders }: PipelineStatus, width: number, colors: boolean): string[] {
  const wide = width >= WIDE;
  const nameWidth = width - 4 - 3 - STATUS_WIDTH - 3 - COST_WIDTH - (wide ? TESTS_WIDTH + 3 : 0);
  const line = (name: string, status: string, tests: string, cost: string, style?: Style) => {
    const painted = style ? paint(style, inColumns(status, STATUS_WIDTH), colors) : inColumns(status, STATUS_WIDTH);
    const middle = wide ? ` | ${inColumns(tests, TESTS_WIDTH, "right")}` : "";
    return `| ${inColumns(name, nameWidth)} | ${painted}${middle} | ${inColumns(cost, COST_WIDTH, "right")} |`;
  };
  const rule = `+${[nameWidth, STATUS_WIDTH, ...(wide ? [TESTS_WIDTH] : []), COST_WIDTH]
    .map((column) => "-".repeat(column + 2))
    .join("+")}+`;
  const rows = phases.flatMap(({ phase, status, cost }) => [
    line(PHASE_NAMES[phase], status.toUpperCase(), "", money(cost), STYLES[status.toUpperCase()]),
    ...(phase === "builders" ? builders : []).map((builder) => {
      const word = builderWord(builder);
      return line(`  ${builderName(builder)}`, word, tests(builder), money(builder.cost), STYLES[word]);
    }),
  ]);
  return [rule, line("Phase", "Status", "Tests", "Cost"), rule, ...rows, rule];
}

export function builderWord({ status }: BuilderStatus): string {
  return status === "succeeded" ? "DONE" : status.toUpperCase();
}

function builderName({ service, backend, attempt }: BuilderStatus): string {
  const details = [oneLine(backend), attempt > 1 ? `attempt ${attempt}` : ""].filter(Boolean).join(", ");
  return details ? `${oneLine(service)} (${details})` : oneLine(service);
}

/** Passed of executed, as the orchestrator saw it; "-" when nothing was measured. */
export function tests({ tests_executed, tests_passed }: BuilderStatus): string {
  return tests_executed === null ? "-" : `${tests_passed ?? 0}/${tests_executed}`;
}

/** What a table cannot hold, wrapped to the width. */
function notes(status: PipelineStatus, width: number, colors: boolean): string[] {
  const lines: [text: string, style?: Style | undefined][] = [];
  for (const builder of status.builders.filter(({ status }) => status === "failed"))
    lines.push([
      `${oneLine(builder.service)} failed${claim(builder)}: ${oneLine(builder.error) || "no reason given"}`,
      "red",
    ]);
  const gate = gateLine(status);
  if (gate) lines.push([gate, STYLES[status.gate?.verdict.toUpperCase() ?? ""]]);
  if (status.questions > 0) lines.push([`Open questions of the architecture review: ${status.questions}`, "yellow"]);
  const fix = fixLine(status);
  if (fix) lines.push([fix, status.fix?.status === "passed" ? "green" : "yellow"]);
  const budget = budgetLine(status);
  if (budget) lines.push([budget, status.cost.warning ? "yellow" : undefined]);
  if (status.reason) lines.push([`Why: ${oneLine(status.reason)}`]);
  if (status.next_step) lines.push([`Next: ${oneLine(status.next_step)}`, "bold"]);
  return lines.flatMap(([text, style]) =>
    wrap(text, width).map((line) => (style && columnsOf(line) > 0 ? paint(style, line, colors) : line)),
  );
}

function claim({ claimed_success }: BuilderStatus): string {
  return claimed_success === true ? ", though its builder reported success" : "";
}

/** What is put aside and left of the budget, and the warning; undefined while there is nothing to tell. */
export function budgetLine({ cost: { limit, reserved, left, warning } }: PipelineStatus): string | undefined {
  if (limit === null || (reserved === 0 && warning === "")) return undefined;
  const state = `${money(reserved)} put aside for running builders, ${money(Math.max(0, left ?? 0))} left`;
  return `Budget: ${[oneLine(warning), state].filter(Boolean).join(" ")}`;
}

/** The fix loop in one line; undefined when nothing had to be fixed. */
export function fixLine({ fix }: PipelineStatus): string | undefined {
  if (fix === null) return undefined;
  const { rounds, fixed, remaining, regressed } = fix;
  const last =
    rounds === 0
      ? ""
      : ` (round ${rounds}: ${fixed} fixed, ${remaining} remaining, ${fix.new} new, ${regressed} regressed)`;
  return `Fix loop ${fix.status.replaceAll("_", " ").toUpperCase()}: ${oneLine(fix.reason)}${last}`;
}

/** The gate in one line; undefined before its first run. */
export function gateLine({ gate, fix_attempts, max_fix_attempts }: PipelineStatus): string | undefined {
  if (gate === null) return undefined;
  const layers = Object.entries(gate.layers).map(([layer, verdict]) => `${layer.replace("_", " ")} ${verdict}`);
  const detail = layers.length > 0 ? ` (${layers.join(", ")})` : "";
  const fixes = `fix passes ${fix_attempts} of ${max_fix_attempts}`;
  return `Gate ${gate.verdict.toUpperCase()}: ${gate.blocking} blocking of ${gate.total} findings, ${fixes}${detail}`;
}
