/** How long a limit of somebody's API is waited for, in seconds. */
export interface BackoffLimits {
  /** The first wait; it doubles. */
  first: number;
  /** The longest wait, unless the API names a longer one. */
  most: number;
  /** All waits of one run together; what would take longer is not waited for. */
  give_up: number;
}

/** A rate limit, a used-up allowance or an overload, as an API or a program told of it. */
export interface Limited {
  /** What was said. */
  reason: string;
  /** Seconds after which it may be asked again; undefined when that was not said. */
  retry_after: number | undefined;
}

/**
 * How long to wait before the try after `tries` failed ones, in seconds: doubling from `first` up to `most`, half of it by
 * chance so that builders which met the same limit do not come back together. It is never shorter than what the API named.
 * `random` gives 0 to 1.
 */
export function backoffSeconds(
  { first, most }: BackoffLimits,
  { tries, retry_after }: { tries: number; retry_after: number | undefined },
  random: () => number = Math.random,
): number {
  const step = Math.min(most, first * 2 ** Math.min(tries, 30));
  const jittered = step / 2 + (step / 2) * random();
  if (retry_after === undefined) return jittered;
  return Math.max(jittered, retry_after + Math.min(jittered, retry_after / 10));
}

const LIMIT =
  /rate[ _-]?limit|too many requests|overloaded|usage limit|quota (?:exceeded|reached)|(?:status|error|http)\D{0,12}\b(?:429|529)\b/i;
const LAST_LINES = 6;

/** Whether the last words of a program's output are that it met a limit; a limit further up it got over. */
export function limitIn(output: string, now = Date.now()): Limited | undefined {
  const lines = output.trimEnd().split("\n").slice(-LAST_LINES);
  const line = lines.findLast((text) => LIMIT.test(text));
  return line === undefined
    ? undefined
    : { reason: line.trim().slice(0, 300), retry_after: retryAfterIn(lines.join("\n"), now) };
}

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600 };

/** Seconds until one may come again, as a text names them: `Retry-After: 30`, "try again in 2 minutes", a reset time. */
export function retryAfterIn(text: string, now = Date.now()): number | undefined {
  const header = /retry[-_ ]?after["'\s:=]+(\d+(?:\.\d+)?)/i.exec(text)?.[1];
  if (header !== undefined) return Number(header);
  const [, count, unit = "s"] =
    /(?:try again|retry|retrying|resets?|wait) (?:in|for|after) (\d+(?:\.\d+)?) ?(s|m|h)/i.exec(text) ?? [];
  if (count !== undefined) return Number(count) * (UNITS[unit.toLowerCase()] ?? 1);
  // "Claude AI usage limit reached|1767225600": seconds since 1970.
  const reset = /\|\s*(\d{10})\b/.exec(text)?.[1];
  return reset === undefined ? undefined : Math.max(0, Number(reset) - now / 1000);
}
