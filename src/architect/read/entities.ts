import type { Field } from "../../model/domain-model.ts";
import type { OutlineEntity } from "../outline.ts";
import type { Document } from "./document.ts";
import { listedEntities } from "./entity-lists.ts";
import { type EntityMention, RANK, type Rank } from "./entity-mention.ts";
import { headedEntities } from "./entity-sections.ts";
import { entityKey, key, singular } from "./text.ts";

/** An owner table of this many rows is the list of entities: lists in prose and SQL add none to it. */
const AUTHORITATIVE_ROWS = 3;

/** The entities of a document, each once, with the owner and the fields of the most explicit place that tells them. */
export function readEntities(document: Document): OutlineEntity[] {
  const mentions = [...listedEntities(document), ...headedEntities(document)];
  const accepted = selected(mentions, document);
  const apart = numbersApart(mentions);
  const byName = new Map<string, EntityMention[]>();
  for (const mention of accepted) {
    const id = apart.has(key(mention.name)) ? key(mention.name) : entityKey(mention.name);
    const same = byName.get(id);
    if (same === undefined) byName.set(id, [mention]);
    else same.push(mention);
  }
  return [...byName.values()].flatMap((same) => merged(same, document)).sort((a, b) => a.line - b.line);
}

/** Plurals that have a row of their own beside their singular in the owner table: OrderLineItem and OrderLineItems. */
function numbersApart(mentions: readonly EntityMention[]): Set<string> {
  const rows = new Set(mentions.filter((each) => each.rank === RANK.ownerTable).map((each) => key(each.name)));
  return new Set([...rows].filter((name) => singular(name) !== name && rows.has(singular(name))));
}

/**
 * Names that a service is said to own count unless an owner table lists the entities; names without owner, and SQL, only where no
 * explicit place tells an entity.
 */
function selected(mentions: readonly EntityMention[], document: Document): EntityMention[] {
  const table = new Set(mentions.filter((each) => each.rank === RANK.ownerTable).map((each) => entityKey(each.name)));
  const strong = mentions.filter((each) => each.rank <= RANK.block);
  const known = new Set(strong.map((each) => entityKey(each.name)));
  const owners = new Set(strong.map((each) => each.owner).filter((owner) => owner !== null));
  const adds = (rank: Rank) => (each: EntityMention) =>
    each.rank === rank &&
    table.size < AUTHORITATIVE_ROWS &&
    (each.owner === null ? strong.length === 0 : !owners.has(each.owner));
  const listed = mentions.filter(
    (each) =>
      adds(RANK.listed)(each) || (each.rank === RANK.listed && each.owner !== null && table.size < AUTHORITATIVE_ROWS),
  );
  for (const each of listed) {
    known.add(entityKey(each.name));
    if (each.owner !== null) owners.add(each.owner);
  }
  const sql = mentions.filter((each) => adds(RANK.sql)(each) && (listed.length === 0 || each.owner !== null));
  for (const each of sql) known.add(entityKey(each.name));
  for (const each of strong)
    if (table.size >= AUTHORITATIVE_ROWS && !table.has(entityKey(each.name)))
      document.doubt(
        `entity ${each.name}`,
        `${each.name} has fields but is missing in the table of entities and owners. Is it an entity of its own?`,
        each.line,
      );
  return mentions.filter((each) => known.has(entityKey(each.name)));
}

/** One entity from its mentions; two when two services each define their own under the same name. */
function merged(same: readonly EntityMention[], document: Document): OutlineEntity[] {
  const ranked = [...same].sort((a, b) => a.rank - b.rank || a.line - b.line);
  const [best] = ranked;
  if (best === undefined) return [];
  const owners = new Set(
    ranked
      .filter((each) => each.rank !== RANK.sql)
      .map((each) => each.owner)
      .filter((owner) => owner !== null),
  );
  const defining = ranked.filter((each) => each.rank === RANK.heading && each.fields.length > 0 && each.owner !== null);
  const definers = new Set(defining.map((each) => each.owner));
  if (owners.size > 1)
    document.doubt(
      `entity ${best.name}`,
      `${best.name} has more than one owner: ${[...owners].join(", ")}. Which service owns it?`,
      best.line,
    );
  if (definers.size > 1 && best.rank !== RANK.ownerTable)
    return [...definers].map((owner) => entity(defining.filter((each) => each.owner === owner)));
  return [entity(ranked)];
}

function entity(ranked: readonly EntityMention[]): OutlineEntity {
  const [best] = ranked;
  if (best === undefined) throw new RangeError("an entity needs a mention");
  const telling = ranked.filter((each) => each.fields.length > 0);
  const fields = telling.find((each) => each.rank === RANK.heading || each.rank === RANK.block) ?? telling[0];
  return {
    name: best.name,
    owner: ranked.find((each) => each.owner !== null)?.owner ?? null,
    description: ranked.find((each) => each.description !== "")?.description ?? "",
    fields: unique(fields?.fields ?? []),
    state_machine: null,
    line: best.line,
  };
}

function unique(fields: readonly Field[]): Field[] {
  return [...new Map(fields.map((field) => [field.name, field])).values()];
}
