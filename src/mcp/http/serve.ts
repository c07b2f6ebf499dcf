import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AppError } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { endProcessOnSignals } from "../lifecycle.ts";
import type { McpServerHandle } from "../server.ts";
import { createHttpApp } from "./app.ts";
import type { Authority } from "./guard.ts";
import { tokenFrom } from "./token.ts";

export interface HttpOptions {
  /** A server for one client. */
  makeServer: () => McpServerHandle;
  /** Address to listen on; loopback unless it is meant to be reached from elsewhere. */
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Further names under which it may be addressed. */
  hosts: readonly string[];
  /** Origins of web pages that may call. */
  origins: readonly string[];
  /** The authorization server whose access tokens are taken, with the URL and scopes they are for. */
  oauth?: { issuer: string; resource: string | undefined; scopes: readonly string[] } | undefined;
  /**
   * The bearer token; without it the one in `token_file`, which is made when it is missing. With an authorization server
   * there is none unless it is given here.
   */
  token?: string | undefined;
  token_file: string;
  version: string;
  log: Log;
  cleanup?: () => void | Promise<void>;
}

const MAX_BODY = 32 * 1024 * 1024;
const IDLE_MS = 30 * 60_000;
const MAX_SESSIONS = 200;
const RATE = { per_second: 100, burst: 400 };

/**
 * Serve over HTTP until the process is told to stop (SIGINT, SIGTERM, SIGHUP). What a person needs to connect goes to
 * standard error; a token only when it was made now. Errors: CONFIG_INVALID for the token file, ENVIRONMENT when the
 * address cannot be had, INVALID_INPUT for URLs of the authorization server that are none.
 */
export async function serveHttp(options: HttpOptions): Promise<void> {
  const { host, port, hosts, log, cleanup, token_file, oauth } = options;
  const { token, made } =
    options.token === undefined && oauth === undefined ? tokenFrom(token_file) : { token: options.token, made: false };
  const server = createServer({ headersTimeout: 20_000, requestTimeout: 0 });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(cannotListen(host, port, cause)));
    server.listen(port, host, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  const base = `http://${host.includes(":") ? `[${host}]` : host}:${taken}`;
  const authority = await authorityOf(oauth, `${base}/mcp`, log).catch((cause) => {
    server.close();
    throw cause;
  });
  const app = createHttpApp({
    ...options,
    token,
    authority,
    hosts: [...hosts, host].map((name) => name.toLowerCase()),
    rate: RATE,
    max_sessions: MAX_SESSIONS,
    idle_ms: IDLE_MS,
    max_body: MAX_BODY,
  });
  server.on("request", app.handler);
  process.stderr.write(`super-orchestrator serves MCP at ${base}/mcp (legacy SSE at ${base}/sse); Ctrl-C ends it.\n`);
  if (made) process.stderr.write(`Its bearer token, shown this once and kept in ${token_file}: ${token}\n`);

  endProcessOnSignals({
    log,
    cleanup,
    servers: app.servers,
    close: async () => {
      server.close();
      await app.close();
      server.closeAllConnections();
    },
  });
}

async function authorityOf(oauth: HttpOptions["oauth"], own: string, log: Log): Promise<Authority | undefined> {
  if (oauth === undefined) return undefined;
  const { createAuthority } = await import("./oauth.ts");
  return createAuthority({ ...oauth, resource: oauth.resource ?? own, log });
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): AppError {
  const why = { EADDRINUSE: "the port is taken", EACCES: "that port needs more rights" }[cause.code ?? ""];
  return new AppError("ENVIRONMENT", `Cannot listen on ${host}:${port}: ${why ?? cause.message}.`, {
    remedy: "Choose another --port (0 takes a free one) or --host.",
    cause,
  });
}
