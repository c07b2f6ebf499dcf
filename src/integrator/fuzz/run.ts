import { setTimeout as sleep } from "node:timers/promises";
import type { FuzzCheckName } from "../../model/fuzz-report.ts";
import type { Resource } from "../session/session.ts";
import type { Exchange, Found } from "./check/found.ts";
import { statusOf } from "./check/found.ts";
import { judge } from "./check/judge.ts";
import { type Cleanup, createCleanup } from "./cleanup.ts";
import { createFindings, type Findings } from "./findings.ts";
import { type Case, type Phase, wireOf } from "./generate/case.ts";
import { guarded, type HookInfo, type Hooks, prepareRequest } from "./hooks.ts";
import type { Client, Wire } from "./http/client.ts";
import type { Credentials } from "./http/credentials.ts";
import type { Surroundings } from "./request.ts";
import type { FuzzSpec } from "./spec/model.ts";

export interface RunOptions {
  seed: number;
  max_examples: number;
  concurrency: number;
  timeout_ms: number;
  max_response_ms: number | null;
  checks: ReadonlySet<FuzzCheckName>;
  phases: ReadonlySet<Phase>;
}

/** One run against one service: everything that phases share. */
export interface FuzzRun {
  spec: FuzzSpec;
  options: RunOptions;
  client: Client;
  credentials: Credentials;
  findings: Findings;
  cleanup: Cleanup;
  hooks: Hooks;
  surroundings: Surroundings | undefined;
  /** Whom the run is logged in as in the services around it, by the session's key. */
  identities: Map<string, Resource>;
  /** Aborted when time is up or the user stops it. */
  signal: AbortSignal;
  /** What is told beside findings. */
  notes: Set<string>;
  /** Requests by operation name. */
  counts: Map<string, number>;
  /** Operations that stopped answering, with the number of times. */
  silent: Map<string, number>;
  /** Told of every exchange, for a log. */
  onExchange: (exchange: Exchange) => void;
  /** Renew the credentials after a refusal; false when there is no way. */
  renew: () => Promise<boolean>;
  /** Connection refusals in a row, over all operations. */
  refused: number;
  stop: (reason: string) => void;
}

const REFUSED_LIMIT = 8;
const SILENT_LIMIT = 2;

/** Send a case and judge its answer; null when a hook leaves it out or the run is over. */
export async function exchange(
  run: FuzzRun,
  given: Case,
  before: readonly Exchange[] = [],
): Promise<{ exchange: Exchange; found: Found[] } | null> {
  if (run.signal.aborted || (run.silent.get(given.operation.name) ?? 0) >= SILENT_LIMIT) return null;
  const info = infoOf(given);
  if (run.hooks.filterCase !== undefined) {
    const keep = await guarded("filterCase", () => run.hooks.filterCase?.({ ...info, values: given.values }));
    if (keep === false) return null;
  }
  return sendJudged(run, given, wireOf(given), before);
}

/** The same for a request that is written already. */
export async function sendJudged(
  run: FuzzRun,
  given: Case,
  plain: Wire,
  before: readonly Exchange[] = [],
): Promise<{ exchange: Exchange; found: Found[] } | null> {
  if (run.signal.aborted) return null;
  let made = await transmit(run, given, plain);
  // A machine that is busy for a moment is no service that hangs.
  if (made.outcome.kind === "failure" && made.outcome.reason === "timeout") made = await transmit(run, given, plain);
  if (made.outcome.kind === "failure" && made.outcome.reason === "stopped") return null;
  run.cleanup.note(made);
  const found = [...judge(made, { root: run.spec.response, ...run.options }), ...(await hookFindings(run, made))];
  const wanted = found.filter(({ check }) => run.options.checks.has(check));
  for (const one of wanted) run.findings.add(one, [...before, made]);
  return { exchange: made, found: wanted };
}

/** Send without judging. */
export async function transmit(run: FuzzRun, given: Case, plain: Wire): Promise<Exchange> {
  const { operation } = given;
  const own = given.credentials === "own";
  const first = await attempt(run, given, plain);
  const expired = own && first.authenticated && statusOf(first) === 401 && !operation.open && given.kind !== "invalid";
  return expired && (await run.renew()) ? attempt(run, given, plain) : first;
}

async function attempt(run: FuzzRun, given: Case, plain: Wire): Promise<Exchange> {
  const { name } = given.operation;
  const proven =
    given.credentials === "own"
      ? run.credentials.attach(given.operation, plain)
      : { wire: plain, authenticated: false };
  const wire = await prepareRequest(run.hooks, proven.wire, infoOf(given));
  run.counts.set(name, (run.counts.get(name) ?? 0) + 1);
  const outcome = await run.client.send(wire);
  const json = outcome.kind === "answer" ? jsonOf(outcome.body) : undefined;
  const made: Exchange = { case: given, wire, authenticated: proven.authenticated, outcome, json };
  watch(run, made);
  run.onExchange(made);
  return made;
}

/** Give up on an operation that hangs, and on a service that is gone. */
function watch(run: FuzzRun, { outcome, case: { operation } }: Exchange): void {
  if (outcome.kind === "answer") {
    run.refused = 0;
    const weight = { "": 0, time: 1, size: 0.3 }[outcome.cut];
    if (weight > 0) run.silent.set(operation.name, (run.silent.get(operation.name) ?? 0) + weight);
    return;
  }
  if (outcome.reason === "timeout") {
    run.silent.set(operation.name, (run.silent.get(operation.name) ?? 0) + 1);
    run.notes.add(`${operation.name} did not answer in time; after ${SILENT_LIMIT} such requests it is left alone.`);
  }
  if (outcome.reason !== "refused") return;
  run.refused += 1;
  if (run.refused >= REFUSED_LIMIT) run.stop("The service stopped accepting connections; the rest was not tested.");
}

function infoOf({ operation, phase, kind }: Case): HookInfo {
  const { method, path, id } = operation.operation;
  return { method, path, operation_id: id, phase, kind };
}

async function hookFindings(run: FuzzRun, { outcome, wire, case: given }: Exchange): Promise<Found[]> {
  const { afterResponse } = run.hooks;
  if (afterResponse === undefined || outcome.kind !== "answer") return [];
  const response = { status: outcome.status, headers: outcome.headers, body: outcome.body.toString("utf8") };
  const said = await guarded("afterResponse", () => afterResponse(response, wire, infoOf(given)));
  if (typeof said !== "string" || said === "") return [];
  return [
    {
      code: "HOOK-001",
      check: "hook",
      message: said,
      expected: "what the hooks file asks for",
      actual: `status ${outcome.status}`,
      clause: given.operation.operation.pointer,
      cause: said,
    },
  ];
}

function jsonOf(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** Wait, unless the run ends first. */
export async function pause(run: FuzzRun, ms: number): Promise<void> {
  await sleep(ms, undefined, { signal: run.signal }).catch(() => {});
}

/** What a run keeps, in its beginning. */
export function newRun(
  parts: Omit<FuzzRun, "findings" | "cleanup" | "notes" | "counts" | "silent" | "refused" | "identities">,
): FuzzRun {
  return {
    ...parts,
    findings: createFindings(parts.client.base, parts.credentials),
    cleanup: createCleanup(parts.spec),
    identities: new Map(),
    notes: new Set(),
    counts: new Map(),
    silent: new Map(),
    refused: 0,
  };
}
