import { Writable } from "node:stream";
import type { Log } from "../lib/log.ts";
import { endProcessOnSignals } from "./lifecycle.ts";
import type { McpServerHandle } from "./server.ts";
import { createStdioTransport } from "./stdio-transport.ts";

export interface StdioOptions {
  log: Log;
  /** Runs once before the process ends, after running calls have stopped. */
  cleanup?: () => void | Promise<void>;
}

/** Largest message accepted, in bytes: PRDs and contracts travel in arguments. */
const MAX_MESSAGE_BYTES = 32 * 1024 * 1024;

/**
 * Serve over standard input and output until the client goes away (end of input, closed output) or the process is
 * told to stop (SIGINT, SIGTERM, SIGHUP), then end the process. Only protocol reaches standard output; anything else
 * that is written there lands on standard error. Resolves once connected.
 */
export async function serveStdio(server: McpServerHandle, { log, cleanup }: StdioOptions): Promise<void> {
  const output = claimStdout();
  const stop = endProcessOnSignals({
    log,
    cleanup,
    servers: () => [server],
    close: () => new Promise<void>((resolve) => output.end(resolve)),
  });
  process.stdin.once("end", () => void stop("end of input", { finish: true }));
  process.stdin.once("close", () => void stop("input closed", { finish: true }));
  output.on("error", (cause) => void stop(`output closed: ${cause.message}`));
  server.onClosed(() => void stop("connection closed", { code: 1 }));

  await server.connect(createStdioTransport(process.stdin, output, MAX_MESSAGE_BYTES));
  if (process.stdin.isTTY)
    process.stderr.write("super-orchestrator speaks MCP on standard input and output; Ctrl-C ends it.\n");
}

/** Take standard output for the protocol: the returned stream is the only way to it, all other writes go to standard error. */
function claimStdout(): Writable {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  const output = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, encoding, done) => void write(chunk, encoding, (cause) => done(cause ?? null)),
  });
  // Whoever held the stream before may end the process on an error; here that is for `stop` to do in order.
  process.stdout.removeAllListeners("error");
  process.stdout.on("error", (cause) => output.destroy(cause));
  return output;
}
