import type { Field } from "../../model/domain-model.ts";
import type { OutlineEntity } from "../outline.ts";
import type { Document } from "./document.ts";
import { entityKey, key, plain } from "./text.ts";
import { topicOf } from "./topics.ts";
import { ancestry, textLines } from "./tree.ts";

const STARTS =
  /\b(?:starts?|begins?|created)\s+(?:out\s+)?(?:as|in|with status)\s+["'`]?([\w-]+)|\binitial\s+(?:state|status)\s*(?:is|:)?\s*["'`]?([\w-]+)/i;

/**
 * The state a machine starts in, when the PRD says so: one "[*] --> a", the field's default, or "starts as a" below a heading
 * of the entity. Null otherwise, also when several starts are drawn.
 */
export function initialState(
  entity: OutlineEntity,
  starts: readonly string[],
  states: readonly string[],
  field: Field | null,
  document: Document,
): string | null {
  const among = (word: string | undefined) =>
    word === undefined ? undefined : states.find((state) => key(state) === key(word));
  const drawn = [...new Set(starts.map(among).filter((state) => state !== undefined))];
  const [only] = drawn;
  if (only !== undefined) return drawn.length === 1 ? only : null;
  const said = among(/\bdefault(?:s to)?\s*[:=]?\s*["'`]?([\w-]+)/i.exec(field?.description ?? "")?.[1]);
  if (said !== undefined) return said;
  for (const text of statements(document).get(entityKey(entity.name)) ?? []) {
    const found = STARTS.exec(text)
      ?.slice(1)
      .find((each) => each !== undefined);
    const word = among(found);
    if (word !== undefined) return word;
  }
  return null;
}

const known = new WeakMap<Document, Map<string, string[]>>();

/** Texts that may say how something starts, by the key of the entity whose heading they stand below. */
function statements(document: Document): Map<string, string[]> {
  const cached = known.get(document);
  if (cached !== undefined) return cached;
  const found = new Map<string, string[]>();
  for (const section of document.sections) {
    const texts = textLines(section.blocks)
      .map((line) => plain(line.text))
      .filter((text) => STARTS.test(text));
    if (texts.length === 0) continue;
    for (const each of ancestry(section)) {
      const title = plain(each.title)
        .replace(/\s*\([^)]*\)$/, "")
        .replace(/\b(?:entity|state|status|machine|life-?cycle|transitions?|diagram)\b:?/gi, " ");
      const id = entityKey(title);
      const same = found.get(id);
      if (same === undefined) found.set(id, [...texts]);
      else same.push(...texts);
      if (topicOf(each) !== "machine") break;
    }
  }
  known.set(document, found);
  return found;
}
