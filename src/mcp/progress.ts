import type { ProgressToken } from "@modelcontextprotocol/sdk/types.js";

export interface ProgressParams {
  progressToken: ProgressToken;
  progress: number;
  total?: number;
  message: string;
  [key: string]: unknown;
}

/** Shorter intervals than this tell a person nothing and cost the client work. */
const MIN_INTERVAL_MS = 50;
/** A call that says nothing for so long is told to be still running: soon at first, then seldom. */
const FIRST_BEAT_MS = 1000;
const BEAT_MS = 3000;

/**
 * A tool call's `progress` function for one progress token. MCP wants every value above the one before, also while
 * nothing moves (clients reset their idle clock on each), so a standing value creeps towards the next whole step
 * without reaching it. Floods are thinned; the first and the last step always go out.
 */
export function progressReporter(token: ProgressToken, send: (params: ProgressParams) => void) {
  let last = Number.NEGATIVE_INFINITY;
  let sentAt = Number.NEGATIVE_INFINITY;
  return (message: string, done: number, total: number): void => {
    const now = performance.now();
    const complete = total > 0 && done >= total;
    if (now - sentAt < MIN_INTERVAL_MS && !complete) return;
    last = done > last ? done : last + (Math.floor(last) + 1 - last) / 1000;
    sentAt = now;
    send({ progressToken: token, progress: last, ...(total > 0 ? { total } : {}), message });
  };
}

/**
 * Repeat a call's last step, or `name` before its first, while it says nothing itself: the client sees within a second
 * that it runs, and keeps waiting. Gives the function to report with, and one to stop.
 */
export function withHeartbeat(report: ReturnType<typeof progressReporter>, name: string) {
  const began = performance.now();
  let step: [message: string, done: number, total: number] = [name, 0, 0];
  let timer = setTimeout(beat, FIRST_BEAT_MS).unref();
  function beat(): void {
    const [message, done, total] = step;
    report(`${message} (${Math.round((performance.now() - began) / 1000)} s)`, done, total);
    timer = setTimeout(beat, BEAT_MS).unref();
  }
  return {
    report: (...next: typeof step): void => {
      step = next;
      clearTimeout(timer);
      timer = setTimeout(beat, BEAT_MS).unref();
      report(...next);
    },
    stop: () => clearTimeout(timer),
  };
}
