import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { JSONRPCMessageSchema } from "@modelcontextprotocol/sdk/types.js";
import { messageOf } from "../../lib/errors.ts";
import { baseEnvironment, type Exit, type Peer, startPeer } from "../../lib/exec.ts";
import type { Log } from "../../lib/log.ts";
import { unavailable } from "./failure.ts";
import { lineSplitter } from "./lines.ts";
import type { Wire } from "./wire.ts";

/** How much of a server's standard error is kept for messages, in characters. */
const KEPT_ERRORS = 2000;
/** How long after a server's exit its last output may take to arrive, in milliseconds. */
const LAST_WORDS_MS = 300;

/**
 * A server that we start and talk to over its standard input and output. It runs in its own process group with an
 * environment of its own (see `baseEnvironment`); its standard error goes to the log.
 */
export function stdioWire(
  server: { command: string; args: string[]; cwd: string; env: Record<string, string> },
  { label, log }: { label: string; log: Log },
): Wire {
  let peer: Peer | undefined;
  let errors = "";
  let noise = "";
  let end = "";
  let closed = false;
  const close = (why: string) => {
    if (closed) return;
    closed = true;
    end ||= why;
    transport.onclose?.();
  };
  const receive = (line: string) => {
    const message = messageIn(line);
    if (message) return transport.onmessage?.(message);
    noise ||= line.slice(0, 200);
    log.debug({ server: label, line: line.slice(0, 500) }, "a line that is no message");
  };
  const transport: Transport = {
    async start() {
      const { command, args, cwd, env } = server;
      peer = await startPeer({ command, args, cwd, env: baseEnvironment(env) }).catch((cause) => {
        throw unavailable(label, `did not start: ${messageOf(cause)}`, "never", cause);
      });
      const split = lineSplitter(receive);
      peer.output.on("data", (chunk: Buffer) => {
        if (closed || split(chunk)) return;
        close("sent a message larger than 64 MiB");
        void peer?.stop(0);
      });
      peer.errors.on("data", (chunk: Buffer) => {
        errors = (errors + chunk.toString("utf8")).slice(-KEPT_ERRORS);
      });
      const toLog = lineSplitter((line) => log.info({ server: label }, line.slice(0, 2000)));
      peer.errors.on("data", toLog);
      for (const stream of [peer.output, peer.errors]) stream.on("error", () => {});
      const drained = Promise.all(
        [peer.output, peer.errors].map((stream) => new Promise((r) => stream.once("end", r))),
      );
      void peer.exited.then(async (exit) => {
        const late = new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS));
        await Promise.race([drained, late]);
        close(exitText(exit, errors || noise));
      });
    },
    async send(message) {
      const input = peer?.input;
      if (closed || !input?.writable) throw unavailable(label, end || "is not connected", "lost");
      await new Promise<void>((resolve, reject) =>
        input.write(`${JSON.stringify(message)}\n`, (cause) => (cause ? reject(cause) : resolve())),
      );
    },
    async close() {
      close("");
      await peer?.stop();
    },
  };
  return {
    transport,
    end: () => end || (noise && `wrote to its standard output what is no MCP message: ${noise}`),
    stop: () => transport.close(),
  };
}

function messageIn(line: string) {
  try {
    return JSONRPCMessageSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function exitText({ code, signal }: Exit, words: string): string {
  const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  const last = words.trim().split("\n").slice(-6).join("\n").trim();
  return last === "" ? how : `${how}: ${last}`;
}
