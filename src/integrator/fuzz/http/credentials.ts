import { AppError } from "../../../lib/errors.ts";
import { at, text } from "../../document.ts";
import type { FuzzOperation, FuzzSpec, SecurityScheme } from "../spec/model.ts";
import type { Client, Wire } from "./client.ts";

/** What the tester proves itself with. */
export interface CredentialOptions {
  /** Sent with every request. */
  headers: Record<string, string>;
  bearer?: string | undefined;
  /** `user:password`. */
  basic?: string | undefined;
  /** Value of an API key, or `name=value` for the scheme or parameter of that name. */
  api_keys: string[];
  /** `client_id:client_secret` for the client credentials flow. */
  oauth2?: string | undefined;
}

/** One credential on a request. */
interface Proof {
  in: string;
  name: string;
  value: string;
  kind: "bearer" | "basic" | "key" | "header";
}

export interface Credentials {
  /** The request with what the operation asks for, and whether anything was added. */
  attach(operation: FuzzOperation, wire: Wire): { wire: Wire; authenticated: boolean };
  /** Whether the operation can be called as its contract asks. */
  satisfies(operation: FuzzOperation): boolean;
  /** The request with credentials that must be refused, each with what is wrong with them. */
  broken(operation: FuzzOperation, wire: Wire): { wire: Wire; what: string }[];
  /** Set the token that a login gave. */
  use(token: string): void;
  /** Names of headers whose values are never written down. */
  readonly secret: ReadonlySet<string>;
  /** A target without the API keys in its query. */
  withoutKeys(target: string): string;
}

/** Credentials for the operations of a contract. */
export function createCredentials(spec: FuzzSpec, options: CredentialOptions): Credentials {
  let token = options.bearer;
  const given: Proof[] = Object.entries(options.headers).map(([name, value]) => ({
    in: "header",
    name: name.toLowerCase(),
    value,
    kind: "header",
  }));
  const secret = new Set(["authorization", "cookie", ...given.map(({ name }) => name)]);
  for (const scheme of spec.schemes.values())
    if (scheme.type === "apiKey" && scheme.in === "header") secret.add(scheme.parameter.toLowerCase());

  const proofOf = (scheme: SecurityScheme | undefined): Proof | undefined => {
    if (scheme === undefined) return undefined;
    if (scheme.type === "apiKey") {
      const value = keyFor(scheme, options.api_keys) ?? inHeaders(scheme, options.headers);
      const name = scheme.in === "header" ? scheme.parameter.toLowerCase() : scheme.parameter;
      return value === undefined ? undefined : { in: scheme.in, name, value, kind: "key" };
    }
    const stated = Object.entries(options.headers).find(([name]) => name.toLowerCase() === "authorization")?.[1];
    if (scheme.type === "http" && scheme.scheme === "basic") {
      const basic = options.basic === undefined ? undefined : `Basic ${Buffer.from(options.basic).toString("base64")}`;
      const value = basic ?? (stated?.toLowerCase().startsWith("basic ") ? stated : undefined);
      return value === undefined ? undefined : { in: "header", name: "authorization", value, kind: "basic" };
    }
    const value = token === undefined ? stated : `Bearer ${token}`;
    return value === undefined ? undefined : { in: "header", name: "authorization", value, kind: "bearer" };
  };

  const proofsFor = (operation: FuzzOperation): Proof[] | undefined => {
    for (const alternative of operation.security) {
      const proofs = alternative.map((name) => proofOf(spec.schemes.get(name)));
      const complete = proofs.filter((proof) => proof !== undefined);
      if (complete.length === alternative.length) return complete;
    }
    return undefined;
  };

  const keys = new Set(
    [...spec.schemes.values()]
      .filter(({ type, in: place }) => type === "apiKey" && place === "query")
      .map(({ parameter }) => encodeURIComponent(parameter)),
  );
  return {
    secret,
    withoutKeys(target) {
      const [path = "", query] = target.split("?");
      const kept = (query ?? "").split("&").filter((pair) => pair !== "" && !keys.has(pair.split("=")[0] ?? ""));
      return kept.length === 0 ? path : `${path}?${kept.join("&")}`;
    },
    attach(operation, wire) {
      const proofs = [...given, ...(proofsFor(operation) ?? [])];
      return { wire: withProofs(wire, proofs), authenticated: proofs.length > 0 };
    },
    satisfies: (operation) => operation.open || proofsFor(operation) !== undefined || given.length > 0,
    broken(operation, wire) {
      const proofs = proofsFor(operation) ?? shapesOf(operation, spec);
      return proofs.flatMap((proof, index) =>
        brokenValues(proof).map(({ what, value }) => {
          const altered = proofs.map((one, at) => (at === index ? { ...one, value } : one));
          return { what, wire: withProofs(wire, altered) };
        }),
      );
    },
    use: (fresh) => {
      token = fresh;
    },
  };
}

