import { sampleOf } from "../../lib/schema-sample.ts";
import { isRecord } from "../document.ts";
import type { HttpAnswer, HttpFailure } from "../http.ts";
import { isJson, type Operation } from "../operation.ts";
import { arrange, make } from "../session/arrange.ts";
import { isMakeable, isOnOne, stateFields } from "../session/candidates.ts";
import {
  CannotArrange,
  newSession,
  type PreparedRequest,
  type Resource,
  type Session,
  type TestSystem,
} from "../session/session.ts";
import { slotsOf, withValue } from "../session/slots.ts";
import { fits } from "./check/fits.ts";
import type { Exchange } from "./check/found.ts";
import { type Case, type Phase, PLACES, type Values } from "./generate/case.ts";
import { asReceived } from "./generate/received.ts";
import type { Wire } from "./http/client.ts";
import { type FuzzRun, sendJudged } from "./run.ts";
import type { FuzzBody, FuzzOperation, FuzzSpec, Place } from "./spec/model.ts";

/** Where valid requests for one operation come from. */
export interface Scene {
  run: FuzzRun;
  operation: FuzzOperation;
  session: Session;
  body: FuzzBody | null;
  /** Values of a request that the contract allows, with what it refers to created before. */
  fresh(examples?: boolean): Promise<Values>;
  /** Whether something it refers to is made up. */
  assumed(): boolean;
  /** Why nothing it refers to could be arranged; "" when it could. */
  reason(): string;
}

const indexes = new WeakMap<FuzzSpec, { byName: Map<string, FuzzOperation>; operations: Operation[] }>();

/** A contract of a thousand operations is indexed once, not once for each of them. */
function indexOf({ spec, surroundings }: FuzzRun): { byName: Map<string, FuzzOperation>; operations: Operation[] } {
  const known = indexes.get(spec);
  if (known !== undefined) return known;
  const made = {
    byName: new Map(spec.operations.map((one) => [one.name, one])),
    operations: [
      ...spec.operations.map(({ operation }) => operation),
      ...(surroundings?.system.operations ?? []).filter(({ service }) => service !== surroundings?.service),
    ],
  };
  indexes.set(spec, made);
  return made;
}

/** How long what only an event makes is waited for. */
const EVENT_TIMEOUT_MS = 2000;

/**
 * A session whose requests go through the run: counted, judged, cleaned up. It acts as whom the run is logged in as, so
 * that what it makes in other services is that one's own; a stranger logs in anew.
 */
export function openSession(
  run: FuzzRun,
  seed: number,
  phase: Phase,
  { log = [], stranger = false }: { log?: Exchange[]; stranger?: boolean } = {},
): Session {
  const { byName, operations } = indexOf(run);
  const { surroundings } = run;
  const own = surroundings?.service ?? "";
  const transport = (operation: Operation, request: PreparedRequest) =>
    operation.service === own ? judged(operation, request) : undefined;
  const judged = async (operation: Operation, request: PreparedRequest): Promise<HttpAnswer | HttpFailure> => {
    const known = byName.get(`${operation.method} ${operation.path}`);
    if (known === undefined) return { failure: "unknown operation", timed_out: false, duration_ms: 0 };
    const values = valuesOf(known, request);
    const body = known.bodies.find(({ media_type }) => media_type === operation.body?.media_type) ?? null;
    const given = caseOf(known, {
      phase,
      kind: "plausible",
      values,
      body,
      // Somebody else than the tester: the session has logged them in itself.
      credentials: request.token === null ? "own" : "none",
    });
    const headers = {
      ...request.headers,
      ...(request.token === null ? {} : { authorization: `Bearer ${request.token}` }),
    };
    const wire: Wire = { method: request.method, target: request.path, headers, body: request.body };
    const done = await sendJudged(run, given, wire);
    if (done === null) return { failure: "stopped", timed_out: false, duration_ms: 0 };
    log.push(done.exchange);
    const { outcome } = done.exchange;
    return outcome.kind === "answer"
      ? { ...outcome, body: outcome.body.toString("utf8"), truncated: outcome.cut !== "" }
      : { failure: outcome.message, timed_out: outcome.reason === "timeout", duration_ms: outcome.duration_ms };
  };
  const system: TestSystem = {
    gateway_url: run.client.base,
    events: [],
    subscribers: {},
    health: new Map(),
    unavailable: new Map(),
    jwt_secret: null,
    ...surroundings?.system,
    operations,
    request_timeout_ms: run.options.timeout_ms,
    event_timeout_ms: surroundings === undefined ? 0 : EVENT_TIMEOUT_MS,
    signal: run.signal,
    transport,
  };
  const session = newSession(system, { seed });
  for (const [key, resource] of stranger ? [] : run.identities) session.made.set(key, resource);
  return session;
}

