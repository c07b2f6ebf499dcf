import { isJson, type Json, NAMED } from "../document.ts";
import type { Source } from "./source.ts";

/** Keywords that explain and promise nothing. */
const PROSE = new Set(["description", "summary", "example", "examples", "externalDocs", "$comment"]);

/**
 * Whether a node of the old document and one of the new say the same through all their references; prose and the order
 * of keys do not count. Such nodes need no comparing, and most of a large contract is the same in its next version.
 */
export function createSameness(old: Source, fresh: Source): (before: unknown, after: unknown) => boolean {
  const known = new Map<string, { differs: boolean; users: string[] }>();

  /** Read everything that references reach, and carry a difference on to all that refer to it. */
  const explore = (references: readonly string[]) => {
    const pending = [...references];
    const uses: { user: string; leads: string[] }[] = [];
    const differing: string[] = [];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (known.has(next)) continue;
      const leads: string[] = [];
      const differs = !isEqual(old.follow(next)?.value, fresh.follow(next)?.value, false, leads);
      known.set(next, { differs, users: [] });
      if (differs) differing.push(next);
      else uses.push({ user: next, leads });
      pending.push(...leads);
    }
    for (const { user, leads } of uses)
      for (const lead of leads) {
        const target = known.get(lead);
        if (target?.differs) differing.push(user);
        else target?.users.push(user);
      }
    for (let next = differing.pop(); next !== undefined; next = differing.pop()) {
      const entry = known.get(next);
      if (!entry) continue;
      entry.differs = true;
      differing.push(...entry.users.splice(0));
    }
  };

  return (before, after) => {
    const leads: string[] = [];
    if (!isEqual(before, after, false, leads)) return false;
    explore(leads);
    return leads.every((lead) => known.get(lead)?.differs === false);
  };
}

/** Whether two values are equal apart from prose; collects their references, which are the same ones then. */
function isEqual(before: unknown, after: unknown, named: boolean, leads: string[]): boolean {
  if (Array.isArray(before)) {
    if (!Array.isArray(after) || before.length !== after.length) return false;
    for (let index = 0; index < before.length; index += 1)
      if (!isEqual(before[index], after[index], false, leads)) return false;
    return true;
  }
  if (!isJson(before)) return before === after;
  if (!isJson(after)) return false;
  let count = 0;
  for (const key in before) {
    if (!named && PROSE.has(key)) continue;
    if (!Object.hasOwn(after, key)) return false;
    const [inner, other] = [before[key], after[key]];
    if (!isEqual(inner, other, !named && NAMED.has(key) && isJson(inner), leads)) return false;
    if (key === "$ref" && typeof inner === "string") leads.push(inner);
    count += 1;
  }
  return count === countOf(after, named);
}

function countOf(node: Json, named: boolean): number {
  let count = 0;
  for (const key in node) if (named || !PROSE.has(key)) count += 1;
  return count;
}
