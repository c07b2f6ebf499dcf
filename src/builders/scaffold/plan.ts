import type { OperationAction, OperationTransition } from "../../model/contract.ts";

/** What the generated service will do: read from its contracts, written out as routes and tests. */
export interface ServicePlan {
  entities: EntityPlan[];
  operations: OperationPlan[];
  subscriptions: SubscriptionPlan[];
  /** What the contracts ask for and this builder cannot do; a build with problems is not claimed as a success. */
  problems: string[];
}

export interface EntityPlan {
  name: string;
  /** Pointer to its schema in the OpenAPI document; "" when it has none. */
  schema: string;
  id: string;
  /** Values that every new document starts with. */
  initial: Record<string, string>;
  stateField: string | undefined;
  /** State → states it may go to; undefined when nothing is said about it. */
  moves: Record<string, string[]> | undefined;
  /** Properties that hold the caller's id. */
  owner: string[];
}

export interface OperationPlan {
  id: string;
  method: string;
  /** As in the contract, with `{param}`. */
  path: string;
  summary: string;
  action: OperationAction;
  access: "public" | "optional" | "required";
  /** Name of its entity; "" when it has none. */
  entity: string;
  lookup: Lookup | undefined;
  /** The document that a collection lies in, when it has to exist: `/books/{id}` of `/books/{id}/reviews`. */
  parent: { entity: string; lookup: Lookup } | undefined;
  /** Entity property → path parameter of an enclosing resource. */
  parents: Record<string, string>;
  transition: OperationTransition | undefined;
  credentials: CredentialPlan | undefined;
  /** Why it answers 501; undefined when it is built. */
  unbuilt: string | undefined;
  references: { entity: string; path: string[] }[];
  calls: CallPlan[];
  publishes: EventPlan[];
}

/** The path parameter that names a document, and the property it is compared with. */
export interface Lookup {
  by: string;
  field: string;
}

export interface CredentialPlan {
  identifier: string;
  secret: string;
  tokens: string[];
}

export interface CallPlan {
  service: string;
  operation_id: string;
  method: string;
  path: string;
  parameter: string | undefined;
  /** Where in the request body the ids are. */
  reference: string[] | undefined;
  property: string | undefined;
  /** Pointer to the schema of the body it expects, in the other service's contract. */
  sends: string | undefined;
}

export interface EventPlan {
  name: string;
  /** Pointer to the payload schema in the AsyncAPI document; undefined when it has none. */
  payload: string | undefined;
}

export interface SubscriptionPlan extends EventPlan {
  creates: string | undefined;
}
