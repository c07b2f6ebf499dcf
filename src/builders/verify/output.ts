import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const MAX_BYTES = 32 * 1024 * 1024;

/** What was written to a file after `offset`; of more than 32 MiB only the end, where runners put their summaries. */
export function readFrom(file: string, offset: number): string {
  const handle = openSync(file, "r");
  try {
    const { size } = fstatSync(handle);
    const begin = Math.max(offset, size - MAX_BYTES);
    const buffer = Buffer.alloc(Math.max(0, size - begin));
    const length = readSync(handle, buffer, 0, buffer.length, begin);
    return buffer.toString("utf8", 0, length);
  } finally {
    closeSync(handle);
  }
}
