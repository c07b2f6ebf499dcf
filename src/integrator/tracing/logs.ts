import { isRecord } from "../document.ts";
import { idsOf } from "../trace.ts";

/** A line of a service's log that names a trace. */
export interface LogRecord {
  service: string;
  trace_id: string;
  message: string;
  /** Milliseconds since 1970; null when the line gives no time. */
  time_ms: number | null;
  method: string;
  path: string;
  status: number | null;
  duration_ms: number | null;
}

/** More of a log than its end is not read. */
const MOST_CHARACTERS = 16 * 1024 * 1024;
const MOST_RECORDS = 2000;

const TRACE_KEYS = ["trace_id", "traceId", "traceid", "trace.id", "otelTraceID", "TraceId", "trace"];

/**
 * The lines of a service's log that belong to a trace. JSON lines are read by the usual names (`trace_id`, `traceId`,
 * `trace.id`, `otelTraceID`, `traceparent`, also one level down as in `{"trace": {"id": …}}`); where none of
 * them is there it counts that the id stands in the line.
 */
export function logRecords(service: string, log: string, trace_id: string): LogRecord[] {
  const found: LogRecord[] = [];
  for (const line of log.slice(-MOST_CHARACTERS).split("\n")) {
    if (!line.toLowerCase().includes(trace_id) || found.length >= MOST_RECORDS) continue;
    const entry = parsed(line);
    if (entry === undefined) found.push({ ...EMPTY, service, trace_id, message: line.trim().slice(0, 200) });
    else if ((traceIdOf(entry) ?? trace_id) === trace_id) found.push(recordOf(service, trace_id, entry));
  }
  return found;
}

const EMPTY = { time_ms: null, method: "", path: "", status: null, duration_ms: null };

function parsed(line: string): Record<string, unknown> | undefined {
  const begin = line.indexOf("{");
  if (begin < 0) return undefined;
  try {
    // Some runtimes write a prefix such as the container's name before each line.
    const value: unknown = JSON.parse(line.slice(begin));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function traceIdOf(entry: Record<string, unknown>): string | undefined {
  for (const level of [entry, ...Object.values(entry).filter(isRecord)]) {
    const named = TRACE_KEYS.map((key) => level[key]).find((value) => typeof value === "string");
    const trace = isRecord(level.trace) ? level.trace.id : undefined;
    for (const value of [named, trace])
      if (typeof value === "string" && /^[0-9a-f]{32}$/i.test(value)) return value.toLowerCase();
    const header = level.traceparent;
    const ids = typeof header === "string" ? idsOf(header) : undefined;
    if (ids !== undefined) return ids.trace_id;
  }
  return undefined;
}

function recordOf(service: string, trace_id: string, entry: Record<string, unknown>): LogRecord {
  const pick = (...names: string[]) => names.map((name) => entry[name]).find((value) => value !== undefined);
  const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : null);
  const status = number(pick("status", "status_code", "statusCode", "http.response.status_code"));
  return {
    service,
    trace_id,
    message: String(pick("msg", "message", "event", "body") ?? "").slice(0, 200),
    time_ms: timeOf(pick("time", "timestamp", "ts", "@timestamp", "asctime")),
    method: String(pick("method", "http.request.method") ?? ""),
    path: String(pick("path", "url", "url.path", "route") ?? ""),
    status: status === null ? null : Math.trunc(status),
    duration_ms: number(pick("duration_ms", "durationMs", "responseTime", "latency_ms")),
  };
}

/** ISO 8601 text, or a number of seconds or milliseconds since 1970. */
function timeOf(value: unknown): number | null {
  if (typeof value === "number") return value > 1e11 ? value : value > 1e8 ? value * 1000 : null;
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}
