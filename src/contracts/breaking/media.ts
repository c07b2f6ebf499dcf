import { pointerPart } from "../../lib/json-schema-bundle.ts";
import { isJson } from "../document.ts";
import { type Comparison, type Placed, schemaAt, type Where } from "./comparison.ts";
import type { SchemaPlace } from "./places.ts";
import { plainText } from "./schema-text.ts";
import { entriesAt, own } from "./source.ts";

/** How changes of media types are told at a place. */
export interface MediaRules {
  place: SchemaPlace;
  /** "the request body", "the 200 response". */
  subject: string;
  removed: string;
  added: string;
  parameters: string;
  /** When a range (application/*) came for a type. */
  widened?: string;
  /** When a special case (application/hal+json) came for a type: who reads the type reads it too. */
  specialized?: string;
  encoding?: string;
}

interface MediaType {
  text: string;
  essence: string;
  parameters: string;
  entry: Placed;
}

/** Compare the `content` of two bodies or responses. */
export function compareContent(
  comparison: Comparison,
  where: Where,
  old: Placed,
  now: Placed,
  rules: MediaRules,
): void {
  const olds = mediaTypes(old);
  const news = mediaTypes(now);
  const free = new Set(news);
  const left: MediaType[] = [];
  const take = (before: MediaType, test: (after: MediaType) => boolean) => {
    const after = news.find((each) => free.has(each) && test(each));
    if (after) free.delete(after);
    if (after) compareEntry(comparison, where, before, after, rules);
    return after;
  };
  const exact = olds.filter(
    (before) => !take(before, (after) => after.essence === before.essence && after.parameters === before.parameters),
  );
  for (const before of exact) {
    const after = take(before, ({ essence }) => essence === before.essence);
    if (after)
      comparison.tell(
        rules.parameters,
        where,
        after.entry.at,
        `The media type of ${rules.subject} went from ${before.text} to ${after.text}.`,
        before.text,
        after.text,
      );
    else {
      const special = rules.specialized && take(before, (each) => isSpecialCase(each, before));
      if (rules.specialized && special)
        comparison.tell(
          rules.specialized,
          where,
          special.entry.at,
          `The media type of ${rules.subject} went from ${before.text} to ${special.text}.`,
          before.text,
          special.text,
        );
      else left.push(before);
    }
  }
  for (const before of left) compareRange(comparison, where, before, news, free, rules, now);
  for (const after of free)
    if (!olds.some((before) => isRange(before) && covers(before, after)))
      comparison.tell(
        rules.added,
        where,
        after.entry.at,
        `There is a new media type ${after.text} for ${rules.subject}.`,
        undefined,
        after.text,
      );
}

function compareRange(
  comparison: Comparison,
  where: Where,
  before: MediaType,
  news: MediaType[],
  free: Set<MediaType>,
  rules: MediaRules,
  now: Placed,
): void {
  const wider = news.find((after) => isRange(after) && covers(after, before));
  if (wider) {
    free.delete(wider);
    if (rules.widened)
      comparison.tell(
        rules.widened,
        where,
        wider.entry.at,
        `The media type of ${rules.subject} went from ${before.text} to ${wider.text}.`,
        before.text,
        wider.text,
      );
    compareEntry(comparison, where, before, wider, rules);
    return;
  }
  const narrower =
    isRange(before) && rules.place.direction === "response" ? news.filter((after) => covers(before, after)) : [];
  for (const after of narrower) compareEntry(comparison, where, before, after, rules);
  if (narrower.length === 0)
    comparison.tell(
      rules.removed,
      where,
      now.at,
      `The media type ${before.text} of ${rules.subject} is gone.`,
      before.text,
    );
}

function compareEntry(
  comparison: Comparison,
  where: Where,
  before: MediaType,
  after: MediaType,
  { place, subject, encoding }: MediaRules,
): void {
  const several = `${subject} (${after.text})`;
  comparison.schemas(place, where, several, schemaAt(before.entry), schemaAt(after.entry));
  comparison.schemas(place, where, several, schemaAt(before.entry, "itemSchema"), schemaAt(after.entry, "itemSchema"));
  if (encoding === undefined) return;
  const old = new Map(entriesAt(before.entry.node, "encoding"));
  for (const [name, value] of entriesAt(after.entry.node, "encoding"))
    if (old.has(name) && plainText(old.get(name)) !== plainText(value))
      comparison.tell(
        encoding,
        where,
        `${after.entry.at}/encoding${pointerPart(name)}`,
        `The part \`${name}\` of ${subject} is encoded in another way.`,
      );
}

function mediaTypes(holder: Placed): MediaType[] {
  return entriesAt(holder.node, "content").map(([text, value]) => {
    const [essence = "", ...parameters] = text
      .toLowerCase()
      .split(";")
      .map((part) => part.trim());
    return {
      text,
      essence,
      parameters: parameters
        .filter((each) => each !== "" && !each.startsWith("charset="))
        .sort()
        .join(";"),
      entry: { node: isJson(value) ? value : {}, at: `${holder.at}/content${pointerPart(text)}` },
    };
  });
}

function isRange({ essence }: MediaType): boolean {
  return essence.includes("*");
}

function covers(range: MediaType, { essence }: MediaType): boolean {
  const [kind = "", form = ""] = range.essence.split("/");
  const [otherKind = "", otherForm = ""] = essence.split("/");
  return (kind === "*" || kind === otherKind) && (form === "*" || form === otherForm);
}

/** `application/hal+json` is written in `application/json` (RFC 6838, 4.2.8). */
function isSpecialCase({ essence }: MediaType, general: MediaType): boolean {
  const [kind, suffix] = general.essence.split("/");
  return suffix !== undefined && essence.startsWith(`${kind}/`) && essence.endsWith(`+${suffix}`);
}

/** Whether a body or response has any content. */
export function hasContent(holder: Placed): boolean {
  return isJson(own(holder.node, "content")) && entriesAt(holder.node, "content").length > 0;
}
