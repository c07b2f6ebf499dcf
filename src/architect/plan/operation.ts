import type { OperationCall } from "../../model/contract.ts";
import type { Meaning } from "./actions.ts";
import type { DraftEndpoint } from "./draft.ts";

/** An endpoint with everything that has to be known before any contract can be written. */
export interface PlannedOperation {
  endpoint: DraftEndpoint;
  meaning: Meaning;
  operation_id: string;
  /** Path in the document: paths that differ in parameter names only are one path. */
  path: string;
  secured: boolean;
  publishes: string[];
  calls: OperationCall[];
}
