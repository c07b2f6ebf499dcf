import { setTimeout as sleep } from "node:timers/promises";
import type { TraceReport } from "../../model/trace-report.ts";
import { named } from "./evidence.ts";
import { createRecording, eventOf, type RecordExchange } from "./exchange.ts";
import type { Declared } from "./fields.ts";
import { logRecords } from "./logs.ts";
import { type Receiver, startReceiver } from "./receiver.ts";
import { traceReport } from "./report.ts";
import { createTap } from "./tap.ts";

export { declaredBy } from "./declared.ts";
export { CLIENT, type RecordedExchange } from "./exchange.ts";
export { sendSteps } from "./send-steps.ts";

/** Watches a system while it runs: receives its spans, records what passes between its services. */
export interface Tracing {
  receiver: Receiver;
  /** What a service needs in its environment to report to the receiver. */
  environment(service: string): Record<string, string>;
  /** The base URL at which one service is to reach another, so that what passes is seen. */
  between(from: string, to: string, target: string): Promise<string>;
  /** Tell of a request that came from outside. */
  record: RecordExchange;
  /** Data of an event as one service sent it to others, the newest last, as far as it passed where it is seen. */
  published(service: string, event: string): unknown[];
  /** Wait for what still arrives of a trace, then report. Throws the signal's reason when aborted. */
  report(request: ReportRequest): Promise<TraceReport>;
  close(): Promise<void>;
}

export interface ReportRequest {
  trace_id: string;
  /** Services whose logs are read, and how. */
  services: readonly string[];
  readLog: (service: string) => Promise<string>;
  declared?: Declared;
  /** Names or JSON pointers of fields that have to arrive wherever the document goes. */
  follow?: ReadonlySet<string>;
  /** How long to wait at most, and for how long nothing may arrive (5 s and 0.4 s). */
  timeout_ms?: number;
  quiet_ms?: number;
  /** Wait the whole time while there is no span of the trace: its services export when they like. */
  patient?: boolean;
  signal: AbortSignal;
}

/** How often services send what they have: SDKs wait five seconds by themselves. */
const EXPORT_EVERY_MS = 200;
const TIMEOUT_MS = 5000;

/**
 * The environment variables by which OpenTelemetry SDKs (and the scaffold's services) report to a receiver
 * (OpenTelemetry specification, SDK environment variables and OTLP exporter). Only traces: metrics and logs stay off.
 */
export function tracingEnvironment(endpoint: string, service: string): Record<string, string> {
  return {
    OTEL_SERVICE_NAME: service,
    OTEL_TRACES_EXPORTER: "otlp",
    OTEL_METRICS_EXPORTER: "none",
    OTEL_LOGS_EXPORTER: "none",
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
    OTEL_PROPAGATORS: "tracecontext,baggage",
    OTEL_TRACES_SAMPLER: "parentbased_always_on",
    OTEL_BSP_SCHEDULE_DELAY: String(EXPORT_EVERY_MS),
  };
}

/** Start watching, on a free port unless one is given. Errors: ENVIRONMENT when the port is taken. */
export async function openTracing({ port = 0 }: { port?: number } = {}): Promise<Tracing> {
  const receiver = await startReceiver({ port });
  const recording = createRecording();
  const tap = createTap(recording.record);
  /** Whom earlier reports charged after a full wait, and with what. */
  const charged = new Set<string>();
  return {
    receiver,
    environment: (service) => tracingEnvironment(receiver.url, service),
    between: tap.between,
    record: recording.record,
    published: (service, event) =>
      recording
        .all()
        .filter(({ from }) => from === service)
        .flatMap((exchange) => eventOf(exchange) ?? [])
        .filter(({ type }) => type === event)
        .map(({ data }) => data),
    async report(request) {
      const isThere = () => receiver.spans.all().some((span) => span.trace_id === request.trace_id);
      const deadline = Date.now() + (request.timeout_ms ?? TIMEOUT_MS);
      const arrived = () => receiver.spans.count() + recording.all().length;
      for (;;) {
        await settled(request, { deadline, arrived, isThere });
        const report = await judged(request);
        const fresh = report.violations.filter(rests).map(({ code, service }) => `${code} ${service}`);
        const isNews = fresh.some((one) => !charged.has(one));
        // What has not arrived may be on its way still, on a machine that is busy; nobody is waited for twice.
        if (isNews && Date.now() < deadline) continue;
        for (const one of fresh) charged.add(one);
        return report;
      }
    },
    async close() {
      await Promise.all([receiver.close(), tap.close()]);
    },
  };

  async function judged(request: ReportRequest): Promise<TraceReport> {
    const logs = await Promise.all(
      request.services.map(async (service) => logRecords(service, await request.readLog(service), request.trace_id)),
    );
    const { declared, follow } = request;
    const evidence = {
      trace_id: request.trace_id,
      exchanges: named(recording.all(), receiver.spans.all()),
      spans: receiver.spans.all(),
      logs: logs.flat(),
    };
    return traceReport(evidence, {
      ...(declared === undefined ? {} : { declared }),
      ...(follow === undefined ? {} : { follow }),
    });
  }
}

/** Whether a charge rests on something that was not seen. */
function rests({ code }: { code: string }): boolean {
  return code === "TRACE-FLOW-001" || code === "TRACE-FLOW-002";
}

/** Wait until nothing has arrived for a while. */
async function settled(
  { quiet_ms = 2 * EXPORT_EVERY_MS, patient = false, signal }: ReportRequest,
  { deadline, arrived, isThere }: { deadline: number; arrived: () => number; isThere: () => boolean },
): Promise<void> {
  let last = arrived();
  const isQuiet = (since: number) => Date.now() - since >= quiet_ms && (!patient || isThere());
  for (let since = Date.now(); Date.now() < deadline && !isQuiet(since); ) {
    await sleep(25, undefined, { signal });
    if (arrived() === last) continue;
    last = arrived();
    since = Date.now();
  }
  signal.throwIfAborted();
}
