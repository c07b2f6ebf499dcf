import { messageOf } from "../../lib/errors.ts";
import { hashOf } from "../../lib/ids.ts";
import type { PactInteractionResult } from "../../model/pact-report.ts";
import type { Problem } from "../violation.ts";
import { type Interaction, onlyWith, type Pact } from "./document.ts";
import { expectationOf } from "./matching.ts";
import type { EventMessage } from "./messages.ts";
import { verdictOf } from "./verdict.ts";
import type { PactVerifier } from "./verifier.ts";
import { type InteractionOutcome, violation } from "./verify-interaction.ts";

export interface MessageScene {
  provider: string;
  /** What the provider's AsyncAPI contract sends. */
  sent: readonly EventMessage[];
  /** Payloads of an event that the provider really published, as far as they were recorded. */
  published(event: string): readonly unknown[];
  verifier: PactVerifier;
  signal: AbortSignal;
}

/** Recorded messages that are looked at: a service publishes alike. */
const MOST = 5;
const TIME_LIMIT_MS = 10_000;

/**
 * Verify one message of a pact: with what the provider published where that was recorded, otherwise with the least that
 * its AsyncAPI contract promises. The evidence says which. Errors: the signal's reason when aborted.
 */
export async function verifyMessage(
  scene: MessageScene,
  pact: Pact,
  interaction: Interaction,
): Promise<InteractionOutcome> {
  const { provider, verifier, signal } = scene;
  const event = interaction.description;
  const row = (verdict: PactInteractionResult["verdict"], reason: string, evidence: string): PactInteractionResult => {
    return { description: event, endpoint: event, verdict, reason, evidence };
  };
  const contract = scene.sent.find((message) => message.event === event);
  const recorded = scene.published(event).slice(-MOST);
  const promised =
    contract === undefined
      ? undefined
      : expectationOf(contract.payload, contract.document, { seed: seedOf(event), leastListed: 0 });
  const messages = recorded.length > 0 ? recorded : promised === undefined ? [] : [promised.example];
  if (messages.length === 0) {
    const isUnknown = contract === undefined && scene.sent.length > 0 && pact.source !== "generated";
    if (!isUnknown)
      return {
        result: row("skipped", `no message of ${provider} was recorded, and no contract describes it`, ""),
        violation: null,
      };
    const problem: Problem = {
      code: "PACT-006",
      message: `"${event}": the AsyncAPI contract of ${provider} sends no such event.`,
      expected: `one of ${scene.sent.map((one) => one.event).join(", ")}`,
      actual: event,
      clause: "/operations",
    };
    return {
      result: row("failed", problem.message, `compared with the contract of ${provider}`),
      violation: violation(problem, pact, pact.consumer, event, ""),
    };
  }
  const evidence =
    recorded.length > 0
      ? `${recorded.length} published by the running ${provider}`
      : `the AsyncAPI contract of ${provider}; no published message was recorded`;
  try {
    for (const content of messages) {
      const reply = await verifier.run(
        {
          provider,
          base_url: "",
          headers: {},
          states: interaction.states.map(({ name }) => name),
          values: {},
          message: { description: event, content },
          timeout_ms: TIME_LIMIT_MS,
        },
        onlyWith(pact, interaction),
      );
      const verdict = verdictOf(reply, TIME_LIMIT_MS);
      if (verdict.kind === "passed") continue;
      if (verdict.kind !== "mismatch") return { result: row("skipped", verdict.reason, ""), violation: null };
      // A contract that promises less than a consumer relies on is kept by whoever publishes so little.
      const whose = recorded.length > 0 ? provider : pact.consumer;
      const problem: Problem = {
        ...verdict.problem,
        code: recorded.length > 0 ? "PACT-005" : "PACT-006",
        message: `"${event}" of ${pact.consumer}: ${verdict.problem.message} (${evidence}).`,
        clause: contract?.pointer ?? "",
      };
      return {
        result: row("failed", verdict.problem.message, evidence),
        violation: violation(problem, pact, whose, event, ""),
      };
    }
    return { result: row("passed", "", evidence), violation: null };
  } catch (cause) {
    signal.throwIfAborted();
    return { result: row("skipped", `the verifier could not run: ${messageOf(cause)}`, ""), violation: null };
  }
}

function seedOf(event: string): number {
  return Number.parseInt(hashOf(event).slice(0, 7), 16);
}
