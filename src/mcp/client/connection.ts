import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { z } from "zod";
import packageJson from "../../../package.json" with { type: "json" };
import type { Log } from "../../lib/log.ts";
import type { RemoteSettings, RemoteTool } from "../../model/remote.ts";
import { failureOf } from "./failure-of.ts";
import { httpWire } from "./http.ts";
import { type CallResult, ToolResult } from "./result.ts";
import { stdioWire } from "./stdio.ts";
import type { Wire } from "./wire.ts";

/** One connection to one server, from its handshake until it breaks or is given up. */
export interface Connection {
  readonly tools: ReadonlyMap<string, RemoteTool>;
  /** Whether it may take new calls. */
  readonly usable: boolean;
  /** Whether no call runs on it. */
  readonly idle: boolean;
  call(tool: string, input: Record<string, unknown>, signal?: AbortSignal): Promise<CallResult>;
  /** End it now, with the calls that run on it. */
  close(): Promise<void>;
}

// Lenient: a tool whose schema we cannot read is still a tool.
const Listed = z.looseObject({
  name: z.string(),
  inputSchema: z
    .looseObject({
      properties: z.record(z.string(), z.unknown()).catch({}),
      required: z.array(z.string()).catch([]),
    })
    .catch({ properties: {}, required: [] }),
  annotations: z
    .looseObject({ readOnlyHint: z.boolean().optional(), idempotentHint: z.boolean().optional() })
    .optional()
    .catch(undefined),
});
const ToolList = z.looseObject({ tools: z.array(Listed), nextCursor: z.string().optional() });
/** Pages of tools that are read: a server that always says there is more must not hold us. */
const MAX_PAGES = 50;

/**
 * Connect, shake hands and ask for the tools, all within the start-up time; `closing` gives it up at once.
 * Errors: REMOTE_UNAVAILABLE, REMOTE_ANSWER.
 */
export async function openConnection(settings: RemoteSettings, log: Log, closing: AbortSignal): Promise<Connection> {
  const { label, server } = settings;
  const wire = "url" in server ? httpWire(server) : stdioWire(server, { label, log });
  const client = new Client({ name: "super-orchestrator", version: packageJson.version });
  client.onerror = (cause) => log.debug({ err: cause, server: label }, "protocol error");
  const deadline = Date.now() + settings.startup_timeout * 1000;
  const left = () => ({ timeout: Math.max(1, deadline - Date.now()) });
  const giveUp = () => void wire.stop().catch(() => {});
  closing.addEventListener("abort", giveUp, { once: true });
  try {
    await client.connect(wire.transport, left());
    const tools = await listTools(client, left);
    log.info({ server: label, tools: tools.size }, "connected");
    return connectionOver(client, wire, tools, settings);
  } catch (cause) {
    const failure = failureOf(cause, { label, wire, doing: "start", limit: settings.startup_timeout });
    await wire.stop().catch(() => {});
    throw failure;
  } finally {
    closing.removeEventListener("abort", giveUp);
  }
}

async function listTools(client: Client, left: () => { timeout: number }): Promise<Map<string, RemoteTool>> {
  const tools = new Map<string, RemoteTool>();
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const params = cursor === undefined ? {} : { cursor };
    // Not the SDK's own listTools: it compiles every output schema and refuses the whole list for one it dislikes.
    const list = await client.request({ method: "tools/list", params }, ToolList, left());
    for (const { name, inputSchema, annotations } of list.tools)
      tools.set(name, {
        takes: new Set(Object.keys(inputSchema.properties)),
        requires: new Set(inputSchema.required),
        repeatable: annotations?.readOnlyHint === true || annotations?.idempotentHint === true,
      });
    cursor = list.nextCursor;
    if (cursor === undefined) break;
  }
  return tools;
}

function connectionOver(
  client: Client,
  wire: Wire,
  tools: ReadonlyMap<string, RemoteTool>,
  { label, tool_timeout }: RemoteSettings,
): Connection {
  let usable = true;
  let running = 0;
  let stopping: Promise<void> | undefined;
  const stop = () => {
    usable = false;
    stopping ??= wire.stop().catch(() => {});
    return stopping;
  };
  client.onclose = () => void stop();
  return {
    tools,
    get usable() {
      return usable;
    },
    get idle() {
      return running === 0;
    },
    async call(tool, input, signal) {
      running += 1;
      const stopper = new AbortController();
      const abort = () => stopper.abort(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      try {
        signal?.throwIfAborted();
        const request = { method: "tools/call" as const, params: { name: tool, arguments: input } };
        return await client.request(request, ToolResult, { signal: stopper.signal, timeout: tool_timeout * 1000 });
      } catch (cause) {
        const failure = failureOf(cause, { label, wire, doing: `answer ${tool}`, limit: tool_timeout, signal });
        // A server that is busy with what nobody waits for would keep the next call waiting too.
        if (failure !== undefined && failureLeaves(failure)) usable = false;
        throw failure;
      } finally {
        signal?.removeEventListener("abort", abort);
        running -= 1;
        if (!usable && running === 0) void stop();
      }
    },
    close: stop,
  };
}

/** Whether the connection cannot be trusted after a failure: anything but an answer, good or bad. */
function failureLeaves(failure: unknown): boolean {
  return !(failure instanceof Error && "code" in failure && failure.code === "REMOTE_ANSWER");
}
