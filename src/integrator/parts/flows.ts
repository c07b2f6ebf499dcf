import { runFlows } from "../flow/run-flows.ts";
import type { Part } from "./part.ts";

/** Of the time that is left. */
const SHARE = 0.5;

/** What happens between services. A step that failed as its contract check did would say the same thing twice. */
export const testFlows: Part = async ({ system, service_map, deployment, known, step, progress, secondsLeft }) => {
  progress("Running flows across services");
  const readLog = (service: string) => deployment.logs(service);
  const event_secret = deployment.event_secret ?? null;
  const { flows, violations, uncovered } = await step("flows", () =>
    runFlows(system, { service_map, readLog, event_secret, max_seconds: secondsLeft() * SHARE }),
  );
  const failing = new Set(known.map(({ service, endpoint }) => `${service} ${endpoint}`));
  return {
    flows,
    violations: violations.filter(
      ({ code, service, endpoint }) => code !== "FLOW-001" || !failing.has(`${service} ${endpoint}`),
    ),
    not_run: uncovered.map((reason) => `flows: ${reason}`),
  };
};
