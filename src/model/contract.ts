import { z } from "zod";
import { hashOf } from "../lib/ids.ts";

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
  /** The pipeline it was registered for; null when it was registered by hand, for the workspace. */
  build_cycle_id: z.string().nullable(),
  /** Id of the version before; null for the first; absent where versions are not known. */
  supersedes: z.string().nullable().optional(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Contract = z.infer<typeof Contract>;

/** A contract that no engine keeps, only read from a document: `id` says from where. */
export function unregistered(
  id: string,
  { service_name, type, spec, version = "1.0.0" }: Omit<ContractDraft, "version"> & { version?: string },
): Contract {
  return {
    id,
    service_name,
    type,
    version,
    spec,
    spec_hash: hashOf(spec),
    status: "active",
    build_cycle_id: null,
    created_at: "",
    updated_at: "",
  };
}

/** Where and why a contract document is not valid. */
export const ContractFault = z.object({
  /** JSON pointer into the document; "" is the document itself. */
  pointer: z.string(),
  message: z.string(),
});
export type ContractFault = z.infer<typeof ContractFault>;

/** A request and the response to it, as seen on the wire or proposed (specification 8.1 `validate_endpoint`). */
export const Exchange = z.object({
  service_name: z.string(),
  build_cycle_id: z.string().optional().describe("Pipeline of the contract; the newest contract when left out."),
  method: z.string(),
  path: z.string().describe("As requested: /orders/42?expand=items."),
  status_code: z.number().int().min(100).max(599).default(200),
  request_headers: z.record(z.string(), z.string()).optional(),
  request_body: z.unknown().optional(),
  response_headers: z.record(z.string(), z.string()).optional(),
  response_body: z.unknown().optional(),
});
export type Exchange = z.infer<typeof Exchange>;

/** One way in which an exchange departs from its contract. */
export const ExchangeFault = z.object({
  part: z.enum(["operation", "request", "response"]),
  /** path, query, header, cookie, body, status, content-type, security; what the field is a part of. */
  location: z.string(),
  /** JSON pointer into the body, or the name of the parameter or header; "" for the whole. */
  field: z.string(),
  /** JSON pointer into the contract: the clause that is broken; "" when there is none. */
  clause: z.string(),
  message: z.string(),
  expected: z.string(),
  actual: z.string(),
  severity: z.enum(["error", "warning", "info"]),
});
export type ExchangeFault = z.infer<typeof ExchangeFault>;

export const EndpointVerdict = z.object({
  valid: z.boolean(),
  /** The operation it was judged by, e.g. "GET /orders/{id}"; "" when the contract has none for it. */
  operation: z.string(),
  violations: z.array(ExchangeFault),
  /** What was not looked at, because it was not given or cannot be judged. */
  not_checked: z.array(z.string()),
});
export type EndpointVerdict = z.infer<typeof EndpointVerdict>;

export const TestFramework = z.enum(["vitest", "node", "pytest", "jest", "json"]);
export type TestFramework = z.infer<typeof TestFramework>;

/** One conformance test in neutral form. */
export const ContractTestCase = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["valid", "boundary", "invalid"]),
  operation: z.string().describe("GET /orders/{id}; for events SEND or RECEIVE and the channel."),
  request: z.object({
    method: z.string(),
    path: z.string().describe("With parameters filled in."),
    headers: z.record(z.string(), z.string()),
    body: z.unknown().optional().describe("What is sent; of a form its fields, a list repeats its field."),
    parts: z
      .record(z.string(), z.object({ content_type: z.string(), filename: z.string().optional() }))
      .optional()
      .describe("multipart/form-data: fields that are not sent as plain text."),
  }),
  expect: z.object({
    status: z.array(z.string()).describe("Accepted statuses: 201, 4XX."),
    schema_pointer: z.string().nullable().describe("JSON pointer of the response schema in the contract."),
  }),
});
export type ContractTestCase = z.infer<typeof ContractTestCase>;

/** Conformance tests of a contract: the cases, and files to write for the asked framework. */
export const ContractTests = z.object({
  contract_id: z.string(),
  framework: TestFramework,
  /** Empty where a remote engine gives source code only. */
  cases: z.array(ContractTestCase),
  files: z.array(z.object({ path: z.string(), content: z.string() })),
  /** How to run them; "" for json. */
  command: z.string(),
  /** Operations without cases, each with the reason; absent where a remote engine does not say. */
  skipped: z.array(z.string()).optional(),
});
export type ContractTests = z.infer<typeof ContractTests>;

/** One change between two versions of a contract. */
export const ContractChange = z.object({
  id: z.string(),
  breaking: z.boolean(),
  severity: z.enum(["error", "warning", "info"]),
  method: z.string(),
  path: z.string(),
  pointer: z.string(),
  message: z.string(),
  old_value: z.unknown().optional(),
  new_value: z.unknown().optional(),
});
export type ContractChange = z.infer<typeof ContractChange>;

/** A service that a changed contract concerns. */
export const AffectedService = z.object({
  service: z.string(),
  role: z.enum(["provider", "consumer"]),
  clauses: z.array(z.string()).describe("Changed operations and events it uses; empty: it uses none of them."),
  coarse: z.boolean().describe("Nothing says which clauses it uses, so all count."),
  because: z.string(),
  reopens: z.boolean().describe("Whether accepting the change has it built again."),
});
export type AffectedService = z.infer<typeof AffectedService>;

/** A proposed new version of a registered contract. */
export const ChangeRequest = z.object({
  id: z.string(),
  /** The version it changes. */
  contract_id: z.string(),
  build_cycle_id: z.string().nullable(),
  service_name: z.string(),
  type: ContractType,
  from_version: z.string(),
  version: z.string(),
  reason: z.string(),
  status: z.enum(["proposed", "accepted", "rejected"]),
  /** Why it was decided so; "" before. */
  comment: z.string(),
  /** The contract that an accepted change became. */
  result_id: z.string().nullable(),
  proposed_at: z.string(),
  decided_at: z.string().nullable(),
});
export type ChangeRequest = z.infer<typeof ChangeRequest>;

export const ImplementationCount = z.object({
  marked: z.boolean(),
  /** null when a remote engine does not tell. */
  total_implementations: z.number().int().nullable(),
  all_implemented: z.boolean(),
});
export type ImplementationCount = z.infer<typeof ImplementationCount>;

/** A contract that is not shown to be implemented in full. */
export const UnimplementedContract = z.object({
  id: z.string(),
  type: ContractType,
  version: z.string(),
  expected_service: z.string(),
  /** `unknown`: nothing could be looked at. */
  status: z.enum(["missing", "partial", "unknown"]),
  operations_total: z.number().int(),
  /** Operations (GET /orders) and events (SEND order.created) without evidence. */
  missing: z.array(z.string()),
  /** The builder's word, kept beside what was seen; null when nobody claimed anything. */
  claim: z.object({ service_name: z.string(), evidence_path: z.string(), at: z.string() }).nullable(),
});
export type UnimplementedContract = z.infer<typeof UnimplementedContract>;

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
