import type { Severity } from "../model/finding.ts";

/** Codes of what builders are told that no check of the gate found. */
export const PIPELINE_CODES: Record<string, { severity: Severity; title: string; meaning: string; fix: string }> = {
  "CONTRACT-CHANGE": {
    severity: "error",
    title: "A contract has a new version",
    meaning:
      "A change request was accepted after this service was built: its own contract, or one that it uses, says something else now. An error where the change breaks clients, a warning where it does not. The service is built again with these changes as its task.",
    fix: "Implement the contract as it is now, or call it so. list_contract_changes shows the request; check_breaking_changes with contract_id shows what changed.",
  },
};
