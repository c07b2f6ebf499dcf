import { fileURLToPath } from "node:url";
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  type ElicitRequestFormParams,
  ElicitResultSchema,
  ListRootsResultSchema,
  type LoggingLevel,
  LoggingLevelSchema,
  type RequestId,
  RootsListChangedNotificationSchema,
  SetLevelRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { Ask } from "../tools/define-tool.ts";

/** A person may be away from the form for so long, in milliseconds; the call's own cancellation ends it sooner. */
const ANSWER_MS = 30 * 60_000;
/** A program answers: its roots, in milliseconds. */
const ROOTS_MS = 10_000;
/** What a client that never said is told: `logging/setLevel` changes it (MCP 2025-11-25, logging). */
const FIRST_LEVEL: LoggingLevel = "warning";

/** The request in whose stream something is sent; over Streamable HTTP nothing else surely reaches the client. */
export interface InRequest {
  requestId: RequestId;
}

/** What the client at the other end of a connection can be asked and told. */
export interface ClientPeer {
  /** How to ask the person there; undefined when the client declared no form elicitation. */
  asker(request: InRequest, signal: AbortSignal): Ask | undefined;
  /** The client's local folders; undefined when it declared no roots, empty when it has none or did not answer. */
  roots(request?: InRequest): Promise<readonly string[] | undefined>;
  /** Send a log message, when the level that the client set lets it through. */
  say(level: LoggingLevel, message: string, details?: Record<string, unknown>, request?: InRequest): void;
}

/** Serve `logging/setLevel` on a server that declares logging, and give what its client can be asked and told. */
export function createClientPeer(server: Server, log: Log): ClientPeer {
  let level = FIRST_LEVEL;
  server.setRequestHandler(SetLevelRequestSchema, ({ params }) => {
    level = params.level;
    return {};
  });
  let known: Promise<readonly string[]> | undefined;
  server.setNotificationHandler(RootsListChangedNotificationSchema, () => {
    known = undefined;
  });
  const listRoots = async (request?: InRequest): Promise<readonly string[]> => {
    try {
      const { roots } = await server.request({ method: "roots/list" }, ListRootsResultSchema, {
        timeout: ROOTS_MS,
        ...related(request),
      });
      return roots.flatMap(({ uri }) => folderOf(uri) ?? []);
    } catch (cause) {
      log.warn({ err: cause }, "the client did not list its roots");
      known = undefined;
      return [];
    }
  };
  return {
    asker: (request, signal) => {
      if (server.getClientCapabilities()?.elicitation?.form === undefined) return undefined;
      return async (message, form) => {
        const params: ElicitRequestFormParams = { mode: "form", message, requestedSchema: requestedSchema(form) };
        const options = { signal, timeout: ANSWER_MS, ...related(request) };
        const answer = await server.request({ method: "elicitation/create", params }, ElicitResultSchema, options);
        if (answer.action !== "accept") return { action: answer.action };
        const content = form.safeParse(answer.content ?? {});
        if (content.success) return { action: "accept", content: content.data };
        throw new AppError("INVALID_INPUT", `The client's form came back wrong: ${z.prettifyError(content.error)}`, {
          remedy: "Give the same as arguments of the tool instead.",
          cause: content.error,
        });
      };
    },
    roots: async (request) => {
      if (server.getClientCapabilities()?.roots === undefined) return undefined;
      known ??= listRoots(request);
      return known;
    },
    say: (at, message, details = {}, request) => {
      const severity = LoggingLevelSchema.options;
      if (severity.indexOf(at) < severity.indexOf(level)) return;
      const params = { level: at, logger: "super-orchestrator", data: { message, ...details } };
      server
        .notification({ method: "notifications/message", params }, related(request))
        .catch((cause) => log.debug({ err: cause }, "notification not sent"));
    },
  };
}

function related(request: InRequest | undefined): { relatedRequestId?: RequestId } {
  return request === undefined ? {} : { relatedRequestId: request.requestId };
}

/** A flat schema as elicitation takes it: an object of primitives, without the keywords clients do not expect. */
function requestedSchema(form: z.ZodObject): ElicitRequestFormParams["requestedSchema"] {
  const { properties = {}, required = [] } = z.toJSONSchema(form, { io: "input" });
  return {
    type: "object",
    properties: properties as ElicitRequestFormParams["requestedSchema"]["properties"],
    required,
  };
}

/** The folder of a root, which MCP 2025-11-25 says is a file:// URI; undefined for anything else. */
function folderOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}
