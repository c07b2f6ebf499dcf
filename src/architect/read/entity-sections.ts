import type { Field } from "../../model/domain-model.ts";
import { codeFields, codeTypes, sampleFields } from "./code-fields.ts";
import { type Document, headingService, leadingName, serviceHeading, serviceOf } from "./document.ts";
import { type EntityMention, RANK } from "./entity-mention.ts";
import { entityName } from "./entity-names.ts";
import { tableSubject } from "./entity-subject.ts";
import { inlineFields, isFieldTable, listFields, tableFields } from "./fields.ts";
import { type Label, labelled, pascal, plain, sentences, singular, splitTop } from "./text.ts";
import { nearestTopic, topicOf, within } from "./topics.ts";
import { ancestry, type Block, joined, type ParagraphBlock, type Section, textLines } from "./tree.ts";

const FIELDS_TITLE = /^(?:fields|attributes|properties|columns|schema|data fields|structure)$/i;
const ASIDE =
  /^(?:index(?:es)?|indices|relations?(?:hips)?|associations|constraints|rules?|business rules?|validations?.*|invariants|notes?|states?|transitions?|examples?|events?.*|endpoints?|.*jsonb? schema|methods|behaviou?rs?|permissions)$/;

/** Entities that have a heading or a bold name of their own, and field tables that stand without one. */
export function headedEntities(document: Document): EntityMention[] {
  return document.sections.flatMap((section) => {
    if (within(section, "endpoint", "events", "machine", "relationships") || within(section, "endpoints")) {
      if (!within(section, "entities") || within(section, "endpoint", "events")) return [];
    }
    return fromSection(section, document);
  });
}

function fromSection(section: Section, document: Document): EntityMention[] {
  const heading = headingEntity(section, document);
  if (heading === null) return withoutHeading(section, document);
  const own = fieldsOf(section);
  if (own.fields.length === 0 && !standsAlone(section)) return withoutHeading(section, document);
  const owner = heading.owner ?? labelledOwner(section, document) ?? serviceOf(section, document);
  return [
    {
      name: heading.name,
      owner,
      description: opening(section),
      fields: own.fields,
      line: section.line,
      rank: own.fields.length === 0 ? RANK.block : RANK.heading,
    },
  ];
}

function headingEntity(section: Section, document: Document): { name: string; owner: string | null } | null {
  const title = plain(section.title);
  if (section.level === 0 || serviceHeading(title) !== null || isServiceTitle(section, document)) return null;
  const words = title.replace(/\s*\([^)]*\)$/, "");
  if (section.parent !== null && nearestTopic(section.parent) === "other") return null;
  if (CONTAINER.test(words) || ancestry(section).some((each) => /\bdtos?\b|data transfer/i.test(each.title)))
    return null;
  if (isRecord(section)) return entityName(title, document, true);
  const topic = topicOf(section);
  if (topic !== null && !(topic === "entities" && /\b(?:entity|model|table|schema|aggregate)$/i.test(words)))
    return null;
  return entityName(title, document);
}

/** Headings about the data as a whole. */
const CONTAINER =
  /^(?:(?:data|domain|database|db|entity|core|object|logical|physical|shared) ?)?(?:models?|schemas?|tables?|entit(?:y|ies)|databases?)$/i;

/** A heading below "Data Model" with a field table that starts with an id: an entity, whatever word it is called. */
function isRecord(section: Section): boolean {
  if (section.parent === null || topicOf(section.parent) !== "entities") return false;
  const table = section.blocks.find((block) => block.kind === "table");
  return (
    table?.kind === "table" && isFieldTable(table) && /^(?:id|uuid|\w+_id)$/.test(plain(table.rows[0]?.cells[0] ?? ""))
  );
}

/** A heading that names a service rather than something of its: "Order Service", not "Order (order-service)". */
function isServiceTitle(section: Section, document: Document): boolean {
  if (headingService(section, document) === null || isRecord(section)) return false;
  const title = plain(section.title);
  return !title.includes("(") || /service$/i.test(leadingName(title));
}

/** A heading below "Entities" that says something about the entity but lists no fields. */
function standsAlone(section: Section): boolean {
  const parent = section.parent;
  if (parent === null || topicOf(parent) !== "entities" || section.children.length > 0) return false;
  if (!/\bentit(?:y|ies)\b|\bdomain model\b|\bdata model\b|\baggregates\b/i.test(plain(parent.title))) return false;
  return (
    section.blocks.length > 0 &&
    section.blocks.every((block) => block.kind !== "table") &&
    plain(section.title).split(" ").length <= 2
  );
}

/** The fields a section lists: in a field table, in bullets, behind "Fields:", or below a "Fields" heading. */
function fieldsOf(section: Section): { fields: Field[] } {
  const strict = !within(section, "entities") && !/\b(?:entity|model)\b/i.test(section.title);
  const places = [
    section.blocks,
    ...section.children.filter((child) => FIELDS_TITLE.test(plain(child.title))).map((child) => child.blocks),
  ];
  for (const blocks of places) {
    const fields = fieldsIn(blocks, strict);
    if (fields.length > 0) return { fields };
  }
  return { fields: [] };
}

