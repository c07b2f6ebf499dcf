import { setTimeout as sleep } from "node:timers/promises";
import { type Exit, tailOf } from "../../lib/exec.ts";
import { send } from "../http.ts";

/** What is waited for, as its runtime sees it. */
export interface Watched {
  /** Why it will not become healthy any more, as a sentence without its log; "" while it may. */
  fault(): string | Promise<string>;
  /** Whether the runtime's own health check, where there is one, agrees; true when left out. */
  agrees?(): boolean;
  /** Resolves when it is worth looking again at once. */
  stirs?(): Promise<unknown>;
  /** Its last log lines as part of a message. */
  lastLines(): string | Promise<string>;
}

/**
 * Wait until a service answers its health endpoint with 2xx. Gives "" when it does, otherwise one sentence on why not,
 * with its last log lines; at once when it ends. Throws the signal's reason when aborted.
 */
export async function waitUntilHealthy(options: {
  watched: Watched;
  /** Asked each time: an engine that starts a container again may publish another port. */
  url(): string;
  timeout_ms: number;
  signal: AbortSignal;
}): Promise<string> {
  const { watched, url, timeout_ms, signal } = options;
  const deadline = Date.now() + timeout_ms;
  let last = "no answer";
  for (let pause = 25; Date.now() < deadline; pause = Math.min(pause * 1.5, 1000)) {
    signal.throwIfAborted();
    const left = Math.max(1, deadline - Date.now());
    const answer = await send({ method: "GET", url: url(), timeout_ms: Math.min(5000, left), signal });
    signal.throwIfAborted();
    const fault = await watched.fault();
    if (fault !== "") return `${fault} ${await watched.lastLines()}`.trim();
    const answered = "status" in answer && answer.status >= 200 && answer.status < 300;
    if (answered && (watched.agrees?.() ?? true)) return "";
    last = answered
      ? "its own health check has not passed yet"
      : "status" in answer
        ? `status ${answer.status}`
        : answer.failure;
    const pausing = sleep(Math.min(pause, left), undefined, { signal }).catch(() => {});
    await (watched.stirs === undefined ? pausing : Promise.race([pausing, watched.stirs()]));
  }
  signal.throwIfAborted();
  const fault = await watched.fault();
  const why = fault || `${new URL(url()).pathname} did not answer 2xx within ${timeout_ms} ms (last: ${last}).`;
  return `${why} ${await watched.lastLines()}`.trim();
}

export function exitWords({ code, signal }: Pick<Exit, "code" | "signal">): string {
  return signal === null ? `with exit code ${code}` : `by signal ${signal}`;
}

/** The end of a log as part of a message; "" when nothing was written. */
export function lastLines(file: string, count = 10): string {
  return endOf(tailOf(file), count);
}

/** The last lines of an output as part of a message. */
export function endOf(output: string, count = 10): string {
  const shown = output.trimEnd().split(/\r?\n/).slice(-count).join("\n").trim();
  return shown === "" ? "It wrote nothing to its log." : `Last log lines:\n${shown}`;
}
