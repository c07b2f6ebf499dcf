import type { OutlineEvent } from "../outline.ts";
import { type Document, serviceOf } from "./document.ts";
import { codeEvents } from "./event-code.ts";
import { takeLabel } from "./event-labels.ts";
import { listedEvents } from "./event-lists.ts";
import { type EventMention, mention } from "./event-mention.ts";
import { isEventName, isListedEventName } from "./event-names.ts";
import { unwrapped } from "./event-payload.ts";
import { proseEvents } from "./event-prose.ts";
import { tableEvents } from "./event-tables.ts";
import { parseShape, shapeWithin } from "./shapes.ts";
import { cell, columnsOf } from "./tables.ts";
import { entityKey, key, labelled, plain } from "./text.ts";
import { within } from "./topics.ts";
import { deepBlocks, type Section } from "./tree.ts";

/** The events of a document: from tables, headings and lists about events, labels and sentences, merged by name. */
export function readEvents(document: Document, entityNames: readonly string[]): OutlineEvent[] {
  const entities = new Set(entityNames.map(entityKey));
  const mentions = document.sections.flatMap((section) => [
    ...tableEvents(section, document),
    ...fromHeading(section, document),
    ...listedEvents(section, document),
    ...codeEvents(section, document),
    ...proseEvents(section, document, entities),
  ]);
  const byName = new Map<string, OutlineEvent>();
  const named = mentions.filter((each) => !each.name.includes("*")).sort((a, b) => a.rank - b.rank);
  const id = identity(named.map((each) => each.name));
  for (const next of named) {
    const known = byName.get(id(next.name));
    if (known === undefined) byName.set(id(next.name), eventOf(next));
    else join(known, next, document);
  }
  const events = [...byName.values()];
  for (const wild of mentions.filter((each) => each.name.includes("*"))) widen(wild, events);
  return events.sort((a, b) => a.line - b.line);
}

/** One key for the spellings of an event: `OrderPlaced` and `OrderPlacedEvent`, `audit.event` and `oms.audit.event`. */
function identity(names: readonly string[]): (name: string) => string {
  const prefixed = new Map<string, string>();
  for (const name of names) {
    const rest = /^[a-z][\w-]*\.(\w[\w-]*\..+)$/i.exec(name)?.[1];
    if (rest !== undefined) prefixed.set(key(rest), key(name));
  }
  return (name) => {
    const plainKey = /^\p{Lu}\p{Ll}.*Event$/u.test(name) ? key(name).replace(/event$/, "") : key(name);
    return prefixed.get(plainKey) ?? plainKey;
  };
}

function eventOf(from: EventMention): OutlineEvent {
  return {
    name: from.name,
    publisher: from.publisher,
    consumers: [...new Set(from.consumers)],
    payload: from.payload,
    channel: from.channel,
    description: from.description,
    line: from.line,
  };
}

function join(into: OutlineEvent, from: EventMention, document: Document): void {
  if (into.publisher !== null && from.publisher !== null && into.publisher !== from.publisher && from.rank < 2)
    document.doubt(
      `event ${into.name}`,
      `${into.name} is published by ${into.publisher} and by ${from.publisher}. Which one publishes it?`,
      from.line,
    );
  into.publisher ??= from.publisher;
  into.consumers = [...new Set([...into.consumers, ...from.consumers])];
  into.payload ??= from.payload;
  into.channel ??= from.channel;
  into.description ||= from.description;
}

/** "consumes `order.*`": every event of that prefix. */
function widen(wild: EventMention, events: readonly OutlineEvent[]): void {
  const prefix = wild.name.replace(/\*.*$/, "");
  for (const event of events)
    if (event.name.startsWith(prefix))
      event.consumers = [
        ...new Set([...event.consumers, ...wild.consumers.filter((name) => name !== event.publisher)]),
      ];
}

/** `### 5.1 TripEnded Event` and `### trip.ended` with labels below. */
function fromHeading(section: Section, document: Document): EventMention[] {
  const title = plain(section.title)
    .replace(/\s*\([^)]*\)$/, "")
    .replace(/^event\s*:\s*/i, "");
  const name = title.replace(/\s+event$/i, "");
  const inEvents = section.parent !== null && within(section.parent, "events");
  if (!(inEvents ? isListedEventName(name) : isEventName(name) && (name !== title || name.includes(".")))) return [];
  const found = mention(name, section.line, 0, {});
  let payloadNext = false;
  for (const block of section.blocks) {
    if (block.kind === "paragraph" || block.kind === "list") {
      for (const line of block.kind === "list"
        ? block.items.map((item) => item.text)
        : block.lines.map((each) => each.text)) {
        payloadNext = takeLabel(found, line, document);
        if (labelled(line) === null) found.description ||= plain(line);
      }
      for (const inner of deepBlocks([block]))
        if (inner.kind === "code") found.payload ??= unwrapped(shapeWithin(inner.value));
    } else if (
      block.kind === "code" &&
      (payloadNext || /^(?:json5?|jsonc|ts|typescript)?$/.test(block.lang)) &&
      /^\s*[{[]/.test(block.value)
    )
      found.payload ??= unwrapped(shapeWithin(block.value));
    else if (block.kind === "table" && columnsOf(block).find(/^(?:field|property|name|attribute)/) === 0)
      found.payload ??= parseShape(
        `{ ${block.rows.map((row) => `${plain(cell(row, 0))}: ${plain(cell(row, 1)) || "any"}`).join("\n")} }`,
      );
  }
  if (found.publisher === null && found.consumers.length === 0)
    found.publisher = serviceOf(section.parent ?? section, document);
  return [found];
}
