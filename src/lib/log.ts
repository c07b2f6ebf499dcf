import pino, { type Logger } from "pino";

export type Log = Logger;

/** A JSON logger on standard error or into a file; standard output belongs to answers and protocol. */
export function createLog(options: { name: string; level?: string; file?: string }): Log {
  const destination = pino.destination({ dest: options.file ?? 2, sync: true, mkdir: true });
  return pino(
    { name: options.name, level: options.level ?? "info", timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
}

/** A logger that says nothing. */
export function silentLog(): Log {
  return pino({ level: "silent" });
}
