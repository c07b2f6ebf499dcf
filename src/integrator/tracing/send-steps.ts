import { AppError } from "../../lib/errors.ts";
import type { TraceStep } from "../../model/trace-requests.ts";
import { isRecord } from "../document.ts";
import { createClient } from "../fuzz/http/client.ts";
import { newTraceId, traceparentOf } from "../trace.ts";
import { CLIENT, ENTRY, now, type RecordExchange } from "./exchange.ts";

/** What a step was answered, for those that refer to it. */
interface Answered {
  body: unknown;
}

/**
 * Send requests one after another under one new trace and tell of each. Gives the trace id. Errors: REMOTE_UNAVAILABLE
 * when a request gets no answer, INVALID_INPUT for a reference that leads nowhere; the signal's reason when aborted.
 */
export async function sendSteps(
  url: string,
  steps: readonly TraceStep[],
  options: { record: RecordExchange; timeout_ms: number; signal: AbortSignal },
): Promise<{ trace_id: string; services: string[] }> {
  const { record, timeout_ms, signal } = options;
  const client = createClient({ base: url, concurrency: 1, timeout_ms, rate: 0, signal });
  const trace_id = newTraceId();
  const answers = new Map<string, Answered>();
  const services = new Set<string>();
  try {
    for (const [index, step] of steps.entries()) {
      const path = String(resolved(step.path, answers));
      const target = targetOf(step, path);
      services.add(target.service);
      const sent = resolved(step.body, answers);
      const body = sent === undefined ? null : typeof sent === "string" ? sent : JSON.stringify(sent);
      const traceparent = traceparentOf(trace_id);
      const headers = {
        accept: "application/json",
        ...(body === null ? {} : { "content-type": "application/json" }),
        ...Object.fromEntries(
          Object.entries(step.headers).map(([name, value]) => [name, String(resolved(value, answers))]),
        ),
        traceparent,
      };
      const method = step.method.toUpperCase();
      const start_ms = now();
      const outcome = await client.send({ method, target: path, headers, body });
      signal.throwIfAborted();
      if (outcome.kind === "failure")
        throw new AppError("REMOTE_UNAVAILABLE", `${method} ${path} got no answer: ${outcome.message}.`, {
          remedy: `Check that the system runs at ${url}; check_health asks its services.`,
        });
      const response = parsed(outcome.body.toString("utf8"));
      if (step.id !== undefined) answers.set(step.id, { body: response });
      answers.set(String(index + 1), { body: response });
      record({
        ...{ traceparent, from: CLIENT, to: target.service, method, path: target.path, status: outcome.status },
        ...{ start_ms, duration_ms: now() - start_ms, response },
        request: body === null ? undefined : parsed(body),
      });
    }
  } finally {
    client.close();
  }
  return { trace_id, services: [...services] };
}

/** Who answers a request, and its path as that one sees it: gateways take /api/<service> off. */
function targetOf({ service }: TraceStep, path: string): { service: string; path: string } {
  const [, name, rest] = /^\/api\/([a-z][a-z0-9-]*)(?=[/?]|$)(.*)$/s.exec(path) ?? [];
  if (service === undefined) return { service: name ?? ENTRY, path: name === undefined ? path : rooted(rest) };
  return { service, path: name === service ? rooted(rest) : path };
}

function rooted(path = ""): string {
  return path.startsWith("/") ? path : `/${path}`;
}

const REFERENCE = /\$\{steps\.([\w-]+)\.body((?:\.[^.}]+)*)\}/g;

/** A value with its references put in. Errors: INVALID_INPUT. */
function resolved(value: unknown, answers: ReadonlyMap<string, Answered>): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, answers));
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner, answers)]));
  if (typeof value !== "string") return value;
  const whole = value.match(REFERENCE);
  const look = (text: string) => {
    const [, id = "", path = ""] = new RegExp(REFERENCE.source).exec(text) ?? [];
    const found = path
      .split(".")
      .slice(1)
      .reduce<unknown>(
        (inner, key) => (Array.isArray(inner) ? inner[Number(key)] : isRecord(inner) ? inner[key] : undefined),
        answers.get(id)?.body,
      );
    if (found !== undefined) return found;
    throw new AppError("INVALID_INPUT", `${text} leads nowhere in what was answered so far.`, {
      remedy: "Give the earlier step that id, and look at what it answers.",
    });
  };
  if (whole?.length === 1 && whole[0] === value) return look(value);
  return value.replace(REFERENCE, (text) => String(look(text)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
