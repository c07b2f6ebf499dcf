import type { Relationship } from "../../model/domain-model.ts";
import type { OutlineEntity } from "../outline.ts";
import type { Document } from "./document.ts";
import { entityKey, plain, sentences } from "./text.ts";
import { within } from "./topics.ts";
import { passages } from "./tree.ts";

type Type = Relationship["relationship_type"];
type Cardinality = Relationship["cardinality"];

const VERBS: readonly [RegExp, Type, Cardinality][] = [
  [/\bhas (?:many|multiple|several|zero or more|one or more)\b/i, "HAS_MANY", "1:N"],
  [/\bmany[- ]to[- ]many\b|\bN:[NM]\b|\bM:N\b/i, "REFERENCES", "N:N"],
  [/\bone[- ]to[- ]many\b|\b1:N\b|\b1:\*/i, "HAS_MANY", "1:N"],
  [/\bmany[- ]to[- ]one\b|\bN:1\b/i, "BELONGS_TO", "N:1"],
  [/\bone[- ]to[- ]one\b|\b1:1\b/i, "REFERENCES", "1:1"],
  [/\bhas (?:exactly )?(?:one|an?)\b/i, "REFERENCES", "1:1"],
  [/\bcontains?(?: (?:many|one or more|multiple))?\b/i, "HAS_MANY", "1:N"],
  [/\bbelongs to(?: many)?\b/i, "BELONGS_TO", "N:1"],
  [/\bowns\b/i, "OWNS", "1:N"],
  [/\bextends\b|\binherits from\b/i, "EXTENDS", "1:1"],
  [/\btriggers\b/i, "TRIGGERS", "1:1"],
  [/\bdepends on\b/i, "DEPENDS_ON", "N:1"],
  [/\breferences\b|\brefers to\b|\blinks to\b/i, "REFERENCES", "N:1"],
];

/** "Trip HAS MANY Stops", "A Stop belongs to a Trip", "User (1) → (N) Order", and foreign keys that name their entity. */
export function readRelationships(document: Document, entities: readonly OutlineEntity[]): Relationship[] {
  const names = new Map(entities.map((entity) => [entityKey(entity.name), entity.name]));
  const found = new Map<string, Relationship>();
  const put = (relationship: Relationship) => {
    const id = `${relationship.source_entity}\n${relationship.target_entity}\n${relationship.relationship_type}`;
    if (!found.has(id)) found.set(id, relationship);
  };
  for (const section of document.sections) {
    const about = within(section, "relationships");
    for (const { text } of passages(section.blocks))
      for (const sentence of sentences(text))
        for (const relationship of readSentence(plain(sentence), names, about)) put(relationship);
  }
  const related = new Set(
    [...found.values()].flatMap((each) => [
      `${each.source_entity}\n${each.target_entity}`,
      `${each.target_entity}\n${each.source_entity}`,
    ]),
  );
  for (const entity of entities)
    for (const field of entity.fields) {
      const target = foreignTarget(`${field.type}; ${field.description}`);
      const name = target === null ? undefined : names.get(entityKey(target));
      if (name === undefined || related.has(`${entity.name}\n${name}`)) continue;
      put({
        source_entity: entity.name,
        target_entity: name,
        relationship_type: "REFERENCES",
        cardinality: "N:1",
        description: field.name,
      });
    }
  return [...found.values()];
}

/** The entity a foreign key names: "FK → Depot", "Foreign key (User)", "references users(id)". */
export function foreignTarget(text: string): string | null {
  return (
    /\b(?:fk|foreign key|references?|ref)\b\s*(?:to|→|->|:)?\s*\(?\s*`?(\p{Lu}[\p{L}\p{N}]*)/iu.exec(text)?.[1] ??
    /\breferences\s+["`]?([a-z_]+)["`]?\s*\(/i.exec(text)?.[1] ??
    null
  );
}

function readSentence(sentence: string, names: ReadonlyMap<string, string>, about: boolean): Relationship[] {
  const text = sentence.replace(/^[-*]\s+/, "");
  if (text.length > 300) return [];
  for (const [verb, type, cardinality] of VERBS) {
    const match = verb.exec(text);
    if (match === null) continue;
    const between = /^(.*?)\s*(?:→|->|—|–|-|:)?\s*$/s.exec(text.slice(0, match.index))?.[1] ?? "";
    const behind = text.slice(match.index + match[0].length);
    const pair = /([\p{L}\p{N}]+)\s*(?:\([^)]*\))?\s*(?:→|->|—|–|<->|↔|and)\s*([\p{L}\p{N}]+)\s*[:(]?\s*$/u.exec(
      between,
    );
    const from = pair === null ? lastName(between, names) : names.get(entityKey(pair[1] ?? ""));
    const to = pair === null ? firstName(behind, names) : names.get(entityKey(pair[2] ?? ""));
    if (from === undefined || to === undefined) continue;
    if (from === to && !about) continue;
    if (
      !about &&
      !/^[A-Z ]+$/.test(match[0]) &&
      !/^(?:an?|each|every|the|one)?\s*[\p{L}\p{N}]+$/iu.test(between.trim())
    )
      continue;
    return [
      {
        source_entity: from,
        target_entity: to,
        relationship_type: type,
        cardinality,
        description: /\(([^)]*)\)/.exec(behind)?.[1] ?? "",
      },
    ];
  }
  return arrowPair(text, names, about);
}

function arrowPair(text: string, names: ReadonlyMap<string, string>, about: boolean): Relationship[] {
  const match = about
    ? /^([\p{L}\p{N}]+)\s*(?:\((1|N|M|\*)\))?\s*(?:→|-+>|=>)\s*(?:\((1|N|M|\*)\)\s*)?([\p{L}\p{N}]+)/u.exec(text)
    : null;
  const from = names.get(entityKey(match?.[1] ?? ""));
  const to = names.get(entityKey(match?.[4] ?? ""));
  if (match === null || from === undefined || to === undefined) return [];
  const many = (mark: string | undefined) => mark !== undefined && mark !== "1";
  const cardinality: Cardinality = many(match[2]) ? (many(match[3]) ? "N:N" : "N:1") : many(match[3]) ? "1:N" : "N:1";
  return [
    {
      source_entity: from,
      target_entity: to,
      relationship_type: cardinality === "1:N" ? "HAS_MANY" : "REFERENCES",
      cardinality,
      description: "",
    },
  ];
}

/** The entity a text ends with, "… order items" before "… items". */
function lastName(text: string, names: ReadonlyMap<string, string>): string | undefined {
  const words = text.replace(/\s*\([^)]*\)\s*$/, "").match(/[\p{L}\p{N}]+/gu) ?? [];
  return [3, 2, 1]
    .map((count) => names.get(entityKey(words.slice(-count).join(""))))
    .find((name) => name !== undefined);
}

/** The entity a text begins with, articles and counts aside. */
function firstName(text: string, names: ReadonlyMap<string, string>): string | undefined {
  const bare = text.replace(/^\W*(?:(?:an?|the|one|many|exactly|more|zero|or|multiple)\s+)*/i, "");
  const words = bare.match(/[\p{L}\p{N}]+/gu)?.slice(0, 3) ?? [];
  return [3, 2, 1]
    .map((count) => names.get(entityKey(words.slice(0, count).join(""))))
    .find((name) => name !== undefined);
}
