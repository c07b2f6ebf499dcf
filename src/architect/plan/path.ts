import { matchKey, snake, wordsOf } from "./words.ts";

/**
 * A path that OpenAPI accepts: one leading slash, no empty or repeated parameter names. Of two parameters with the same
 * name the earlier one is named after what stands before it: `/users/{id}/posts/{id}` → `/users/{user_id}/posts/{id}`.
 */
export function cleanPath(path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  const names = new Set<string>();
  const cleaned = segments
    .map((segment, index) => ({ segment, before: segments[index - 1] ?? "" }))
    .reverse()
    .map(({ segment, before }) =>
      segment.replace(/\{([^{}]*)\}/g, (_, given: string) => {
        const owner = before.startsWith("{") ? "" : snake(matchKey(before));
        const name = unique(given.trim() || "id", owner, names);
        names.add(name);
        return `{${name}}`;
      }),
    )
    .reverse();
  return `/${cleaned.join("/")}`;
}

function unique(name: string, owner: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const wished = owner === "" ? name : `${owner}_${wordsOf(name).at(-1) ?? "id"}`;
  let free = wished;
  for (let number = 2; taken.has(free); number += 1) free = `${wished}_${number}`;
  return free;
}

/** Names of a path's parameters, in order, each with the segment before it. */
export function parametersOf(path: string): { name: string; before: string }[] {
  const segments = path.split("/");
  return segments.flatMap((segment, index) =>
    [...segment.matchAll(/\{([^{}]+)\}/g)].map((match) => ({
      name: match[1] ?? "",
      before: segments[index - 1] ?? "",
    })),
  );
}
