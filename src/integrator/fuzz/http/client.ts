import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

/** A request as it is sent: nothing is added but host and length. */
export interface Wire {
  method: string;
  /** Path with query below the tested address, "/" first. */
  target: string;
  headers: Record<string, string>;
  body: Buffer | string | null;
}

export interface WireAnswer {
  kind: "answer";
  status: number;
  headers: Record<string, string>;
  body: Buffer;
  /** Why the body was not read to its end; "" when it was. */
  cut: "" | "size" | "time";
  duration_ms: number;
}

/** No answer came. */
export interface WireFailure {
  kind: "failure";
  reason: "refused" | "broken" | "timeout" | "stopped" | "malformed";
  message: string;
  duration_ms: number;
}

export type WireOutcome = WireAnswer | WireFailure;

export interface Client {
  /** Base address without a trailing slash. */
  readonly base: string;
  send(wire: Wire): Promise<WireOutcome>;
  /** Requests sent so far. */
  sent(): number;
  close(): void;
}

export interface ClientOptions {
  base: string;
  concurrency: number;
  timeout_ms: number;
  /** Requests a second; 0 sends as fast as it goes. */
  rate: number;
  signal: AbortSignal;
}

/** More of a body is not read: what answers gigabytes is judged by its beginning. */
export const BODY_LIMIT = 8 * 1024 * 1024;

/**
 * A client of one address: keep-alive, at most `concurrency` requests at a time. It follows nothing, so that no request
 * can reach another host. `send` never rejects for what the other side does.
 */
export function createClient(options: ClientOptions): Client {
  const base = new URL(options.base);
  const settings = { keepAlive: true, maxSockets: options.concurrency, scheduling: "lifo" as const };
  const agent = base.protocol === "https:" ? new HttpsAgent(settings) : new HttpAgent(settings);
  const send = base.protocol === "https:" ? httpsRequest : httpRequest;
  const prefix = base.pathname.replace(/\/+$/, "");
  const waiting: (() => void)[] = [];
  let running = 0;
  let sent = 0;
  let nextSlot = 0;

  const once = (wire: Wire, fresh: boolean): Promise<WireOutcome> =>
    new Promise((resolve) => {
      const begin = performance.now();
      const elapsed = () => Math.round(performance.now() - begin);
      let answer: IncomingMessage | undefined;
      let settled = false;
      const chunks: Buffer[] = [];
      let size = 0;
      const settle = (outcome: WireOutcome) => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        options.signal.removeEventListener("abort", onAbort);
        resolve(outcome);
      };
      const answered = (cut: WireAnswer["cut"]) =>
        settle({
          kind: "answer",
          status: answer?.statusCode ?? 0,
          headers: plainHeaders(answer),
          body: Buffer.concat(chunks),
          cut,
          duration_ms: elapsed(),
        });
      const fail = (reason: WireFailure["reason"], message: string) =>
        settle({ kind: "failure", reason, message, duration_ms: elapsed() });
      const headers: Record<string, string> = { ...wire.headers };
      if (wire.body !== null) headers["content-length"] = String(Buffer.byteLength(wire.body));
      const outgoing = send({
        protocol: base.protocol,
        hostname: base.hostname.replace(/^\[|\]$/g, ""),
        port: base.port,
        path: prefix + wire.target,
        method: wire.method,
        headers,
        agent: fresh ? false : agent,
      });
      const stop = () => {
        outgoing.destroy();
        answer?.destroy();
      };
      const onAbort = () => {
        fail("stopped", "stopped");
        stop();
      };
      const timer = setTimeout(() => {
        if (answer) answered("time");
        else fail("timeout", `no answer within ${options.timeout_ms} ms`);
        stop();
      }, options.timeout_ms);
      options.signal.addEventListener("abort", onAbort, { once: true });
      outgoing.on("response", (incoming: IncomingMessage) => {
        answer = incoming;
        incoming.on("data", (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size <= BODY_LIMIT) return;
          answered("size");
          stop();
        });
        incoming.on("end", () => answered(""));
        incoming.on("error", (error) => fail("broken", `the answer broke off: ${error.message}`));
        incoming.on("close", () => (incoming.complete ? answered("") : fail("broken", "the answer broke off")));
      });
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        const code = error.code ?? error.message;
        const reason = code === "ECONNREFUSED" ? "refused" : code.startsWith("HPE_") ? "malformed" : "broken";
        fail(reason, code === "ECONNRESET" ? "the connection was closed without an answer" : code);
      });
      outgoing.end(wire.body ?? undefined);
    });

  const acquire = async () => {
    if (running < options.concurrency) running += 1;
    else await new Promise<void>((go) => waiting.push(go));
    if (options.rate <= 0) return;
    const now = performance.now();
    const slot = Math.max(now, nextSlot);
    nextSlot = slot + 1000 / options.rate;
    if (slot > now) await sleep(slot - now, undefined, { signal: options.signal }).catch(() => {});
  };
  const release = () => {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };

  return {
    base: options.base.replace(/\/+$/, ""),
    async send(wire) {
      await acquire();
      try {
        if (options.signal.aborted) return { kind: "failure", reason: "stopped", message: "stopped", duration_ms: 0 };
        sent += 1;
        const first = await once(wire, false);
        // A server may close an idle connection just when it is used again, which says nothing of the request: only what
        // breaks off on a connection of its own as well is the service's doing.
        return first.kind === "failure" && first.reason === "broken" ? await once(wire, true) : first;
      } catch (cause) {
        // What node itself refuses to send, such as a control character in a header.
        return { kind: "failure", reason: "stopped", message: String(cause), duration_ms: 0 };
      } finally {
        release();
      }
    },
    sent: () => sent,
    close: () => agent.destroy(),
  };
}

function plainHeaders(answer: IncomingMessage | undefined): Record<string, string> {
  const entries = Object.entries(answer?.headers ?? {}).map(([name, value]): [string, string] => [
    name,
    Array.isArray(value) ? value.join(", ") : (value ?? ""),
  ]);
  return Object.fromEntries(entries);
}
