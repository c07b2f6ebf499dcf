import type { DomainModel, Relationship } from "../../model/domain-model.ts";
import type { Outline } from "../outline.ts";
import type { Draft } from "./draft.ts";
import { readType } from "./types.ts";
import { matchKey } from "./words.ts";

/** Entities with their owners, the relationships the PRD states and those its foreign keys show. */
export function planDomain(draft: Draft, relationships: Outline["relationships"], generatedAt: string): DomainModel {
  const names = new Map(draft.entities.map((entity) => [matchKey(entity.name), entity.name]));
  const stated = relationships.flatMap((relationship): Relationship[] => {
    const source = names.get(matchKey(relationship.source_entity));
    const target = names.get(matchKey(relationship.target_entity));
    return source && target ? [{ ...relationship, source_entity: source, target_entity: target }] : [];
  });
  const related = new Set(stated.flatMap(({ source_entity: a, target_entity: b }) => [`${a} ${b}`, `${b} ${a}`]));
  const keys = draft.entities.flatMap((entity) =>
    entity.fields.flatMap((field): Relationship[] => {
      const reading = readType(field.type);
      const target = reading.kind === "reference" ? names.get(matchKey(reading.entity)) : undefined;
      if (target === undefined || related.has(`${entity.name} ${target}`)) return [];
      related.add(`${entity.name} ${target}`);
      return [
        {
          source_entity: entity.name,
          target_entity: target,
          relationship_type: "REFERENCES",
          cardinality: "N:1",
          description: `${entity.name}.${field.name}`,
        },
      ];
    }),
  );
  return {
    entities: draft.entities.map(({ name, description, owner, fields, state_machine }) => ({
      name,
      description,
      owning_service: owner,
      fields,
      state_machine,
    })),
    relationships: [...stated, ...keys],
    generated_at: generatedAt,
  };
}
