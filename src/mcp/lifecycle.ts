import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../lib/log.ts";
import type { McpServerHandle } from "./server.ts";

/** Time, in milliseconds, for calls to finish after end of input (piped requests), to stop when told, for cleanup, to close. */
const FINISH_MS = 1000;
const STOP_MS = 2000;
const CLEANUP_MS = 3000;
const CLOSE_MS = 3000;

export interface Lifecycle {
  log: Log;
  /** Those whose calls are running now. */
  servers: () => readonly McpServerHandle[];
  /** Runs once, after running calls have stopped. */
  cleanup?: (() => void | Promise<void>) | undefined;
  /** Give answers their way out, then close connections. */
  close: () => Promise<unknown>;
}

/**
 * End the process in order when it is told to (SIGINT, SIGTERM, SIGHUP): running calls are stopped and answered, then
 * cleanup, then connections; a second signal ends it at once. The returned function does the same for other reasons,
 * letting calls finish first when asked to.
 */
export function endProcessOnSignals({ log, servers, cleanup, close }: Lifecycle) {
  let stopping = false;
  const idle = () => Promise.all(servers().map((server) => server.idle()));
  const stop = async (reason: string, { finish = false, code = 0 } = {}): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, "stopping");
    // Questions piped in just before the end still want their answers; nobody is left to wait longer for the others.
    if (finish) for (const server of servers()) server.abort(FINISH_MS);
    if (finish) await within(FINISH_MS, idle());
    for (const server of servers()) server.abort();
    await within(STOP_MS, idle());
    await within(
      CLEANUP_MS,
      (async () => cleanup?.())().catch((cause) => log.error({ err: cause }, "cleanup failed")),
    );
    // Answers first become writes in a later turn of the event loop than the call that ended.
    await sleep(0);
    await within(CLOSE_MS, close());
    process.exit(code);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      if (stopping) process.exit(1);
      void stop(signal);
    });
  process.stderr.on("error", () => {});
  process.on("unhandledRejection", (cause) => log.error({ err: cause }, "unhandled rejection"));
  // State lives in the database and work in other processes: serving on is safe, and ending would cut clients off.
  process.on("uncaughtException", (cause) => log.error({ err: cause }, "uncaught exception"));
  return stop;
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([work, sleep(milliseconds, undefined, { signal: timer.signal }).catch(() => {})]);
  timer.abort();
}