function keyFor(scheme: SecurityScheme, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const cut = key.indexOf("=");
    const name = key.slice(0, cut);
    if (cut > 0 && (name === scheme.name || name.toLowerCase() === scheme.parameter.toLowerCase()))
      return key.slice(cut + 1);
  }
  return keys.find((key) => !/^[\w-]+=./.test(key));
}

function inHeaders(scheme: SecurityScheme, headers: Record<string, string>): string | undefined {
  if (scheme.in !== "header") return undefined;
  return Object.entries(headers).find(([name]) => name.toLowerCase() === scheme.parameter.toLowerCase())?.[1];
}

/** Made-up proofs of the first alternative, for when the tester has none. */
function shapesOf(operation: FuzzOperation, spec: FuzzSpec): Proof[] {
  return (operation.security[0] ?? []).flatMap((name): Proof[] => {
    const scheme = spec.schemes.get(name);
    if (scheme === undefined) return [];
    if (scheme.type === "apiKey") return [{ in: scheme.in, name: scheme.parameter, value: "made-up", kind: "key" }];
    if (scheme.scheme === "basic") return [{ in: "header", name: "authorization", value: "Basic eDp5", kind: "basic" }];
    return [{ in: "header", name: "authorization", value: "Bearer made-up", kind: "bearer" }];
  });
}

function brokenValues({ kind, value }: Proof): { what: string; value: string }[] {
  if (kind === "basic")
    return [{ what: "a wrong password", value: `Basic ${Buffer.from("nobody:wrong-password").toString("base64")}` }];
  if (kind === "key")
    return [{ what: "an API key that was never given out", value: `made-up-${[...value].reverse().join("")}` }];
  const [, head = "", payload = "", signature = ""] = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(value) ?? [];
  const made = { what: "a token that was never given out", value: "Bearer made-up-token" };
  if (signature === "") return [made];
  const turned = [...signature].reverse().join("");
  const other = turned === signature ? `${signature}A` : turned;
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url");
  return [
    made,
    { what: "a token with a wrong signature", value: `Bearer ${head}.${payload}.${other}` },
    { what: "a token that says it has no signature (alg none)", value: `Bearer ${none}.${payload}.` },
  ];
}

function withProofs(wire: Wire, proofs: readonly Proof[]): Wire {
  const headers = { ...wire.headers };
  let { target } = wire;
  for (const { in: place, name, value } of proofs) {
    if (place === "query")
      target += `${target.includes("?") ? "&" : "?"}${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
    else if (place === "cookie") headers.cookie = [headers.cookie, `${name}=${value}`].filter(Boolean).join("; ");
    else headers[name.toLowerCase()] = value;
  }
  return { ...wire, headers, target };
}

/**
 * A token of the OAuth2 client credentials flow (RFC 6749, 4.4). The token endpoint must be below the tested address:
 * no other host is asked. Errors: INVALID_INPUT, REMOTE_ANSWER.
 */
export async function clientCredentials(client: Client, spec: FuzzSpec, pair: string): Promise<string> {
  const scheme = [...spec.schemes.values()].find(({ token_url }) => token_url !== "");
  const base = new URL(`${client.base}/`);
  const url = new URL(scheme?.token_url ?? "/token", base);
  const refuse = (message: string, remedy: string) => new AppError("INVALID_INPUT", message, { remedy });
  if (scheme === undefined)
    throw refuse("The contract declares no OAuth2 client credentials flow.", "Give a token with --bearer instead.");
  const prefix = base.pathname.replace(/\/$/, "");
  if (url.host !== base.host || !url.pathname.startsWith(prefix))
    throw refuse(
      `The token endpoint ${url.href} is not below ${client.base}, and nothing else is asked.`,
      "Get a token there yourself and give it with --bearer.",
    );
  const outcome = await client.send({
    method: "POST",
    target: url.pathname.slice(prefix.length) + url.search,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      authorization: `Basic ${Buffer.from(pair).toString("base64")}`,
      accept: "application/json",
    },
    body: "grant_type=client_credentials",
  });
  const token = outcome.kind === "answer" ? text(at(parsed(outcome.body.toString("utf8")), "access_token")) : undefined;
  if (token !== undefined) return token;
  const said = outcome.kind === "answer" ? `status ${outcome.status}` : outcome.message;
  throw new AppError("REMOTE_ANSWER", `The token endpoint gave no token: ${said}.`, {
    remedy: "Check --oauth2 (client_id:client_secret), or give a token with --bearer.",
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
