import { z } from "zod";

/** Characters of JSON that a list in an answer takes by default; with what is around it, an answer stays under 2,000 tokens. */
const LIST_CHARACTERS = 5500;
/** What each list that is still to come may count on. */
const RESERVED = 400;

/** The first of a list: as many as were asked for, else as many as are short to read; one at least, if there is one. */
export function firstOf<One>(
  items: readonly One[],
  limit: number | undefined,
  characters: number = LIST_CHARACTERS,
): One[] {
  if (limit !== undefined) return items.slice(0, limit);
  let left = characters;
  const end = items.findIndex((item) => {
    left -= JSON.stringify(item).length + 1;
    return left < 0;
  });
  return end === -1 ? [...items] : items.slice(0, Math.max(end, 1));
}

/** Cuts the lists of an answer, which share its room, and keeps count of what was left out of each. */
export function listCutter(limit: number | undefined, lists: number) {
  const more: Record<string, number> = {};
  let left = LIST_CHARACTERS;
  let coming = lists;
  const cut = <One>(name: string, list: readonly One[]): One[] => {
    coming -= 1;
    const taken = firstOf(list, limit, left - RESERVED * coming);
    left -= JSON.stringify(taken).length;
    if (list.length > taken.length) more[name] = list.length - taken.length;
    return taken;
  };
  return { cut, more };
}

/** How much of its lists an answer shows: a number up to `most`, else as many as are short to read. */
export function limitField(meaning: string, most: number) {
  return z
    .number()
    .int()
    .min(1)
    .max(most)
    .optional()
    .describe(`${meaning}, as many as are short to read when left out.`);
}
