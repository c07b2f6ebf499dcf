import type { IncomingMessage, ServerResponse } from "node:http";
import { createInterface } from "node:readline";
import { messageOf } from "../../lib/errors.ts";
import { GATEWAY_ERROR_HEADER } from "../gateway.ts";
import { REPLY_MARK, type VerifierJob, type VerifierReply, type VerifierSeen } from "./job.ts";

// The process that runs the verifier: one job a line on standard input, one marked line on standard error for each. The
// verifier writes to standard output as it likes, and a fault of its proxy ends nothing but the job.

const BODY_LIMIT = 1024 * 1024;
const OWN_PATHS = /^\/(_pactSetup|_messages)(\/|$)/;
let current: { response: ServerResponse | undefined; failure: string } = { response: undefined, failure: "" };

process.on("uncaughtException", (error: NodeJS.ErrnoException) => {
  const { response } = current;
  current.failure = error.code ?? error.message;
  if (response === undefined || response.headersSent) response?.destroy();
  else response.writeHead(502, { [GATEWAY_ERROR_HEADER]: "502" }).end();
});

async function verify(job: VerifierJob): Promise<VerifierReply> {
  const seen: VerifierSeen[] = [];
  let asked = 0;
  const { Verifier } = await import("@pact-foundation/pact");
  const requestFilter = (request: IncomingMessage, response: ServerResponse, next: () => void) => {
    if (OWN_PATHS.test(request.url ?? "")) return next();
    asked += 1;
    current.response = response;
    // What is looked at here must not be compressed.
    delete request.headers["accept-encoding"];
    for (const [name, value] of Object.entries(job.headers)) request.headers[name.toLowerCase()] = value;
    record(response, seen);
    next();
  };
  const states = Object.fromEntries(job.states.map((name) => [name, async () => job.values]));
  const common = {
    provider: job.provider,
    pactUrls: [job.pact_file],
    timeout: job.timeout_ms,
    logLevel: "error" as const,
    requestFilter,
    stateHandlers: states,
  };
  const verifier = new Verifier(
    job.message === null
      ? { ...common, providerBaseUrl: job.base_url }
      : { ...common, messageProviders: { [job.message.description]: async () => job.message?.content } },
  );
  try {
    const results = await verifier.verifyProvider();
    return { id: job.id, passed: true, results, asked, seen, failure: "" };
  } catch (cause) {
    return { id: job.id, passed: false, results: messageOf(cause), asked, seen, failure: current.failure };
  }
}

/** Keep what the provider answers, as it goes by. */
function record(response: ServerResponse, seen: VerifierSeen[]): void {
  const chunks: Buffer[] = [];
  let size = 0;
  const keep = (chunk: unknown) => {
    if (!(typeof chunk === "string" || chunk instanceof Uint8Array) || size > BODY_LIMIT) return;
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
  };
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  response.write = (...given: unknown[]) => {
    keep(given[0]);
    return Reflect.apply(write, response, given);
  };
  response.end = (...given: unknown[]) => {
    keep(given[0]);
    const headers = Object.fromEntries(
      Object.entries(response.getHeaders()).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const error = headers[GATEWAY_ERROR_HEADER] ?? "";
    seen.push({
      status: response.statusCode,
      headers,
      body: Buffer.concat(chunks).toString("utf8"),
      gateway_error: error,
    });
    return Reflect.apply(end, response, given);
  };
}

async function answer(line: string): Promise<void> {
  // The other side is our own code.
  const job = JSON.parse(line) as VerifierJob;
  current = { response: undefined, failure: "" };
  const reply = await verify(job).catch((cause: unknown): VerifierReply => {
    return { id: job.id, passed: false, results: "", asked: 0, seen: [], failure: messageOf(cause) };
  });
  process.stderr.write(`\n${REPLY_MARK}${JSON.stringify(reply)}\n`);
}

const lines = createInterface({ input: process.stdin });
let last: Promise<void> = Promise.resolve();
lines.on("line", (line) => {
  last = last.then(() => answer(line));
});
// Whoever asked is gone, or has heard enough.
lines.on("close", () => process.exit(0));
