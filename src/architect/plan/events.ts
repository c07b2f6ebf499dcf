import type { OutlineEvent } from "../outline.ts";
import type { Ask, DraftEvent, FindService } from "./draft.ts";
import { wordsOf } from "./words.ts";

/** Bring together what the PRD says about each event; `OrderPaid` and `order.paid` are one event, named as first seen. */
export function settleEvents(events: OutlineEvent[], find: FindService, ask: Ask): DraftEvent[] {
  const merged = new Map<string, DraftEvent>();
  const resolve = (event: OutlineEvent, name: string | null): string[] => {
    if (name === null) return [];
    const service = find(name);
    if (service === undefined)
      ask(`event ${event.name}`, `${name}, named with event ${event.name}, is no service.`, event.line);
    return service === undefined ? [] : [service];
  };
  for (const event of events) {
    const key = wordsOf(event.name).join(".");
    if (key === "") continue;
    const known = merged.get(key);
    const publishers = resolve(event, event.publisher);
    const consumers = event.consumers.flatMap((consumer) => resolve(event, consumer));
    merged.set(key, {
      name: known?.name ?? event.name,
      line: known?.line ?? event.line,
      channel: known?.channel ?? event.channel,
      description: known?.description || event.description,
      payload: known?.payload ?? event.payload,
      publishers: [...new Set([...(known?.publishers ?? []), ...publishers])],
      consumers: [...new Set([...(known?.consumers ?? []), ...consumers])],
    });
  }
  for (const event of merged.values()) doubts(event, ask);
  return [...merged.values()];
}

function doubts(event: DraftEvent, ask: Ask): void {
  const about = `event ${event.name}`;
  if (event.publishers.length === 0)
    ask(about, `Nobody publishes ${event.name}. Answer: event ${event.name} is published by <service>.`, event.line);
  if (event.consumers.length === 0)
    ask(about, `Nobody consumes ${event.name}. Answer: event ${event.name} is consumed by <service>.`, event.line);
  if (event.payload === null) ask(about, `What does ${event.name} carry? Its payload is left open.`, event.line);
}
