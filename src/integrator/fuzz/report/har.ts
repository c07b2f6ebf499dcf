import type { Exchange } from "../check/found.ts";

export interface HarLog {
  /** Take an exchange down. */
  note(exchange: Exchange): void;
  /** HTTP Archive 1.2, as JSON. */
  text(version: string): string;
}

const MOST = 20_000;
const BODY_LIMIT = 16_384;

/** A log of every request and answer (HAR 1.2). Secrets are left out; long bodies are cut; the first 20000 are kept. */
export function harOf(base: string): HarLog {
  const entries: unknown[] = [];
  let dropped = 0;
  return {
    note(exchange) {
      if (entries.length >= MOST) dropped += 1;
      else entries.push(entryOf(base, exchange));
    },
    text: (version) =>
      JSON.stringify({
        log: {
          version: "1.2",
          creator: { name: "super-orchestrator", version },
          entries,
          ...(dropped > 0 ? { comment: `${dropped} more exchanges are not listed` } : {}),
        },
      }),
  };
}

const SECRET = /^(authorization|cookie|set-cookie|x-api-key)$|key|token|secret/i;

function entryOf(base: string, { wire, outcome, case: given }: Exchange): object {
  const [, query = ""] = wire.target.split("?");
  const body = wire.body === null ? "" : wire.body.toString("utf8");
  const answer = outcome.kind === "answer" ? outcome : null;
  const text = answer?.body.subarray(0, BODY_LIMIT).toString("utf8") ?? "";
  const started = new Date(Date.now() - outcome.duration_ms).toISOString();
  return {
    startedDateTime: started,
    time: outcome.duration_ms,
    request: {
      method: wire.method,
      url: base + wire.target,
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers: headersOf(wire.headers),
      queryString: [...new URLSearchParams(query)].map(([name, value]) => ({ name, value })),
      ...(wire.body === null
        ? {}
        : { postData: { mimeType: wire.headers["content-type"] ?? "", text: body.slice(0, BODY_LIMIT) } }),
      headersSize: -1,
      bodySize: Buffer.byteLength(body),
    },
    response: {
      status: answer?.status ?? 0,
      statusText: "",
      httpVersion: "HTTP/1.1",
      cookies: [],
      headers: headersOf(answer?.headers ?? {}),
      content: { size: answer?.body.length ?? 0, mimeType: answer?.headers["content-type"] ?? "", text },
      redirectURL: answer?.headers.location ?? "",
      headersSize: -1,
      bodySize: answer?.body.length ?? -1,
    },
    cache: {},
    timings: { send: 0, wait: outcome.duration_ms, receive: 0 },
    comment: [given.phase, given.kind, given.what, outcome.kind === "failure" ? outcome.message : ""]
      .filter(Boolean)
      .join("; "),
  };
}

function headersOf(headers: Record<string, string>): { name: string; value: string }[] {
  return Object.entries(headers).map(([name, value]) => ({ name, value: SECRET.test(name) ? "(left out)" : value }));
}
