import { tmpdir } from "node:os";
import { baseEnvironment, outputOf } from "../../lib/exec.ts";
import { randomHex } from "../../lib/ids.ts";
import { isRecord } from "../document.ts";
import { type HttpAnswer, type HttpFailure, send } from "../http.ts";
import { CannotArrange } from "../session/session.ts";
import type { Pact, ProviderState } from "./document.ts";

/** Who can bring a provider into a state. */
export interface StateMeans {
  /** Base URL of the provider. */
  base_url: string;
  headers: Record<string, string>;
  /** A program that arranges states, with its arguments; null when there is none. */
  command: readonly string[] | null;
  /** Whether the provider has a `/_pact/state`; unknown until it is asked. */
  endpoint: "unknown" | "there" | "absent";
  signal: AbortSignal;
  timeout_ms: number;
}

/** Who was told, and what values it gave. */
export type Told = { by: "endpoint" | "command"; values: Record<string, unknown> };

/** Tell whoever arranges the provider's states; null when nobody does. Throws `CannotArrange` when a command fails. */
export async function tell(
  pact: Pact,
  states: readonly ProviderState[],
  action: "setup" | "teardown",
  means: StateMeans,
): Promise<Told | null> {
  const told = await tellEndpoint(pact, states, action, means);
  return told ?? (means.command === null ? null : tellCommand(pact, states, action, means, means.command));
}

/** The provider's own endpoint, asked for each state; null when it has none or does not know one of the states. */
async function tellEndpoint(
  { consumer }: Pact,
  states: readonly ProviderState[],
  action: string,
  means: StateMeans,
): Promise<Told | null> {
  if (means.endpoint === "absent") return null;
  const values: Record<string, unknown> = {};
  for (const { name, params } of states) {
    const answer = await post(means, "/_pact/state", { consumer, state: name, states: [name], params, action });
    if (!("status" in answer) || !isGood(answer)) {
      const none = "status" in answer && [404, 405, 501].includes(answer.status);
      // Anything else may be about this state only.
      if (none && means.endpoint === "unknown") means.endpoint = "absent";
      return null;
    }
    // A provider that says yes to any path has no endpoint for states.
    if (means.endpoint === "unknown")
      means.endpoint = isGood(await post(means, `/_pact/${randomHex(8)}`, {})) ? "absent" : "there";
    if (means.endpoint === "absent") return null;
    Object.assign(values, objectIn(answer.body));
  }
  return { by: "endpoint", values };
}

async function post(means: StateMeans, path: string, body: Record<string, unknown>): Promise<HttpAnswer | HttpFailure> {
  const answer = await send({
    method: "POST",
    url: means.base_url + path,
    headers: { "content-type": "application/json", accept: "application/json", ...means.headers },
    body: JSON.stringify(body),
    timeout_ms: means.timeout_ms,
    signal: means.signal,
  });
  means.signal.throwIfAborted();
  return answer;
}

function isGood(answer: HttpAnswer | HttpFailure): boolean {
  return "status" in answer && answer.status >= 200 && answer.status <= 299;
}

const OUTPUT_BYTES = 256 * 1024;

/** The command, run once for each state: it learns it from its environment, and may write values as a JSON object. */
async function tellCommand(
  { consumer, provider }: Pact,
  states: readonly ProviderState[],
  action: string,
  means: StateMeans,
  [command = "", ...args]: readonly string[],
): Promise<Told | null> {
  const values: Record<string, unknown> = {};
  for (const { name, params } of states) {
    const ran = await outputOf(command, args, {
      cwd: tmpdir(),
      env: baseEnvironment({
        PACT_ACTION: action,
        PACT_CONSUMER: consumer,
        PACT_PROVIDER: provider,
        PACT_PROVIDER_URL: means.base_url,
        PACT_STATE: name,
        PACT_STATE_PARAMS: JSON.stringify(params),
      }),
      timeoutMs: Math.max(means.timeout_ms, 30_000),
      maxBytes: OUTPUT_BYTES,
      signal: means.signal,
    });
    means.signal.throwIfAborted();
    if (ran.code !== 0) {
      if (action === "teardown") return null;
      const said = (ran.stderr || ran.stdout).trim().split("\n").at(-1) ?? "";
      throw new CannotArrange(`the states command failed for "${name}": ${said.slice(0, 200)}`);
    }
    Object.assign(values, objectIn(ran.stdout));
  }
  return { by: "command", values };
}

function objectIn(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
