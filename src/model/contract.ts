import { z } from "zod";

export const ContractType = z.enum(["openapi", "asyncapi", "json_schema"]);
export type ContractType = z.infer<typeof ContractType>;

/** A contract before registration. One service has at most one contract of each type. */
export const ContractDraft = z.object({
  service_name: z.string(),
  type: ContractType,
  /** x.y.z */
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  spec: z.record(z.string(), z.unknown()),
});
export type ContractDraft = z.infer<typeof ContractDraft>;

/** A registered contract, frozen by `spec_hash` (Build 1 ContractEntry). */
export const Contract = ContractDraft.extend({
  id: z.string(),
  /** SHA-256 of the canonical JSON of `spec`. */
  spec_hash: z.string(),
  status: z.enum(["active", "deprecated", "draft"]),
  /** The pipeline it was registered for. */
  build_cycle_id: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Contract = z.infer<typeof Contract>;

/** Where and why a contract document is not valid. */
export const ContractFault = z.object({
  /** JSON pointer into the document; "" is the document itself. */
  pointer: z.string(),
  message: z.string(),
});
export type ContractFault = z.infer<typeof ContractFault>;

/**
 * What our contracts say beyond the standards, as `x-` extensions. The architect writes them, the scaffold builder acts
 * on them, the integrator tests with them. All are optional: a contract without them is still built and tested.
 *
 * On an OpenAPI operation:
 * - `x-entity`: the entity it works on.
 * - `x-action`: what it does to it (see OperationAction).
 * - `x-transition`: for `transition`: the state field, the states it may start from, the state it ends in.
 * - `x-publishes`: names of the events it causes.
 * - `x-calls`: operations of other services it calls before it answers, e.g. to check a reference.
 *
 * On a schema property: `x-references` says that it holds the id of another entity.
 * On a request body property: `x-credential: "identifier" | "secret"` marks what a login compares; on a login's response
 * property: `x-token: true` marks the bearer token.
 *
 * On an AsyncAPI `receive` operation: `x-creates`, the entity that a received event creates.
 */
export const OperationAction = z.enum([
  "list", // GET a collection
  "create", // POST to a collection
  "get", // GET one
  "update", // PUT or PATCH one
  "delete", // DELETE one
  "transition", // move one along its state machine
  "register", // create an identity with a credential
  "login", // exchange credentials for a token
  "current", // GET what the caller's token stands for
  "health", // liveness
  "custom", // anything else: answers with a document that fits the response schema
]);
export type OperationAction = z.infer<typeof OperationAction>;

export const OperationTransition = z.object({
  field: z.string(),
  from: z.array(z.string()),
  to: z.string(),
});
export type OperationTransition = z.infer<typeof OperationTransition>;

export const OperationCall = z.object({
  service: z.string(),
  operation_id: z.string(),
  /** The request body property that carries the id, when the call checks a reference. */
  property: z.string().optional(),
});
export type OperationCall = z.infer<typeof OperationCall>;

export const PropertyReference = z.object({ entity: z.string(), service: z.string() });
export type PropertyReference = z.infer<typeof PropertyReference>;
