import { setTimeout as sleep } from "node:timers/promises";
import type { PipelineStatus } from "../model/status.ts";
import { canRedraw, hasColors, type TerminalStream } from "./io.ts";
import { budgetLine, builderWord, fixLine, gateLine, PHASE_NAMES, renderStatus, tests } from "./status-view.ts";
import { duration, money, oneLine } from "./text.ts";

export { renderStatus } from "./status-view.ts";
export { renderSummary } from "./summary.ts";

export interface WatchOptions {
  read: () => PipelineStatus | Promise<PipelineStatus>;
  /** Where the view goes; standard error when standard output carries an answer. */
  stream: TerminalStream;
  env: Record<string, string | undefined>;
  /** Ends the view, not the pipeline. */
  signal: AbortSignal;
  /** Milliseconds between looks. */
  intervalMs?: number;
}

/**
 * Show a pipeline until it no longer runs or the signal says so; gives the last status seen. A terminal is redrawn in
 * place; everything else (pipes, CI, TERM=dumb, terminals without a width) gets one line for each thing that changed.
 */
export async function watchPipeline({
  read,
  stream,
  env,
  signal,
  intervalMs = 500,
}: WatchOptions): Promise<PipelineStatus> {
  const view = canRedraw(stream, env) ? await redrawn(stream, env) : changedLines(stream);
  try {
    for (;;) {
      const status = await read();
      view.show(status);
      if (status.status !== "running" || signal.aborted) return status;
      await sleep(intervalMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    view.end();
  }
}

interface View {
  show(status: PipelineStatus): void;
  end(): void;
}

async function redrawn(stream: TerminalStream, env: WatchOptions["env"]): Promise<View> {
  // Loaded here: commands that draw nothing should not pay for it when they start.
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(stream);
  const colors = hasColors(stream, env);
  return {
    // One column less, because some terminals wrap a line that is exactly full.
    show: (status) => update(renderStatus(status, (stream.columns ?? 80) - 1, colors)),
    end: () => update.done(),
  };
}

function changedLines(stream: TerminalStream): View {
  const shown = new Map<string, string>();
  return {
    show: (status) => {
      for (const [key, line] of facts(status)) {
        if (shown.get(key) === line) continue;
        // What is still to come is not news.
        if (shown.has(key) || !line.endsWith(" PENDING"))
          stream.write(`[${duration(status.elapsed_seconds)}] ${line}\n`);
        shown.set(key, line);
      }
    },
    end: () => {},
  };
}

/** What a reader of a log wants to hear about, each under a key; a changed line is printed again. */
function* facts(status: PipelineStatus): Generator<[key: string, line: string]> {
  yield ["state", `State: ${status.state}`];
  for (const { role, picked, why } of status.backends)
    yield [`backend ${role}`, `${role}: ${oneLine(picked)} (${oneLine(why)})`];
  for (const { phase, status: state, cost } of status.phases) {
    const paid = state === "done" && cost > 0 ? `, ${money(cost)}` : "";
    yield [`phase ${phase}`, `${PHASE_NAMES[phase]}: ${state.toUpperCase()}${paid}`];
  }
  for (const builder of status.builders) {
    const attempt = builder.attempt > 1 ? `, attempt ${builder.attempt}` : "";
    const measured = builder.tests_executed === null ? "" : `, tests ${tests(builder)}`;
    const now = [builder.agent, builder.doing, builder.diff].filter((part) => part !== undefined);
    const doing = now.length > 0 ? `, ${oneLine(now.join(", "))}` : "";
    const error = builder.error ? `, ${oneLine(builder.error)}` : "";
    yield [
      `builder ${builder.service}`,
      `${oneLine(builder.service)}: ${builderWord(builder)}${attempt}${doing}${measured}${error}`,
    ];
  }
  const gate = gateLine(status);
  if (gate) yield ["gate", gate];
  const fix = fixLine(status);
  if (fix) yield ["fix", fix];
  const budget = budgetLine(status);
  if (budget) yield ["budget", budget];
  if (status.status !== "running") {
    const why = status.reason ? `: ${oneLine(status.reason)}` : "";
    yield ["end", `The pipeline is ${status.status.replaceAll("_", " ")}${why}`];
  }
}
