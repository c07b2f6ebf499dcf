import { z } from "zod";
import type { Db } from "../lib/db.ts";
import { AppError } from "../lib/errors.ts";
import { ContractDraft } from "../model/contract.ts";
import { DomainModel } from "../model/domain-model.ts";
import { FixReport } from "../model/fix-report.ts";
import { QualityGateReport } from "../model/gate-report.ts";
import { IntegrationReport } from "../model/integration-report.ts";
import { Plan, Question } from "../model/plan.ts";
import { ServiceMap } from "../model/service-map.ts";

/** A plan that was handed in, for which attempt: 0, and one more with each rejection. */
export const Submission = z.object({ attempt: z.number().int(), plan: Plan });

const SCHEMAS = {
  service_map: ServiceMap,
  domain_model: DomainModel,
  questions: z.array(Question),
  contract_drafts: z.array(ContractDraft),
  submission: Submission,
  integration_report: IntegrationReport,
  quality_gate_report: QualityGateReport,
  previous_gate_report: QualityGateReport,
  fix_report: FixReport,
};
type Name = keyof typeof SCHEMAS;

/** A document of a pipeline, or undefined when its phase has not delivered it yet. */
export function findDocument<Key extends Name>(
  db: Db,
  id: string,
  name: Key,
): z.output<(typeof SCHEMAS)[Key]> | undefined {
  const row = db.prepare("SELECT content FROM documents WHERE pipeline_id = ? AND name = ?").get(id, name);
  if (row === undefined) return undefined;
  const { content } = z.object({ content: z.string() }).parse(row);
  // TypeScript cannot tie the schema to the key through an indexed access; the lookup above does.
  return SCHEMAS[name].parse(JSON.parse(content)) as z.output<(typeof SCHEMAS)[Key]>;
}

/** The newest plan of a pipeline as a whole; undefined before there is one. */
export function findPlan(db: Db, id: string): Plan | undefined {
  const service_map = findDocument(db, id, "service_map");
  const domain_model = findDocument(db, id, "domain_model");
  const contracts = findDocument(db, id, "contract_drafts");
  const questions = findDocument(db, id, "questions");
  return service_map && domain_model && contracts && questions
    ? { service_map, domain_model, contracts, questions }
    : undefined;
}

/** The same, when it has to be there. Errors: WRONG_STATE. */
export function documentOf<Key extends Name>(db: Db, id: string, name: Key): z.output<(typeof SCHEMAS)[Key]> {
  const document = findDocument(db, id, name);
  if (document !== undefined) return document;
  throw new AppError("WRONG_STATE", `Pipeline ${id} has no ${name.replaceAll("_", " ")} yet.`, {
    remedy: "See where it stands with get_pipeline_status.",
  });
}
