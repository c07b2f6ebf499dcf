/** Longer values are no names, and those that contain each other grow without end. */
const LONGEST = 2000;
const REFERENCE = /\$(?:(\w+)|\{(\w+)(?:(:?[-+?])([^{}$]*))?\})/g;

/**
 * Fill in `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+other}` as Dockerfiles and Compose files write them. What
 * has neither value nor default stays as it is written.
 */
export function expandVariables(text: string, values: ReadonlyMap<string, string> = new Map()): string {
  if (!text.includes("$")) return text;
  const filled = text
    .slice(0, LONGEST)
    .replaceAll(REFERENCE, (written, plain?: string, braced?: string, operator?: string, other?: string): string => {
      const value = values.get(plain ?? braced ?? "");
      if (operator?.endsWith("+")) return value ? (other ?? "") : "";
      if (value !== undefined && (value !== "" || !operator?.startsWith(":"))) return value;
      return operator?.endsWith("-") ? (other ?? "") : written;
    });
  return filled.slice(0, LONGEST);
}
