import { posix, relative, sep } from "node:path";
import { messageOf } from "../../lib/errors.ts";
import type { PactReport } from "../../model/pact-report.ts";
import type { TestSystem } from "../session/session.ts";
import { type Broker, type BrokerPact, fetchPacts, publishResults } from "./broker.ts";
import { pactsOf } from "./document.ts";
import { generatePacts, type PactSources, writePacts } from "./generate.ts";
import { type VerifyPactsRequest, verifyPacts } from "./verify-pacts.ts";

export interface SystemPactsRequest
  extends PactSources,
    Pick<VerifyPactsRequest, "states_command" | "published" | "onProgress"> {
  /** Folders of the services: pact files in them are verified too. */
  directories: ReadonlyMap<string, string>;
  /** Whose pacts are verified too; null for none. */
  broker?: Broker | null;
  /** Folder that the made pacts are written to, one file for a consumer and a provider; null writes none. */
  write_to: string | null;
}

/**
 * The pacts of a whole running system: made from what consumers call and receive, and found in the services' folders.
 * Services that are not available are skipped with the reason; a system without any pact is skipped too. Errors: the
 * signal's reason when aborted.
 */
export async function verifySystemPacts(system: TestSystem, request: SystemPactsRequest): Promise<PactReport> {
  const made = generatePacts(request);
  if (request.write_to !== null) writePacts(request.write_to, made.pacts);
  const kept = [...request.directories].map(([service, directory]) => ({ service, directory, ...pactsOf(directory) }));
  // Reports name files as people do, from the service's folder.
  const found = kept.flatMap(({ service, directory, pacts }) =>
    pacts.map((pact) => ({
      ...pact,
      source: posix.join(service, relative(directory, pact.source).split(sep).join("/")),
    })),
  );
  const known = new Set(request.service_map.services.map(({ name }) => name));
  const here = found.filter(({ provider }) => known.has(provider));
  const away = found.filter(({ provider }) => !known.has(provider));
  const remote = await fromBroker(system, request);
  const pacts = [...made.pacts, ...here, ...remote.fetched.map(({ pact }) => pact)];
  const report = await verifyPacts(system, { ...request, pacts });
  const { broker } = request;
  return {
    ...report,
    notes: broker ? await publishResults(broker, remote.fetched, report, system.signal) : [],
    violations: [...made.violations, ...report.violations],
    skipped: [
      ...report.skipped,
      ...made.skipped,
      ...away.map(
        ({ consumer, provider, source }) => `${consumer} → ${provider}: ${source} is of no service of the system`,
      ),
      ...remote.failed,
      ...kept.flatMap(({ unreadable }) => unreadable),
      ...(report.pacts.length === 0 ? ["pacts: none, no service calls another one or receives its events"] : []),
    ],
  };
}

/** A broker that fails takes nothing from the other pacts. */
async function fromBroker(
  { unavailable, signal }: TestSystem,
  { broker, service_map }: SystemPactsRequest,
): Promise<{ fetched: BrokerPact[]; failed: string[] }> {
  const fetched: BrokerPact[] = [];
  if (!broker) return { fetched, failed: [] };
  for (const { name } of service_map.services) {
    if (unavailable.has(name)) continue;
    try {
      fetched.push(...(await fetchPacts(broker, name, signal)));
    } catch (cause) {
      signal.throwIfAborted();
      return { fetched, failed: [`pacts of the broker: not verified. ${messageOf(cause)}`] };
    }
  }
  return { fetched, failed: [] };
}
