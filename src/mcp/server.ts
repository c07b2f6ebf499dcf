import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  type ServerCapabilities,
  type ServerNotification,
} from "@modelcontextprotocol/sdk/types.js";
import type { Log } from "../lib/log.ts";
import { nearest } from "../lib/nearest.ts";
import type { PromptDefinition, ResourceDefinition } from "../tools/define-resource.ts";
import { type AnyTool, TOOLSETS, type ToolCall, type Toolset, type ToolsetSwitch } from "../tools/define-tool.ts";
import { callTool } from "./call.ts";
import { CheckedServer, invalidParams } from "./checked-server.ts";
import { type ClientPeer, createClientPeer, type InRequest } from "./client-peer.ts";
import { describeTool } from "./list.ts";
import { progressReporter, withHeartbeat } from "./progress.ts";
import { servePrompts } from "./prompts.ts";
import { serveResources } from "./resources.ts";

export interface McpServerOptions {
  /** All that this server has. */
  tools: readonly AnyTool[];
  /** Toolsets listed when a client connects; all when left out. */
  toolsets?: readonly Toolset[] | undefined;
  resources?: readonly ResourceDefinition[];
  prompts?: readonly PromptDefinition[];
  /** Called on the first tool call, and again after it failed; one context then serves all calls. */
  makeContext: (client: ClientPeer) => ToolCall["ctx"] | Promise<ToolCall["ctx"]>;
  /**
   * Folders that arguments may name besides the workspace; undefined when any may be. Left out: any may be. The request
   * is the one under way.
   */
  folders?: ((client: ClientPeer, request: InRequest) => Promise<readonly string[] | undefined>) | undefined;
  version: string;
  /** Shown to the model when it connects. Clients cut it at 2 KB: the vital part first. */
  instructions: string;
  log: Log;
  /** The SDK's server to serve on; a test may decorate it. */
  makeServer?: (...given: ConstructorParameters<typeof CheckedServer>) => CheckedServer;
}

/** One MCP server for one connection; a transport with many clients creates one for each. */
export interface McpServerHandle {
  connect(transport: Transport): Promise<void>;
  /** Resolves when no call runs. */
  idle(): Promise<void>;
  /** Ask running calls to stop, all or those that began so many milliseconds ago; their callers get INTERRUPTED. */
  abort(older_than?: number): void;
  /** Close the connection; running calls are aborted and not answered. */
  close(): Promise<void>;
  /** Called once when the connection has ended, from whichever side. */
  onClosed(listener: () => void): void;
}

/** Serve tools over MCP (specification 2025-11-25). Calls are isolated: none can end the server or another call. */
export function createMcpServer(options: McpServerOptions): McpServerHandle {
  const { tools, resources = [], prompts = [], makeContext, version, instructions, log } = options;
  const enabled = new Set<Toolset>(options.toolsets ?? TOOLSETS);
  const listed = () => tools.filter(({ toolset }) => enabled.has(toolset));
  const makeServer = options.makeServer ?? ((...given) => new CheckedServer(...given));
  const server = makeServer(
    { name: "super-orchestrator", title: "Super Orchestrator", version },
    { capabilities: capabilitiesOf(options), instructions },
  );
  const client = createClientPeer(server, log);
  const context = keptOnSuccess(() => makeContext(client));
  const running = new Map<AbortController, { call: Promise<unknown>; began: number }>();
  const closed: (() => void)[] = [];
  const watching = resources.length > 0 ? serveResources(server, resources, context, log) : undefined;
  if (prompts.length > 0) servePrompts(server, prompts, resources, context);
  const toolsets: ToolsetSwitch = {
    enabled: () => TOOLSETS.filter((toolset) => enabled.has(toolset)),
    async enable(wanted) {
      const found = tools.filter(({ toolset }) => toolset === wanted).map(({ name }) => name);
      if (found.length === 0 || enabled.has(wanted)) return found;
      enabled.add(wanted);
      await server.sendToolListChanged().catch((cause) => log.debug({ err: cause }, "notification not sent"));
      return found;
    },
  };

  server.onerror = (error) => log.warn({ err: error }, "protocol error");
  server.onclose = () => {
    watching?.close();
    for (const listener of closed.splice(0)) listener();
  };
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listed().map(describeTool) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    const tool = listed().find(({ name }) => name === params.name) ?? unknownTool(params.name, listed(), tools);
    const stopper = new AbortController();
    let ended = false;
    const stop = () => stopper.abort(extra.signal.reason);
    extra.signal.addEventListener("abort", stop, { once: true });
    if (extra.signal.aborted) stop();
    const send = (notification: ServerNotification) =>
      void extra.sendNotification(notification).catch((cause) => log.debug({ err: cause }, "notification not sent"));
    const token = params._meta?.progressToken;
    const beating =
      token === undefined
        ? undefined
        : withHeartbeat(
            progressReporter(token, (progress) => {
              if (!stopper.signal.aborted) send({ method: "notifications/progress", params: progress });
            }),
            tool.title,
          );
    const ask = client.asker(extra, stopper.signal);
    const call = callTool(tool, params.arguments, {
      context,
      folders: async () => options.folders?.(client, extra),
      signal: stopper.signal,
      progress: (...step) => {
        if (!ended) beating?.report(...step);
      },
      toolsets,
      ...(ask && { ask }),
      tell: (level, message) => client.say(level, message, { tool: tool.name }, extra),
      log,
    });
    running.set(stopper, { call, began: performance.now() });
    try {
      return await call;
    } finally {
      ended = true;
      beating?.stop();
      running.delete(stopper);
      extra.signal.removeEventListener("abort", stop);
    }
  });

  return {
    connect: (transport) => server.connect(transport),
    idle: async () => {
      while (running.size > 0) await Promise.allSettled([...running.values()].map(({ call }) => call));
    },
    abort: (older_than = 0) => {
      const before = performance.now() - older_than;
      for (const [stopper, { began }] of running) if (began <= before) stopper.abort();
    },
    close: () => server.close(),
    onClosed: (listener) => void closed.push(listener),
  };
}

function capabilitiesOf({
  tools,
  toolsets = TOOLSETS,
  resources = [],
  prompts = [],
}: McpServerOptions): ServerCapabilities {
  return {
    tools: tools.every(({ toolset }) => toolsets.includes(toolset)) ? {} : { listChanged: true },
    logging: {},
    ...(resources.length > 0 ? { resources: { subscribe: true } } : {}),
    ...(prompts.length > 0 ? { prompts: {}, completions: {} } : {}),
  };
}

/** One value for all callers, made on demand; a failure is not kept. */
function keptOnSuccess<Value>(make: () => Value | Promise<Value>): () => Promise<Value> {
  let kept: Promise<Value> | undefined;
  return () => {
    kept ??= (async () => make())().catch((cause) => {
      kept = undefined;
      throw cause;
    });
    return kept;
  };
}

/** A protocol error, as MCP asks for. */
function unknownTool(name: string, listed: readonly AnyTool[], all: readonly AnyTool[]): never {
  const known = listed.map((tool) => tool.name);
  const meant = nearest(name, known);
  const toolset = all.find((tool) => tool.name === name)?.toolset;
  const hint = toolset
    ? `It is in the toolset ${toolset}: ${known.includes("enable_toolset") ? "call enable_toolset" : "start the server with --toolsets"} to have it.`
    : meant
      ? `Did you mean ${meant}?`
      : `The tools are ${known.join(", ")}.`;
  throw invalidParams(`Unknown tool ${JSON.stringify(name)}. ${hint}`);
}
