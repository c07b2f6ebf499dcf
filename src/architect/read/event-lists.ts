import { type Document, serviceOf } from "./document.ts";
import { takeLabel } from "./event-labels.ts";
import { type EventMention, firstService, mention } from "./event-mention.ts";
import { eventNamesIn, isChannelName, isEventName, isListedEventName } from "./event-names.ts";
import { type Direction, directionOf, unwrapped } from "./event-payload.ts";
import { shapeWithin } from "./shapes.ts";
import { codeSpans, labelled, plain } from "./text.ts";
import { within } from "./topics.ts";
import { type Block, type Item, passages, type Section, textLines } from "./tree.ts";

/** Bullets below a heading about events, bold names with a JSON body, and labels such as "Publishes: `a`, `b`" anywhere. */
export function listedEvents(section: Section, document: Document): EventMention[] {
  const service = serviceOf(section, document);
  const labels = textLines(section.blocks).flatMap((line) => fromLabel(line.text, line.line, service, document));
  if (!within(section, "events") || within(section, "endpoint")) return labels;
  const title = plain(section.title);
  const fallback = directionOf(title) ?? (service === null ? "none" : "publish");
  let mode: Direction = fallback;
  return [
    ...labels,
    ...section.blocks.flatMap((block, index) => {
      if (block.kind === "paragraph") {
        const last = block.lines.at(-1)?.text ?? "";
        mode = (/:\s*\**$/.test(last) || /^\*\*[^*]+\*\*$/.test(last) ? directionOf(last) : null) ?? fallback;
        return boldWithBody(block, section.blocks[index + 1]);
      }
      if (block.kind !== "list") return [];
      return block.items
        .flatMap((item) => fromItem(item, mode, service, document))
        .filter((each) => !isChannel(each, title));
    }),
  ];
}

/** Names below "Topics" are channels unless they say what happened or who is told. */
function isChannel(found: EventMention, title: string): boolean {
  if (isChannelName(found.name)) return true;
  return (
    /\b(?:topics|queues|exchanges|channels)\b/i.test(title) &&
    found.publisher === null &&
    found.consumers.length === 0 &&
    !/ed$/i.test(found.name)
  );
}

/** "**OrderPlaced**" with a sample of its body below. */
function boldWithBody(block: Block, body: Block | undefined): EventMention[] {
  const last = block.kind === "paragraph" ? block.lines.at(-1) : undefined;
  const name = /^\*\*`?([\w.:-]+?)`?:?\*\*:?$/.exec(last?.text ?? "")?.[1];
  if (last === undefined || name === undefined || !isEventName(name)) return [];
  if (body?.kind !== "code" || !/^\s*\{/.test(body.value)) return [];
  return [mention(name, last.line, 1, { payload: unwrapped(shapeWithin(body.value)) })];
}

function fromLabel(text: string, line: number, service: string | null, document: Document): EventMention[] {
  const label = labelled(text);
  if (label === null || label.value === "") return [];
  const match =
    /^(?:events? )?(publish(?:es|ed)?|emits?|emitted|produces?|consumes?|consumed|subscribes?(?: to)?|subscribed(?: to)?|listens?(?: to| for)?|subscriptions?)(?: events?)?$/.exec(
      label.label,
    );
  if (match === null) return [];
  const publishes = /^(?:publish|emit|produc)/.test(match[1] ?? "");
  const named = document.names.resolve(label.label.replace(match[0], ""));
  const subject = named ?? service;
  return eventNamesWithin(label.value).map((name) =>
    mention(name, line, 1, publishes ? { publisher: subject } : { consumers: subject === null ? [] : [subject] }),
  );
}

/** The events that a list names: its code spans, else its words. */
export function eventNamesWithin(text: string): string[] {
  const spans = codeSpans(text).filter((span) => isListedEventName(span) || /^[\w.]+\.\*$/.test(span));
  return spans.length > 0 ? spans : eventNamesIn(text.replace(/\s+\([^)]*\)/g, "").replace(/\.$/, ""));
}

function fromItem(item: Item, mode: Direction, service: string | null, document: Document): EventMention[] {
  const match = /^(?:\*\*|`|\*\*`)?([A-Za-z][\w.:/-]*)(?:`\*\*|\*\*|`)?(?:\s+event)?(?=\s|$|[:(,–—])\s*(.*)$/s.exec(
    item.text,
  );
  const name = (match?.[1] ?? "").replace(/[:.]$/, "");
  if (match === null || !isListedEventName(name)) {
    const nestedMode = directionOf(item.text);
    const owner = document.names.resolve(item.text.replace(/:\s*$/, "")) ?? service;
    return item.blocks.flatMap((block: Block) =>
      block.kind === "list" ? block.items.flatMap((inner) => fromItem(inner, nestedMode ?? mode, owner, document)) : [],
    );
  }
  const rest = match[2] ?? "";
  const found = mention(name, item.line, 1, {});
  found.payload = /\{/.test(rest) ? shapeWithin(rest.slice(rest.indexOf("{"))) : null;
  const arrow = /^\W*\(?\s*([\w -]+?)\s*(?:→|->|=>)\s*([\w ,&-]+)/.exec(plain(rest));
  const by = /\b(?:published|emitted|produced|sent|raised) by\s+([^.;)→]+)/i.exec(plain(rest))?.[1];
  const to =
    /\b(?:consumed|handled|received|subscribed(?: to)?) by\s+([^.;)]+)/i.exec(plain(rest))?.[1] ??
    /(?:→|->|=>)\s*([^.;({]+)/.exec(plain(rest))?.[1];
  const from = /\bfrom\s+(?:the\s+)?([\w -]+)/i.exec(plain(rest))?.[1];
  if (by !== undefined) found.publisher = firstService(by, document);
  else if (arrow?.[1] !== undefined) found.publisher = document.names.resolve(arrow[1]);
  else if (from !== undefined && mode === "consume") found.publisher = firstService(from, document);
  if (to !== undefined) found.consumers.push(...document.names.resolveAll(to));
  if (mode === "consume" && service !== null) found.consumers.push(service);
  if (mode === "publish" && found.publisher === null) found.publisher = service;
  if (by === undefined && arrow === null && !rest.includes("{"))
    found.description = plain(rest).replace(/^[\s:(–—-]+|\)$/g, "");
  for (const block of item.blocks) for (const { text } of passages([block])) takeLabel(found, text, document);
  return [found];
}
