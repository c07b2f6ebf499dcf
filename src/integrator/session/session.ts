import { routePrefix } from "../../model/service-map.ts";
import type { EventOperation } from "../events.ts";
import { GATEWAY_ERROR_HEADER } from "../gateway.ts";
import { type HttpAnswer, type HttpFailure, send } from "../http.ts";
import type { Operation } from "../operation.ts";
import { newTraceId, traceparentOf } from "../trace.ts";
import { CLIENT, now, type RecordExchange } from "../tracing/exchange.ts";

/** The running system as a test sees it: the contracts, and the gateway in front of the services. */
export interface TestSystem {
  gateway_url: string;
  operations: Operation[];
  events: EventOperation[];
  /** Event name to the services that receive it. */
  subscribers: Readonly<Record<string, readonly string[]>>;
  /** Health endpoint of each service. */
  health: ReadonlyMap<string, string>;
  /** Services that cannot be tested, each with the reason. */
  unavailable: ReadonlyMap<string, string>;
  /** Signs bearer tokens; null when the runtime does not tell. */
  jwt_secret: string | null;
  /** Time limit of one request. */
  request_timeout_ms: number;
  /** How long the effect of an event may take. */
  event_timeout_ms: number;
  signal: AbortSignal;
  /** Told of every request through the gateway and its answer, for traces. */
  onExchange?: RecordExchange;
  /** Sends requests instead of the gateway's client; undefined leaves one to it. */
  transport?: (operation: Operation, request: PreparedRequest) => Promise<HttpAnswer | HttpFailure> | undefined;
}

/** Something a service keeps, as it answered when it was made. */
export interface Resource {
  service: string;
  entity: string;
  id: string | number;
  body: Record<string, unknown>;
  /** Values of path parameters by the path before them, e.g. "/orders/{}/items" → "17". */
  path: ReadonlyMap<string, string>;
  /** Who it is, when it was made by registering. */
  identity: Identity | null;
}

/** What somebody registered with. */
export interface Identity {
  register: Operation;
  id: string | number;
  sent: Record<string, unknown>;
  token: string | null;
}

/** One series of requests: what was made on the way is remembered, so that later requests can refer to it. */
export interface Session {
  system: TestSystem;
  /** All requests carry this trace id; null gives each its own. */
  trace_id: string | null;
  /** Seed of the next request's values. */
  seed: number;
  /** Made by the session to be referred to, by `service entity`. */
  made: Map<string, Resource>;
  /** Operations whose examples were used: a second request with the same values may collide with the first. */
  exampled: Set<string>;
  /** Operations that gave no answer in time, with what was said: nobody waits for them twice. */
  silent: Map<string, string>;
  /** Tokens signed here, because the contracts offer no way to one. */
  signed: Set<string>;
  /** Whom signed tokens stand for where the contracts offer nobody; chosen when it is first needed. */
  anybody: string | null;
  /** Told of every request and what became of it. */
  onCall: (call: Call) => void;
}

export interface Call {
  operation: Operation;
  request: PreparedRequest;
  outcome: Outcome;
}

/** A request that is ready to be sent; the path is the service's own, with its query. */
export interface PreparedRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
  token: string | null;
  /** What it refers to by a made-up id, because the contracts offer no way to make it. */
  assumed: string[];
}

export type Outcome =
  | { kind: "answer"; answer: HttpAnswer; json: unknown }
  /** The service gave no answer: it is down, broke off, or is too slow. */
  | { kind: "unreachable" | "too_slow"; reason: string; status: number | null; duration_ms: number };

/** Why a request cannot be made in a valid way. Never the tested operation's fault: it is skipped with this reason. */
export class CannotArrange extends Error {}

