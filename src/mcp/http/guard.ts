import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Why a request is refused. */
export interface Refusal {
  status: number;
  message: string;
  headers?: Record<string, string>;
}

/** Who comes in, for sessions: only the one who opened a session may go on with it. */
export type Entry = { caller: string } | { refusal: Refusal };

/** An authorization server whose access tokens are taken. */
export interface Authority {
  /** The protected resource's metadata (RFC 9728) and where it is. */
  metadata: { paths: readonly string[]; document: object };
  /** What a caller without a token is answered beside 401. */
  challenge(): Record<string, string>;
  judge(token: string): Promise<Entry>;
}

export interface GuardOptions {
  /** The bearer token of this server; undefined when only an authority's are taken. */
  token: string | undefined;
  authority?: Authority | undefined;
  /** Names under which the server may be addressed, without port, besides those of loopback. */
  hosts: readonly string[];
  /** Origins of web pages that may call, `https://host[:port]`, besides those on loopback. */
  origins: readonly string[];
  /** Requests a second for one caller, and how many may come at once. */
  rate: { per_second: number; burst: number };
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);
const MAX_CALLERS = 10_000;

/**
 * What must be right before a request is looked at: Host (against DNS rebinding) and Origin (against web pages, MCP
 * 2025-11-25 transports, security), the bearer token, and how many come.
 */
export function createGuard({ token, authority, hosts, origins, rate }: GuardOptions) {
  const expected = token === undefined ? undefined : digest(token);
  const buckets = new Map<string, { left: number; at: number }>();

  const throttled = (caller: string): Refusal | undefined => {
    const now = performance.now();
    const bucket = buckets.get(caller) ?? { left: rate.burst, at: now };
    bucket.left = Math.min(rate.burst, bucket.left + ((now - bucket.at) / 1000) * rate.per_second);
    bucket.at = now;
    buckets.delete(caller);
    buckets.set(caller, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > MAX_CALLERS && oldest !== undefined) buckets.delete(oldest);
    if (bucket.left < 1)
      return {
        status: 429,
        message: "Too many requests: wait a second and send fewer.",
        headers: { "retry-after": "1" },
      };
    bucket.left -= 1;
    return undefined;
  };

  return {
    /** Host, Origin and rate: for every request. */
    door(request: IncomingMessage): Refusal | undefined {
      const host = hostName(request.headers.host ?? "");
      if (host === undefined || (!LOOPBACK.has(host) && !hosts.includes(host)))
        return {
          status: 403,
          message: `This server is not addressed as ${request.headers.host ?? "nothing"}: allow the name with --allow-host.`,
        };
      const { origin } = request.headers;
      if (origin !== undefined && !isAllowedOrigin(origin, origins))
        return { status: 403, message: `Pages of ${origin} may not call: allow them with --allow-origin.` };
      return throttled(request.socket.remoteAddress ?? "");
    },
    /** The bearer token, our own or the authority's: for everything but health and metadata. */
    async entry(request: IncomingMessage): Promise<Entry> {
      const [, given] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
      if (given !== undefined && expected && timingSafeEqual(digest(given), expected)) return { caller: "token" };
      if (given !== undefined && authority !== undefined) return authority.judge(given);
      const error = given === undefined ? "" : ', error="invalid_token"';
      const message = authority
        ? "Give an access token of this server's authorization server: Authorization: Bearer <token>."
        : "Give the bearer token of this server: Authorization: Bearer <token>.";
      const headers = authority?.challenge() ?? { "www-authenticate": `Bearer realm="super-orchestrator"${error}` };
      return { refusal: { status: 401, message, headers } };
    },
  };
}

/** Digests have one length, as timing-safe comparison needs, and tell nothing of the token's. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function hostName(header: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header)?.[1]?.toLowerCase();
}

function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  if (allowed.includes(origin)) return true;
  const host = /^https?:\/\/([^/]+)$/i.exec(origin)?.[1];
  const name = host === undefined ? undefined : hostName(host);
  return name !== undefined && LOOPBACK.has(name);
}
