import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashOf, slug } from "../../lib/ids.ts";
import type { Contract } from "../../model/contract.ts";
import type { ContractViolation } from "../../model/finding.ts";
import type { ServiceMap } from "../../model/service-map.ts";
import { INTEGRATION_CODES } from "../codes.ts";
import { subscriptions } from "../events.ts";
import { endpointOf } from "../operation.ts";
import { readOperations } from "../operations.ts";
import { type Pact, pactOf } from "./document.ts";
import { interactionsFor } from "./interaction.ts";
import { expectationOf } from "./matching.ts";
import { eventMessages } from "./messages.ts";
import { type ClientCall, type StrayCall, type Use, usesIn } from "./uses.ts";

export interface GeneratedPacts {
  /** By consumer and provider. */
  pacts: Pact[];
  /** Calls that no contract offers, blamed on the consumer. */
  violations: ContractViolation[];
  /** What got no interaction, each with the reason. */
  skipped: string[];
}

/** What pacts are made from. */
export interface PactSources {
  service_map: Pick<ServiceMap, "services">;
  contracts: readonly Contract[];
  calls: readonly ClientCall[];
}

/**
 * The consumer pacts of a system (Pact specification 4): an interaction for each operation that a consumer's code or
 * contract calls, a message for each event it receives. They hold what the contracts promise and nothing else. The same
 * input makes the same bytes.
 */
export function generatePacts({ service_map, contracts, calls }: PactSources): GeneratedPacts {
  const operations = readOperations(contracts);
  const { uses, strays } = usesIn(operations, calls);
  const filled = new Map<string, Set<string>>();
  for (const { service, action, entity } of operations)
    if (action === "create" && entity !== null) filled.set(service, (filled.get(service) ?? new Set()).add(entity));
  const skipped: string[] = [];
  const pairs = new Map<string, { consumer: string; provider: string; interactions: Record<string, unknown>[] }>();
  const pairOf = (consumer: string, provider: string) => {
    const key = `${consumer} ${provider}`;
    const pair = pairs.get(key) ?? { consumer, provider, interactions: [] };
    pairs.set(key, pair);
    return pair.interactions;
  };
  for (const { consumer, provider, operations: used } of uses)
    for (const one of used) {
      const made = interactionsFor(one, consumer, filled.get(provider) ?? new Set());
      if (typeof made === "string")
        skipped.push(`${consumer} → ${provider} ${endpointOf(one.operation)}: no interaction, ${made}`);
      else pairOf(consumer, provider).push(...made);
    }
  addMessages(contracts, service_map, pairOf, skipped);
  for (const { name, depends_on } of service_map.services)
    for (const provider of depends_on)
      if (!isUsed(uses, strays, name, provider))
        skipped.push(`${name} → ${provider}: no pact, neither code nor contract says what it calls there`);
  const pacts = [...pairs.values()]
    .filter(({ interactions }) => interactions.length > 0)
    .sort((a, b) => (`${a.consumer} ${a.provider}` < `${b.consumer} ${b.provider}` ? -1 : 1))
    .map(({ consumer, provider, interactions }) =>
      pactOf(
        {
          consumer: { name: consumer },
          provider: { name: provider },
          interactions,
          metadata: { pactSpecification: { version: "4.0" } },
        },
        "generated",
      ),
    );
  return { pacts, violations: strays.map(strayViolation), skipped };
}

function isUsed(uses: readonly Use[], strays: readonly StrayCall[], consumer: string, provider: string): boolean {
  return [...uses, ...strays].some((one) => one.consumer === consumer && one.provider === provider);
}

/** A message for each event that somebody receives and somebody else's contract sends. */
function addMessages(
  contracts: readonly Contract[],
  map: PactSources["service_map"],
  pairOf: (consumer: string, provider: string) => Record<string, unknown>[],
  skipped: string[],
): void {
  const messages = eventMessages(contracts);
  const received = subscriptions(map, contracts);
  for (const event of Object.keys(received).sort()) {
    const senders = messages.filter((one) => one.action === "send" && one.event === event);
    for (const consumer of received[event] ?? []) {
      const own = messages.find((one) => one.action === "receive" && one.event === event && one.service === consumer);
      const providers = senders.filter(({ service }) => service !== consumer);
      if (providers.length === 0)
        skipped.push(`${consumer} ← ${event}: no message, no contract of another service sends it`);
      for (const sender of providers) {
        const described = own?.payload === undefined ? sender : own;
        const seed = Number.parseInt(hashOf([consumer, event]).slice(0, 7), 16);
        const expected = expectationOf(described.payload, described.document, { seed, leastListed: 0 });
        if (expected === undefined) {
          skipped.push(`${consumer} ← ${event} of ${sender.service}: no message, its payload is not described`);
          continue;
        }
        pairOf(consumer, sender.service).push({
          type: "Asynchronous/Messages",
          key: hashOf([consumer, sender.service, event]).slice(0, 16),
          description: event,
          pending: false,
          comments: { text: [`payload as the contract of ${described.service} describes it`] },
          contents: { content: expected.example, contentType: described.media_type, encoded: false },
          metadata: { contentType: described.media_type },
          matchingRules: { body: expected.rules },
        });
      }
    }
  }
}

function strayViolation({ consumer, provider, endpoint, where, instead }: StrayCall): ContractViolation {
  const [file = ""] = where.split(":");
  return {
    code: "PACT-007",
    severity: INTEGRATION_CODES["PACT-007"].severity,
    service: consumer,
    endpoint,
    message: `${where} calls ${endpoint} of ${provider}, which its contract does not offer.`,
    expected: instead.length > 0 ? instead.join(" or ") : `an operation of the contract of ${provider}`,
    actual: endpoint,
    file_path: file,
    clause: "/paths",
    reproduce: "",
  };
}

/** Write each pact as `<consumer>-<provider>.json` into a folder, for people and Pact tools to read. Gives the paths. */
export function writePacts(folder: string, pacts: readonly Pact[]): string[] {
  mkdirSync(folder, { recursive: true });
  return pacts.map(({ consumer, provider, document }) => {
    const file = join(folder, `${slug(consumer, 80)}-${slug(provider, 80)}.json`);
    writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
    return file;
  });
}
