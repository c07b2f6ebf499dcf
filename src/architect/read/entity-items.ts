import type { Field } from "../../model/domain-model.ts";
import type { Document } from "./document.ts";
import { type EntityMention, RANK } from "./entity-mention.ts";
import { entityName } from "./entity-names.ts";
import { inlineFields, isTyped, listFields } from "./fields.ts";
import { plain } from "./text.ts";
import type { Item, Section } from "./tree.ts";

const NAME = String.raw`(?:\*\*[^*]+\*\*|${"`[^`]+`"}|\p{Lu}[\p{L}\p{N}]*(?: \p{Lu}[\p{L}\p{N}]*)?)`;
const HEAD = new RegExp(
  String.raw`^(${NAME}(?:\s*(?:,|/|&|\band\b)\s*${NAME})*)\s*(\([^)]*\))?\s*(?::|—|–|-{1,2}(?=\s)|$)\s*(.*)$`,
  "su",
);

/** Items below an "Entities" heading: "**Order** (order-service): id, total", "`Floor`, `Zone` — places", with fields nested. */
export function itemEntities(section: Section, service: string | null, document: Document): EntityMention[] {
  const owned = /\bown(?:s|ed)\b/i.test(section.title);
  return section.blocks.flatMap((block) => {
    if (block.kind !== "list" || listFields(block, true).length > 0) return [];
    return block.items.flatMap((item) => fromItem(item, { service, owned, document }));
  });
}

interface Place {
  service: string | null;
  /** Whether the heading says that a service owns what is listed. */
  owned: boolean;
  document: Document;
}

function fromItem(item: Item, place: Place): EntityMention[] {
  const { names, inner, rest } = headOf(item.text);
  if (names.length === 0) return [];
  const nested = item.blocks.flatMap((block) => (block.kind === "list" ? listFields(block, false) : []));
  const inline = [rest, inner].map((text) => fieldsInLine(text)).find((fields) => fields.length > 0) ?? [];
  const fields = nested.length > 0 ? nested : inline;
  const description = fields === inline && inline.length > 0 ? "" : plain(rest);
  return names.flatMap((text) => {
    const certain = place.owned || text.startsWith("`") || /^\**\p{Lu}\w*\p{Ll}\p{Lu}/u.test(text) ? "owned" : false;
    const named = /^[*`]*\p{Lu}/u.test(text)
      ? entityName(plain(text).replace(/:$/, ""), place.document, certain)
      : null;
    if (named === null) return [];
    const owner = named.owner ?? place.document.names.resolve(inner.replace(/^for\s+/i, "")) ?? place.service;
    return [{ name: named.name, owner, description, fields: [...fields], line: item.line, rank: RANK.block }];
  });
}

/** The names an item opens with, what stands in parentheses behind them, and the rest. */
export function headOf(text: string): { names: string[]; inner: string; rest: string } {
  const match = HEAD.exec(text);
  if (match?.[1] === undefined) return { names: [], inner: "", rest: text };
  return {
    names: match[1].match(new RegExp(NAME, "gu")) ?? [],
    inner: (match[2] ?? "").slice(1, -1),
    rest: (match[3] ?? "").trim(),
  };
}

/** A line counts as fields when its parts are all single words (with a type or a remark in parentheses), at least two. */
function fieldsInLine(text: string): Field[] {
  const bare = plain(text)
    .replace(/^fields\s*:\s*/i, "")
    .replace(/\.$/, "");
  const parts = bare.split(",");
  if (parts.length < 2 || !/^[a-z_]/.test(bare)) return [];
  const fields = inlineFields(bare);
  const named = fields.filter((field) => /^[a-z_][\p{L}\p{N}_]*$/u.test(field.name));
  const wordy = parts.filter((part) => /^\s*\p{L}+ \p{L}+/u.test(part) && !isTyped(part.trim().split(" ")[1] ?? ""));
  return named.length === fields.length &&
    wordy.length === 0 &&
    parts.filter((part) => part.trim().split(/[\s(:]/).length <= 4).length >= parts.length * 0.8
    ? fields
    : [];
}
