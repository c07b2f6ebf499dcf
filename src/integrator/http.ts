import { Agent, type IncomingHttpHeaders, request } from "node:http";

export interface HttpRequest {
  method: string;
  /** http only: everything tested is on the loopback address or a private network. */
  url: string;
  headers?: Record<string, string>;
  body?: string;
  timeout_ms: number;
  signal: AbortSignal;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** At most `BODY_LIMIT` bytes, as UTF-8. */
  body: string;
  truncated: boolean;
  duration_ms: number;
}

/** No answer came: why, in a few words. */
export interface HttpFailure {
  failure: string;
  timed_out: boolean;
  duration_ms: number;
}

const BODY_LIMIT = 4 * 1024 * 1024;
const agent = new Agent({ keepAlive: true, timeout: 1500 });

/**
 * Send one request and read the whole answer. Never rejects for what the other side does: refused, reset, too slow and
 * malformed answers are an `HttpFailure`. An abort is one too; the caller asks its signal.
 */
export function send(options: HttpRequest): Promise<HttpAnswer | HttpFailure> {
  const begin = performance.now();
  return new Promise((resolve) => {
    const elapsed = () => Math.round(performance.now() - begin);
    const fail = (failure: string, timed_out = false) => resolve({ failure, timed_out, duration_ms: elapsed() });
    const headers: Record<string, string> = { ...options.headers };
    if (options.body !== undefined) headers["content-length"] = String(Buffer.byteLength(options.body));
    const limit = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeout_ms)]);
    const outgoing = request(options.url, { method: options.method, headers, agent, signal: limit }, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= BODY_LIMIT) chunks.push(chunk);
        else answer.destroy();
      });
      answer.on("error", (error) => (size > BODY_LIMIT ? undefined : fail(`broke off: ${error.message}`)));
      answer.once("close", () => {
        const body = Buffer.concat(chunks).toString("utf8");
        const status = answer.statusCode ?? 0;
        if (!answer.complete && size <= BODY_LIMIT) fail("the answer broke off");
        resolve({ status, headers: answer.headers, body, truncated: size > BODY_LIMIT, duration_ms: elapsed() });
      });
    });
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      const timedOut = limit.aborted && !options.signal.aborted;
      fail(timedOut ? `no answer within ${options.timeout_ms} ms` : (error.code ?? error.message), timedOut);
    });
    outgoing.end(options.body);
  });
}
