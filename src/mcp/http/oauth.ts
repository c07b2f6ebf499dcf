import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";
import { AppError, messageOf } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import type { Authority } from "./guard.ts";

export interface OauthOptions {
  /** The authorization server: its issuer identifier (RFC 8414), https, or http on loopback. */
  issuer: string;
  /** The URL by which clients know the MCP endpoint: the resource (RFC 9728), and the audience of its tokens (RFC 8707). */
  resource: string;
  /** A token must grant all of them. */
  scopes: readonly string[];
  log: Log;
}

/** Asymmetric signatures only: nobody but the issuer can have made one. */
const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
/** Difference of clocks that is forgiven, in seconds. */
const CLOCK_S = 30;
const DISCOVERY_MS = 5000;

const WELL_KNOWN = "/.well-known/oauth-protected-resource";

/**
 * Who may come in by an OAuth 2.1 access token (MCP 2025-11-25, authorization): a JWT of the issuer (RFC 9068), judged
 * by its signature, issuer, audience, expiry and scopes. Errors: INVALID_INPUT for URLs that are none.
 */
export function createAuthority({ issuer, resource, scopes, log }: OauthOptions): Authority {
  const endpoint = urlOf(resource, "--resource");
  urlOf(issuer, "--issuer");
  const path = endpoint.pathname === "/" ? "" : endpoint.pathname;
  const metadata_url = `${endpoint.origin}${WELL_KNOWN}${path}`;
  let known: Promise<JWTVerifyGetKey> | undefined;
  const keys = () => {
    known ??= discoverKeys(issuer).catch((cause) => {
      known = undefined;
      throw cause;
    });
    return known;
  };
  const challenge = (fault: Record<string, string>) => {
    const fields = { ...fault, resource_metadata: metadata_url, ...(scopes.length > 0 && { scope: scopes.join(" ") }) };
    const words = Object.entries(fields).map(([name, value]) => `${name}="${value.replace(/["\\]|[^ -~]/g, "'")}"`);
    return { "www-authenticate": `Bearer realm="super-orchestrator", ${words.join(", ")}` };
  };
  const refuse = (status: number, message: string, fault: Record<string, string>) => ({
    refusal: { status, message, headers: challenge(fault) },
  });

  return {
    metadata: {
      paths: [...new Set([WELL_KNOWN, `${WELL_KNOWN}${path}`])],
      document: {
        resource,
        authorization_servers: [issuer],
        bearer_methods_supported: ["header"],
        resource_name: "super-orchestrator",
        ...(scopes.length > 0 && { scopes_supported: scopes }),
      },
    },
    challenge: () => challenge({}),
    async judge(token) {
      let claims: JWTPayload;
      try {
        const options = { issuer, audience: resource, algorithms: ALGORITHMS, clockTolerance: CLOCK_S };
        ({ payload: claims } = await jwtVerify(token, await keys(), { ...options, requiredClaims: ["exp", "sub"] }));
      } catch (cause) {
        if (!(cause instanceof errors.JOSEError) || cause instanceof errors.JWKSTimeout || isFailedFetch(cause)) {
          log.warn({ err: cause, issuer }, "the authorization server cannot be asked for its keys");
          return { refusal: { status: 503, message: "The authorization server cannot be reached: try again later." } };
        }
        const why = cause instanceof errors.JWTExpired ? "The access token has expired." : `${cause.message}.`;
        const fault = { error: "invalid_token", error_description: why };
        return refuse(401, `${why} Get a new one from ${issuer}.`, fault);
      }
      const granted = scopesOf(claims);
      const missing = scopes.filter((scope) => !granted.includes(scope));
      if (missing.length > 0)
        return refuse(403, `The access token does not grant ${missing.join(" ")}.`, { error: "insufficient_scope" });
      return { caller: JSON.stringify([claims.sub, claims.client_id ?? claims.azp ?? ""]) };
    },
  };
}

/** `scope` is a text by RFC 9068; some issuers write `scp`, as a text or a list. */
function scopesOf({ scope, scp }: JWTPayload): string[] {
  return [scope, scp].flat().flatMap((words) => (typeof words === "string" ? words.split(" ") : []));
}

const ServerMetadata = z.object({ issuer: z.string(), jwks_uri: z.string() });

/** The issuer's keys, by its metadata (RFC 8414 section 3, or OpenID Connect Discovery). */
async function discoverKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, "");
  const faults: string[] = [];
  for (const address of [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]) {
    try {
      const response = await fetch(address, { signal: AbortSignal.timeout(DISCOVERY_MS), redirect: "error" });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const metadata = ServerMetadata.parse(await response.json());
      if (metadata.issuer !== issuer) throw new Error(`it is the metadata of ${metadata.issuer}`);
      return createRemoteJWKSet(urlOf(metadata.jwks_uri, "jwks_uri"), { timeoutDuration: DISCOVERY_MS });
    } catch (cause) {
      faults.push(`${address}: ${messageOf(cause)}`);
    }
  }
  throw new Error(`no metadata of ${issuer}: ${faults.join("; ")}`);
}

/** jose words a key set that could not be had as a plain JOSEError. */
function isFailedFetch(cause: unknown): boolean {
  return cause instanceof errors.JOSEError && cause.code === "ERR_JOSE_GENERIC";
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

function urlOf(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const safe = url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.includes(url.hostname));
  if (url !== undefined && safe && url.hash === "" && url.username === "") return url;
  throw new AppError("INVALID_INPUT", `${name} ${text} is no https URL.`, {
    remedy: "Give an absolute https URL without a fragment (http only on loopback).",
  });
}
