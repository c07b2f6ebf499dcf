import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { isJsonType } from "../../lib/media.ts";
import { endToEndHeaders, headerLines } from "../gateway-headers.ts";
import { now, type RecordExchange } from "./exchange.ts";

/** Stands between two services and records what passes, without changing it: headers stay as they were sent. */
export interface Tap {
  /** Base URL at which `from` reaches what is at `target`, the base URL of `to`. The same again for the same pair. */
  between(from: string, to: string, target: string): Promise<string>;
  close(): Promise<void>;
}

/** Each pair of services takes a port; those of very large systems beyond these reach each other unseen. */
const MOST_PAIRS = 400;
/** Bytes of a body that are kept; larger ones pass unread. */
const BODY_LIMIT = 256 * 1024;

/** A tap on the loopback address. Every pair has a port of its own, because callers do not say who they are. */
export function createTap(record: RecordExchange): Tap {
  const servers: Server[] = [];
  const upgraded = new Set<Duplex>();
  const urls = new Map<string, Promise<string>>();
  const open = async (from: string, to: string, target: string): Promise<string> => {
    const server = createServer({ requestTimeout: 0 }, (incoming, answer) => {
      const start_ms = now();
      const path = incoming.url ?? "/";
      const method = incoming.method ?? "GET";
      const traceparent = String(incoming.headers.traceparent ?? "");
      const sent = collect(incoming);
      relay(incoming, answer, new URL(target), (status, response) =>
        record({
          ...{ traceparent, from, to, method, path, status, start_ms, duration_ms: now() - start_ms },
          ...{ request: sent(), response },
        }),
      );
    });
    server.on("upgrade", (incoming, socket, head) => {
      upgraded.add(socket.once("close", () => upgraded.delete(socket)));
      relayUpgrade(incoming, socket, head, new URL(target));
    });
    servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  };
  return {
    between(from, to, target) {
      const key = JSON.stringify([from, to, target]);
      const url = urls.get(key) ?? (urls.size < MOST_PAIRS ? open(from, to, target) : Promise.resolve(target));
      urls.set(key, url);
      return url;
    },
    async close() {
      await Promise.allSettled(urls.values());
      for (const socket of upgraded) socket.destroy();
      await Promise.all(servers.map(closed));
    },
  };
}

/** Pass one request on and its answer back; `done` gets the status and the body as a value once it is over. */
function relay(
  incoming: IncomingMessage,
  answer: ServerResponse,
  target: URL,
  done: (status: number | null, response: unknown) => void,
): void {
  const hasLength = "content-length" in incoming.headers;
  const hasBody = hasLength || "transfer-encoding" in incoming.headers;
  const onward = request({
    hostname: target.hostname,
    port: target.port,
    path: prefixOf(target) + incoming.url,
    method: incoming.method,
    headers: [
      ...endToEndHeaders(incoming).flatMap(withoutHost),
      ...["host", target.host],
      ...(hasBody && !hasLength ? ["transfer-encoding", "chunked"] : []),
    ],
    agent: false,
  });
  onward.once("response", (response) => {
    const body = collect(response);
    answer.writeHead(response.statusCode ?? 502, response.statusMessage, endToEndHeaders(response));
    answer.flushHeaders();
    // What is recorded is there before the caller can act on the answer's end.
    response.once("end", () => done(response.statusCode ?? null, body()));
    response.pipe(answer);
    response.on("error", () => answer.destroy());
    response.once("close", () => {
      if (response.complete) return;
      done(response.statusCode ?? null, undefined);
      answer.destroy();
    });
  });
  // The caller sees what it would see without the tap: a connection that breaks off.
  onward.once("error", () => {
    if (!answer.headersSent) done(null, undefined);
    answer.destroy();
  });
  answer.once("close", () => void (answer.writableFinished || onward.destroy()));
  if (hasBody) incoming.pipe(onward);
  else onward.end();
}

function relayUpgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer, target: URL): void {
  const onward = connect(Number(target.port), target.hostname, () => {
    const line = `${incoming.method} ${prefixOf(target)}${incoming.url} HTTP/1.1`;
    onward.write(`${line}\r\n${headerLines(incoming.rawHeaders)}\r\n`);
    onward.write(head);
    socket.pipe(onward).pipe(socket);
  });
  socket.on("error", () => onward.destroy()).on("close", () => onward.destroy());
  onward.on("error", () => socket.destroy()).on("close", () => socket.destroy());
}

function prefixOf({ pathname }: URL): string {
  return pathname.replace(/\/$/, "");
}

/** Leaves out Host of raw header names and values in turn: the target's own is sent. */
function withoutHost(text: string, index: number, all: string[]): string[] {
  const name = index % 2 === 0 ? text : all[index - 1];
  return name?.toLowerCase() === "host" ? [] : [text];
}

/** Look at a body while somebody else reads it; gives it as a value once it is over. */
function collect(message: IncomingMessage): () => unknown {
  const chunks: Buffer[] = [];
  let size = 0;
  message.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= BODY_LIMIT) chunks.push(chunk);
  });
  return () => {
    if (size === 0 || size > BODY_LIMIT || !isJsonType(message.headers["content-type"] ?? "")) return undefined;
    try {
      return JSON.parse(Buffer.concat(chunks).toString("utf8"));
    } catch {
      return undefined;
    }
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
