import type { ContractRegistry } from "../../contracts/port.ts";
import { pointerPart } from "../../lib/json-schema-bundle.ts";
import type { ContractDraft } from "../../model/contract.ts";
import type { Plan, Question } from "../../model/plan.ts";
import { contractFaults, planFaults } from "../check/check.ts";
import { planFrom } from "../plan/plan.ts";
import type { Judgement, PlanFault, PlanRequest } from "../port.ts";
import { outlineOf } from "./outline.ts";
import { Proposal } from "./proposal.ts";
import { referenceFaults } from "./references.ts";

/** Most faults that are told at once; the rest follow when these are corrected. */
const MAX_FAULTS = 30;

/**
 * What a proposal is worth: the plan it makes, or what is wrong with it (places are in the proposal where a fault shows
 * there, in the plan it makes otherwise). Whatever the answer is, this does not throw for it.
 */
export async function judgeProposal(
  answer: unknown,
  { prd, signal }: Pick<PlanRequest, "prd" | "signal">,
  options: { validate: ContractRegistry["validate"]; clock?: (() => Date) | undefined },
): Promise<Judgement> {
  const parsed = Proposal.safeParse(answer);
  if (!parsed.success) return refused(parsed.error.issues.map(faultOf));
  const proposal = parsed.data;
  const { outline, faults } = outlineOf(proposal, "");
  const early = [...referenceFaults(proposal), ...faults];
  if (early.length > 0) return refused(early);
  const plan = withContracts(planFrom(outline, prd, options.clock), proposal.contracts);
  const wanted = outline.endpoints.map(({ owner, method, path }) => ({ service: owner ?? "", method, path }));
  const late = planFaults(plan, wanted);
  if (late.length === 0) late.push(...(await contractFaults(plan, options.validate, signal)));
  return late.length > 0 ? refused(late) : { plan: { ...plan, questions: unplaced(plan.questions) }, faults: [] };
}

/** A proposal has no lines of the PRD to point at. */
function unplaced(questions: Question[]): Question[] {
  return questions.map((question) => ({ ...question, line: null }));
}

function refused(faults: PlanFault[]): Judgement {
  const more = faults.length - MAX_FAULTS;
  const rest = more > 0 ? [{ path: "", about: "", message: `${more} more faults are not shown.` }] : [];
  return { plan: null, faults: [...faults.slice(0, MAX_FAULTS), ...rest] };
}

function faultOf({ path, message }: { path: PropertyKey[]; message: string }): PlanFault {
  const place = path.map((key) => pointerPart(String(key))).join("");
  return { path: place, about: String(path[0] ?? "the answer"), message };
}

/** Documents that were given whole stand in place of the derived ones. */
function withContracts(plan: Plan, given: ContractDraft[]): Plan {
  const same = (one: ContractDraft) => (other: ContractDraft) =>
    one.service_name === other.service_name && one.type === other.type;
  const derived = plan.contracts.filter((contract) => !given.some(same(contract)));
  return { ...plan, contracts: [...derived, ...given] };
}
