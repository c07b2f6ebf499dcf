import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { ErrorCode, type RequestId } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import packageJson from "../../../package.json" with { type: "json" };
import { watchedBody } from "./watched-body.ts";
import type { Wire } from "./wire.ts";

/** How often the SDK tries to take up a stream again that it may resume. */
const RESUMES = 2;
/** How long the last bytes of a stream may take through the SDK's parser, in milliseconds. */
const SETTLE_MS = 100;
/** How long saying goodbye may take, in milliseconds. */
const GOODBYE_MS = 1000;

const Sent = z.object({ id: z.union([z.string(), z.number()]), method: z.string() });

/**
 * A server behind an address (Streamable HTTP). The SDK waits for an answer until the time limit when the stream that
 * should bring it ends early; here such a request is answered with an error at once.
 */
export function httpWire({ url, headers }: { url: string; headers: Record<string, string> }): Wire {
  const pending = new Set<RequestId>();
  let end = "";
  let failedResumes = 0;
  const lose = (ids: Iterable<RequestId>) => {
    for (const id of [...ids])
      if (pending.has(id)) {
        end ||= "ended the stream in the middle of an answer";
        const error = { code: ErrorCode.ConnectionClosed, message: end };
        inner.onmessage?.({ jsonrpc: "2.0", id, error });
      }
  };
  const watched = async (address: string | URL, init?: RequestInit): Promise<Response> => {
    const resuming = init?.method === "GET" && new Headers(init.headers).has("last-event-id");
    const response = await fetch(address, init).catch((cause) => {
      if (resuming) resumed(false);
      throw cause;
    });
    if (resuming) resumed(response.ok);
    const id = requestIn(init?.body);
    const streamed = response.headers.get("content-type")?.startsWith("text/event-stream");
    if (id === undefined || !response.ok || !response.body || !streamed) return response;
    const body = watchedBody(response.body, ({ resumable }) => {
      if (!resumable) setTimeout(() => lose([id]), SETTLE_MS);
    });
    const { status, statusText } = response;
    return new Response(body, { status, statusText, headers: response.headers });
  };
  const resumed = (ok: boolean) => {
    failedResumes = ok ? 0 : failedResumes + 1;
    if (failedResumes >= RESUMES) lose(pending);
  };
  const inner = new StreamableHTTPClientTransport(new URL(url), {
    fetch: watched,
    requestInit: { headers: { "user-agent": `super-orchestrator/${packageJson.version}`, ...headers } },
    reconnectionOptions: {
      maxRetries: RESUMES,
      initialReconnectionDelay: 500,
      maxReconnectionDelay: 5000,
      reconnectionDelayGrowFactor: 2,
    },
  });
  return {
    transport: tracked(inner, pending),
    end: () => end,
    stop: async () => {
      const goodbye = new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref());
      await Promise.race([inner.terminateSession().catch(() => {}), goodbye]);
      await inner.close();
    },
  };
}

/** The transport itself, telling which requests wait for an answer. */
function tracked(inner: StreamableHTTPClientTransport, pending: Set<RequestId>): Transport {
  // The SDK declares its optional members without `undefined`, which this project's strictness tells apart.
  const transport = inner as Transport;
  const { send } = inner;
  transport.send = async (message, options) => {
    const request = Sent.safeParse(message);
    if (request.success) pending.add(request.data.id);
    try {
      await send.call(inner, message, options as Parameters<typeof send>[1]);
    } catch (cause) {
      if (request.success) pending.delete(request.data.id);
      throw cause;
    }
  };
  transport.onmessage = (message) => {
    if ("id" in message && message.id !== undefined && !("method" in message)) pending.delete(message.id);
  };
  return transport;
}

function requestIn(body: unknown): RequestId | undefined {
  if (typeof body !== "string") return undefined;
  const sent = Sent.safeParse(JSON.parse(body));
  return sent.success ? sent.data.id : undefined;
}
