import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { traceText } from "../integrator/tracing/text.ts";
import { AppError, messageOf } from "../lib/errors.ts";
import { type Contract, unregistered } from "../model/contract.ts";
import { TraceReport } from "../model/trace-report.ts";
import { TraceRequests, type TraceStep } from "../model/trace-requests.ts";
import { defineTool, type ToolCall } from "./define-tool.ts";
import { contractFor, headersFrom } from "./fuzz-fields.ts";
import { needed, pipelineField, testParts } from "./pipeline-test.ts";

/** Where OpenTelemetry SDKs send traces over HTTP unless they are told otherwise. */
const OTLP_PORT = 4318;

export const traceDataFlow = defineTool({
  name: "trace_data_flow",
  title: "Trace a request",
  toolset: "integration",
  description:
    "Send a request, tell where it went, where its trace broke, which fields were lost, and whose fault it is.",
  input: z.object({
    url: z.string().optional().describe("URL; of the gateway, or of one service."),
    ...pipelineField,
    path: z.string().optional().describe("Path; of the request."),
    method: z.string().default("GET").describe("Method."),
    body: z.string().optional().describe("JSON; the request's body."),
    header: z.array(z.string()).default([]).describe("`Name: value`; header for every request."),
    requests: z.string().optional().describe("File; several requests instead (docs/tracing.md)."),
    follow: z.array(z.string()).default([]).describe("Fields that must arrive; names or JSON pointers."),
    contract: z.array(z.string()).default([]).describe("`service=file`; OpenAPI or AsyncAPI, tells which must arrive."),
    log: z.array(z.string()).default([]).describe("`service=file`: searched for the trace."),
    port: z.number().int().min(0).max(65_535).default(OTLP_PORT).describe("Port for spans; 0 for a free one."),
    wait: z.number().min(0).max(120).default(6).describe("Seconds to wait for spans."),
    timeout: z.number().positive().max(300).default(10).describe("Seconds for one answer."),
  }),
  output: TraceReport.extend({
    /** `NAME=value` lines for the environment of every service. */
    environment: z.array(z.string()),
    next_step: z.string(),
  }),
  paths: ["requests", "contract", "log"],
  hints: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
  unlisted: ["log", "port", "wait", "timeout", "requests", "header", "contract"],
  cli: { command: "trace", arguments: [] },
  run: async (input, call) => {
    if (input.pipeline_id !== undefined) return ofPipeline(input.pipeline_id, input, call);
    const { declaredBy, openTracing, sendSteps } = await import("../integrator/tracing/tracing.ts");
    const url = addressOf(needed(input.url, "url"));
    const steps = await stepsOf(input, call);
    const logs = new Map(input.log.map((given) => logOf(given, call)));
    const contracts = await Promise.all(input.contract.map((given) => namedContract(given, call)));
    const tracing = await openTracing({ port: input.port });
    try {
      const variables = tracing.environment("<its name>");
      call.progress(`Receiving spans at ${tracing.receiver.url}`, 0, 2);
      const { record } = tracing;
      const timeout_ms = input.timeout * 1000;
      const { trace_id, services } = await sendSteps(url, steps, { record, timeout_ms, signal: call.signal });
      call.progress("Waiting for spans", 1, 2);
      const report = await tracing.report({
        trace_id,
        services: [...new Set([...services, ...logs.keys()])],
        readLog: async (service) => logs.get(service)?.() ?? "",
        declared: declaredBy(contracts),
        follow: new Set(input.follow),
        timeout_ms: input.wait * 1000,
        quiet_ms: 1500,
        patient: logs.size === 0,
        signal: call.signal,
      });
      const environment = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
      return { ...report, environment, next_step: nextStep(report, tracing.receiver.url) };
    } finally {
      await tracing.close();
    }
  },
  text: (answer) =>
    [
      traceText(answer),
      ...(answer.verdict === "skipped"
        ? ["Environment for each service:", ...answer.environment.map((line) => `  ${line}`)]
        : []),
      `Next: ${answer.next_step}`,
    ].join("\n"),
  exitCode: ({ verdict }) => (verdict === "failed" ? 1 : 0),
});

