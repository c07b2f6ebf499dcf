import { type Document, serviceOf } from "./document.ts";
import { consumersOf, type EventMention, mention, publisherIn } from "./event-mention.ts";
import { eventNamesIn, isChannelName, isEventName } from "./event-names.ts";
import { PUBLISHES, payloadOf, SUBSCRIBES } from "./event-payload.ts";
import { cell, columnsOf } from "./tables.ts";
import { codeSpans, plain } from "./text.ts";
import { nearestTopic, topicOf, within } from "./topics.ts";
import { deepBlocks, type Section, type TableBlock } from "./tree.ts";

/** Events of tables: `Event | Publisher | Payload | Consumers`, `Event | Channel | Payload`, `Event | Action`. */
export function tableEvents(section: Section, document: Document): EventMention[] {
  if (within(section, "machine") || nearestTopic(section) === "endpoint") return [];
  return deepBlocks(section.blocks).flatMap((block) =>
    block.kind === "table" ? [...fromServiceTable(block, document), ...fromTable(block, section, document)] : [],
  );
}

/** `Service | … | Publishes | Consumes`: the events of each service. */
function fromServiceTable(table: TableBlock, document: Document): EventMention[] {
  const columns = columnsOf(table);
  const service = columns.find(/^(?:micro)?service(?: name)?$|^component$|^module$/);
  const published = columns.find(/^(?:(?:events? )?(?:publish|emit|produc)\w*(?: events?)?)$/);
  const consumed = columns.find(
    /^(?:(?:events? )?(?:consum\w*|subscri\w*(?: to)?|listens?(?: to)?)(?: events?)?|reacts to|(?:topics?|events?|queues?) (?:subscribed|consumed)(?: to)?)$/,
  );
  if (service < 0 || (published < 0 && consumed < 0)) return [];
  return table.rows.flatMap((row) => {
    const named = document.names.resolve(cell(row, service));
    if (named === null) return [];
    return [
      ...namesOf(cell(row, published)).map((name) => mention(name, row.line, 0, { publisher: named })),
      ...namesOf(cell(row, consumed)).map((name) => mention(name, row.line, 0, { consumers: [named] })),
    ];
  });
}

const WILD = /^[a-z][\w.-]*\.\*$/;

function namesOf(text: string): string[] {
  const spans = codeSpans(text);
  return (spans.length > 0 ? spans.filter((span) => isEventName(span) || WILD.test(span)) : eventNamesIn(text))
    .filter((name) => WILD.test(name) || isEventName(name))
    .filter((name) => !isChannelName(name));
}

/** The services of a consumer cell: "a, b", "inventory → reserves stock", also several of these in one cell. */
function consumersIn(text: string, event: { name: string; line: number }, document: Document): string[] {
  const bare = plain(text);
  const told = [...bare.matchAll(/((?:[\w-]+ ){0,2}[\w-]+)\s*(?:→|-+>|=>)/g)].flatMap((match) => {
    const words = (match[1] ?? "").split(" ");
    const named = words.map((_word, index) => document.names.resolve(words.slice(index).join(" ")));
    return named.find((name) => name !== null) ?? [];
  });
  return told.length > 0 ? [...new Set(told)] : consumersOf(text, event, document);
}

function fromTable(table: TableBlock, section: Section, document: Document): EventMention[] {
  const columns = columnsOf(table);
  const event = columns.find(
    /^(?:(?:domain|integration|published|consumed|subscribed) )?events?(?: name| type)?$|^message(?: type| name)?$/,
  );
  const telling = columns.header.filter((header) => /publish|produc|payload|consum|subscri/.test(header)).length;
  const topic = event >= 0 || telling < (topicOf(section) === "events" ? 1 : 2) ? event : topicColumn(columns);
  if (topic < 0 || (columns.find(/^(?:from|to|current|next)(?: state)?$/) >= 0 && columns.find(/state/) >= 0))
    return [];
  const publisher = columns.find(/publish|produc|emit|^source(?: service)?$|^from$|^owner|^origin/, [topic]);
  const consumers = columns.find(/consum|subscri|listener|handled by|^handlers?$|^to$|^target|^recipients? service/, [
    topic,
    publisher,
  ]);
  const payload = columns.find(/payload|schema|^data$|^fields|^body|^content|attributes/, [topic]);
  const channel = columns.find(/channel(?!s)|topic|queue|exchange|routing|stream|subject/, [topic]);
  const action = columns.find(/^(?:action|reaction|effect|behaviou?r|handling|handler|response|what)/, [topic]);
  const description = columns.find(/^(?:description|triggers?|when|purpose|notes?)/, [topic]);
  const service = serviceOf(section, document);
  const title = plain(section.title);
  const subscribes =
    publisher < 0 &&
    consumers < 0 &&
    (action >= 0 ||
      (SUBSCRIBES.test(title) && !PUBLISHES.test(title)) ||
      /^(?:consumed|subscribed)/.test(columns.header[topic] ?? ""));
  if (
    publisher < 0 &&
    consumers < 0 &&
    payload < 0 &&
    action < 0 &&
    columns.find(/^(?:aggregates?|entity|entities)\b/) < 0 &&
    topicOf(section) !== "events" &&
    !within(section, "events")
  )
    return [];
  return table.rows.flatMap((row) =>
    eventNamesIn(cell(row, topic)).flatMap((name) => {
      if (event < 0 && (/[._]dl[qtx]$/i.test(name) || (topicOf(section) !== "events" && isChannelName(name))))
        return [];
      const told = consumersIn(cell(row, consumers), { name, line: row.line }, document);
      const own = service === null ? [] : [service];
      const found = mention(name, row.line, 0, {
        publisher:
          publisher >= 0
            ? publisherIn(cell(row, publisher), { name, line: row.line }, document)
            : subscribes || (consumers >= 0 && service === null)
              ? null
              : consumers >= 0 && SUBSCRIBES.test(title)
                ? null
                : service,
        consumers: consumers >= 0 ? told : subscribes || (publisher >= 0 && SUBSCRIBES.test(title)) ? own : [],
        payload: payloadOf(cell(row, payload)),
        channel: plain(cell(row, channel)) || null,
        description: plain(cell(row, description)),
      });
      return [found];
    }),
  );
}

/** Without an event column the routing key is the event's name, else the topic. */
function topicColumn(columns: ReturnType<typeof columnsOf>): number {
  const key = columns.find(/^routing[ -]keys?$/);
  return key >= 0 ? key : columns.find(/^(?:topic|channel|name|subject)(?: name)?$/);
}
