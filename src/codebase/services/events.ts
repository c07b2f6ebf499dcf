import { type Flow, type Flows, flowsOf, reaches } from "../../source/messaging/flow.ts";
import { mergedSettings } from "../../source/messaging/settings.ts";
import type { Traffic } from "../../source/messaging/traffic.ts";
import { isUnknown, matcher, readable } from "../../source/messaging/value.ts";
import type { FileInfo } from "../../source/source-file.ts";
import type { Snapshot } from "../resolve/snapshot.ts";

/** Messages of the project as the scanners see them. */
export interface Messages extends Flows {
  settings: ReadonlyMap<string, string>;
  /** Whether a message that is published can reach a consumer. */
  reaches(published: Flow, consumed: Flow): boolean;
}

/** More pairs than any system has. */
const MOST_PAIRS = 1_000_000;

export function messagesOf(snapshot: Snapshot): Messages {
  const settings = mergedSettings(snapshot.facts<Map<string, string>>("settings").map(({ fact }) => fact));
  const facts = snapshot.facts<Traffic>("traffic").map(({ file, fact }) => {
    const { path, service, is_test } = file;
    const info: FileInfo = { path, service, is_test, kind: "code", language: null };
    return { file: info, fact };
  });
  const flows = flowsOf(facts, settings, { by_name: true });
  const meets = matcher();
  const tooMany = flows.published.length * flows.consumed.length > MOST_PAIRS;
  return {
    ...flows,
    settings,
    reaches: (published, consumed) => !tooMany && reaches(published, consumed, flows.fanouts, meets),
  };
}

/** How people call a flow; "" when nothing is known of it. */
export function eventName({ name, exchange }: Flow): string {
  if (!isUnknown(name)) return readable(name);
  return exchange && !isUnknown(exchange) ? readable(exchange) : "";
}
