import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { silentLog } from "../../src/lib/log.ts";
import { createHttpApp } from "../../src/mcp/http/app.ts";
import { createAuthority } from "../../src/mcp/http/oauth.ts";
import { fixtureApp } from "./fixture-app.ts";

const log = silentLog();
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let foreign: typeof keys;
beforeAll(async () => {
  keys = await generateKeyPair("ES256");
  foreign = await generateKeyPair("ES256");
});

/** An authorization server with metadata and one key; `at` says where its metadata is. */
async function authorizationServer({ at = "/.well-known/oauth-authorization-server/tenant", claims = "" } = {}) {
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "one", alg: "ES256" };
  const asked: string[] = [];
  const origin = await listen((request, response) => {
    asked.push(request.url ?? "");
    const body =
      request.url === at
        ? { issuer: claims || `${origin}/tenant`, jwks_uri: `${origin}/keys` }
        : request.url === "/keys"
          ? { keys: [jwk] }
          : undefined;
    response.writeHead(body ? 200 : 404, { "content-type": "application/json" }).end(JSON.stringify(body ?? {}));
  });
  return { issuer: `${origin}/tenant`, asked };
}

const RESOURCE = "https://builds.example/mcp";
const METADATA = "https://builds.example/.well-known/oauth-protected-resource/mcp";
const good = { scope: "openid mcp:use", client_id: "app" };

async function serve(issuer: string, { token, scopes = ["mcp:use"] }: { token?: string; scopes?: string[] } = {}) {
  const app = createHttpApp({
    ...fixtureApp(log),
    token,
    authority: createAuthority({ issuer, resource: RESOURCE, scopes, log }),
  });
  stops.push(() => app.close());
  return listen(app.handler);
}

interface Minted {
  claims?: Record<string, unknown>;
  issuer: string;
  audience?: string | string[];
  expires?: string | number;
  subject?: string;
  key?: typeof keys.privateKey;
}
async function mint({ claims = good, issuer, audience = RESOURCE, expires = "5m", subject = "ada", key }: Minted) {
  const token = new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "one", typ: "at+jwt" }).setIssuer(issuer);
  return token
    .setAudience(audience)
    .setExpirationTime(expires)
    .setSubject(subject)
    .sign(key ?? keys.privateKey);
}

const initialize = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
};
const post = (
  url: string,
  token: string | undefined,
  extra: Record<string, string> = {},
  message: object = initialize,
) =>
  fetch(`${url}/mcp`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...extra,
    },
    body: JSON.stringify(message),
  });

describe("an access token of the authorization server", () => {
  it("lets a real client in, and its keys are asked for once", async () => {
    const { issuer, asked } = await authorizationServer();
    const url = await serve(issuer);
    const authorization = `Bearer ${await mint({ issuer })}`;
    const client = new Client({ name: "test", version: "1" });
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers: { authorization } } }),
    );
    stops.push(() => client.close());
    const answer = await client.callTool({ name: "count_words", arguments: { text: "a b" } });
    expect(answer.structuredContent).toMatchObject({ count: 2 });
    expect(asked.filter((path) => path === "/keys")).toHaveLength(1);
  });

  it.each([
    ["scp as a list", { claims: { scp: ["mcp:use"] } }],
    ["one of several audiences", { audience: ["https://other.example", RESOURCE] }],
  ])("may be of another dialect: %s", async (_what, over) => {
    const { issuer } = await authorizationServer();
    expect((await post(await serve(issuer), await mint({ issuer, ...over }))).status).toBe(200);
  });

  it.each(["/.well-known/openid-configuration/tenant", "/tenant/.well-known/openid-configuration"])(
    "is judged by keys found at %s",
    async (at) => {
      const { issuer } = await authorizationServer({ at });
      expect((await post(await serve(issuer), await mint({ issuer }))).status).toBe(200);
    },
  );

  it.each([
    ["for another resource", { audience: "https://other.example/mcp" }, 401, "aud"],
    ["of another issuer", { issuer: "https://evil.example" }, 401, "iss"],
    ["that has expired", { expires: 1 }, 401, "expired"],
    ["signed by somebody else", { foreign: true }, 401, "signature"],
    ["without the scope", { claims: { scope: "openid mcp:used" } }, 403, "mcp:use"],
    ["that is none", { text: "not-a-token" }, 401, "Invalid"],
    ["that is signed by nobody", { text: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ." }, 401, "alg"],
  ])(
    "%s is refused with where to get one",
    async (_what, over: Partial<Minted> & { foreign?: boolean; text?: string }, status, why) => {
      const { issuer } = await authorizationServer();
      const { foreign: other, text, ...claims } = over;
      const token = text ?? (await mint({ issuer, ...claims, ...(other && { key: foreign.privateKey }) }));
      const answer = await post(await serve(issuer), token);
      expect(answer.status).toBe(status);
      const header = answer.headers.get("www-authenticate") ?? "";
      expect(header).toContain(`resource_metadata="${METADATA}"`);
      expect(header).toContain('scope="mcp:use"');
      expect(header).toContain(status === 403 ? 'error="insufficient_scope"' : 'error="invalid_token"');
      expect(JSON.parse(await answer.text()).error.message).toContain(why);
    },
  );

  it("opens sessions for its own subject only", async () => {
    const { issuer } = await authorizationServer();
    const url = await serve(issuer);
    const ada = await mint({ issuer });
    const session = (await post(url, ada)).headers.get("mcp-session-id") ?? "";
    const ping = { jsonrpc: "2.0", id: 2, method: "ping" };
    const by = async (subject: string) =>
      (await post(url, await mint({ issuer, subject }), { "mcp-session-id": session }, ping)).status;
    expect(await by("ada")).toBe(200);
    expect(await by("eve")).toBe(404);
  });
});

describe("the protected resource's metadata", () => {
  it("is told to everybody, at both places, and named to who has no token", async () => {
    const { issuer } = await authorizationServer();
    const url = await serve(issuer);
    for (const path of ["", "/mcp"]) {
      const answer = await fetch(`${url}/.well-known/oauth-protected-resource${path}`);
      expect(await answer.json()).toEqual({
        resource: RESOURCE,
        authorization_servers: [issuer],
        bearer_methods_supported: ["header"],
        resource_name: "super-orchestrator",
        scopes_supported: ["mcp:use"],
      });
    }
    const answer = await post(url, undefined);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe(
      `Bearer realm="super-orchestrator", resource_metadata="${METADATA}", scope="mcp:use"`,
    );
  });
});

describe("an authorization server", () => {
  it("that cannot be reached, or is another one, is our trouble and not the caller's", async () => {
    const gone = await serve("http://127.0.0.1:1/tenant");
    expect((await post(gone, await mint({ issuer: "http://127.0.0.1:1/tenant" }))).status).toBe(503);
    const { issuer } = await authorizationServer({ claims: "https://evil.example" });
    const answer = await post(await serve(issuer), await mint({ issuer }));
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("cannot be reached");
  });

  it("does not shut out the server's own token", async () => {
    const { issuer } = await authorizationServer();
    const url = await serve(issuer, { token: "a-token-of-our-own-here" });
    expect((await post(url, "a-token-of-our-own-here")).status).toBe(200);
    expect((await post(url, await mint({ issuer }))).status).toBe(200);
  });

  it.each(["http://issuer.example", "nowhere", "https://user@issuer.example", "https://issuer.example#x"])(
    "is not %s",
    (issuer) => {
      expect(() => createAuthority({ issuer, resource: RESOURCE, scopes: [], log })).toThrow("is no https URL");
    },
  );
});
