import type { ContractDraft } from "../../model/contract.ts";
import type { OutlineService } from "../outline.ts";
import type { Ask, Draft } from "./draft.ts";
import type { PlannedOperation } from "./operation.ts";
import { operationFor } from "./operations.ts";
import { createSchemas } from "./schemas.ts";
import type { Schema } from "./types.ts";
import { pascal } from "./words.ts";

export const CONTRACT_VERSION = "1.0.0";

/** The OpenAPI 3.1 contract of one service: the PRD's endpoints and the mandatory health endpoint, nothing else. */
export function openApiFor(
  service: OutlineService,
  operations: PlannedOperation[],
  draft: Draft,
  ask: Ask,
): ContractDraft {
  const schemas = createSchemas(draft.entities, ask);
  const problem = draft.entities.some((entity) => pascal(entity.name) === "Problem") ? "ProblemDetails" : "Problem";
  const own = operations.filter(({ endpoint }) => endpoint.owner === service.name);
  const items = new Map<string, Record<string, unknown>>();
  for (const { endpoint, meaning, operation_id, path, secured, publishes, calls } of own) {
    const context = { schemas, secured, calls: calls.length > 0, path, problem };
    const item = items.get(path) ?? {};
    item[endpoint.method.toLowerCase()] = {
      operationId: operation_id,
      ...operationFor(endpoint, meaning, context),
      ...(publishes.length > 0 ? { "x-publishes": publishes } : {}),
      ...(calls.length > 0 ? { "x-calls": calls } : {}),
    };
    items.set(path, item);
  }
  const health = draft.health.get(service.name) ?? "/health";
  if (!own.some(({ meaning }) => meaning.action === "health"))
    items.set(health, { ...items.get(health), get: healthOperation() });
  for (const entity of draft.entities) if (entity.owner === service.name) schemas.ofEntity(entity, "response");
  const secured = own.some((operation) => operation.secured);
  return {
    service_name: service.name,
    type: "openapi",
    version: CONTRACT_VERSION,
    spec: {
      openapi: "3.1.0",
      info: {
        title: `${service.name} API`,
        version: CONTRACT_VERSION,
        ...(service.description ? { description: service.description } : {}),
      },
      paths: Object.fromEntries(items),
      components: {
        schemas: { ...schemas.components(), [problem]: PROBLEM },
        ...(secured
          ? { securitySchemes: { bearerAuth: { type: "http", scheme: "bearer", bearerFormat: "JWT" } } }
          : {}),
      },
    },
  };
}

function healthOperation(): Schema {
  const schema = { type: "object", required: ["status"], properties: { status: { type: "string", const: "ok" } } };
  return {
    operationId: "getHealth",
    summary: "Whether the service is up.",
    "x-action": "health",
    security: [],
    responses: { "200": { description: "It serves.", content: { "application/json": { schema } } } },
  };
}

/** Problem details for HTTP APIs, RFC 9457 section 3.1. */
const PROBLEM: Schema = {
  type: "object",
  description: "Problem details (RFC 9457).",
  required: ["title", "status"],
  properties: {
    type: { type: "string", format: "uri-reference" },
    title: { type: "string" },
    status: { type: "integer", minimum: 400, maximum: 599 },
    detail: { type: "string" },
    instance: { type: "string", format: "uri-reference" },
  },
};
