import { setTimeout as sleep } from "node:timers/promises";
import { AppError, messageOf } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { RemoteSettings, RemoteTools } from "../model/remote.ts";
import { type Connection, openConnection } from "./client/connection.ts";
import { pauseBefore, repeatOf, unavailable } from "./client/failure.ts";
import { dataOf } from "./client/result.ts";

/**
 * The tools of an external server. Nothing is started before the first use; then one connection is kept for all calls,
 * and made again after it broke. A call that cannot have begun is repeated up to three times, after 1, 2 and 4 times
 * `retry_delay`; one that may have begun, only when it is safe to repeat; one that ran out of time, once. After a time
 * limit or a cancelled call the next call gets a new connection, so that it never waits for what nobody wants any more.
 */
export function connectRemote(settings: RemoteSettings, log: Log): RemoteTools {
  const { label } = settings;
  let opening: Promise<Connection> | undefined;
  let current: Connection | undefined;
  let closed = false;
  const closing = new AbortController();
  // One that takes no new calls may still be answering old ones.
  const open = new Set<Connection>();

  /** The connection for a call. Callers share the opening of one, so none can cancel it for the others. */
  const connected = async (): Promise<Connection> => {
    if (closed) throw unavailable(label, "was closed", "never");
    if (current?.usable) return current;
    opening ??= openConnection(settings, log, closing.signal).finally(() => {
      opening = undefined;
    });
    const made = await opening;
    if (closed) {
      await made.close();
      throw unavailable(label, "was closed", "never");
    }
    for (const other of open) if (!other.usable && other.idle) open.delete(other);
    open.add(made);
    current = made;
    return made;
  };

  const repeated = async <Value>(
    work: (connection: Connection) => Promise<Value>,
    { signal, safe }: { signal?: AbortSignal | undefined; safe: (connection?: Connection) => boolean },
  ): Promise<Value> => {
    for (let repetition = 0; ; repetition += 1) {
      let connection: Connection | undefined;
      try {
        connection = await orAborted(connected(), signal);
        return await work(connection);
      } catch (cause) {
        if (signal?.aborted) throw signal.reason;
        const pause = pauseBefore(repetition, repeatOf(cause), safe(connection));
        if (closed || pause === undefined) throw repetition === 0 ? cause : afterTries(cause, repetition + 1);
        log.warn({ server: label, repetition: repetition + 1 }, messageOf(cause));
        await orAborted(sleep(pause * settings.retry_delay * 1000), signal);
      }
    }
  };

  const tools: RemoteTools["tools"] = ({ signal } = {}) =>
    repeated(async (connection) => connection.tools, { signal, safe: () => true });
  return {
    label,
    tools,
    names: async (options) => new Set((await tools(options)).keys()),
    async call(tool, input, { signal, repeatable } = {}) {
      const safe = (connection?: Connection) => repeatable ?? connection?.tools.get(tool)?.repeatable ?? false;
      return repeated(
        async (connection) => {
          if (!connection.tools.has(tool)) throw noSuchTool(label, tool, [...connection.tools.keys()]);
          return dataOf(await connection.call(tool, input, signal), { label, tool });
        },
        { signal, safe },
      );
    },
    async close() {
      closed = true;
      closing.abort();
      const made = await opening?.catch(() => undefined);
      if (made) open.add(made);
      await Promise.all([...open].map((connection) => connection.close()));
    },
  };
}

function noSuchTool(label: string, tool: string, offered: string[]): AppError {
  return new AppError(
    "REMOTE_ANSWER",
    `${label} has no tool ${tool}; it offers ${offered.slice(0, 30).join(", ") || "none"}.`,
    { remedy: "Point the configuration at a server with that tool, or use the embedded backend (backend: builtin)." },
  );
}

function afterTries(cause: unknown, tries: number): unknown {
  if (!(cause instanceof AppError)) return cause;
  const message = `${cause.message.replace(/\.$/, "")} (tried ${tries} times).`;
  return new AppError(cause.code, message, { remedy: cause.remedy, cause, details: cause.details });
}

/** `work`, unless the signal aborts first; then its reason, while the work goes on for others. */
function orAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
