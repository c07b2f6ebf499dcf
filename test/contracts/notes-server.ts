import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { ContractDraft } from "../../src/model/contract.ts";

const note = {
  type: "object",
  required: ["title", "priority"],
  additionalProperties: false,
  properties: {
    title: { type: "string", minLength: 1, maxLength: 5 },
    priority: { type: "integer", minimum: 1, maximum: 3 },
    tags: { type: "array", items: { type: "string" }, uniqueItems: true, maxItems: 2 },
  },
};

/** A small contract, and below a service that was written by hand for it. */
export const NOTES: ContractDraft = {
  service_name: "notes-service",
  type: "openapi",
  version: "1.0.0",
  spec: {
    openapi: "3.0.3",
    info: { title: "Notes", version: "1.0.0" },
    paths: {
      "/notes": {
        post: {
          operationId: "addNote",
          security: [{ bearer: [] }],
          requestBody: {
            required: true,
            content: { "application/json": { schema: { $ref: "#/components/schemas/Note" } } },
          },
          responses: {
            "201": {
              description: "Added.",
              content: { "application/json": { schema: { $ref: "#/components/schemas/Kept" } } },
            },
            "400": {
              description: "Wrong.",
              content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } },
            },
            "401": { description: "Who?" },
          },
        },
      },
      "/notes/{number}": {
        get: {
          operationId: "getNote",
          parameters: [
            { name: "number", in: "path", required: true, schema: { type: "integer", minimum: 1 } },
            { name: "in", in: "query", schema: { type: "string", enum: ["short", "long"] } },
          ],
          responses: {
            "200": {
              description: "Found.",
              content: { "application/json": { schema: { $ref: "#/components/schemas/Kept" } } },
            },
            "400": {
              description: "Wrong.",
              content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } },
            },
          },
        },
      },
    },
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      schemas: {
        Note: note,
        Kept: { allOf: [{ $ref: "#/components/schemas/Note" }], nullable: false },
        Problem: { type: "object", required: ["problem"], properties: { problem: { type: "string" } } },
      },
    },
  },
};

interface Flaws {
  /** Takes titles of any length. */
  longTitles?: boolean;
  /** Answers with a priority that its contract does not allow. */
  wrongAnswer?: boolean;
}

/** The service on a free port of the loopback; `token` is the one credential it accepts. */
export async function startNotes(token: string, flaws: Flaws = {}): Promise<{ url: string; stop(): Promise<void> }> {
  const server: Server = createServer(async (request, response) => {
    const answer = (status: number, body?: unknown) => {
      response.writeHead(status, body === undefined ? {} : { "content-type": "application/json" });
      response.end(body === undefined ? undefined : JSON.stringify(body));
    };
    let text = "";
    for await (const chunk of request) text += chunk;
    const url = new URL(request.url ?? "/", "http://localhost");
    const kept = { title: "note", priority: flaws.wrongAnswer ? 9 : 2 };
    if (request.method === "GET" && url.pathname.startsWith("/notes/")) {
      const number = url.pathname.slice("/notes/".length);
      const how = url.searchParams.get("in");
      const right = /^[1-9]\d*$/.test(number) && (how === null || how === "short" || how === "long");
      return right ? answer(200, kept) : answer(400, { problem: "number" });
    }
    if (request.method !== "POST" || url.pathname !== "/notes") return answer(404);
    if (request.headers.authorization !== `Bearer ${token}`) return answer(401);
    const problem = problemOf(text, flaws);
    return problem === undefined ? answer(201, JSON.parse(text)) : answer(400, { problem });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function problemOf(text: string, { longTitles }: Flaws): string | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return "no JSON";
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) return "no object";
  const { title, priority, tags, ...rest } = body as Record<string, unknown>;
  if (Object.keys(rest).length > 0) return "too much";
  if (typeof title !== "string" || title.length < 1 || (title.length > 5 && !longTitles)) return "title";
  if (!Number.isInteger(priority) || Number(priority) < 1 || Number(priority) > 3) return "priority";
  if (tags === undefined) return undefined;
  const isTags = Array.isArray(tags) && tags.length <= 2 && tags.every((tag) => typeof tag === "string");
  return isTags && new Set(tags).size === tags.length ? undefined : "tags";
}
