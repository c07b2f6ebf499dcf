import { closeSync, openSync, readSync } from "node:fs";

const LOOK_MS = 250;
const CHUNK_BYTES = 64 * 1024;
/** A longer line is passed over: nobody who follows has a use for it. */
const MAX_LINE = 8_000_000;

/**
 * Give each full line of a file from byte `from` on, as it is appended, until the returned function is called, which reads
 * what is left. The file need not exist yet. Does not keep the process running.
 */
export function followLines(file: string, onLine: (line: string) => void, from = 0): () => void {
  let handle: number | undefined;
  let position = from;
  let rest = Buffer.alloc(0);
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const look = () => {
    try {
      handle ??= openSync(file, "r");
    } catch {
      return;
    }
    const read = (open: number) => readSync(open, buffer, 0, buffer.length, position);
    for (let count = read(handle); count > 0; count = read(handle)) {
      position += count;
      const text = Buffer.concat([rest, buffer.subarray(0, count)]);
      const end = text.lastIndexOf(0x0a);
      rest = text.subarray(end + 1).length > MAX_LINE ? Buffer.alloc(0) : Buffer.from(text.subarray(end + 1));
      if (end >= 0) for (const line of text.subarray(0, end).toString("utf8").split("\n")) onLine(line);
    }
  };
  const timer = setInterval(look, LOOK_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    look();
    if (rest.length > 0) onLine(rest.toString("utf8"));
    if (handle !== undefined) closeSync(handle);
  };
}
