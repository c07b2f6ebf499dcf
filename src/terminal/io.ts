/** A stream as far as rendering cares: `isTTY` and `columns` are there when it is a terminal. */
export type TerminalStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

/** Where a command prints, and how it ends. Tests give their own. */
export interface TerminalIo {
  /** Answers only. */
  stdout: TerminalStream;
  /** Progress, questions, errors. */
  stderr: TerminalStream;
  env: Record<string, string | undefined>;
  /** Set the exit status; output still drains. */
  exit(code: number): void;
  /** Called on SIGINT, SIGTERM, SIGHUP; gives a function that stops listening. */
  onStop(listener: (signal: string) => void): () => void;
}

/** The real terminal. A reader that went away (`| head`) ends the process quietly; a second signal ends it at once. */
export function processIo(): TerminalIo {
  process.stdout.on("error", (cause: NodeJS.ErrnoException) => {
    if (cause.code === "EPIPE") process.exit(0);
    throw cause;
  });
  process.stderr.on("error", () => {});
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    exit: (code) => {
      process.exitCode = code;
    },
    onStop: (listener) => {
      let asked = false;
      const stop = (signal: string) => {
        if (asked) process.exit(130);
        asked = true;
        listener(signal);
      };
      const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
      for (const signal of signals) process.on(signal, stop);
      return () => {
        for (const signal of signals) process.off(signal, stop);
      };
    },
  };
}

type Env = Record<string, string | undefined>;

/** Whether to colour what goes to a stream: FORCE_COLOR, then NO_COLOR and TERM=dumb, then whether it is a terminal. */
export function hasColors(stream: TerminalStream, env: Env): boolean {
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== "0";
  if (env.NO_COLOR || env.TERM === "dumb") return false;
  return stream.isTTY === true;
}

/** Whether lines can be redrawn: a terminal that knows its width, and nobody recording it (CI). */
export function canRedraw(stream: TerminalStream, env: Env): boolean {
  return stream.isTTY === true && (stream.columns ?? 0) > 0 && !env.CI && env.TERM !== "dumb";
}
