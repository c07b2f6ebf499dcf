import type {
  AffectedService,
  ChangeRequest,
  Contract,
  ContractChange,
  ContractDraft,
  ContractFault,
  ContractTests,
  EndpointVerdict,
  Exchange,
  ImplementationCount,
  TestFramework,
  UnimplementedContract,
} from "../model/contract.ts";
import type { Service } from "../model/service-map.ts";

export interface ContractFilter {
  build_cycle_id?: string;
  service_name?: string;
}

/** Keeps contracts, frozen by content hash, one per (pipeline, service, type) and version. */
export interface ContractRegistry {
  readonly name: string;
  /** Faults of a contract document; empty when it is valid. */
  validate(draft: ContractDraft): Promise<ContractFault[]>;
  /**
   * Validate and freeze, for a pipeline or (null) for the workspace. Registering the same content again gives the same contract back.
   * Errors: CONTRACT_INVALID with the faults; WRONG_STATE when the contract exists with other content.
   */
  register(draft: ContractDraft, buildCycleId: string | null): Promise<Contract>;
  /** The current version of each contract. */
  list(filter: ContractFilter): Promise<Contract[]>;
  /** Errors: NOT_FOUND. */
  get(id: string): Promise<Contract>;
}

/** The contract engine of the specification's section 8.1, over a registry. Errors of a remote one: REMOTE_UNAVAILABLE, REMOTE_ANSWER. */
export interface ContractEngine extends ContractRegistry {
  /** A request and its response against the contract of the service. Errors: NOT_FOUND when it has no OpenAPI contract. */
  validateEndpoint(exchange: Exchange): Promise<EndpointVerdict>;
  /** Conformance tests of one contract. Errors: NOT_FOUND. */
  generateTests(
    contract_id: string,
    options: {
      framework: TestFramework;
      /** Cases with one thing wrong as well; true when left out. */
      include_negative?: boolean;
      /** Only these, by name (`GET /orders`) or operationId; all when left out. */
      operations?: readonly string[];
    },
  ): Promise<ContractTests>;
  /** What `new_spec` changes; without it, what the registered version changed against the one before. Errors: NOT_FOUND, INVALID_INPUT. */
  checkBreakingChanges(contract_id: string, new_spec?: Record<string, unknown>): Promise<ContractChange[]>;
  /** Keep a builder's claim that a service implements a contract; a claim proves nothing. Errors: NOT_FOUND. */
  markImplemented(claim: {
    contract_id: string;
    service_name: string;
    evidence_path: string;
  }): Promise<ImplementationCount>;
  /** Contracts of which some operation or event has no evidence, with the claims kept beside it. */
  getUnimplemented(filter: ContractFilter, signal?: AbortSignal): Promise<UnimplementedContract[]>;
}

/** What is known of a service beside anybody's word. */
export interface Observation {
  /** What its code offers; null where there is none to read. */
  code: {
    routes: readonly { method: string; path: string }[];
    published: readonly string[];
    consumed: readonly string[];
    /** Whether an event's name stands where it may publish or consume. */
    mentions(name: string): boolean;
    /** Code files that were read. */
    files: number;
  } | null;
  /** Operations (`GET /orders/{id}`) whose check against the running service passed; null when none was run. */
  answered: readonly string[] | null;
}

/** A change request with what it would do, as the contracts are now. */
export interface AssessedChange {
  request: ChangeRequest;
  /** The new version as it would be frozen. */
  draft: ContractDraft;
  changes: ContractChange[];
  affected: AffectedService[];
}

/** Changes of frozen contracts: proposed, looked at, accepted or rejected. Kept beside the embedded registry. */
export interface ContractChanges {
  /**
   * All versions of a contract, the first registered first, the current one last; none where an external engine keeps it.
   * Errors: NOT_FOUND.
   */
  versionsOf(contractId: string): Contract[];
  /**
   * Keep a changed contract as a proposal. Without `version` the next one by what changes: major when something breaks.
   * Errors: NOT_FOUND; CONTRACT_INVALID with the faults; INVALID_INPUT when nothing changes or the version is taken;
   * WRONG_STATE when the contract is not the current version.
   */
  propose(proposal: {
    contract_id: string;
    spec: Record<string, unknown>;
    version?: string;
    reason: string;
  }): Promise<ChangeRequest>;
  /** `services`: of the pipeline; without them only the contracts tell who consumes what. Errors: NOT_FOUND. */
  assess(requestId: string, services?: readonly Service[]): Promise<AssessedChange>;
  /** Requests of a pipeline, of the workspace (null), or all; the newest first. */
  list(filter: { build_cycle_id?: string | null; status?: ChangeRequest["status"] }): ChangeRequest[];
  /** Freeze the new version as the current one, in the caller's transaction. Errors: NOT_FOUND; WRONG_STATE when decided or outdated. */
  accept(requestId: string, affected: readonly AffectedService[], comment: string): Contract;
  /** Errors: NOT_FOUND; WRONG_STATE when decided. */
  reject(requestId: string, comment: string): ChangeRequest;
}
