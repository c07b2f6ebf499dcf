import { z } from "zod";

/** What a program says of its run in a line of JSON, under the names that are in use. */
const Said = z.looseObject({
  success: z.boolean().optional().catch(undefined),
  error: z.string().optional().catch(undefined),
  test_passed: z.number().int().min(0).optional().catch(undefined),
  test_total: z.number().int().min(0).optional().catch(undefined),
  total_cost_usd: z.number().min(0).optional().catch(undefined),
  cost_usd: z.number().min(0).optional().catch(undefined),
  total_cost: z.number().min(0).optional().catch(undefined),
  cost: z.number().min(0).optional().catch(undefined),
});

/** A claim as far as it was made. */
export interface OutputClaim {
  success: boolean | undefined;
  error: string;
  /** USD; null when it says none. */
  cost: number | null;
  test_passed: number | null;
  test_total: number | null;
}

const IN_WORDS = /\bcost\b[^\n$]{0,40}\$\s?(\d+(?:\.\d+)?)/gi;

/**
 * What the output of any program says of cost, success and tests: the last line of JSON that names each, or the last
 * "cost … $1.23" in words. `pattern`: a regular expression of its own whose first group is the cost in USD.
 */
export function claimInOutput(output: string, pattern = ""): OutputClaim {
  const said = output.split("\n").flatMap((line) => {
    if (!line.trimStart().startsWith("{")) return [];
    try {
      const parsed = Said.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
  const last = <Value>(pick: (one: z.infer<typeof Said>) => Value | undefined) =>
    said.map(pick).findLast((value) => value !== undefined);
  const words = [...output.matchAll(pattern === "" ? IN_WORDS : new RegExp(pattern, "g"))].at(-1)?.[1];
  const inWords = words === undefined ? Number.NaN : Number(words);
  const inJson = last((one) => one.total_cost_usd ?? one.cost_usd ?? one.total_cost ?? one.cost);
  const fromWords = Number.isFinite(inWords) ? inWords : null;
  return {
    success: last((one) => one.success),
    error: last((one) => one.error) ?? "",
    cost: pattern === "" ? (inJson ?? fromWords) : fromWords,
    test_passed: last((one) => one.test_passed) ?? null,
    test_total: last((one) => one.test_total) ?? null,
  };
}
