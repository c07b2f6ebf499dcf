import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { AppError, messageOf } from "../../lib/errors.ts";
import { decodeJson } from "./otlp-json.ts";
import { decodeProtobuf } from "./otlp-protobuf.ts";
import { field } from "./protobuf.ts";
import type { Received } from "./span.ts";
import { createSpanStore, type SpanStore } from "./span-store.ts";

/** An OTLP/HTTP endpoint for traces. */
export interface Receiver {
  /** What services get as `OTEL_EXPORTER_OTLP_ENDPOINT`, without a trailing slash. */
  url: string;
  port: number;
  spans: SpanStore;
  close(): Promise<void>;
}

export interface ReceiverOptions {
  /** 0 or left out takes a free one. */
  port?: number;
  /** Bytes of a body as it is sent (4 MiB) and unpacked (16 MiB). */
  maxBody?: number;
  maxUnpacked?: number;
  maxSpans?: number;
  /** How long a body may take to arrive (10 s). */
  bodyTimeoutMs?: number;
}

const MOST_CONNECTIONS = 256;
const PATH = "/v1/traces";
const unpack = promisify(gunzip);

type Encoding = "json" | "protobuf";
const TYPES: Record<Encoding, string> = { json: "application/json", protobuf: "application/x-protobuf" };

/** Why a request is refused: an HTTP status and one sentence. */
interface Refusal {
  status: 400 | 404 | 405 | 413 | 415;
  message: string;
}

/**
 * Receive traces over OTLP/HTTP 1.x on the loopback address: `POST /v1/traces` with JSON or binary Protobuf, plain or
 * gzip. Spans that are none are rejected one by one (partial success); what cannot be read is 400 with a
 * `google.rpc.Status` in the encoding it came in. Memory is bounded. Errors: ENVIRONMENT when the port is taken.
 */
export async function startReceiver(options: ReceiverOptions = {}): Promise<Receiver> {
  const { port = 0, maxBody = 4 * 1024 * 1024, maxUnpacked = 16 * 1024 * 1024, bodyTimeoutMs = 10_000 } = options;
  const spans = createSpanStore(options.maxSpans === undefined ? {} : { maxSpans: options.maxSpans });
  const server = createServer(
    {
      headersTimeout: bodyTimeoutMs,
      requestTimeout: bodyTimeoutMs,
      connectionsCheckingInterval: Math.min(1000, bodyTimeoutMs),
    },
    (request, response) => {
      handle(request, { spans, maxBody, maxUnpacked })
        .then(({ encoding, received }) => answer(response, encoding, 200, successOf(encoding, received)))
        .catch((cause: unknown) => refuse(request, response, cause));
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(cannotListen(port, cause)));
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const taken = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${taken}`,
    port: taken,
    spans,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function cannotListen(port: number, cause: NodeJS.ErrnoException): AppError {
  return new AppError("ENVIRONMENT", `The receiver of traces cannot listen on port ${port}: ${cause.code}.`, {
    remedy: "Give another port, or 0 for a free one, and start the services with the endpoint that is then shown.",
    cause,
  });
}

async function handle(
  request: IncomingMessage,
  { spans, maxBody, maxUnpacked }: { spans: SpanStore; maxBody: number; maxUnpacked: number },
): Promise<{ encoding: Encoding; received: Received }> {
  if (request.url?.split("?")[0] !== PATH) throw refusal(404, `Only ${PATH} is received here.`);
  if (request.method !== "POST") throw refusal(405, `${PATH} takes POST.`);
  const encoding = encodingOf(request);
  if (encoding === undefined) throw refusal(415, `Send ${TYPES.protobuf} or ${TYPES.json}.`);
  const coding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  if (coding !== "identity" && coding !== "gzip") throw refusal(415, "Bodies may be plain or gzip.");
  const sent = await readBody(request, maxBody);
  const body = coding === "gzip" ? await unpacked(sent, maxUnpacked) : sent;
  const received = decoded(encoding, body);
  spans.add(received.spans);
  return { encoding, received };
}

function encodingOf({ headers }: IncomingMessage): Encoding | undefined {
  const type = (headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  return type === TYPES.json ? "json" : type === TYPES.protobuf ? "protobuf" : undefined;
}

/** Listeners instead of iteration: leaving a loop early would close the connection before the refusal is sent. */
function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else reject(refusal(413, `A body may have ${limit} bytes.`));
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("error", reject);
    request.on("close", () => reject(new Error("the body broke off")));
  });
}

async function unpacked(body: Buffer, limit: number): Promise<Buffer> {
  try {
    return await unpack(body, { maxOutputLength: limit });
  } catch (cause) {
    const large = cause instanceof RangeError;
    throw large ? refusal(413, `Unpacked, a body may have ${limit} bytes.`) : refusal(400, "The body is no gzip.");
  }
}

function decoded(encoding: Encoding, body: Buffer): Received {
  try {
    return encoding === "json" ? decodeJson(body) : decodeProtobuf(body);
  } catch (cause) {
    throw refusal(400, `The body is no ExportTraceServiceRequest: ${messageOf(cause)}.`);
  }
}

class RefusedExport extends Error {
  readonly status: Refusal["status"];
  constructor({ status, message }: Refusal) {
    super(message);
    this.status = status;
  }
}

function refusal(status: Refusal["status"], message: string): RefusedExport {
  return new RefusedExport({ status, message });
}

/** `ExportTraceServiceResponse`; `partial_success` is set only when spans were rejected (OTLP, Partial Success). */
function successOf(encoding: Encoding, { rejected, reason }: Received): string | Buffer {
  if (encoding === "json")
    return JSON.stringify(
      rejected === 0 ? {} : { partialSuccess: { rejectedSpans: String(rejected), errorMessage: reason } },
    );
  return rejected === 0 ? Buffer.alloc(0) : field(1, Buffer.concat([field(1, rejected), field(2, reason)]));
}

/** What is wrong as a `google.rpc.Status` (OTLP, Failures); nobody gets one who broke off. */
function refuse(request: IncomingMessage, response: ServerResponse, cause: unknown): void {
  if (!(cause instanceof RefusedExport)) {
    request.destroy();
    return;
  }
  const encoding = encodingOf(request) ?? "json";
  const { status, message } = cause;
  const body = encoding === "json" ? JSON.stringify({ message }) : field(2, message);
  request.on("error", () => {});
  response.setHeader("connection", "close");
  if (status === 405) response.setHeader("allow", "POST");
  answer(response, encoding, status, body);
  // A client that still sends would see a broken connection instead of the answer.
  request.resume();
}

function answer(response: ServerResponse, encoding: Encoding, status: number, body: string | Buffer): void {
  response.writeHead(status, { "content-type": TYPES[encoding], "content-length": Buffer.byteLength(body) });
  response.end(body);
}
