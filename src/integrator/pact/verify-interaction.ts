import { messageOf } from "../../lib/errors.ts";
import type { ContractViolation } from "../../model/finding.ts";
import type { PactInteractionResult } from "../../model/pact-report.ts";
import { INTEGRATION_CODES } from "../codes.ts";
import { judge } from "../contract-check/verdict.ts";
import { at, text } from "../document.ts";
import { endpointOf, type Operation } from "../operation.ts";
import { CannotArrange, type Outcome, type Session } from "../session/session.ts";
import { curlLine, type Problem } from "../violation.ts";
import { beyondContract, operationFor } from "./against-contract.ts";
import { type Interaction, onlyWith, type Pact } from "./document.ts";
import type { VerifierReply } from "./job.ts";
import { sentRequest } from "./sent.ts";
import { type Arranged, arrangeStates, tearDown } from "./states.ts";
import type { StateMeans } from "./tell-state.ts";
import { verdictOf } from "./verdict.ts";
import type { PactVerifier } from "./verifier.ts";

/** What requests to one provider are verified with. */
export interface ProviderScene {
  provider: string;
  /** The operations of its contract; empty when it has none that is known. */
  operations: readonly Operation[];
  /** Makes what states need; null where no contract says how. */
  session: Session | null;
  means: StateMeans;
  verifier: PactVerifier;
}

export interface InteractionOutcome {
  result: PactInteractionResult;
  violation: ContractViolation | null;
}

const HOW = {
  endpoint: "its state arranged by its /_pact/state",
  command: "its state arranged by the states command",
  session: "its state arranged through its API",
};

/** Verify one request of a pact against the running provider. Errors: the signal's reason when aborted. */
export async function verifyRequest(
  scene: ProviderScene,
  pact: Pact,
  interaction: Interaction,
): Promise<InteractionOutcome> {
  const { provider, operations, means } = scene;
  const operation = operationFor(interaction, operations);
  const endpoint = operation === undefined ? asked(interaction) : endpointOf(operation);
  const row = (verdict: PactInteractionResult["verdict"], reason: string, evidence: string): PactInteractionResult => {
    return { description: interaction.description, endpoint, verdict, reason, evidence };
  };
  // What is generated holds nothing but what the contract says.
  const [beyond] =
    operations.length > 0 && pact.source !== "generated" ? beyondContract(interaction, operation, provider) : [];
  if (beyond !== undefined)
    return {
      result: row("failed", beyond.message, `compared with the contract of ${provider}; nothing was sent`),
      violation: violation(beyond, pact, pact.consumer, endpoint, ""),
    };
  try {
    let tried = await attempt(scene, pact, interaction, operation);
    const { status } = tried.reply.seen[0] ?? {};
    // The example's values may be taken; made-up ones are not.
    if (status === 409 && tried.arranged.by === "session" && operation?.action !== "transition" && !tried.reply.passed)
      tried = await attempt(scene, pact, interaction, operation, false);
    const { reply, arranged } = tried;
    const verdict = verdictOf(reply, means.timeout_ms);
    const how = arranged.by === null ? "" : `; ${HOW[arranged.by]}`;
    const evidence = `answer of the running ${provider}${how}${arranged.signed ? "; called with a token signed for this test" : ""}`;
    if (verdict.kind === "passed") return { result: row("passed", "", evidence), violation: null };
    if (verdict.kind === "not_run") return { result: row("skipped", verdict.reason, ""), violation: null };
    const reproduce = curlLine(provider, sentRequest(interaction, arranged.values));
    if (verdict.kind === "no_answer") {
      const problem: Problem = {
        code: "PACT-004",
        message: `"${interaction.description}" of ${pact.consumer}: ${verdict.reason}.`,
        expected: `status ${String(at(interaction.raw, "response", "status") ?? 200)}`,
        actual: "no answer",
        clause: operation?.pointer ?? "",
      };
      return {
        result: row("failed", verdict.reason, `request to the running ${provider}${how}`),
        violation: violation(problem, pact, provider, endpoint, reproduce),
      };
    }
    const doubt = doubtOf(arranged, verdict.status);
    if (doubt !== "")
      return { result: row("skipped", `${verdict.problem.message}, and ${doubt}`, ""), violation: null };
    const keeps = pact.source !== "generated" && keepsContract(operation, reply, verdict.problem.code);
    const whose = keeps ? pact.consumer : provider;
    const problem: Problem = {
      ...verdict.problem,
      code: keeps ? "PACT-006" : verdict.problem.code,
      message: `"${interaction.description}" of ${pact.consumer}: ${verdict.problem.message}${keeps ? `; the answer of ${provider} keeps its contract` : ""}.`,
      clause: operation === undefined ? "" : `${operation.pointer}/responses`,
    };
    return {
      result: row("failed", verdict.problem.message, evidence),
      violation: violation(problem, pact, whose, endpoint, reproduce),
    };
  } catch (cause) {
    means.signal.throwIfAborted();
    if (cause instanceof CannotArrange)
      return { result: row("skipped", `not verified: ${cause.message}`, ""), violation: null };
    return { result: row("skipped", `the verifier could not run: ${messageOf(cause)}`, ""), violation: null };
  }
}

async function attempt(
  { provider, session, means, verifier }: ProviderScene,
  pact: Pact,
  interaction: Interaction,
  operation: Operation | undefined,
  examples?: boolean,
): Promise<{ arranged: Arranged; reply: VerifierReply }> {
  const arranged = await arrangeStates(session, operation, pact, interaction, means, examples);
  try {
    const reply = await verifier.run(
      {
        provider,
        base_url: means.base_url,
        headers: arranged.headers,
        states: interaction.states.map(({ name }) => name),
        values: arranged.values,
        message: null,
        timeout_ms: means.timeout_ms,
      },
      onlyWith(pact, interaction),
    );
    return { arranged, reply };
  } finally {
    if (!means.signal.aborted) await tearDown(pact, interaction, arranged.by, means);
  }
}

/** Why a refusal may be ours; "" when it is the provider's. */
function doubtOf({ doubt, signed, by }: Arranged, status: number | null): string {
  if (status === null || status >= 500) return "";
  if ((status === 401 || status === 403) && signed) return "the token was signed for this test";
  // Nobody made sure that there is what the pact is about.
  if (doubt !== "" && (by === null || status >= 400)) return doubt;
  return "";
}

/** Whether the answer is one that the contract allows: then the pact asks for more. */
function keepsContract(operation: Operation | undefined, { seen }: VerifierReply, code: string): boolean {
  const [answer] = seen;
  if (operation === undefined || answer === undefined || code === "PACT-002") return false;
  if (answer.status < 200 || answer.status > 299) return false;
  const { status, headers, body } = answer;
  const outcome: Outcome = {
    kind: "answer",
    answer: { status, headers, body, truncated: false, duration_ms: 0 },
    json: parsed(body),
  };
  try {
    return judge(operation, outcome).length === 0;
  } catch (cause) {
    if (!(cause instanceof CannotArrange)) throw cause;
    return false;
  }
}

export function violation(
  problem: Problem,
  pact: Pact,
  service: string,
  endpoint: string,
  reproduce: string,
): ContractViolation {
  const isFile = pact.source !== "generated" && pact.source !== "broker";
  return {
    ...problem,
    severity: INTEGRATION_CODES[problem.code].severity,
    service,
    endpoint,
    file_path: isFile ? pact.source : "",
    reproduce,
  };
}

function asked({ raw }: Interaction): string {
  return `${text(at(raw, "request", "method"))?.toUpperCase() ?? "GET"} ${text(at(raw, "request", "path")) ?? "/"}`;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
