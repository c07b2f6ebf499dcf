import type { Shape } from "../outline.ts";
import type { Document } from "./document.ts";
import { plain } from "./text.ts";

/** An event as one place tells it. */
export interface EventMention {
  name: string;
  publisher: string | null;
  consumers: string[];
  payload: Shape | null;
  channel: string | null;
  description: string;
  line: number;
  /** 0 table or heading · 1 list or label · 2 sentence. */
  rank: 0 | 1 | 2;
}

/** A mention of which only the given parts are known. */
export function mention(
  name: string,
  line: number,
  rank: EventMention["rank"],
  parts: Partial<EventMention>,
): EventMention {
  return { publisher: null, consumers: [], payload: null, channel: null, description: "", ...parts, name, line, rank };
}

/**
 * The service that a text names as the publisher. A name that is no service of the document ("Payment Service" where
 * payments belong to the Financial Service) is asked about instead of being lost.
 */
export function publisherIn(text: string, event: { name: string; line: number }, document: Document): string | null {
  const found = firstService(text, document);
  if (found === null) askStranger(plain(text).replace(/\.$/, ""), "publish", event, document);
  return found;
}

/** The services that a text names as consumers; strangers among them are asked about. */
export function consumersOf(text: string, event: { name: string; line: number }, document: Document): string[] {
  for (const part of plain(text)
    .replace(/\.$/, "")
    .split(/\s*[,;]\s*|\s+and\s+/))
    if (firstService(part, document) === null) askStranger(part.replace(/\s*\(.*$/, ""), "consume", event, document);
  return document.names.resolveAll(text);
}

function askStranger(
  said: string,
  verb: "publish" | "consume",
  event: { name: string; line: number },
  document: Document,
): void {
  if (!/^(?!(?:all|any|every|each|other)\b)[\p{L}\p{N} _-]+[ _-](?:service|svc)$/iu.test(said) || said.length > 60)
    return;
  document.doubt(
    `event ${event.name}`,
    `"${said}" is said to ${verb} ${event.name}, but it is no service of this PRD. Which service is meant?`,
    event.line,
  );
}

/** The service a text names first; null when it names none. */
export function firstService(text: string, document: Document): string | null {
  return document.names.resolve(text) ?? document.names.resolveAll(text)[0] ?? null;
}
