import { existsSync } from "node:fs";
import { join } from "node:path";
import { contractFile, type Plan } from "../../model/plan.ts";
import { serviceMapDiagram } from "../../model/service-map-diagram.ts";
import { submittedPlan } from "../awaited-plan.ts";
import { findPlan } from "../documents.ts";
import { putDocument } from "../ledger.ts";
import type { PipelineEvent } from "../machine.ts";
import { planningBudget } from "../planning-budget.ts";
import type { Phase, PhaseContext } from "./phase.ts";

/** `init`: everything was checked when the pipeline was created; the guards check it once more. */
export const start: Phase = async ({ pipeline }) => ({
  type: "start_architect",
  prd_length: pipeline.prd.length,
  config_loaded: true,
});

/** `architect_running`: from the PRD to services, domain and contracts; waits when the plan is to be handed in. */
export const plan: Phase = async (context) => {
  const { paths, ports, db, pipeline } = context;
  const result = ports.architect.handsOut ? submittedPlan(db, pipeline) : await planned(context);
  if (result === undefined) return undefined;
  keepPlan(context, result);
  return {
    type: "architect_done",
    service_map_path: paths.serviceMap,
    domain_model_path: paths.domainModel,
    contract_registry_path: paths.contracts,
    outputs_exist: [paths.serviceMap, paths.domainModel, paths.contracts].every((path) => existsSync(path)),
  };
};

function planned(context: PhaseContext): Promise<Plan> {
  const { db, pipeline, ports, paths, signal, spawn } = context;
  const { feedback } = pipeline.context;
  return ports.architect.plan({
    prd: pipeline.prd,
    feedback,
    previous: feedback.length > 0 ? findPlan(db, pipeline.id) : undefined,
    signal,
    spawn,
    log_dir: paths.logs,
    budget: planningBudget(context),
  });
}

function keepPlan(context: PhaseContext, plan: Plan): void {
  const { paths, pipeline } = context;
  const put = (name: string, path: string, content: { value: unknown } | { text: string }) =>
    putDocument(context, { name, phase: "architect_running", path, ...content });
  const keep = (name: string, value: unknown, path: string) => put(name, path, { value });
  keep("service_map", { ...plan.service_map, build_cycle_id: pipeline.id }, paths.serviceMap);
  put("service_map_diagram", paths.diagram, { text: serviceMapDiagram(plan.service_map) });
  keep("domain_model", plan.domain_model, paths.domainModel);
  keep("questions", plan.questions, paths.questions);
  keep("contract_drafts", plan.contracts, join(paths.contracts, "index.json"));
  for (const contract of plan.contracts) {
    const file = contractFile(contract);
    keep(file, contract.spec, join(paths.root, file));
  }
}

/** `architect_review`: goes on by itself only when the settings say so; otherwise somebody has to decide. */
export const review: Phase = async ({ pipeline }): Promise<PipelineEvent | undefined> =>
  pipeline.config.architect.auto_approve ? { type: "approve_architecture", approved: true } : undefined;
