import { type Document, serviceOf } from "./document.ts";
import { type EventMention, mention } from "./event-mention.ts";
import { isChannelName, isEventName } from "./event-names.ts";
import { entityKey, sentences } from "./text.ts";
import { within } from "./topics.ts";
import { passages, type Section } from "./tree.ts";

const VERB =
  /\b(publish(?:es|ed|ing)?|emit(?:s|ted|ting)?|raises?|raised|fires?|broadcasts?|produces?|produced)\b|\b(consum(?:es?|ed|ing)|subscrib(?:es?|ed|ing)|listen(?:s|ing)?|reacts?|reacting|handles?|handled|receiv(?:es?|ed|ing)|in response to)\b/gi;

/** Words beside a code span that make it something else than an event. */
const NOT_BEFORE =
  /\b(?:exchange|queue|topic|channel|stream|scopes?|key|permission|role|named?|file|table|column|field|path|call(?:s|ing)?)\W*(?:named?|called|is)?\W*$/i;
const NOT_AFTER =
  /^\W{0,3}(?:exchange|queue|topic|channel|stream|scopes?|permission|file|table|column|field|header|endpoint|config)/i;

interface Span {
  name: string;
  start: number;
  end: number;
}

/**
 * Sentences that say who publishes or consumes: "publishes `trip.ended`", "`trip.ended` is consumed by billing", "on
 * `trip.ended`, the Billing Service …" is too vague and left alone. The subject is the service named before the verb, else
 * the one the passage or the section is about.
 */
export function proseEvents(section: Section, document: Document, entities: ReadonlySet<string>): EventMention[] {
  if (within(section, "machine") && !section.blocks.some((block) => block.kind === "paragraph")) return [];
  const owner = serviceOf(section, document);
  return passages(section.blocks).flatMap(({ text, line }) => {
    let subject = owner;
    return sentences(text).flatMap((sentence) => {
      const verbs = [...sentence.matchAll(VERB)];
      const services = document.names.mentions(sentence);
      const found = verbs.length === 0 ? [] : spansOf(sentence, entities).flatMap((span) => read(span, sentence));
      subject = services[0]?.name ?? subject;
      return found;

      /** "publishes `trip.ended`, which is consumed by billing" */
      function alsoConsumed(span: Span, within: string): string[] {
        const next =
          /^[\s,`*()]*(?:which|that|and|event|\s)*(?:is|are)?\s*(?:then\s+)?(?:consumed|handled|received) by\b/i.exec(
            within.slice(span.end),
          );
        return next === null
          ? []
          : services.filter((each) => each.start >= span.end + next[0].length).map((each) => each.name);
      }

      function read(span: Span, within: string): EventMention[] {
        const verb =
          verbs.filter((each) => each.index < span.start).at(-1) ?? verbs.find((each) => each.index > span.end);
        if (verb === undefined || negated(within, verb.index)) return [];
        const publishes = verb[1] !== undefined;
        const behind = within.slice(verb.index + verb[0].length);
        const passive = /^\s+by\b/i.test(behind);
        const gap = within.slice(span.end, Math.max(span.end, verb.index));
        const happens =
          verb.index > span.end &&
          /^\W*(?:(?:domain )?events?\W+)?(?:(?:is|are|gets?|will be|being)\s+)?$/i.test(gap) &&
          /ed$/i.test(verb[0]);
        if (verb.index > span.end && !passive && !happens) return [];
        const before = services.filter((each) => each.end <= verb.index).at(-1)?.name;
        const everyone = /\b(?:all|every|each|other)\s+(?:\w+\s+)?services?\W{0,3}(?:\w+\s+)?$/i.test(
          within.slice(0, verb.index),
        );
        const after = services.filter((each) => each.start > verb.index).map((each) => each.name);
        const also = publishes ? alsoConsumed(span, within) : [];
        if (publishes)
          return [
            mention(span.name, line, 2, {
              publisher: passive ? (after[0] ?? null) : everyone ? null : (before ?? subject),
              consumers: also,
            }),
          ];
        const consumers = passive ? after : [before ?? subject].filter((name) => name !== null);
        const source = passive ? undefined : /\bfrom\b/i.test(behind) ? after[0] : undefined;
        return [
          mention(span.name, line, 2, {
            consumers,
            publisher: source !== undefined && !consumers.includes(source) ? source : null,
          }),
        ];
      }
    });
  });
}

function negated(sentence: string, at: number): boolean {
  return /\b(?:not|never|no longer|without|cannot)\s+(?:\w+\s+)?$/i.test(sentence.slice(Math.max(0, at - 30), at));
}

/** Event names in a sentence: code spans, and plain words with a dot or followed by "event". */
function spansOf(sentence: string, entities: ReadonlySet<string>): Span[] {
  const spans: Span[] = [];
  for (const match of sentence.matchAll(
    /`([^`]{1,80})`|(?<![\w`/.-])([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+|(?:\p{Lu}[\p{Ll}\p{N}]+){2,})(?![\w`/(-])/gu,
  )) {
    const name = match[1] ?? match[2] ?? "";
    const end = match.index + match[0].length;
    const wild = /^[a-z][\w.]*\.\*$/.test(name);
    if (isChannelName(name)) continue;
    if (!wild && (!isEventName(name) || name.includes("/") || entities.has(entityKey(name)))) continue;
    const humped = /^\p{Lu}/u.test(name);
    if (
      humped &&
      match[1] === undefined &&
      !/^\W{0,3}(?:domain )?events?\b/i.test(sentence.slice(end)) &&
      !/(?:ed|Sent|Paid|Lost|Built)$/.test(name)
    )
      continue;
    if (
      NOT_BEFORE.test(sentence.slice(Math.max(0, match.index - 40), match.index)) ||
      NOT_AFTER.test(sentence.slice(end, end + 30))
    )
      continue;
    spans.push({ name, start: match.index, end });
  }
  return spans;
}
