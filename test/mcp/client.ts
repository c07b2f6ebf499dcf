import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Stream } from "node:stream";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const server = fileURLToPath(new URL("fixture-server.ts", import.meta.url));

function environment(extra: Record<string, string>): Record<string, string> {
  return { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...extra };
}

/** A real SDK client connected to the fixture server over stdio, with what the server writes to standard error. */
export async function connect(extra: Record<string, string> = {}) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: ["--import", "tsx", server],
    env: environment(extra),
    stderr: "pipe",
  });
  const errors = textOf(transport.stderr);
  const client = new Client({ name: "test", version: "1" });
  await client.connect(transport);
  return { client, errors, [Symbol.asyncDispose]: () => client.close() };
}

/** The fixture server as a plain process, for what a client library hides. */
export function start(extra: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", server], {
    env: environment(extra),
    stdio: ["pipe", "pipe", "pipe"],
  });
  const output = textOf(child.stdout);
  const errors = textOf(child.stderr);
  const exited = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  const send = (message: object) => child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const initialize = () => {
    const clientInfo = { name: "raw", version: "1" };
    send({ id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo } });
    send({ method: "notifications/initialized" });
  };
  const call = (id: number, name: string, given: object) =>
    send({ id, method: "tools/call", params: { name, arguments: given } });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await exited;
  };
  return { child, output, errors, exited, send, initialize, call, [Symbol.asyncDispose]: stop };
}

/** Collects a stream; `has` resolves when the text has come. */
function textOf(stream: Stream | null) {
  let text = "";
  const waiting = new Set<() => void>();
  stream?.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
    for (const look of waiting) look();
  });
  return {
    get text() {
      return text;
    },
    has: (part: string) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!text.includes(part)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

interface Message {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: unknown;
}

/** The messages on a server's standard output; throws when a line is not JSON. */
export function messages(output: string): Message[] {
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
