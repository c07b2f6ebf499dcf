import { plain } from "./text.ts";

const DOTTED = /^[a-z][\w-]+(?:[.:/][a-z][\w-]+)+$/i;
const HUMPED = /^(?:\p{Lu}[\p{Ll}\p{N}]+){2,}$/u;
const FILE =
  /\.(?:json|ya?ml|tsx?|jsx?|mjs|py|go|java|md|sql|env|html?|css|com|io|org|net|dev|sh|toml|lock|png|txt|csv|pdf|proto)$/i;

/** Whether a word is an event's name in running text: `trip.ended`, `trip:ended`, `TripEnded`. */
export function isEventName(text: string): boolean {
  if (text.length > 80 || /[\s()[\]{}=<>@]|^\/|\/\/|:\d/.test(text) || FILE.test(text)) return false;
  return (DOTTED.test(text) && !/^\w+\.\w+\.\w+\.\w+\.\w+/.test(text) && !/^[a-z]+:\//.test(text)) || HUMPED.test(text);
}

/** In a table of events and below a heading about events, snake_case, kebab-case and SCREAMING_CASE count too. */
export function isListedEventName(text: string): boolean {
  return isEventName(text) || /^[a-z]+(?:[_-][a-z]+)+$/.test(text) || /^[A-Z]+(?:_[A-Z]+)+$/.test(text);
}

/** The event names of a cell: "order.created, order.paid", "OrderCreated Event". */
export function eventNamesIn(cellText: string): string[] {
  return plain(cellText)
    .split(/\s*[,;]\s*|\s+(?:and|or|\/|&)\s+|<br\s*\/?>/)
    .map((part) =>
      part
        .replace(/\s+events?$/i, "")
        .replace(/\s*\([^)]*\)$/, "")
        .trim(),
    )
    .filter(isListedEventName);
}

/** Names of topics, queues and exchanges: `order.events`, `payment.events.DLQ`, `orders.retry`. */
export function isChannelName(name: string): boolean {
  return /[._-](?:events|commands|exchange|queue|topics?|stream|dlx|dlq|dlt|dead(?:-?letters?)?|retry)$/i.test(name);
}
