import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a scripted model says to one request. */
export type ScriptedAnswer =
  /** Blocks of one assistant message; `input` and `output` are the tokens it is said to have used. */
  | { say: (string | { tool: string; input: unknown })[]; input?: number; output?: number }
  /** An error of the API: 401 authentication_error, 429 rate_limit_error, 529 overloaded_error. */
  | { status: number; type: string; message: string; headers?: Record<string, string> }
  /** Never answers. */
  | { hang: true }
  /** Bytes that are no answer of the API. */
  | { raw: string };

/** One request as the model would see it. */
export interface ScriptedRequest {
  model: string;
  system: string;
  /** Names of the tools it was offered. */
  tools: string[];
  /** Everything said so far, as JSON. */
  messages: string;
  apiKey: string;
}

export interface ScriptedMessages {
  /** For ANTHROPIC_BASE_URL. */
  url: string;
  /** Requests for messages so far. */
  requests: ScriptedRequest[];
  close(): Promise<void>;
}

/**
 * The Anthropic Messages API on loopback, answering from a script: a list (the last answer is repeated), or a function
 * of the request. Streams server-sent events as the real one does.
 */
export async function scriptedMessages(
  script: ScriptedAnswer[] | ((request: ScriptedRequest, index: number) => ScriptedAnswer | Promise<ScriptedAnswer>),
): Promise<ScriptedMessages> {
  const requests: ScriptedRequest[] = [];
  const answerTo = async (request: ScriptedRequest): Promise<ScriptedAnswer> => {
    const index = requests.push(request) - 1;
    if (typeof script === "function") return script(request, index);
    return script[Math.min(index, script.length - 1)] ?? { status: 500, type: "api_error", message: "no script" };
  };
  const server = createServer(async (incoming, response) => {
    const body = await textOf(incoming);
    if (!incoming.url?.startsWith("/v1/messages") || incoming.method !== "POST")
      return void response.writeHead(404).end("{}");
    if (incoming.url.includes("count_tokens")) return json(response, 200, { input_tokens: 10 });
    const answer = await answerTo(requestFrom(body, incoming));
    if ("hang" in answer) return;
    if ("status" in answer) {
      const { status, type, message, headers } = answer;
      return json(response, status, { type: "error", error: { type, message } }, headers);
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end("raw" in answer ? answer.raw : eventsOf(answer, requests.length));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function json(response: ServerResponse, status: number, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function requestFrom(body: string, { headers }: IncomingMessage): ScriptedRequest {
  const { model = "", system = "", tools = [], messages = [] } = JSON.parse(body) as Record<string, unknown>;
  return {
    model: String(model),
    system: JSON.stringify(system),
    tools: (tools as { name: string }[]).map(({ name }) => name),
    messages: JSON.stringify(messages),
    apiKey: String(headers["x-api-key"] ?? headers.authorization ?? ""),
  };
}

function eventsOf(
  { say, input = 1000, output = 500 }: Extract<ScriptedAnswer, { say: unknown }>,
  number: number,
): string {
  const event = (type: string, data: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
  const usage = { input_tokens: input, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  const message = { id: `msg_${number}`, type: "message", role: "assistant", model: "claude-opus-4-5", content: [] };
  const blocks = say.map((block, index) => {
    const [content_block, delta] =
      typeof block === "string"
        ? [
            { type: "text", text: "" },
            { type: "text_delta", text: block },
          ]
        : [
            { type: "tool_use", id: `toolu_${number}_${index}`, name: block.tool, input: {} },
            { type: "input_json_delta", partial_json: JSON.stringify(block.input) },
          ];
    return (
      event("content_block_start", { index, content_block }) +
      event("content_block_delta", { index, delta }) +
      event("content_block_stop", { index })
    );
  });
  const stop_reason = say.some((block) => typeof block !== "string") ? "tool_use" : "end_turn";
  return [
    event("message_start", { message: { ...message, stop_reason: null, stop_sequence: null, usage } }),
    ...blocks,
    event("message_delta", { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: output } }),
    event("message_stop", {}),
  ].join("");
}