/** The flows of a pipeline's system: the first that is broken, else the longest. */
async function ofPipeline(id: string, { url, path, requests }: Partial<Record<string, unknown>>, call: ToolCall) {
  const { traces, flows } = await testParts(id, ["flows", "traces"], { url, path, requests }, call);
  const worst =
    traces.find(({ verdict }) => verdict === "failed") ?? [...traces].sort((a, b) => b.hops.length - a.hops.length)[0];
  if (worst === undefined)
    throw new AppError("WRONG_STATE", "Nothing crosses the services of this pipeline.", {
      remedy: flows[0]?.reason || "See its contracts: they name no call and no event between services.",
    });
  const broken = traces.filter(({ verdict }) => verdict === "failed").length;
  return {
    ...worst,
    environment: [],
    next_step: `${traces.length} flows traced, ${broken} broken. ${nextStep(worst, "the receiver")}`,
  };
}

function nextStep({ verdict, violations }: TraceReport, endpoint: string): string {
  const [first] = violations;
  if (first) return `${first.service}: ${first.message} explain_code ${first.code} says what to do.`;
  if (verdict === "skipped")
    return `Start the services with OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}, or give their logs, and trace again.`;
  return "The trace is whole and no field was lost.";
}

function addressOf(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.href.replace(/\/+$/, "");
  throw new AppError("INVALID_INPUT", `This is no address of a system: ${given.slice(0, 200)}`, {
    remedy: "Give it like http://localhost:8080.",
  });
}

interface Given {
  path?: string | undefined;
  method: string;
  body?: string | undefined;
  header: string[];
  requests?: string | undefined;
}

/** The requests of the file, or the one that is given. Errors: NOT_FOUND, INVALID_INPUT. */
async function stepsOf({ path, method, body, header, requests }: Given, call: ToolCall): Promise<TraceStep[]> {
  const headers = headersFrom(header);
  if ((requests === undefined) === (path === undefined))
    throw new AppError("INVALID_INPUT", "Give either a path or a file of requests.", {
      remedy: "For one request: path, method, body. For several: requests.",
    });
  const document =
    requests === undefined
      ? { steps: [{ path, method, ...(body === undefined ? {} : { body: jsonOf(body) }) }] }
      : await contractFor(requests, call);
  const read = TraceRequests.safeParse(document);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new AppError("INVALID_INPUT", `The requests are not right: ${issue?.path.join(".")}: ${issue?.message}.`, {
      remedy: "Give `steps`, a list with method, path, and if needed id, service, headers and body.",
      cause: read.error,
    });
  }
  return read.data.steps.map((step) => ({ ...step, headers: { ...headers, ...step.headers } }));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("INVALID_INPUT", `The body is no JSON: ${messageOf(cause)}.`, {
      remedy: 'Give it like {"sku": "A-1"}, in single quotes on a shell.',
      cause,
    });
  }
}

function pairOf(given: string, what: string): [string, string] {
  const [, service, file] = /^([a-z][a-z0-9-]*)=(.+)$/s.exec(given) ?? [];
  if (service !== undefined && file !== undefined) return [service, file];
  throw new AppError("INVALID_INPUT", `A ${what} is given as service=file, not ${given.slice(0, 200)}`, {
    remedy: `Give it like orders=${what === "log" ? "orders.log" : "openapi.yaml"}.`,
  });
}

/** A log and what is written to it from now on. */
function logOf(given: string, { ctx }: ToolCall): [string, () => string] {
  const [service, name] = pairOf(given, "log");
  const file = resolve(ctx.workspace, name);
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined)
    throw new AppError("NOT_FOUND", `There is no log ${name}.`, {
      remedy: "Give the file that the service writes to.",
    });
  return [service, () => readFileSync(file).subarray(size).toString("utf8")];
}

async function namedContract(given: string, call: ToolCall): Promise<Contract> {
  const [service_name, file] = pairOf(given, "contract");
  const spec = await contractFor(file, call);
  return unregistered(given, { service_name, type: "asyncapi" in spec ? "asyncapi" : "openapi", spec });
}
