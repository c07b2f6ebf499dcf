import type { Readable, Writable } from "node:stream";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { ErrorCode, type JSONRPCMessage, JSONRPCMessageSchema } from "@modelcontextprotocol/sdk/types.js";

const NEWLINE = 0x0a;

/**
 * Messages as lines of JSON (MCP 2025-11-25, transports, stdio). Where the SDK's own transport passes over a line that is
 * no message, this one answers it (JSON-RPC 2.0, section 5): a client whose request is malformed does not wait for ever.
 */
export function createStdioTransport(input: Readable, output: Writable, max_bytes: number): Transport {
  let parts: Buffer[] = [];
  let size = 0;
  const refuse = (code: ErrorCode, message: string, id: string | number | null = null) =>
    write(output, { jsonrpc: "2.0", id, error: { code, message } }).catch((cause) => transport.onerror?.(cause));
  const take = (line: Buffer, length: number): void => {
    if (length > max_bytes)
      return void refuse(ErrorCode.InvalidRequest, `The message has ${length} bytes; ${max_bytes} are the most.`);
    const text = line.toString("utf8");
    if (text.trim() === "") return;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return void refuse(ErrorCode.ParseError, "The line is no JSON: send each message as one line of JSON.");
    }
    const message = JSONRPCMessageSchema.safeParse(value);
    if (message.success) transport.onmessage?.(message.data);
    else if (!isReply(value)) void refuse(ErrorCode.InvalidRequest, NO_MESSAGE, idOf(value));
  };
  const read = (chunk: Buffer): void => {
    let begin = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, begin)) {
      keep(chunk.subarray(begin, end));
      const [line, length] = [Buffer.concat(parts), size];
      parts = [];
      size = 0;
      begin = end + 1;
      take(line, length);
    }
    keep(chunk.subarray(begin));
  };
  /** What is too long is counted and not kept. */
  const keep = (part: Buffer): void => {
    size += part.length;
    if (size <= max_bytes) parts.push(part);
    else parts = [];
  };
  const fail = (cause: Error) => transport.onerror?.(cause);
  const transport: Transport = {
    start: async () => {
      input.on("data", read);
      input.on("error", fail);
    },
    send: (message) => write(output, message),
    close: async () => {
      input.off("data", read);
      input.off("error", fail);
      input.pause();
      transport.onclose?.();
    },
  };
  return transport;
}

const NO_MESSAGE =
  'That is no JSON-RPC 2.0 message: give "jsonrpc": "2.0", a method, params as an object, and an id (a text or a whole number) for a request.';

function write(output: Writable, message: JSONRPCMessage | object): Promise<void> {
  return new Promise((resolve) => {
    if (output.write(`${JSON.stringify(message)}\n`)) resolve();
    else output.once("drain", resolve);
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An answer to one of our requests, however wrong, gets no answer. */
function isReply(value: unknown): boolean {
  return isObject(value) && !("method" in value) && ("result" in value || "error" in value);
}

function idOf(value: unknown): string | number | null {
  const id = isObject(value) ? value.id : undefined;
  return typeof id === "string" || (typeof id === "number" && Number.isSafeInteger(id)) ? id : null;
}
