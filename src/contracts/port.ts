import type { Contract, ContractDraft, ContractFault } from "../model/contract.ts";

/** Keeps contracts, frozen by content hash, one per (pipeline, service, type). */
export interface ContractRegistry {
  readonly name: string;
  /** Faults of a contract document; empty when it is valid. */
  validate(draft: ContractDraft): Promise<ContractFault[]>;
  /**
   * Validate and freeze. Registering the same content again gives the same contract back.
   * Errors: CONTRACT_INVALID with the faults; WRONG_STATE when the contract exists with other content.
   */
  register(draft: ContractDraft, buildCycleId: string): Promise<Contract>;
  list(filter: { build_cycle_id?: string; service_name?: string }): Promise<Contract[]>;
  /** Errors: NOT_FOUND. */
  get(id: string): Promise<Contract>;
}
