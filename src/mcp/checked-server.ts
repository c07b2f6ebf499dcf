import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { type AnyObjectSchema, type SchemaOutput, safeParse } from "@modelcontextprotocol/sdk/server/zod-compat.js";
import { Protocol, type RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import {
  ErrorCode,
  type Notification,
  type Request,
  type Result,
  type ServerNotification,
  type ServerRequest,
  type ServerResult,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";

/** What the SDK gives a handler beside the request. */
export type CallExtra = RequestHandlerExtra<ServerRequest | Request, ServerNotification | Notification>;
type Answer = ServerResult | Result;

/**
 * The SDK's server, whose requests are checked before they reach a handler: a malformed one is answered as invalid
 * parameters (-32602) in one sentence, where the SDK would answer an internal error with the validator's JSON. A class
 * because the SDK registers `initialize` and `ping` itself, while it is constructed.
 */
export class CheckedServer extends Server {
  override setRequestHandler<Schema extends AnyObjectSchema>(
    schema: Schema,
    handler: (request: SchemaOutput<Schema>, extra: CallExtra) => Answer | Promise<Answer>,
  ): void {
    const method = methodOf(schema);
    const lenient = z.object({ method: z.literal(method), params: z.unknown().optional() });
    const checked = async (request: unknown, extra: CallExtra) => {
      try {
        const hidden = prototypeKeyIn(request);
        if (hidden !== undefined) throw invalidParams(`Invalid ${method} request: ${hidden}.__proto__ is no argument.`);
        const parsed = safeParse(schema, request);
        if (!parsed.success) throw invalidParams(`Invalid ${method} request: ${faultIn(parsed.error)}.`);
        return await handler(parsed.data, extra);
      } catch (cause) {
        throw inFewWords(cause);
      }
    };
    // Past Server's own method, which checks tools/call once more and words it in its own way.
    Protocol.prototype.setRequestHandler.call(this, lenient, checked);
  }
}

/** Names and addresses of callers come back in messages: a huge one must not. */
const MAX_MESSAGE = 1000;

/** A handler's error as it goes out: McpError would repeat its code in the message, on both sides. */
function inFewWords(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  const plain = cause.message.replace(/^MCP error -?\d+: /, "");
  const message = plain.length > MAX_MESSAGE ? `${plain.slice(0, MAX_MESSAGE)}…` : plain;
  const { code, data } = Object.assign({ code: undefined, data: undefined }, cause);
  return Object.assign(new Error(message, { cause }), code !== undefined && { code }, data !== undefined && { data });
}

/** A JSON-RPC error for wrong parameters. */
export function invalidParams(message: string): Error {
  return Object.assign(new Error(message), { code: ErrorCode.InvalidParams });
}

/** Where a `__proto__` key is that the validator would drop in silence: what was asked for would not be what is done. */
function prototypeKeyIn(request: unknown): string | undefined {
  const { params } = Asked.parse(request);
  const given = Asked.parse(params ?? {}).arguments;
  if (isOwn(params, "__proto__")) return "params";
  return isOwn(given, "__proto__") ? "params.arguments" : undefined;
}

const Asked = z.object({ params: z.unknown().optional(), arguments: z.unknown().optional() }).catch({});

function isOwn(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key);
}

const WithMethod = z.object({ shape: z.object({ method: z.object({ value: z.string() }) }) });

function methodOf(schema: AnyObjectSchema): string {
  return WithMethod.parse(schema).shape.method.value;
}

const Faults = z.object({
  issues: z.array(z.object({ path: z.array(z.union([z.string(), z.number()])), message: z.string() })).min(1),
});

/** The first fault, with its place. */
function faultIn(error: unknown): string {
  const faults = Faults.safeParse(error);
  const first = faults.success ? faults.data.issues[0] : undefined;
  if (first === undefined) return "it does not fit the protocol";
  return `${first.path.join(".") || "the message"}: ${first.message}`;
}
