import type { Field } from "../../model/domain-model.ts";
import { type Document, serviceOf } from "./document.ts";
import { itemEntities } from "./entity-items.ts";
import { type EntityMention, RANK, type Rank } from "./entity-mention.ts";
import { entityName } from "./entity-names.ts";
import { inlineFields } from "./fields.ts";
import { sqlTables } from "./sql.ts";
import { cell, columnsOf } from "./tables.ts";
import { codeSpans, labelled, namesIn, pascal, plain, sentences, singular } from "./text.ts";
import { topicOf, within } from "./topics.ts";
import { deepBlocks, passages, type Section, type TableBlock } from "./tree.ts";

/** Entities told in tables of entities, in lists of names, in sentences and in SQL. */
export function listedEntities(document: Document): EntityMention[] {
  return document.sections.flatMap((section) => {
    const service = serviceOf(section, document);
    const blocks = deepBlocks(section.blocks);
    return [
      ...blocks.flatMap((block) => (block.kind === "table" ? fromTable(block, service, document) : [])),
      ...(topicOf(section) === "entities" ? itemEntities(section, service, document) : []),
      ...fromSentences(section, service, document),
      ...blocks.flatMap((block) =>
        block.kind === "code" && /create\s+table/i.test(block.value)
          ? sqlTables(block.value).map((table) =>
              mention(pascal(singular(table.name)), service, table.fields, block.line + table.offset, RANK.sql),
            )
          : [],
      ),
    ];
  });
}

function mention(
  name: string,
  owner: string | null,
  fields: Field[],
  line: number,
  rank: Rank,
  description = "",
): EntityMention {
  return { name, owner, description, fields, line, rank };
}

/** `Entity | Owning Service | … | Fields`, and `Service | … | Owned Entities`. */
function fromTable(table: TableBlock, service: string | null, document: Document): EntityMention[] {
  const columns = columnsOf(table);
  const entity = columns.find(
    /^(?:entity|entities|aggregate(?: root)?|domain entity|data model|model|table)(?: name)?$/,
  );
  const owner = columns.find(/^(?:owning|owner|owned by)|^(?:micro)?service$|^bounded context$/);
  const owned = columns.find(
    /^(?:owns|(?:owned|key|core|main) entities|entities(?: owned)?|owned (?:data|tables)|(?:data|tables) owned|tables)$/,
    [entity === 0 ? entity : -1],
  );
  const holder = columns.find(/^(?:micro)?service(?: name)?$|^component$|^name$/);
  if (entity === 0) return ownerRows(table, { entity, owner, service }, document);
  if (owned <= 0 || holder < 0) return [];
  return table.rows.flatMap((row) => {
    const holding = document.names.resolve(
      plain(cell(row, holder)).replace(/\s+(?:db|database)\b(?:\s*\([^)]*\))?$/i, ""),
    );
    return ownedNames(cell(row, owned)).flatMap((text) => {
      const named = entityName(text, document, "owned");
      return named === null || holding === null ? [] : [mention(named.name, holding, [], row.line, RANK.listed)];
    });
  });
}

/**
 * The names in a cell about what a service owns. Where it also tells capabilities ("`Order` aggregate, saga orchestration") only
 * code spans and "X aggregate" are names.
 */
function ownedNames(text: string): string[] {
  const spans = codeSpans(text).filter((span) => /^\p{L}[\p{L}\p{N}_]*$/u.test(span));
  if (spans.length > 0) return spans;
  const parts = namesIn(text);
  const aggregates = parts.flatMap((part) => /^(.+?) aggregates?(?: root)?$/i.exec(part)?.[1] ?? []);
  if (aggregates.length > 0) return aggregates;
  const prose = parts.some((part) => /\s\p{Ll}/u.test(part.replace(/\s*\([^)]*\)$/, "")));
  return prose || /^nothing\b/i.test(plain(text)) ? [] : parts;
}

function ownerRows(
  table: TableBlock,
  at: { entity: number; owner: number; service: string | null },
  document: Document,
): EntityMention[] {
  const columns = columnsOf(table);
  const fields = columns.find(/^(?:(?:key|main|core) )?(?:fields|attributes|properties|columns)/);
  const description = columns.find(/^(?:description|purpose|notes?|meaning|key invariant)/);
  if (at.owner < 0 && fields < 0 && description < 0) return [];
  return table.rows.flatMap((row) => {
    const tables = columns.header[at.entity] === "table";
    const names = namesIn(cell(row, at.entity)).map((name) => (tables ? singular(name) : name));
    const owner = at.owner < 0 ? at.service : document.names.resolve(cell(row, at.owner));
    if (at.owner >= 0 && owner === null && plain(cell(row, at.owner)) !== "")
      document.doubt(
        `entity ${names.join(", ")}`,
        `The owner "${plain(cell(row, at.owner))}" is no service of this PRD. Which service owns it?`,
        row.line,
      );
    return names.flatMap((text) => {
      const named =
        entityName(text, document) ?? (/^\p{Lu}[\p{L}\p{N}]*$/u.test(text) ? { name: text, owner: null } : null);
      if (named === null) return [];
      return [
        mention(
          named.name,
          owner ?? named.owner,
          inlineFields(cell(row, fields)),
          row.line,
          at.owner < 0 ? RANK.block : RANK.ownerTable,
          plain(cell(row, description)),
        ),
      ];
    });
  });
}

const COUNTED =
  /\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten)?\s*(?:core |main |key |domain |owned )?entities\s*:\s*([^.]+)/i;
const OWNS = /\b(?:owns?|owning|manages?|stores?)\s+(?:the\s+|its\s+)?([^.;:]{3,160}?)\s+entit(?:y|ies)\b/i;

function fromSentences(section: Section, service: string | null, document: Document): EntityMention[] {
  if (within(section, "events", "endpoint", "machine")) return [];
  return passages(section.blocks).flatMap(({ text, line }) => {
    const label = labelled(text);
    if (
      label !== null &&
      /^(?:owns|(?:owned |key |core |domain |main )?entities(?: owned)?|owned data)$/.test(label.label)
    )
      return names(label.value, service, line, document, /own/.test(label.label));
    return sentences(text).flatMap((sentence) => {
      const counted = COUNTED.exec(sentence)?.[1];
      const owned = counted ?? OWNS.exec(sentence)?.[1];
      if (owned === undefined || /\b(?:not|no|any|all|domain)\b/i.test(plain(owned))) return [];
      const subject = document.names.mentions(sentence)[0]?.name ?? service;
      return names(owned, subject, line, document);
    });
  });
}

function names(text: string, owner: string | null, line: number, document: Document, owned = false): EntityMention[] {
  return namesIn(text).flatMap((part) => {
    const bare = part
      .replace(/\s*[(—–].*$/, "")
      .replace(/^(?:the|an?|its)\s+/i, "")
      .trim();
    if (!/^\p{Lu}[\p{L}\p{N}]*(?: \p{Lu}[\p{L}\p{N}]*){0,2}$/u.test(bare)) return [];
    const named = entityName(bare, document, owned ? "owned" : false);
    return named === null ? [] : [mention(singular(named.name), named.owner ?? owner, [], line, RANK.listed)];
  });
}
