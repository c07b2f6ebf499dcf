import type { ContractViolation } from "../../model/finding.ts";
import { FUZZED_AT_ONCE, fuzzServices } from "../fuzz/services.ts";
import type { Part } from "./part.ts";

/** Less says nothing of a service. */
const LEAST_SECONDS = 2;

/** Every service against its contract with made-up data; what a contract check met before is not told again. */
export const fuzzAll: Part = async ({ system, service_map, deployment, fuzz, known, step, progress, secondsLeft }) => {
  if (fuzz === null) return { not_run: ["fuzzing: switched off by integration.fuzz.enabled"] };
  const rounds = Math.ceil(deployment.services.length / FUZZED_AT_ONCE);
  const max_seconds = Math.min(fuzz.max_seconds, Math.floor(secondsLeft() / rounds));
  if (max_seconds < LEAST_SECONDS) return { not_run: ["fuzzing: no time is left for it within integration.timeout"] };
  progress("Fuzzing the services");
  const settings = { ...fuzz, max_seconds };
  const { skipped, violations, ...found } = await fuzzServices(
    system,
    service_map,
    deployment.services,
    settings,
    step,
  );
  const told = new Set(known.map(identity));
  return { ...found, not_run: skipped, violations: violations.filter((one) => !told.has(identity(one))) };
};

function identity({ service, endpoint, code, clause }: ContractViolation): string {
  return [service, endpoint, code, clause].join("\0");
}
