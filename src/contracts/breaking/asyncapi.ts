import { type Comparison, NOWHERE, type Where } from "./comparison.ts";
import { type Channel, type EventOperation, eventsOf, type Message, serversOf } from "./events.ts";
import { PLACES } from "./places.ts";
import { plainText } from "./schema-text.ts";
import { looksEqual, namesAlike } from "./similarity.ts";

/** Compare two AsyncAPI documents, 2.x and 3.x alike: channels by address, what the service sends and what it reads. */
export function compareAsyncApi(comparison: Comparison): void {
  const { tell } = comparison;
  const olds = eventsOf(comparison.old);
  const news = eventsOf(comparison.new);
  const free = new Set([...news.values()].filter(({ template }) => !olds.has(template)));
  for (const [template, before] of olds) {
    const after = news.get(template);
    if (after) {
      compareChannel(comparison, before, after);
      continue;
    }
    const moved = [...free].find((other) => isMoved(before, other));
    const where = { method: "", path: before.address };
    if (!moved) {
      tell("channel-removed", where, before.at, `The channel ${before.address} is gone.`, before.address);
      continue;
    }
    free.delete(moved);
    tell(
      "channel-renamed",
      where,
      moved.at,
      `The channel ${before.address} is now at ${moved.address}.`,
      before.address,
      moved.address,
    );
    compareChannel(comparison, before, moved);
  }
  for (const { address, at } of free)
    tell("channel-added", { method: "", path: address }, at, `The channel ${address} is new.`, undefined, address);
  compareServers(comparison);
}

/** A channel that went to another address: it keeps its name, or what it carries under a name that is alike. */
function isMoved(before: Channel, after: Channel): boolean {
  if (before.name !== before.address && before.name === after.name) return true;
  const text = ({ operations }: Channel) =>
    plainText(
      operations.map(({ action, messages }) => [
        action,
        [...messages.values()].map(({ name, payload }) => [name, payload[0]?.node]),
      ]),
    );
  return text(before) === text(after) && namesAlike(before.address, after.address);
}

function compareChannel(comparison: Comparison, before: Channel, after: Channel): void {
  const { tell } = comparison;
  const channel = { method: "", path: after.address };
  for (const [name, at] of before.parameters)
    if (!after.parameters.has(name) && after.parameters.size < before.parameters.size)
      tell(
        "channel-parameter-removed",
        channel,
        at,
        `The parameter ${name} of the channel ${after.address} is gone.`,
        name,
      );
  for (const [name, at] of after.parameters)
    if (!before.parameters.has(name) && after.parameters.size > before.parameters.size)
      tell(
        "channel-parameter-added",
        channel,
        at,
        `The parameter ${name} of the channel ${after.address} is new.`,
        undefined,
        name,
      );
  binding(comparison, channel, before, after, `the channel ${after.address}`);
  for (const action of ["send", "receive"] as const) {
    const old = before.operations.find((each) => each.action === action);
    const now = after.operations.find((each) => each.action === action);
    const side = action === "send" ? "published" : "received";
    const where = { method: action.toUpperCase(), path: after.address };
    const verb = action === "send" ? "sends to" : "reads";
    if (old && !now)
      tell(`${side}-operation-removed`, where, old.at, `The service ${verb} the channel ${before.address} no longer.`);
    if (!old && now)
      tell(`${side}-operation-added`, where, now.at, `The service ${verb} the channel ${after.address}.`);
    if (old && now) compareEvents(comparison, where, side, old, now);
  }
}

type Side = "published" | "received";

