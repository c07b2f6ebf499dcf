import type { ContractRegistry } from "../contracts/port.ts";
import { AppError } from "../lib/errors.ts";
import { sha256 } from "../lib/ids.ts";
import { Plan, type Question } from "../model/plan.ts";
import type { RemoteTools } from "../model/remote.ts";
import { askRemote, fitArguments, remoteFault } from "../model/remote-answer.ts";
import type { Architect, PlanRequest } from "./port.ts";
import { Decomposition } from "./remote/answers.ts";
import { existingPlan } from "./remote/existing.ts";
import { servicesFrom } from "./remote/services.ts";
import { draftsFrom } from "./remote/stubs.ts";

/**
 * An architect behind an external server: Build 1's `decompose`, or the specification's three tools over a plan that the
 * server holds already. Its contracts are checked with `validate`, the contract registry's. What it leaves open, and
 * what it does not do (it reads no endpoints, it takes no feedback), becomes a question of the review.
 * Errors of `plan`: REMOTE_UNAVAILABLE, REMOTE_ANSWER, NOT_FOUND, CONTRACT_INVALID.
 */
export function createRemoteArchitect(options: {
  remote: RemoteTools;
  validate: ContractRegistry["validate"];
  contracts?: Pick<ContractRegistry, "get">;
  clock?: () => Date;
}): Architect {
  const { remote, validate, contracts, clock = () => new Date() } = options;
  return {
    name: "mcp",
    async plan(request) {
      const { prd, signal } = request;
      const questions: Question[] = [];
      const ask = (question: Question) => void questions.push(question);
      const planned = (await remote.names({ signal })).has("decompose")
        ? await decompose(remote, request, ask)
        : await existingPlan(remote, prd, { signal, contracts, ask });
      const { service_map, domain_model } = planned;
      const drafts = draftsFrom(
        planned.stubs,
        service_map.services.map(({ name }) => name),
        ask,
      );
      if (drafts.length === 0) throw remoteFault(remote, planned.tool, "gave no contract of any service");
      await assertValid(remote, drafts, validate, signal);
      const generated_at = clock().toISOString();
      const services = servicesFrom(service_map.services, drafts, ask);
      return Plan.parse({
        service_map: {
          ...service_map,
          services,
          prd_hash: sha256(prd),
          generated_at: service_map.generated_at || generated_at,
        },
        domain_model: { ...domain_model, generated_at: domain_model.generated_at || generated_at },
        contracts: drafts,
        questions,
      });
    },
  };
}

async function decompose(
  remote: RemoteTools,
  { prd, feedback, signal }: PlanRequest,
  ask: (question: Question) => void,
) {
  const tool = "decompose";
  const offer = { prd_text: prd, feedback: feedback.length > 0 ? feedback.join("\n") : undefined };
  const { dropped } = await fitArguments(remote, tool, offer, signal);
  const lost = dropped.includes("feedback");
  if (lost)
    ask({
      about: "feedback",
      question: `Was this done? The architect takes no feedback, so it was put at the end of the PRD: ${feedback.join("; ")}`,
      line: null,
    });
  const given = lost ? { prd_text: withFeedback(prd, feedback) } : offer;
  const { service_map, domain_model, contract_stubs, validation_issues, interview_questions } = await askRemote(
    remote,
    tool,
    given,
    Decomposition,
    { signal },
  );
  for (const question of validation_issues) ask({ about: "architecture", question, line: null });
  for (const question of interview_questions) ask({ about: "PRD", question, line: null });
  return { service_map, domain_model, stubs: contract_stubs, tool };
}

/** As prose: a heading would be read as an entity or a service. */
function withFeedback(prd: string, feedback: readonly string[]): string {
  return `${prd.trimEnd()}\n\nCorrections after the review: ${feedback.join(" ")}\n`;
}

async function assertValid(
  remote: RemoteTools,
  drafts: Plan["contracts"],
  validate: ContractRegistry["validate"],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const draft of drafts) {
    signal?.throwIfAborted();
    const faults = await validate(draft);
    const [first] = faults;
    if (!first) continue;
    throw new AppError(
      "CONTRACT_INVALID",
      `${remote.label} planned an ${draft.type} contract of ${draft.service_name} that is not valid: ${first.pointer || "the document"}: ${first.message}.`,
      {
        remedy: "Look at what the PRD says there, or plan with another architect (architect.backend).",
        details: { service: draft.service_name, type: draft.type, faults: faults.slice(0, 20) },
      },
    );
  }
}
