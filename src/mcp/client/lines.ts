/** Largest message of a server that is read, in bytes. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/**
 * Splits a stream of bytes into lines, without looking twice at any of it. Gives a function to push chunks into; it
 * returns false once a line is longer than a message may be.
 */
export function lineSplitter(onLine: (line: string) => void, limit = MAX_MESSAGE_BYTES): (chunk: Buffer) => boolean {
  let parts: Buffer[] = [];
  let length = 0;
  return (chunk) => {
    let rest = chunk;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      const line = Buffer.concat([...parts, rest.subarray(0, end)]).toString("utf8");
      parts = [];
      length = 0;
      rest = rest.subarray(end + 1);
      if (line.trim() !== "") onLine(line);
    }
    if (rest.length > 0) parts.push(rest);
    length += rest.length;
    return length <= limit;
  };
}
