import { z } from "zod";
import type { FuzzReport } from "../model/fuzz-report.ts";
import type { IntegrationReport } from "../model/integration-report.ts";
import { defineTool } from "./define-tool.ts";
import { contractFor, fuzzFields, headersFrom } from "./fuzz-fields.ts";
import { needed, pipelineField, testParts } from "./pipeline-test.ts";
import { firstOf, limitField } from "./short.ts";

const MAX_SECONDS = 300;

const Found = z.object({
  /** "" for a service that was only named by its address. */
  service: z.string(),
  code: z.string(),
  method: z.string(),
  path: z.string(),
  message: z.string(),
  expected: z.string(),
  actual: z.string(),
  clause: z.string(),
  curl: z.string(),
});

const Tested = z.object({
  violations: z.array(Found),
  total: z.number().int(),
  requests: z.number().int(),
  untested: z.array(z.string()),
  notes: z.array(z.string()),
  next_step: z.string(),
});
type Tested = z.infer<typeof Tested>;

export const testContracts = defineTool({
  name: "test_contracts",
  title: "Test contracts",
  toolset: "integration",
  description:
    "Fuzz a running service from its OpenAPI contract; each violation has a curl line. Creates and deletes data there.",
  input: z.object({
    ...fuzzFields,
    spec: fuzzFields.spec.optional(),
    url: fuzzFields.url.optional(),
    ...pipelineField,
    max_seconds: z.number().int().min(1).max(MAX_SECONDS).default(60).describe("Max seconds; for everything."),
    limit: limitField("Limit; violations shown", 200),
  }),
  output: Tested,
  paths: ["spec"],
  hints: { readOnly: false, destructive: true, idempotent: false, openWorld: true },
  unlisted: ["seed", "exclude", "max_examples", "max_seconds", "limit", "include"],
  cli: { command: "fuzz", arguments: [] },
  run: async ({ spec, url, header, bearer, limit, pipeline_id, ...options }, call) => {
    if (pipeline_id !== undefined)
      return ofPipeline(await testParts(pipeline_id, ["contracts", "fuzz"], { spec, url, bearer }, call), limit);
    const { fuzz } = await import("../integrator/fuzz/fuzz.ts");
    const report = await fuzz({
      ...options,
      document: await contractFor(needed(spec, "spec"), call),
      url: needed(url, "url"),
      credentials: { headers: headersFrom(header), bearer, api_keys: [] },
      signal: call.signal,
      onProgress: call.progress,
    });
    return ofService(report, limit);
  },
  text: (answer) =>
    [
      ...answer.violations.map(
        ({ service, code, method, path, message, curl }) =>
          `${code} ${[service, method, path].filter(Boolean).join(" ")}: ${message}\n  ${curl}`,
      ),
      `${answer.total} violations in ${answer.requests} requests`,
      ...answer.notes,
      `Next: ${answer.next_step}`,
    ].join("\n"),
  exitCode: ({ total }) => (total > 0 ? 1 : 0),
});

function ofService(report: FuzzReport, limit: number | undefined): Tested {
  const untested = report.operations
    .filter(({ skipped }) => skipped !== "")
    .map((one) => `${one.method} ${one.path}: ${one.skipped}`);
  return answerOf(
    report.violations.map((one) => ({ ...one, service: "" })),
    { limit, untested, requests: report.requests, notes: [`Seed ${report.seed}.`, ...report.notes] },
  );
}

function ofPipeline({ violations, fuzz, operations }: IntegrationReport, limit: number | undefined): Tested {
  return answerOf(
    violations.map(({ endpoint, reproduce, ...one }) => {
      const [method = "", path = ""] = endpoint.split(" ");
      return { ...one, method, path, curl: reproduce };
    }),
    {
      limit,
      untested: [
        ...operations
          .filter(({ verdict }) => verdict === "skipped")
          .map(({ service, operation_id, reason }) => `${service} ${operation_id}: ${reason}`),
        ...fuzz.flatMap(({ service, untested }) => untested.map((text) => `${service} ${text}`)),
      ],
      requests: fuzz.reduce((sum, { requests }) => sum + requests, operations.length),
      notes: fuzz.flatMap(({ service, seed, notes }) => [`${service}: seed ${seed}.`, ...notes]),
    },
  );
}

function answerOf(
  found: z.infer<typeof Found>[],
  { limit, untested, ...rest }: { limit: number | undefined; untested: string[]; requests: number; notes: string[] },
): Tested {
  const [first] = found;
  return {
    violations: firstOf(
      found.map((one) => Found.parse(one)),
      limit,
    ),
    total: found.length,
    untested: firstOf(untested, limit, 1500),
    ...rest,
    next_step: first
      ? `Fix ${first.method} ${first.path} first: ${first.message}`
      : untested.length > 0
        ? "Nothing was found, but some operations were not tested with valid data."
        : "Nothing was found.",
  };
}
