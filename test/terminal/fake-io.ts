import { Writable } from "node:stream";
import type { TerminalIo, TerminalStream } from "../../src/terminal/io.ts";

/** A stream that keeps what is written; a terminal when it is given a width. */
export function stream(columns?: number): TerminalStream & { chunks: string[] } {
  const chunks: string[] = [];
  const sink = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk));
      done();
    },
  });
  return Object.assign(sink, {
    chunks,
    ...(columns === undefined ? {} : { isTTY: true, columns, rows: 60 }),
  });
}

/** A terminal for one command; `status` is its exit status. */
export function fakeIo(columns?: number, env: Record<string, string> = {}) {
  const stdout = stream(columns);
  const stderr = stream(columns);
  const stops = new Set<(signal: string) => void>();
  let status: number | undefined;
  const io: TerminalIo = {
    stdout,
    stderr,
    env,
    exit: (code) => {
      status = code;
    },
    onStop: (listener) => {
      stops.add(listener);
      return () => void stops.delete(listener);
    },
  };
  return {
    io,
    stops,
    output: () => stdout.chunks.join(""),
    errors: () => stderr.chunks.join(""),
    status: () => status,
  };
}
