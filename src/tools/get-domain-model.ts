import { z } from "zod";
import { AppError } from "../lib/errors.ts";
import { DomainModel, type Entity } from "../model/domain-model.ts";
import { documentOf } from "../pipeline/documents.ts";
import { pickPlan, planFields } from "./architecture-fields.ts";
import { defineTool } from "./define-tool.ts";

export const getDomainModel = defineTool({
  name: "get_domain_model",
  title: "Domain model",
  toolset: "architect",
  description: "Planned entities of a pipeline: owner, fields, state machine, relations.",
  input: z.object({
    ...planFields,
    service_name: z.string().optional().describe("Service name; only what it owns."),
    detail: z.boolean().default(false).describe("Add descriptions."),
  }),
  // A DomainModel; spelled out it would cost every client a kilobyte.
  output: z.looseObject({ entities: z.array(z.unknown()), relationships: z.array(z.unknown()) }),
  hints: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  unlisted: ["detail", "project_name"],
  cli: { command: "domain-model", arguments: ["pipeline_id"] },
  run: async (input, { ctx }) => {
    const id = pickPlan(ctx.db, input);
    const model = partOf(documentOf(ctx.db, id, "domain_model"), input.service_name, () =>
      documentOf(ctx.db, id, "service_map").services.map(({ name }) => name),
    );
    return input.detail ? model : withoutProse(model);
  },
  text: (model) => {
    const { entities, relationships } = DomainModel.parse(model);
    return [
      `${entities.length} entities`,
      ...entities.map(line),
      ...relationships.map(
        ({ source_entity, target_entity, relationship_type, cardinality }) =>
          `  ${source_entity} ${relationship_type} ${target_entity} (${cardinality})`,
      ),
    ].join("\n");
  },
});

/** Errors: NOT_FOUND for a name that is no service. */
function partOf(model: DomainModel, service: string | undefined, servicesOf: () => string[]): DomainModel {
  if (service === undefined) return model;
  const known = servicesOf();
  if (!known.includes(service))
    throw new AppError("NOT_FOUND", `The plan has no service ${service}.`, { remedy: `It has ${known.join(", ")}.` });
  const entities = model.entities.filter(({ owning_service }) => owning_service === service);
  const names = entities.map(({ name }) => name);
  const relationships = model.relationships.filter(
    ({ source_entity, target_entity }) => names.includes(source_entity) || names.includes(target_entity),
  );
  return { ...model, entities, relationships };
}

/** Without descriptions, and without what is absent anyway. */
function withoutProse(model: DomainModel) {
  const bare = <Value extends { description: string }>({ description: _, ...rest }: Value) => rest;
  return {
    ...model,
    entities: model.entities.map((entity) => {
      const { state_machine, fields, ...rest } = bare(entity);
      return { ...rest, fields: fields.map(bare), ...(state_machine ? { state_machine } : {}) };
    }),
    relationships: model.relationships.map(bare),
  };
}

function line({ name, owning_service, fields, state_machine }: Entity): string {
  const shown = fields.map((field) => `${field.name}${field.required ? "" : "?"}: ${field.type}`).join(", ");
  const states = state_machine ? `; ${state_machine.field}: ${state_machine.states.join(", ")}` : "";
  return `  ${name} (${owning_service}): ${shown || "no fields"}${states}`;
}