function compareEvents(
  comparison: Comparison,
  where: Where,
  side: Side,
  old: EventOperation,
  now: EventOperation,
): void {
  const { tell } = comparison;
  binding(comparison, where, old, now, `the operation on ${where.path}`);
  if (old.reply !== now.reply)
    tell(
      "reply-changed",
      where,
      now.at,
      `Replies on ${where.path} come another way.`,
      old.reply || undefined,
      now.reply || undefined,
    );
  const come = new Map([...now.messages].filter(([name]) => !old.messages.has(name)));
  const gone = [...old.messages].filter(([name]) => !now.messages.has(name));
  for (const [name, before] of old.messages) {
    const after = now.messages.get(name);
    if (after) compareMessage(comparison, where, side, before, after);
  }
  for (const [name, before] of gone) {
    const only = gone.length === 1 && come.size === 1;
    const twin =
      [...come].find(([, other]) => looksEqual(before.payload, other.payload)) ??
      (only && isUnnamed(before) ? [...come][0] : undefined);
    if (!twin) {
      tell(`${side}-message-removed`, where, before.at, `The message ${name} on ${where.path} is gone.`, name);
      continue;
    }
    come.delete(twin[0]);
    // Between versions of AsyncAPI messages get names that they did not have.
    if (!isUnnamed(before) && !isUnnamed(twin[1]))
      tell(
        `${side}-message-renamed`,
        where,
        twin[1].at,
        `The message ${name} on ${where.path} is now called ${twin[0]}.`,
        name,
        twin[0],
      );
    compareMessage(comparison, where, side, before, twin[1]);
  }
  for (const [name, after] of come)
    tell(`${side}-message-added`, where, after.at, `The message ${name} on ${where.path} is new.`, undefined, name);
}

function isUnnamed({ name }: Message): boolean {
  return name === "";
}

function compareMessage(comparison: Comparison, where: Where, side: Side, before: Message, after: Message): void {
  const { tell } = comparison;
  const what = after.name === "" ? `the message on ${where.path}` : `the message ${after.name}`;
  if (before.contentType !== after.contentType)
    tell(
      `${side}-content-type-changed`,
      where,
      after.at,
      `The content type of ${what} went from ${before.contentType} to ${after.contentType}.`,
      before.contentType,
      after.contentType,
    );
  binding(comparison, where, before, after, what);
  const [payload, headers] =
    side === "published" ? [PLACES.published, PLACES.publishedHeaders] : [PLACES.received, PLACES.receivedHeaders];
  if (before.foreign !== "" || after.foreign !== "") {
    if (before.foreign !== after.foreign)
      tell(`${side}-payload-replaced`, where, after.at, `The payload of ${what} is described differently.`);
  } else comparison.schemas(payload, where, `the payload of ${what}`, before.payload, after.payload);
  comparison.schemas(headers, where, `the headers of ${what}`, before.headers, after.headers);
}

function binding(
  { tell }: Comparison,
  where: Where,
  before: { bindings: string; at: string },
  after: { bindings: string; at: string },
  what: string,
): void {
  if (before.bindings !== after.bindings)
    tell(
      "channel-binding-changed",
      where,
      after.at,
      `How ${what} is carried went from ${before.bindings || "the default"} to ${after.bindings || "the default"}.`,
    );
}

function compareServers({ old, new: fresh, tell }: Comparison): void {
  const [olds, news] = [serversOf(old), serversOf(fresh)];
  for (const [name, before] of olds) {
    const after = news.get(name) ?? [...news.values()].find(({ address }) => address === before.address);
    if (!after)
      tell(
        "event-server-removed",
        NOWHERE,
        before.at,
        `The server ${name} (${before.address}) is no longer listed.`,
        before.address,
      );
    else if (before.protocol !== after.protocol)
      tell(
        "event-server-protocol-changed",
        NOWHERE,
        after.at,
        `The server ${name} speaks ${after.protocol}, not ${before.protocol}.`,
        before.protocol,
        after.protocol,
      );
    else if (before.address !== after.address)
      tell(
        "event-server-removed",
        NOWHERE,
        after.at,
        `The server ${name} went from ${before.address} to ${after.address}.`,
        before.address,
        after.address,
      );
  }
}