export function newSession(
  system: TestSystem,
  options: Partial<Pick<Session, "trace_id" | "onCall" | "seed">> = {},
): Session {
  return {
    system,
    trace_id: options.trace_id ?? null,
    // Services may keep their data between two deployments: names that must be unique must differ every time.
    seed: options.seed ?? Math.floor(Math.random() * 2 ** 31),
    made: new Map(),
    exampled: new Set(),
    silent: new Map(),
    signed: new Set(),
    anybody: null,
    onCall: options.onCall ?? (() => {}),
  };
}

export function nextSeed(session: Session): number {
  session.seed = (session.seed + 1) % 2 ** 31;
  return session.seed;
}

/** What tells an operation from all others. */
export function keyOf({ service, id }: Operation): string {
  return `${service} ${id}`;
}

/** What a reference means: an entity by its comparable name, of one service or of any. */
export interface Wanted {
  entity: string;
  service: string | null;
}

/** Send a prepared request through the gateway. Throws the signal's reason when aborted. */
export async function call(session: Session, operation: Operation, request: PreparedRequest): Promise<Outcome> {
  const { signal, transport } = session.system;
  const answer = await (transport?.(operation, request) ?? sendThroughGateway(session, operation, request));
  signal.throwIfAborted();
  const outcome = outcomeOf(answer);
  if (outcome.kind === "too_slow") session.silent.set(keyOf(operation), outcome.reason);
  session.onCall({ operation, request, outcome });
  return outcome;
}

async function sendThroughGateway(
  session: Session,
  operation: Operation,
  request: PreparedRequest,
): Promise<HttpAnswer | HttpFailure> {
  const { gateway_url, request_timeout_ms, signal, onExchange } = session.system;
  const traceparent = traceparentOf(session.trace_id ?? newTraceId());
  const start_ms = now();
  const headers: Record<string, string> = {
    accept: "application/json",
    ...request.headers,
    traceparent,
  };
  if (request.token !== null) headers.authorization = `Bearer ${request.token}`;
  const answer = await send({
    method: request.method,
    url: gateway_url + routePrefix(operation.service) + request.path,
    headers,
    ...(request.body === null ? {} : { body: request.body }),
    timeout_ms: request_timeout_ms,
    signal,
  });
  onExchange?.({
    traceparent,
    from: CLIENT,
    to: operation.service,
    method: request.method,
    path: request.path,
    status: "failure" in answer ? null : answer.status,
    start_ms,
    duration_ms: now() - start_ms,
    request: request.body === null ? undefined : parsed(request.body),
    response: "failure" in answer ? undefined : parsed(answer.body),
  });
  return answer;
}

function outcomeOf(answer: HttpAnswer | HttpFailure): Outcome {
  const { duration_ms } = answer;
  if ("failure" in answer) {
    const kind = answer.timed_out ? "too_slow" : "unreachable";
    return { kind, reason: answer.failure, status: null, duration_ms };
  }
  if (answer.headers[GATEWAY_ERROR_HEADER] === undefined) return { kind: "answer", answer, json: parsed(answer.body) };
  const kind = answer.status === 504 ? "too_slow" : "unreachable";
  return { kind, reason: detailOf(answer.body), status: answer.status, duration_ms };
}

function detailOf(body: string): string {
  const problem = parsed(body);
  return typeof problem === "object" && problem !== null && "detail" in problem ? String(problem.detail) : body;
}

/** JSON as a value; undefined when it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Status and the first words of a body, for messages. */
export function describeOutcome(outcome: Outcome): string {
  if (outcome.kind !== "answer") return outcome.reason;
  const { status, body } = outcome.answer;
  const start = body.replace(/\s+/g, " ").slice(0, 200);
  return start === "" ? `status ${status}` : `status ${status}: ${start}`;
}

export function isSuccess(outcome: Outcome): outcome is Extract<Outcome, { kind: "answer" }> {
  return outcome.kind === "answer" && outcome.answer.status >= 200 && outcome.answer.status < 300;
}

/** Status of the answer, the gateway's own included; null when none came. */
export function statusOf(outcome: Outcome): number | null {
  return outcome.kind === "answer" ? outcome.answer.status : outcome.status;
}
