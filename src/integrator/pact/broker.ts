import { AppError, messageOf } from "../../lib/errors.ts";
import type { PactReport } from "../../model/pact-report.ts";
import { at, text } from "../document.ts";
import { type Pact, pactOf } from "./document.ts";

/** A Pact Broker, and how its results are told. */
export interface Broker {
  /** Base URL. */
  url: string;
  /** Bearer token; "" for none. */
  token: string;
  /** Version of the provider whose results are published; "" publishes none. */
  provider_version: string;
}

/** A broker at an address; its token is in the environment. */
export function brokerAt(url: string, provider_version = ""): Broker {
  return { url, token: process.env.PACT_BROKER_TOKEN ?? "", provider_version };
}

/** A pact of the broker, and where its verification is told. */
export interface BrokerPact {
  pact: Pact;
  results_url: string | undefined;
}

const TIME_LIMIT_MS = 15_000;
const HAL = "application/hal+json";

/**
 * The latest pacts that a Pact Broker keeps for a provider (its HAL API: `/pacts/provider/{provider}/latest`). Errors:
 * REMOTE_UNAVAILABLE when it does not answer, REMOTE_ANSWER when it answers something else, the signal's reason.
 */
export async function fetchPacts(broker: Broker, provider: string, signal: AbortSignal): Promise<BrokerPact[]> {
  const index = `${broker.url.replace(/\/+$/, "")}/pacts/provider/${encodeURIComponent(provider)}/latest`;
  const listed = await ask(broker, index, signal);
  // It knows no pact of this provider.
  if (listed === null) return [];
  const links = at(listed, "_links", "pb:pacts") ?? at(listed, "_links", "pacts");
  const found: BrokerPact[] = [];
  for (const link of Array.isArray(links) ? links : []) {
    const href = text(at(link, "href"));
    if (href === undefined) continue;
    const document = await ask(broker, new URL(href, index).href, signal);
    const results = text(at(document, "_links", "pb:publish-verification-results", "href"));
    const results_url = results === undefined ? undefined : new URL(results, index).href;
    found.push({ pact: pactOf(document, "broker"), results_url });
  }
  return found;
}

/** Tell the broker what became of its pacts: those of which everything was verified. Gives what it took and refused. */
export async function publishResults(
  broker: Broker,
  fetched: readonly BrokerPact[],
  report: PactReport,
  signal: AbortSignal,
): Promise<string[]> {
  const { provider_version } = broker;
  if (provider_version === "") return [];
  const notes: string[] = [];
  for (const { pact, results_url } of fetched) {
    const outcome = report.pacts.find(
      ({ source, consumer, provider }) =>
        source === "broker" && consumer === pact.consumer && provider === pact.provider,
    );
    const who = `${pact.consumer} → ${pact.provider}`;
    // Half a verification is no result.
    if (outcome === undefined || results_url === undefined || !/^(passed|failed)$/.test(outcome.verdict)) {
      notes.push(`${who}: no result was published, ${outcome?.reason || "not everything of it was verified"}`);
      continue;
    }
    const body = JSON.stringify({
      success: outcome.verdict === "passed",
      providerApplicationVersion: provider_version,
      verifiedBy: { implementation: "super-orchestrator" },
    });
    try {
      await ask(broker, results_url, signal, body);
      notes.push(`${who}: result published for version ${provider_version}`);
    } catch (cause) {
      signal.throwIfAborted();
      notes.push(`${who}: the result was not published: ${messageOf(cause)}`);
    }
  }
  return notes;
}

/** The broker's answer as JSON; null for 404. */
async function ask({ url, token }: Broker, address: string, signal: AbortSignal, body?: string): Promise<unknown> {
  // A token is for the broker itself, wherever its links lead.
  const own = new URL(address).origin === new URL(url).origin;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]);
  let answer: Response;
  try {
    answer = await fetch(address, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        accept: HAL,
        ...(own && token !== "" ? { authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body }),
      signal: limit,
    });
  } catch (cause) {
    signal.throwIfAborted();
    throw new AppError("REMOTE_UNAVAILABLE", `The Pact Broker at ${url} does not answer: ${messageOf(cause)}.`, {
      remedy: "Check its address, or leave it out.",
      cause,
    });
  }
  if (answer.status === 404 && body === undefined) return null;
  const said = await answer.text();
  if (answer.ok) {
    try {
      return said === "" ? {} : JSON.parse(said);
    } catch {
      // Said below.
    }
  }
  throw new AppError(
    "REMOTE_ANSWER",
    `The Pact Broker answered ${answer.status} to ${address}: ${said.slice(0, 120)}.`,
    {
      remedy: "Check its address and its token.",
    },
  );
}
