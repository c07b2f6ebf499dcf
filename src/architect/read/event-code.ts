import { type Document, serviceOf } from "./document.ts";
import { type EventMention, mention } from "./event-mention.ts";
import { isChannelName, isEventName } from "./event-names.ts";
import { type Direction, directionOf, unwrapped } from "./event-payload.ts";
import { shapeWithin } from "./shapes.ts";
import { plain } from "./text.ts";
import { within } from "./topics.ts";
import { type CodeBlock, deepBlocks, type Section } from "./tree.ts";

const LINE = /^\s*[`"']?([A-Za-z][\w.:-]*)[`"']?\s*(?:→|-+>|=+>|—|–|:(?=\s)|\s-\s|\s(?=\{)|$)\s*(.*)$/;

/** Fenced lines below a heading about events: "order.paid → { orderId }" below "Events Produced", "a.b → what it does" below "Consumed". */
export function codeEvents(section: Section, document: Document): EventMention[] {
  const direction = directionOf(plain(section.title));
  if (direction !== "publish" && direction !== "consume") return [];
  if (within(section, "endpoint", "machine")) return [];
  const service = serviceOf(section, document);
  return deepBlocks(section.blocks).flatMap((block) =>
    block.kind === "code" && /^(?:|text|txt|plain|plaintext|yaml)$/.test(block.lang)
      ? fromLines(block, direction, service)
      : [],
  );
}

function fromLines(block: CodeBlock, direction: Direction, service: string | null): EventMention[] {
  const lines = block.value.split("\n");
  return lines.flatMap((text, index) => {
    const match = LINE.exec(text.slice(0, 2_000));
    const name = match?.[1];
    if (name === undefined || !isEventName(name) || isChannelName(name)) return [];
    const rest = (match?.[2] ?? "").trim();
    const told = rest.startsWith("{") && !rest.includes("}") ? braced(lines, index, rest) : rest;
    const payload = told.startsWith("{") ? unwrapped(shapeWithin(told)) : null;
    const consumers = direction === "consume" && service !== null ? [service] : [];
    return [
      mention(name, block.line + index, 1, {
        publisher: direction === "publish" ? service : null,
        consumers,
        payload,
        description: payload === null ? rest : "",
      }),
    ];
  });
}

/** Longest payload over several lines. */
const MAX_LINES = 60;

function braced(lines: readonly string[], start: number, first: string): string {
  const end = lines.findIndex((line, index) => index > start && index < start + MAX_LINES && line.includes("}"));
  return end < 0 ? first : [first, ...lines.slice(start + 1, end + 1)].join("\n");
}
