import type { ContractRegistry } from "../contracts/port.ts";
import { AppError } from "../lib/errors.ts";
import type { Plan } from "../model/plan.ts";
import { planFaults } from "./check/check.ts";
import type { WantedEndpoint } from "./check/coverage.ts";
import type { Outline } from "./outline.ts";
import { applyFeedback, readFeedback } from "./plan/feedback.ts";
import { planFrom } from "./plan/plan.ts";
import type { Architect, PlanFault, PlanRequest } from "./port.ts";
import { readOutline } from "./read/read.ts";

export { FEEDBACK_FORMS, readFeedback } from "./plan/feedback.ts";
export { type PlanSummary, summarisePlan } from "./plan/summary.ts";

/**
 * The deterministic architect: reads a structured PRD, plans it, and checks the plan as a whole and its contracts with
 * `validate`, the contract registry's. It needs no key and no network. The same PRD with the same feedback gives the same plan.
 * Errors of `plan`: PRD_UNREADABLE, INVALID_INPUT for feedback it cannot carry out, CONTRACT_INVALID.
 */
export function createBuiltinArchitect(options: {
  validate: ContractRegistry["validate"];
  clock?: () => Date;
}): Architect {
  const { validate, clock } = options;
  return {
    name: "builtin",
    checkFeedback(feedback, request) {
      const corrections = readFeedback(feedback);
      if (request) applyFeedback(correctedOutline(request), corrections);
    },
    async plan(request) {
      const outline = correctedOutline(request);
      const plan = planFrom(outline, request.prd, clock);
      await assertValid(plan, validate, request.signal);
      return withDoubts(plan, planFaults(plan, wantedBy(outline)));
    },
  };
}

function correctedOutline({ prd, feedback }: PlanRequest): Outline {
  return feedback.reduce((outline, text) => applyFeedback(outline, readFeedback(text)), readOutline(prd));
}

/** The endpoints of the PRD whose service is known; the others are asked about. */
function wantedBy({ services, endpoints }: Outline): WantedEndpoint[] {
  const backends = services.filter(({ is_frontend }) => !is_frontend).map(({ name }) => name);
  return endpoints.flatMap(({ owner, method, path }) =>
    owner !== null && backends.includes(owner) ? [{ service: owner, method, path }] : [],
  );
}

/** What does not hold together is the PRD's doing: it is asked about in the review, unless it is asked already. */
function withDoubts(plan: Plan, faults: PlanFault[]): Plan {
  const asked = new Set(plan.questions.map(({ about }) => about));
  const doubts = faults.filter(({ about }) => !asked.has(about));
  return {
    ...plan,
    questions: [...plan.questions, ...doubts.map(({ about, message }) => ({ about, question: message, line: null }))],
  };
}

async function assertValid(plan: Plan, validate: ContractRegistry["validate"], signal?: AbortSignal): Promise<void> {
  for (const contract of plan.contracts) {
    signal?.throwIfAborted();
    const faults = await validate(contract);
    const [first] = faults;
    if (!first) continue;
    throw new AppError(
      "CONTRACT_INVALID",
      `The planned ${contract.type} contract of ${contract.service_name} is not valid: ${first.pointer || "the document"}: ${first.message}.`,
      {
        remedy: "Look at what the PRD says there (an unusual path, field name or type), correct it and start again.",
        details: { service: contract.service_name, type: contract.type, faults: faults.slice(0, 20) },
      },
    );
  }
}
