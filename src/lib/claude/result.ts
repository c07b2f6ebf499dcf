import { z } from "zod";
import { AppError } from "../errors.ts";

/** The last message of `claude -p --output-format stream-json`, as far as it matters (2.1). */
export const ClaudeResult = z.looseObject({
  type: z.literal("result"),
  subtype: z.string(),
  is_error: z.boolean(),
  api_error_status: z.number().nullish(),
  result: z.string().default(""),
  errors: z.array(z.string()).default([]),
  session_id: z.string(),
  total_cost_usd: z.number(),
  num_turns: z.number().int().optional(),
  structured_output: z.unknown().optional(),
});
export type ClaudeResult = z.infer<typeof ClaudeResult>;

/** The result among the lines a run wrote; undefined when it ended without one. Lines that are no JSON are passed over. */
export function resultIn(output: string): ClaudeResult | undefined {
  for (const line of output.split("\n").reverse()) {
    if (!line.includes('"result"')) continue;
    try {
      const parsed = ClaudeResult.safeParse(JSON.parse(line));
      if (parsed.success) return parsed.data;
    } catch {
      // half a line of a process that was ended, or somebody else's output
    }
  }
  return undefined;
}

/** Whether a rate limit, a used-up allowance or an overload ended a run: the same run can succeed later. */
export function isLimited({ result, errors, is_error, subtype, api_error_status }: ClaudeResult): boolean {
  if (!is_error || subtype.startsWith("error_max_")) return false;
  if (api_error_status === 429 || api_error_status === 529) return true;
  return /rate.?limit|usage limit|overloaded|\b(?:429|529)\b/i.test([result, ...errors].join(" "));
}

/**
 * Why a run could not do its work at all: ENVIRONMENT, BUDGET_EXCEEDED, or INVALID_INPUT for a prompt that is too long;
 * undefined when it did work, whatever came of it.
 */
export function obstacleOf(result: ClaudeResult, logFile: string): AppError | undefined {
  const said = [result.result, ...result.errors].filter(Boolean).join(" ").slice(0, 500);
  const environment = (message: string, remedy: string) => new AppError("ENVIRONMENT", message, { remedy });
  if (result.subtype === "error_max_budget_usd")
    return new AppError("BUDGET_EXCEEDED", `claude stopped at its budget: ${said}.`, {
      remedy: "Resume with a higher budget_limit, or raise the limit of this work in the configuration.",
    });
  if (!result.is_error || result.subtype.startsWith("error_max_")) return undefined;
  const status = result.api_error_status ?? 0;
  if (status === 401 || status === 403 || /not logged in|\/login|api key|oauth|credit balance/i.test(said))
    return environment(
      `claude is not logged in, or its account was refused: ${said}`,
      "Run claude once and log in (/login), or set ANTHROPIC_API_KEY; then resume.",
    );
  if (isLimited(result))
    return environment(
      `claude has reached the rate limit of its account, or its API is overloaded: ${said}`,
      "Wait until the limit is lifted, then resume; nothing that was finished is lost.",
    );
  if (status === 404 || /selected model|model.*not (?:exist|available)/i.test(said))
    return environment(`claude has no such model: ${said}`, "Set another model in the configuration, then resume.");
  if (/prompt is too long|context (?:window|limit)/i.test(said))
    return new AppError("INVALID_INPUT", `The text is longer than the model reads: ${said}`, {
      remedy: "Shorten it or split it into several, or use a backend that needs no model.",
    });
  return environment(`claude could not reach its model: ${said}`, `Try again later; ${logFile} has the details.`);
}
