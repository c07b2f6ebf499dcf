import { hashOf } from "../../lib/ids.ts";
import type { Contract } from "../../model/contract.ts";
import type { ContractViolation } from "../../model/finding.ts";
import type { PactInteractionResult, PactOutcome, PactReport } from "../../model/pact-report.ts";
import { routePrefix } from "../../model/service-map.ts";
import { newSession, type TestSystem } from "../session/session.ts";
import type { Pact } from "./document.ts";
import { eventMessages } from "./messages.ts";
import type { StateMeans } from "./tell-state.ts";
import { createVerifier, type PactVerifier } from "./verifier.ts";
import { type InteractionOutcome, verifyRequest } from "./verify-interaction.ts";
import { verifyMessage } from "./verify-message.ts";

export interface VerifyPactsRequest {
  /** Generated, found in services' folders, fetched from a broker. */
  pacts: readonly Pact[];
  /** For messages: what providers may publish. */
  contracts: readonly Contract[];
  /** Base URL of a provider; through the gateway when left out. */
  base_url?: (provider: string) => string;
  /** Sent with every request. */
  headers?: Record<string, string>;
  /** A program that arranges provider states, with its arguments. */
  states_command?: readonly string[] | null;
  /** Payloads of an event that a provider really published. */
  published?: (provider: string, event: string) => readonly unknown[];
  onProgress?: (message: string, done: number, total: number) => void;
}

/**
 * Verify consumer pacts against the running system with the Pact Foundation's verifier (specification 6.3). A mismatch is
 * the provider's when it breaks its contract, the consumer's when its pact asks for what the contract does not offer. What
 * could not be arranged or run is skipped with the reason; an empty pact is skipped too. Leaves no process and no port.
 * Errors: the signal's reason when aborted.
 */
export async function verifyPacts(system: TestSystem, request: VerifyPactsRequest): Promise<PactReport> {
  const verifier = createVerifier(system.signal);
  try {
    const pacts = distinct(request.pacts);
    const total = pacts.reduce((sum, { interactions }) => sum + interactions.length, 0);
    const found: { outcome: PactOutcome; violations: ContractViolation[] }[] = [];
    let done = 0;
    for (const provider of [...new Set(pacts.map((pact) => pact.provider))]) {
      const scene = sceneOf(system, request, provider, verifier);
      for (const pact of pacts.filter((one) => one.provider === provider)) {
        request.onProgress?.(`Verifying what ${pact.consumer} needs of ${provider}`, done, total);
        found.push(await verifyPact(system, scene, pact));
        done += pact.interactions.length;
      }
    }
    return reportOf(
      found.map(({ outcome }) => outcome),
      found.flatMap(({ violations }) => violations),
    );
  } finally {
    await verifier.close();
  }
}

/** A generated pact that was written into a service's folder is found there again. */
function distinct(pacts: readonly Pact[]): Pact[] {
  const seen = new Set<string>();
  return pacts.filter(({ document }) => {
    const key = hashOf(document);
    return seen.has(key) ? false : seen.add(key);
  });
}

type Scene = (pact: Pact) => (interaction: Pact["interactions"][number]) => Promise<InteractionOutcome>;

function sceneOf(system: TestSystem, request: VerifyPactsRequest, provider: string, verifier: PactVerifier): Scene {
  const { signal } = system;
  const base_url = request.base_url?.(provider) ?? system.gateway_url + routePrefix(provider);
  const means: StateMeans = {
    base_url,
    headers: request.headers ?? {},
    command: request.states_command ?? null,
    endpoint: "unknown",
    signal,
    timeout_ms: system.request_timeout_ms,
  };
  const operations = system.operations.filter(({ service }) => service === provider);
  const http = { provider, operations, session: operations.length > 0 ? newSession(system) : null, means, verifier };
  const sent = eventMessages(request.contracts.filter(({ service_name }) => service_name === provider)).filter(
    ({ action }) => action === "send",
  );
  const published = (event: string) => request.published?.(provider, event) ?? [];
  const messages = { provider, sent, published, verifier, signal };
  return (pact) => async (interaction) => {
    if (interaction.kind === "http") return verifyRequest(http, pact, interaction);
    if (interaction.kind === "message") return verifyMessage(messages, pact, interaction);
    return { result: unsupported(interaction.description), violation: null };
  };
}

function unsupported(description: string): PactInteractionResult {
  const reason = "only requests and asynchronous messages are verified";
  return { description, endpoint: "", verdict: "skipped", reason, evidence: "" };
}

async function verifyPact(
  system: TestSystem,
  scene: Scene,
  pact: Pact,
): Promise<{ outcome: PactOutcome; violations: ContractViolation[] }> {
  const { consumer, provider, source } = pact;
  const about = { consumer, provider, source };
  const reason = system.unavailable.get(provider);
  if (reason !== undefined || pact.interactions.length === 0) {
    const why = pact.interactions.length === 0 ? "the pact has no interactions" : (reason ?? "");
    return { outcome: { ...about, verdict: "skipped", reason: why, interactions: [] }, violations: [] };
  }
  const verify = scene(pact);
  const results: InteractionOutcome[] = [];
  for (const interaction of pact.interactions) {
    system.signal.throwIfAborted();
    results.push(await verify(interaction));
  }
  const interactions = results.map(({ result }) => result);
  const verdict = together(interactions);
  const why = verdict === "skipped" ? `nothing of it was verified: ${interactions[0]?.reason ?? ""}` : "";
  return {
    outcome: { ...about, verdict, reason: why, interactions },
    violations: results.flatMap(({ violation }) => (violation === null ? [] : [violation])),
  };
}

function together(interactions: readonly PactInteractionResult[]): PactOutcome["verdict"] {
  const has = (verdict: PactInteractionResult["verdict"]) => interactions.some((one) => one.verdict === verdict);
  if (has("failed")) return "failed";
  if (!has("passed")) return "skipped";
  return has("skipped") ? "partial" : "passed";
}

function reportOf(pacts: PactOutcome[], violations: ContractViolation[]): PactReport {
  const rows = pacts.flatMap(({ interactions }) => interactions);
  const skipped = pacts.flatMap(({ consumer, provider, verdict, reason, interactions }) => {
    const who = `${consumer} → ${provider}`;
    const single = interactions.filter((one) => one.verdict === "skipped");
    if (verdict === "skipped" && single.length === 0) return [`${who}: ${reason}`];
    return single.map((one) => `${who} "${one.description}": ${one.reason}`);
  });
  return {
    pacts,
    violations,
    total: rows.filter(({ verdict }) => verdict !== "skipped").length,
    passed: rows.filter(({ verdict }) => verdict === "passed").length,
    skipped,
    notes: [],
  };
}