function fieldsIn(blocks: readonly Block[], strict: boolean): Field[] {
  let label: Label | null = null;
  for (const block of blocks) {
    if (block.kind === "paragraph") {
      for (const line of block.lines) {
        label = labelled(line.text);
        if (label !== null && isFieldsLabel(label) && label.value !== "") return inlineFields(label.value);
      }
      continue;
    }
    const aside = label !== null && label.value === "" && ASIDE.test(label.label);
    const announced = label !== null && isFieldsLabel(label);
    label = null;
    if (aside) continue;
    if (block.kind === "table" && isFieldTable(block)) return tableFields(block);
    if (block.kind === "code") {
      const typed =
        /create\s+table/i.test(block.value) ||
        /^(?:jsonc?|json5|sql|ya?ml|mermaid|http|bash|sh|shell|console|powershell|cmd|diff|dockerfile|xml|html)$/.test(
          block.lang,
        )
          ? []
          : (codeTypes(block.value)[0]?.fields ?? codeFields(block.value));
      if (typed.length > 0) return typed;
    }
    if (block.kind !== "list") continue;
    for (const item of block.items) {
      const inner = labelled(item.text);
      if (inner === null || !isFieldsLabel(inner)) continue;
      if (inner.value !== "") return inlineFields(inner.value);
      const nested = fieldsIn(item.blocks, false);
      if (nested.length > 0) return nested;
    }
    const fields = listFields(block, strict && !announced);
    if (fields.length > 0) return fields;
  }
  return [];
}

function isFieldsLabel(label: Label): boolean {
  return /\b(?:fields|attributes|properties|columns)\b/.test(label.label);
}

function labelledOwner(section: Section, document: Document): string | null {
  for (const line of textLines(section.blocks)) {
    const label = labelled(line.text);
    if (label !== null && /^(?:owner|owned by|owning service|service)$/.test(label.label)) {
      const owner = document.names.resolve(label.value);
      if (owner !== null) return owner;
    }
  }
  return null;
}

function opening(section: Section): string {
  const first = section.blocks.find((block) => block.kind === "paragraph");
  if (first?.kind !== "paragraph") return "";
  const text = joined(first.lines);
  const label = labelled(text);
  if (label !== null) return /^description|^purpose/.test(label.label) ? plain(label.value) : "";
  return plain(sentences(text)[0] ?? "");
}

/** Bold names with fields below them, and field tables without any name, in sections that are about data or a service. */
function withoutHeading(section: Section, document: Document): EntityMention[] {
  const service = serviceOf(section, document);
  const topic = nearestTopic(section);
  const aboutData = within(section, "entities");
  const direct = topicOf(section) === null && headingService(section, document) !== null;
  if (!aboutData && !direct && !(topic === null && section.level > 0 && service !== null)) return [];
  const found: EntityMention[] = [];
  let named: { name: string; owner: string | null } | null = null;
  let before = "";
  let namedAt = 1;
  for (const block of section.blocks) {
    if (block.kind === "paragraph") {
      if (aboutData) found.push(...bracketedEntities(block, service, document));
      const last = block.lines.at(-1)?.text ?? "";
      named = boldName(last, document);
      namedAt = block.lines.at(-1)?.line ?? 1;
      before = joined(block.lines);
      continue;
    }
    const add = (name: string, fields: Field[], owner: string | null, line = lineOf(block)) =>
      found.push({ name, owner: owner ?? service, description: "", fields, line, rank: RANK.block });
    const fields = block.kind === "table" && isFieldTable(block) ? tableFields(block) : [];
    if (named !== null) {
      const listed =
        block.kind === "list"
          ? listFields(block, !aboutData)
          : block.kind === "code" && aboutData
            ? sampleFields(block)
            : fields;
      if (listed.length > 0) add(named.name, listed, named.owner, namedAt);
    } else if (block.kind === "table" && fields.length > 0 && (aboutData || direct)) {
      const subject = tableSubject(block, before, found.length === 0 && direct ? service : null);
      if (subject === null)
        document.doubt(
          `table at line ${block.line}`,
          "This table lists fields, but not of which entity. What is it about?",
          block.line,
        );
      else add(pascal(singular(subject)), fields, null);
    }
    if (block.kind === "code" && aboutData && !within(section, "endpoints"))
      for (const type of codeTypes(block.value)) {
        const entity = entityName(type.name, document);
        if (entity !== null) add(entity.name, type.fields, null, block.line + type.offset);
      }
    named = null;
    before = "";
  }
  return found;
}

/** "**Order** `(id, user_id, status)`", also with the fields on the next line. */
function bracketedEntities(block: ParagraphBlock, service: string | null, document: Document): EntityMention[] {
  return block.lines.flatMap(({ text, line }, index) => {
    const match = /^(\*\*[^*]+\*\*)\s*:?\s*(?:`?\(([^`]*)\)`?)?$/.exec(text);
    const listed = match?.[2] ?? /^`?\(([^`]*)\)`?$/.exec(block.lines[index + 1]?.text ?? "")?.[1];
    const named = match?.[1] === undefined || listed === undefined ? null : boldName(match[1], document);
    const fields = listed === undefined ? [] : inlineFields(listed);
    if (named === null || fields.length < 2 || fields.length < splitTop(listed ?? "").length) return [];
    return [{ name: named.name, owner: named.owner ?? service, description: "", fields, line, rank: RANK.block }];
  });
}

function boldName(line: string, document: Document): { name: string; owner: string | null } | null {
  const bold = /^(?:\d+[.)]\s*)?\*\*([^*]+)\*\*\s*(\([^)]*\))?\s*:?\s*(?:[—–-].*)?$/.exec(line.trim());
  return bold?.[1] === undefined || ASIDE.test(bold[1].toLowerCase())
    ? null
    : entityName(`${bold[1].replace(/:$/, "")} ${bold[2] ?? ""}`.trim(), document);
}

function lineOf(block: Block): number {
  if (block.kind === "paragraph") return block.lines[0]?.line ?? 1;
  return block.kind === "list" ? (block.items[0]?.line ?? 1) : block.line;
}
