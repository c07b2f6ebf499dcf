import { basename, isAbsolute, relative, resolve } from "node:path";
import { z } from "zod";
import { loadConfig } from "../config.ts";
import { AppError } from "../lib/errors.ts";
import { folderAt } from "../lib/fs.ts";
import { slug } from "../lib/ids.ts";
import { PactOutcome, PactReport } from "../model/pact-report.ts";
import { codebaseOf } from "./codebase-fields.ts";
import { type AnyTool, defineTool, type ToolCall } from "./define-tool.ts";
import { contractFor, headersFrom } from "./fuzz-fields.ts";
import { needed, pipelineField, testParts } from "./pipeline-test.ts";
import { firstOf, limitField } from "./short.ts";

/** What an agent gives. */
const fields = {
  pacts: z.string().optional().describe("File or folder; the pacts."),
  url: z.string().optional().describe("URL; base address of the running provider."),
  ...pipelineField,
  provider: z.string().optional().describe("Provider; its name, when the pacts are of several."),
  spec: z.string().optional().describe("OpenAPI file; the provider's, arranges states and tells whose a mismatch is."),
  consumer: z.string().optional().describe("Code folder; of a consumer whose requests become pacts, needs spec."),
  header: z.array(z.string()).default([]).describe("`Name: value`; header for every request."),
  bearer: z.string().optional().describe("Bearer; its token."),
  limit: limitField("Limit; violations shown", 200),
};

/** What the command takes besides. */
const everything = z.object({
  ...fields,
  write: z.string().optional().describe("Folder to write the pacts into that are made."),
  events: z.string().optional().describe("The provider's AsyncAPI file, for message pacts."),
  states: z.array(z.string()).default([]).describe("Program that arranges provider states, then its arguments."),
  broker: z
    .string()
    .optional()
    .describe("Pact Broker to fetch the provider's pacts from; PACT_BROKER_TOKEN is its token."),
  publish: z.string().optional().describe("Provider version to publish the results for, at the broker."),
  timeout: z.number().positive().max(120).default(10).describe("Seconds for one request."),
});

const answerFields = z.object({
  provider: z.string(),
  violations: PactReport.shape.violations,
  violations_total: z.number().int(),
  interactions: z.number().int().describe("Judged; skipped ones not counted, and 0 means not run."),
  passed: z.number().int(),
  pacts: z.array(PactOutcome.omit({ interactions: true }).extend({ passed: z.number().int(), of: z.number().int() })),
  skipped: z.array(z.string()),
  written: z.array(z.string()),
  notes: z.array(z.string()),
  next_step: z.string(),
});

export const verifyPactsTool = defineTool({
  name: "verify_pacts",
  title: "Verify pacts",
  toolset: "integration",
  description:
    "Verify Pact files against a running provider, or make pacts from a consumer's code and verify those. It creates data.",
  input: z.object(fields),
  output: answerFields,
  paths: ["pacts", "spec", "consumer"],
  hints: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
  unlisted: ["bearer", "header", "limit"],
  cli: { command: "verify-pacts", arguments: ["pacts"] },
  run: (input, call) => verify(everything.parse(input), call),
  text: (answer) =>
    [
      ...answer.violations.map(
        (one) =>
          `${one.code} ${one.service} ${one.endpoint}: ${one.message}${one.reproduce === "" ? "" : `\n  ${one.reproduce}`}`,
      ),
      ...answer.skipped.map((one) => `skipped ${one}`),
      ...answer.notes,
      ...answer.written.map((file) => `wrote ${file}`),
      `${answer.passed} of ${answer.interactions} interactions hold, ${answer.violations_total} violations`,
      `Next: ${answer.next_step}`,
    ].join("\n"),
  exitCode: ({ violations_total, interactions }) => (violations_total > 0 ? 1 : interactions === 0 ? 2 : 0),
});

/** The same as a command, with every option. */
export const verifyPactsCommand: AnyTool = {
  ...verifyPactsTool,
  input: everything,
  run: (input, call) => verify(everything.parse(input), call),
};