export function caseOf(
  operation: FuzzOperation,
  part: Pick<Case, "phase" | "kind" | "values" | "body"> & Partial<Case>,
): Case {
  return { operation, what: "", subject: "", credentials: "own", ...part };
}

/** A scene for one operation and one of its media types; `seed` decides every value in it. */
export function openScene(
  run: FuzzRun,
  operation: FuzzOperation,
  body: FuzzBody | null,
  seed: number,
  phase: Phase,
): Scene {
  const session = openSession(run, seed, phase);
  const own = operation.operation;
  const isDefault = body === null || body.media_type === own.body?.media_type;
  let target: Resource | undefined;
  let assumed = false;
  let reason = "";
  let count = 0;

  const arranged = async (examples: boolean): Promise<PreparedRequest> => {
    const purpose = { examples, ...(target ? { target } : {}) };
    // A resource that is only changed can be changed again; one that ends or moves on cannot.
    if (target === undefined && own.action === "update" && isOnOne(own) && own.entity !== null) {
      const wanted = { entity: own.entity, service: own.service };
      if (isMakeable(session.system, wanted)) {
        target = await make(session, wanted);
        return arrange(session, own, { ...purpose, target });
      }
    }
    return arrange(session, own, purpose);
  };

  const sampled = (examples: boolean): Values => {
    const values = emptyValues();
    for (const parameter of operation.parameters.filter(({ required }) => required))
      values[parameter.in][parameter.name] = sampleOf(parameter.schema, run.spec.request, seed + count, { examples });
    return withBody(values, examples);
  };
  const withBody = (values: Values, examples: boolean): Values =>
    body === null
      ? values
      : { ...values, body: sampleOf(body.schema, run.spec.request, seed + count, { request: true, examples }) };

  return {
    run,
    operation,
    session,
    body,
    assumed: () => assumed,
    reason: () => reason,
    async fresh(examples = count === 0) {
      count += 1;
      if (reason !== "" && !run.signal.aborted) return sampled(examples);
      try {
        const request = isDefault
          ? await arranged(examples)
          : await arrange(session, { ...own, body: null }, target ? { target } : {});
        assumed ||= request.assumed.length > 0;
        const values = valuesOf(operation, request);
        return isDefault ? values : withBody(values, examples);
      } catch (cause) {
        if (!(cause instanceof CannotArrange) && !run.signal.aborted) throw cause;
        if (
          cause instanceof CannotArrange &&
          own.body !== null &&
          isDefault &&
          /not generated|no body that fits/.test(cause.message)
        )
          try {
            return withBody(valuesOf(operation, await arrange(session, { ...own, body: null })), examples);
          } catch (inner) {
            if (!(inner instanceof CannotArrange) && !run.signal.aborted) throw inner;
          }
        reason = cause instanceof CannotArrange ? cause.message : "the run was stopped";
        assumed = true;
        return sampled(examples);
      }
    },
  };
}

export function emptyValues(): Values {
  return { path: {}, query: {}, header: {}, cookie: {} };
}

