import { AppError } from "../../lib/errors.ts";
import { mapPool } from "../../lib/pool.ts";
import type { Service } from "../../model/service-map.ts";
import { contractFindings } from "../contract-changes.ts";
import { loadPlans } from "./build-job.ts";
import { buildService } from "./build-service.ts";
import type { Phase } from "./phase.ts";
import { assertKnownServices, isBasedOn, isBuilt, latestResults, nextAttempt } from "./results.ts";

/**
 * `builders_running`: every service that is not built yet on its contracts, a bounded number at a time. Failed ones are
 * tried again.
 */
export const runBuilders: Phase = async (context) => {
  const { pipeline } = context;
  const plans = await loadPlans(context);
  const names = plans.services.services.map((service) => service.name);
  assertKnownServices(plans.services, pipeline.only_services ?? []);
  const wanted = new Set(pipeline.only_services ?? names);
  const done = latestResults(context);
  const isDone = (service: Service) =>
    isBuilt(done.get(service.name)) && isBasedOn(done.get(service.name), service, plans);
  const pending = plans.services.services.filter((service) => wanted.has(service.name) && !isDone(service));
  await mapPool(pending, pipeline.config.builder.max_concurrent, async (service) => {
    context.signal.throwIfAborted();
    const attempt = nextAttempt(context, service.name);
    const findings = contractFindings(context, service.name);
    return buildService(context, plans, { service, attempt, phase: "builders_running", round: 0, findings });
  });
  const results = latestResults(context);
  if (plans.services.services.some((service) => !isBasedOn(results.get(service.name), service, plans)))
    return undefined;
  const failed = names.filter((name) => !isBuilt(results.get(name)));
  if (failed.length === names.length)
    throw allFailed(failed.map((name) => `${name}: ${results.get(name)?.error ?? ""}`));
  return { type: "builders_done", total: names.length, successful: names.length - failed.length };
};

function allFailed(reasons: string[]): AppError {
  return new AppError("BUILDERS_FAILED", `No service was built. ${reasons.slice(0, 3).join(" ")}`, {
    remedy: "Read the builders' logs, correct the PRD or the builder's settings, and run the PRD again.",
    details: { reasons },
  });
}

/** `builders_complete`: a checkpoint; integration starts. */
export const startIntegration: Phase = async () => ({ type: "start_integration" });
