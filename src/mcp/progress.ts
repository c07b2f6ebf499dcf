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