/** The values that a prepared request carries. */
export function valuesOf({ parameters, operation }: FuzzOperation, request: PreparedRequest): Values {
  const values = emptyValues();
  const [path = "", query = ""] = request.path.split("?");
  const texts = path.split("/");
  const names = operation.path.split("/");
  const search = new URLSearchParams(query);
  for (const { name, in: place, schema } of parameters) {
    const at = names.findIndex((segment) => segment.includes(`{${name}}`));
    const text =
      place === "path"
        ? decoded(texts[at] ?? "")
        : place === "query"
          ? search.get(name)
          : place === "header"
            ? request.headers[name.toLowerCase()]
            : cookieOf(request.headers.cookie, name);
    if (text !== null && text !== undefined) values[place][name] = typedText(text, schema);
  }
  if (request.body !== null) values.body = bodyOf(request, operation);
  return values;
}

function bodyOf({ body, headers }: PreparedRequest, operation: Operation): unknown {
  const text = body ?? "";
  if (isJson(headers["content-type"] ?? "")) return JSON.parse(text);
  return asReceived(Object.fromEntries(new URLSearchParams(text)), operation.body?.schema, operation.document);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  const found = header?.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found === undefined ? undefined : decoded(found.slice(name.length + 1));
}

function typedText(text: string, schema: unknown): unknown {
  const type = isRecord(schema) ? schema.type : undefined;
  if ((type === "integer" || type === "number") && text.trim() !== "" && Number.isFinite(Number(text)))
    return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  if (text.startsWith("[") || text.startsWith("{"))
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  return text;
}

/** Generated values with everything that refers to something taken from arranged ones. */
export function bound(scene: Scene, generated: Values, arranged: Values): Values {
  const { operation, body, session, run } = scene;
  const own = operation.operation;
  const values: Values = { ...generated, path: arranged.path };
  for (const place of PLACES)
    for (const parameter of operation.parameters.filter((one) => one.in === place && one.required))
      if (values[place][parameter.name] === undefined)
        values[place] = { ...values[place], [parameter.name]: arranged[place][parameter.name] };
  if (body === null || generated.body === undefined) return values;
  let filled: unknown = generated.body;
  for (const field of stateFields(session.system, own))
    if (isRecord(filled))
      filled = withValue(filled, [field], isRecord(arranged.body) ? arranged.body[field] : undefined);
  for (const slot of slotsOf(body.schema, run.spec.request, filled)) {
    if (slot.reference === null && own.action !== "login") continue;
    const path = slot.path.map((key) => (typeof key === "number" ? 0 : key));
    const known = path.reduce<unknown>(
      (inner, key) => (inner !== null && typeof inner === "object" ? Reflect.get(inner, key) : undefined),
      arranged.body,
    );
    if (known !== undefined) filled = withValue(filled, slot.path, known);
    else if (slot.optional) filled = withValue(filled, slot.path, undefined);
  }
  return { ...values, body: filled };
}

/** Whether values are what the contract allows; parameters are judged as their texts can be read. */
export function isAllowed(
  { operation, body, run }: Pick<Scene, "operation" | "body" | "run">,
  values: Values,
): boolean {
  const root = run.spec.request;
  for (const { in: place, name, required, schema } of operation.parameters) {
    const value = values[place][name];
    if (
      value === undefined
        ? required
        : !fits(schema, root, asReceived(value, schema, root)) && !fits(schema, root, value)
    )
      return false;
  }
  if (body === null) return true;
  if (values.body === undefined) return !operation.body_required;
  return fits(body.schema, root, isJson(body.media_type) ? values.body : asReceived(values.body, body.schema, root));
}

/** Whether one part of a request is surely not what the contract allows, however it is read. */
export function isForbidden(
  { operation, body, run }: Pick<Scene, "operation" | "body" | "run">,
  place: Place | "body",
  name: string,
  value: unknown,
): boolean {
  const root = run.spec.request;
  if (place === "body") {
    if (body === null) return false;
    if (value === undefined) return operation.body_required;
    const read = isJson(body.media_type) ? value : asReceived(value, body.schema, root);
    return !fits(body.schema, root, read);
  }
  const parameter = operation.parameters.find((one) => one.in === place && one.name === name);
  if (parameter === undefined) return false;
  if (value === undefined) return parameter.required && place !== "path";
  return (
    !fits(parameter.schema, root, value) && !fits(parameter.schema, root, asReceived(value, parameter.schema, root))
  );
}
