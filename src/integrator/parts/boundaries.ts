import { checkBoundaries } from "../boundary/check-boundaries.ts";
import type { Part } from "./part.ts";

/** Time for everything that is sent across boundaries, in seconds. */
const MAX_SECONDS = 120;
/** Of the time that is left. */
const SHARE = 0.4;

/** What happens to data on its way between services: contracts compared, and damage proven on the running system. */
export const testBoundaries: Part = async ({ system, service_map, deployment, known, step, progress, secondsLeft }) => {
  progress("Testing the boundaries between services");
  const readLog = (service: string) => deployment.logs(service);
  const event_secret = deployment.event_secret ?? null;
  const { checks, violations } = await step("boundaries", () =>
    checkBoundaries(system, {
      service_map,
      readLog,
      event_secret,
      max_seconds: Math.min(MAX_SECONDS, secondsLeft() * SHARE),
    }),
  );
  // A value that a flow saw changed is charged already.
  const charged = new Set(
    known.filter(({ code }) => code === "FLOW-003").map(({ service, endpoint }) => `${service} ${endpoint}`),
  );
  return {
    boundaries: checks,
    violations: violations.filter(
      ({ code, service, endpoint }) => code < "BOUNDARY-010" || !charged.has(`${service} ${endpoint}`),
    ),
    not_run: checks.length === 0 ? ["boundary tests: not run, no data crosses a boundary by the contracts"] : [],
  };
};