async function verify(input: z.output<typeof everything>, call: ToolCall): Promise<z.output<typeof answerFields>> {
  if (input.pipeline_id !== undefined) {
    const { pacts: path, url, spec, consumer, provider } = input;
    const report = await testParts(input.pipeline_id, ["pacts"], { pacts: path, url, spec, consumer, provider }, call);
    const { pacts, violations, skipped } = report;
    const [total, passed] = [report.contract_tests_total, report.contract_tests_passed];
    return answerOf({ pacts, violations, skipped, total, passed, notes: [], written: [], provider: "" }, input, call);
  }
  const { verifyPactFiles } = await import("../integrator/pact/verify-files.ts");
  const { ctx, signal } = call;
  const at = (path: string) => resolve(ctx.workspace, path);
  const { pact } = loadConfig(ctx.workspace).integration;
  const states = input.states.length > 0 ? input.states : pact.states_command;
  const headers = {
    ...headersFrom(input.header),
    ...(input.bearer === undefined ? {} : { authorization: `Bearer ${input.bearer}` }),
  };
  const report = await verifyPactFiles({
    url: needed(input.url, "url"),
    provider: input.provider,
    path: input.pacts === undefined ? null : at(input.pacts),
    openapi: input.spec === undefined ? undefined : await contractFor(input.spec, call),
    asyncapi: input.events === undefined ? undefined : await contractFor(input.events, call),
    consumer: input.consumer === undefined ? undefined : await consumerAt(at(input.consumer), input.consumer, call),
    write_to: input.write === undefined ? undefined : at(input.write),
    broker: await brokerOf({ ...input, broker: input.broker ?? (pact.broker_url || undefined) }),
    headers,
    states_command: states.length === 0 ? null : states,
    timeout_ms: input.timeout * 1000,
    signal,
    onProgress: call.progress,
  });
  return answerOf(report, input, call);
}

function answerOf(
  report: PactReport & { provider: string; written: string[] },
  input: { limit?: number | undefined },
  { ctx }: ToolCall,
): z.output<typeof answerFields> {
  // Nobody needs to read where the project lies.
  const shown = (path: string) => (isAbsolute(path) ? relative(ctx.workspace, path) : path);
  const [first] = report.violations;
  return {
    provider: report.provider,
    violations: firstOf(report.violations, input.limit).map((one) => ({ ...one, file_path: shown(one.file_path) })),
    violations_total: report.violations.length,
    interactions: report.total,
    passed: report.passed,
    pacts: report.pacts.map(({ interactions, ...about }) => ({
      ...about,
      source: shown(about.source),
      passed: interactions.filter(({ verdict }) => verdict === "passed").length,
      of: interactions.length,
    })),
    skipped: firstOf(report.skipped, input.limit, 1500),
    written: report.written.map(shown),
    notes: report.notes,
    next_step: first
      ? `Fix ${first.service}, ${first.endpoint}: ${first.message}`
      : report.total === 0
        ? `Nothing was verified: ${report.skipped[0] ?? "there is no pact of this provider"}`
        : report.skipped.length > 0
          ? "What was verified holds; see skipped for the rest."
          : "Every pact holds.",
  };
}

/** The requests in the code of a folder: all services in it count as one consumer. */
async function consumerAt(path: string, given: string, call: ToolCall) {
  const { clientCallsOf } = await import("../integrator/pact/verify-files.ts");
  const name = slug(basename(folderAt(path)), 80);
  const codebase = await codebaseOf(call, given);
  return { name, calls: await clientCallsOf(codebase, [name], call.signal) };
}

async function brokerOf({ broker, publish }: { broker?: string | undefined; publish?: string | undefined }) {
  if (broker === undefined && publish === undefined) return undefined;
  if (broker === undefined || !URL.canParse(broker))
    throw new AppError("INVALID_INPUT", "There is no address of a Pact Broker.", {
      remedy: "Give broker, e.g. http://localhost:9292.",
    });
  const { brokerAt } = await import("../integrator/pact/verify-files.ts");
  return brokerAt(broker, publish);
}
