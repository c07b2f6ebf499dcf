import { z } from "zod";
import { ContractDraft } from "../../model/contract.ts";
import { Field, Relationship, Transition } from "../../model/domain-model.ts";
import { ServiceName } from "../../model/service-map.ts";

const shape = (what: string) =>
  z.string().nullable().default(null).describe(`${what} in the shape notation, or null when there is none.`);

/**
 * What a language model or an agent hands in: decisions only. What follows from them (contracts, labels, hashes) is
 * worked out by us, so that it is cheap to write and hard to get wrong. Bodies are in the notation that PRDs use:
 * `{ id: uuid, lines: [{ sku: string, quantity: int (min 1) }], note?: string }`, `[Order]`, `Order`.
 */
export const Proposal = z.strictObject({
  project_name: z.string().min(1),
  services: z
    .array(
      z.strictObject({
        name: ServiceName.describe("DNS label: orders-service."),
        domain: z.string().default(""),
        description: z.string().default(""),
        technology: z.string().default("").describe("As the PRD says: Python 3.12 / FastAPI."),
        database: z.string().nullable().default(null),
        message_broker: z.string().nullable().default(null),
        is_frontend: z.boolean().default(false),
        port: z.number().int().min(1).max(65_535).nullable().default(null),
        depends_on: z.array(z.string()).default([]).describe("Services it calls synchronously."),
      }),
    )
    .min(1),
  entities: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe("Singular: OrderItem."),
        owning_service: z.string(),
        description: z.string().default(""),
        fields: z
          .array(Field)
          .default([])
          .describe("type: uuid, string, int, decimal, bool, datetime, enum [a, b], Order[], FK → Order."),
        state_machine: z
          .strictObject({
            field: z.string().default("status"),
            states: z.array(z.string()).min(2),
            initial_state: z.string(),
            transitions: z.array(Transition).default([]),
          })
          .nullable()
          .default(null),
      }),
    )
    .default([]),
  relationships: z.array(Relationship).default([]),
  endpoints: z
    .array(
      z.strictObject({
        service: z.string(),
        method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]),
        path: z.string().regex(/^\/\S*$/, "a path that begins with / and has no blanks"),
        summary: z.string().default("").describe("What it does; name the event it publishes and whom it calls."),
        query: shape("Query parameters as an object"),
        request: shape("Request body"),
        responses: z
          .array(
            z.strictObject({
              status: z.number().int().min(100).max(599),
              body: shape("Response body"),
              description: z.string().default(""),
            }),
          )
          .default([]),
        auth: z.boolean().nullable().default(null).describe("Whether it needs a bearer token; null: not said."),
      }),
    )
    .default([])
    .describe("Every endpoint of the PRD; /health is added."),
  events: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe("order.created"),
        channel: z.string().nullable().default(null),
        description: z.string().default(""),
        publishers: z.array(z.string()).default([]),
        consumers: z.array(z.string()).default([]),
        payload: shape("Payload"),
      }),
    )
    .default([]),
  auth: z
    .strictObject({ scheme: z.enum(["jwt", "none"]).default("none"), issuer: z.string().nullable().default(null) })
    .prefault({})
    .describe("jwt when the PRD asks for bearer tokens; issuer: the service that issues them."),
  contracts: z
    .array(ContractDraft.extend({ version: ContractDraft.shape.version.default("1.0.0") }))
    .default([])
    .describe("Only where the PRD gives a whole OpenAPI or AsyncAPI document: it replaces the one we derive."),
  questions: z
    .array(z.strictObject({ about: z.string(), question: z.string() }))
    .default([])
    .describe("What the PRD leaves open, for the review. Ask instead of inventing."),
});
export type Proposal = z.output<typeof Proposal>;
