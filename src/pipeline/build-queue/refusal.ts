import { AppError } from "../../lib/errors.ts";
import type { BuildTaskClaim } from "../../model/host-build.ts";

/** The claim as agents name it. */
export function claimId({ pipeline_id, service, attempt, token }: BuildTaskClaim): string {
  return [pipeline_id, service, attempt, token].join("/");
}

/** Errors: INVALID_INPUT when it is no claim_id. */
export function parseClaimId(text: string): BuildTaskClaim {
  const [, pipeline_id, service, attempt, token] =
    /^([\w.-]+)\/([\w.-]+)\/(\d{1,9})\/(\d{1,9})$/.exec(text.trim()) ?? [];
  if (pipeline_id !== undefined && service !== undefined)
    return { pipeline_id, service, attempt: Number(attempt), token: Number(token) };
  throw new AppError("INVALID_INPUT", `${JSON.stringify(text.slice(0, 200))} is no claim_id.`, {
    remedy: "Give the claim_id that claim_build_task answered with, unchanged.",
  });
}

/** Why a claim does not hold (any more). */
export function claimRefused(
  claim: BuildTaskClaim,
  task: { state: string; token: number; agent: string; reason: string } | undefined,
): AppError {
  const { service, attempt, token, pipeline_id } = claim;
  const another = "Stop working in its folder, and claim another task with claim_build_task.";
  const wrong = (message: string, remedy: string) => new AppError("WRONG_STATE", message, { remedy });
  if (task === undefined || token > task.token || token < 1)
    return new AppError("NOT_FOUND", `There is no claim ${claimId(claim)}.`, {
      remedy: "Give the claim_id that claim_build_task answered with, unchanged.",
    });
  if (task.state === "closed") return wrong(`Attempt ${attempt} at ${service} is over: ${task.reason}`, another);
  if (task.state === "submitted" && task.token === token)
    return wrong(
      `Attempt ${attempt} at ${service} was handed in already.`,
      `See the evidence with get_pipeline_status (pipeline_id ${pipeline_id}).`,
    );
  const now =
    task.state === "claimed"
      ? `${task.agent} has it now (claim ${task.token})`
      : task.state === "submitted"
        ? `${task.agent} has handed it in (claim ${task.token})`
        : "it was given back and waits for an agent";
  return wrong(`Claim ${token} on ${service} does not hold any more: ${now}. Nothing was kept.`, another);
}
