import type { ContractRegistry } from "../contracts/port.ts";
import { AppError } from "../lib/errors.ts";
import type { Architect } from "./port.ts";
import { briefFor } from "./proposal/brief.ts";
import { judgeProposal } from "./proposal/judge.ts";

/** The calling agent plans: it is handed a brief, and what it hands in is judged like any other answer. */
export function createHostArchitect(options: {
  validate: ContractRegistry["validate"];
  clock?: () => Date;
}): Architect {
  return {
    name: "host",
    handsOut: {
      brief: briefFor,
      judge: (answer, request) => judgeProposal(answer, request, options),
    },
    async plan() {
      throw new AppError("WRONG_STATE", "With architect.backend host the calling agent plans; there is nobody else.", {
        remedy:
          "Start the PRD with run_pipeline, read get_architect_brief and hand the plan in with submit_architecture; architect.backend builtin plans by itself.",
      });
    },
  };
}
