import type { ContractViolation } from "../../model/finding.ts";
import type { FieldChange, TraceReport } from "../../model/trace-report.ts";
import { INTEGRATION_CODES, type IntegrationCodeName } from "../codes.ts";
import { curlLine } from "../violation.ts";
import { breaksOf, isObserved, servicesOf } from "./breaks.ts";
import { type Caused, causedExchanges, type Evidence, ownSpans, straySpans } from "./evidence.ts";
import { CLIENT, type RecordedExchange } from "./exchange.ts";
import { type Declared, fieldChanges } from "./fields.ts";
import { hopsOf } from "./hops.ts";

const CHANGE_CODES: Record<FieldChange["kind"], IntegrationCodeName> = {
  lost: "TRACE-FLOW-003",
  renamed: "TRACE-FLOW-004",
  retyped: "TRACE-FLOW-005",
  changed: "TRACE-FLOW-006",
};

/**
 * Where a request went, where its trace broke and what became of its data (W3C Trace Context; specification 11.3). What
 * nobody reported is not observed: without a span and a log line of the trace the verdict is `skipped`, never `passed`.
 */
export function traceReport(
  evidence: Evidence,
  options: { declared?: Declared; follow?: ReadonlySet<string> } = {},
): TraceReport {
  const caused = causedExchanges(evidence);
  const stray = straySpans(evidence, caused);
  const breaks = breaksOf(evidence, caused, stray);
  const changes = fieldChanges(caused, options.declared ?? (() => null), options.follow);
  const first = caused.find(({ exchange }) => exchange.from === CLIENT)?.exchange;
  const violations: ContractViolation[] = [
    ...breaks.map(({ code, service, at, message, expected, actual }) => ({
      ...violation(code, service, at, first),
      ...{ message, expected, actual },
    })),
    ...changes.map((change) => changeViolation(change, first)),
  ];
  const wrong = violations.find(({ severity }) => severity !== "warning");
  const observed = isObserved(evidence);
  const times = [...caused.map(({ exchange }) => exchange), ...ownSpans(evidence)].map(({ start_ms, duration_ms }) => ({
    begin: start_ms,
    end: start_ms + duration_ms,
  }));
  const span = Math.max(...times.map(({ end }) => end)) - Math.min(...times.map(({ begin }) => begin));
  return {
    trace_id: evidence.trace_id,
    verdict: wrong ? "failed" : observed ? "passed" : "skipped",
    reason: wrong?.message ?? (observed ? "" : unobserved(caused)),
    duration_ms: times.length === 0 ? 0 : Math.round(span * 10) / 10,
    services: servicesOf(evidence, caused, breaks),
    hops: hopsOf(evidence, caused, stray),
    changes,
    violations,
  };
}

function unobserved(caused: readonly Caused[]): string {
  const names = [...new Set(caused.map(({ exchange }) => exchange.to))].join(", ");
  const where = names === "" ? "" : ` of ${names}`;
  return `Not observed: no span of the trace was received, and it is in no log${where}.`;
}

function changeViolation(change: FieldChange, first: RecordedExchange | undefined): ContractViolation {
  const { kind, service, field, becomes, from, to, before, after, certain } = change;
  const plain = violation(CHANGE_CODES[kind], service, to, first);
  const name = field.split("/").at(-1) ?? field;
  const what = {
    lost: `does not hand ${name} on in ${to}`,
    renamed: `hands ${name} on as ${becomes.split("/").at(-1)} in ${to}`,
    retyped: `hands ${name} on as ${typeOf(after)} instead of ${typeOf(before)} in ${to}`,
    changed: `hands ${name} on with another value in ${to}`,
  }[kind];
  return {
    ...plain,
    severity: certain ? plain.severity : "warning",
    message: `${service} ${what}; it had it from ${from}.`,
    expected: `${field} ${before}`,
    actual: kind === "lost" ? "absent" : `${becomes} ${after}`,
  };
}

function typeOf(json: string): string {
  return json === "null" ? "null" : json.startsWith('"') ? "text" : /^[-\d]/.test(json) ? "a number" : "a boolean";
}

function violation(
  code: IntegrationCodeName,
  service: string,
  endpoint: string,
  first: RecordedExchange | undefined,
): ContractViolation {
  const { severity } = INTEGRATION_CODES[code];
  const reproduce = first === undefined ? "" : curlOf(first);
  return {
    code,
    severity,
    service,
    endpoint,
    message: "",
    expected: "",
    actual: "",
    file_path: "",
    clause: "",
    reproduce,
  };
}

/** The request from outside that began it. Its credentials stay out. */
function curlOf({ to, method, path, traceparent, request }: RecordedExchange): string {
  const body = request === undefined ? null : JSON.stringify(request);
  const headers = { ...(body === null ? {} : { "content-type": "application/json" }), traceparent };
  return curlLine(to, { method, path, headers, body, token: null });
}
