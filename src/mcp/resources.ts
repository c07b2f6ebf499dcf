import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { UriTemplate } from "@modelcontextprotocol/sdk/shared/uriTemplate.js";
import {
  ErrorCode,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { toAppError } from "../lib/errors.ts";
import { sha256 } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { ResourceDefinition, Variables } from "../tools/define-resource.ts";
import type { ToolCall } from "../tools/define-tool.ts";

type Context = ToolCall["ctx"];

/** JSON-RPC code of a resource that is not there (MCP 2025-11-25, resources, error handling). */
const NOT_FOUND = -32002;
/** How soon a subscriber hears of a change, also of one that another process made, in milliseconds. */
const WATCH_MS = 1000;

interface Found {
  definition: ResourceDefinition;
  variables: Variables;
}

/** Serve resources on a server: lists, templates, reading, and subscriptions that watch for changes by anybody. */
export function serveResources(
  server: Server,
  definitions: readonly ResourceDefinition[],
  context: () => Promise<Context>,
  log: Log,
): { close(): void } {
  const templates = definitions.map((definition) => ({ definition, template: new UriTemplate(definition.uri) }));
  const find = (uri: string): Found => {
    for (const { definition, template } of templates) {
      const variables = template.match(uri);
      if (variables !== null) return { definition, variables: decoded(variables) };
    }
    throw new McpError(
      NOT_FOUND,
      `There is no resource ${uri}. resources/list and resources/templates/list show them.`,
    );
  };
  const read = async ({ definition, variables }: Found) => definition.read(variables, await context());

  server.setRequestHandler(ListResourcesRequestSchema, async () => {
    const ctx = await context();
    const lists = await Promise.all(
      definitions.map(async (definition) => {
        const { name, title, description, uri, mime } = definition;
        if (!uri.includes("{")) return [{ uri, name, title, description, mimeType: mime }];
        return ((await definition.list?.(ctx)) ?? []).map((one) => ({ ...one, mimeType: mime }));
      }),
    );
    return { resources: lists.flat() };
  });
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: definitions
      .filter(({ uri }) => uri.includes("{"))
      .map(({ uri, name, title, description, mime }) => ({
        uriTemplate: uri,
        name,
        title,
        description,
        mimeType: mime,
      })),
  }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }) => {
    const found = find(uri);
    try {
      return { contents: [{ uri, mimeType: found.definition.mime, text: await read(found) }] };
    } catch (cause) {
      const { code, message, remedy } = toAppError(cause);
      throw new McpError(code === "NOT_FOUND" ? NOT_FOUND : ErrorCode.InternalError, `${message} ${remedy}`);
    }
  });

  const watched = new Map<string, { found: Found; seen: string }>();
  let timer: NodeJS.Timeout | undefined;
  /** What cannot be read now may be there later: that is a change too. */
  const stamp = (found: Found) => read(found).then(sha256, (cause) => `not readable: ${toAppError(cause).message}`);
  const look = async () => {
    for (const [uri, entry] of [...watched]) {
      const now = await stamp(entry.found);
      if (now === entry.seen || !watched.has(uri)) continue;
      entry.seen = now;
      await server.sendResourceUpdated({ uri }).catch((cause) => log.debug({ err: cause }, "notification not sent"));
    }
    if (watched.size > 0) timer = setTimeout(() => void look(), WATCH_MS).unref();
  };
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  server.setRequestHandler(SubscribeRequestSchema, async ({ params: { uri } }) => {
    const found = find(uri);
    watched.set(uri, { found, seen: await stamp(found) });
    timer ??= setTimeout(() => void look(), WATCH_MS).unref();
    return {};
  });
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
    watched.delete(uri);
    if (watched.size === 0) stop();
    return {};
  });
  return {
    close: () => {
      watched.clear();
      stop();
    },
  };
}

function decoded(variables: Record<string, string | string[]>): Variables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => {
      const text = Array.isArray(value) ? value.join(",") : value;
      try {
        return [name, decodeURIComponent(text)];
      } catch {
        return [name, text];
      }
    }),
  );
}
