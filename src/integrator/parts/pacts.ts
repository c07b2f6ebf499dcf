import { verifySystemPacts } from "../pact/verify-system.ts";
import type { Part } from "./part.ts";

/**
 * What consumers rely on, verified against their running providers. An operation that its contract check charged already
 * is not charged again for what its consumers would miss.
 */
export const verifyPacts: Part = async (scene) => {
  const { system, services, service_map, contracts, pacts, known, tracing, step, progress } = scene;
  if (pacts === null) return { not_run: ["pacts: not verified, the services' code was not read"] };
  progress("Verifying consumer pacts");
  const { calls, ...settings } = pacts;
  const report = await step("pacts", async () =>
    verifySystemPacts(system, {
      ...settings,
      service_map,
      contracts,
      calls: await calls(system.signal),
      published: tracing.published,
      directories: new Map(services.map(({ service, directory }) => [service.name, directory])),
    }),
  );
  const charged = new Set(known.map(({ service, endpoint }) => `${service} ${endpoint}`));
  return {
    pacts: report.pacts,
    violations: report.violations.filter(
      ({ code, service, endpoint }) => code > "PACT-004" || !charged.has(`${service} ${endpoint}`),
    ),
    not_run: [...report.skipped, ...report.notes],
  };
};
