import { StreamableHTTPError } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { AppError, messageOf } from "../../lib/errors.ts";
import { type Repeat, unavailable } from "./failure.ts";
import { answerError } from "./result.ts";
import type { Wire } from "./wire.ts";

/** What was being done when something failed. */
export interface Doing {
  label: string;
  wire: Pick<Wire, "end">;
  /** Goes on from "did not": "start", "answer get_contract". */
  doing: string;
  /** Time it had, in seconds. */
  limit: number;
  signal?: AbortSignal | undefined;
}

/** What the SDK, the transport or the runtime threw, as an error for a user; the reason of the signal when it aborted. */
export function failureOf(cause: unknown, { label, wire, doing, limit, signal }: Doing): unknown {
  if (signal?.aborted) return signal.reason;
  if (cause instanceof AppError) return cause;
  const end = wire.end();
  if (cause instanceof McpError && cause.code === ErrorCode.RequestTimeout) {
    const more = end === "" ? "" : `; it ${end}`;
    return unavailable(label, `did not ${doing} within ${limit} s${more}`, "late", cause);
  }
  if (cause instanceof McpError && cause.code !== ErrorCode.ConnectionClosed)
    return answerError(label, doing, protocolText(cause));
  if (cause instanceof z.core.$ZodError || cause instanceof SyntaxError)
    return answerError(label, doing, `what came is no MCP result: ${messageOf(cause).slice(0, 300)}`);
  if (cause instanceof StreamableHTTPError) return httpFailure(label, doing, cause);
  const started = doing !== "start";
  return unavailable(
    label,
    end || `did not ${doing}: ${networkText(cause)}`,
    started && !isRefused(cause) ? "lost" : "untouched",
    cause,
  );
}

/** The SDK puts its own code before the server's words. */
function protocolText({ message }: McpError): string {
  return message.replace(/^MCP error -?\d+: /, "");
}

function httpFailure(label: string, doing: string, cause: StreamableHTTPError): AppError {
  const { code = 0 } = cause;
  const text = messageOf(cause).slice(0, 300);
  if (code === 401 || code === 403)
    return unavailable(label, `refused us (HTTP ${code}); look at its headers in the configuration`, "never", cause);
  // A server that was started anew knows no session of before; it has done nothing.
  const repeat: Repeat = code === 404 || code === 400 ? "untouched" : code >= 500 ? "lost" : "never";
  return unavailable(label, `did not ${doing}: ${text}`, repeat, cause);
}

/** Node's fetch says "fetch failed" and hides why in the cause. */
function networkText(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
  return messageOf(inner) || networkCode(inner) || messageOf(cause);
}

function isRefused(cause: unknown): boolean {
  const inner = cause instanceof Error ? cause.cause : undefined;
  return ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes(networkCode(inner));
}

function networkCode(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}
