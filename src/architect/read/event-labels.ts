import type { Document } from "./document.ts";
import { consumersOf, type EventMention, publisherIn } from "./event-mention.ts";
import { payloadOf } from "./event-payload.ts";
import { labelled, plain } from "./text.ts";

/** Takes in a line below an event, "Published by: x"; true when a payload is announced. */
export function takeLabel(found: EventMention, line: string, document: Document): boolean {
  const label = labelled(line);
  if (label === null) return false;
  if (/^(?:published by|publishers?|producers?|produced by|emitted by|source|emitter|owner)$/.test(label.label))
    found.publisher ??= publisherIn(label.value, found, document);
  else if (/^(?:consumed by|consumers?|subscribers?|subscribed by|listeners?|handled by|handlers?)$/.test(label.label))
    found.consumers.push(...consumersOf(label.value, found, document));
  else if (/^(?:routing key|topic|channel|queue|exchange|subject|stream)$/.test(label.label))
    found.channel ??= plain(label.value) || null;
  else if (/^(?:trigger(?:ed by|ed when)?|description|when|purpose)$/.test(label.label))
    found.description ||= plain(label.value);
  else if (/payload|schema|^body$|^data$|^fields$/.test(label.label)) {
    found.payload ??= label.value === "" ? null : payloadOf(label.value);
    return true;
  }
  return false;
}
